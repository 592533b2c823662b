//! Where lines go and come from: the terminal, or a test's paper.

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};

use zeroize::Zeroizing;

/// The standard streams.
pub struct Console {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    input: Box<dyn Read + Send>,
    terminal: bool,
}

impl Console {
    /// The program's own.
    pub fn standard() -> Self {
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            input: Box::new(io::stdin()),
            terminal: io::stderr().is_terminal(),
        }
    }

    /// Others, which are no terminal.
    pub fn on(
        out: impl Write + Send + 'static,
        err: impl Write + Send + 'static,
        input: impl Read + Send + 'static,
    ) -> Self {
        Self {
            out: Box::new(out),
            err: Box::new(err),
            input: Box::new(input),
            terminal: false,
        }
    }

    /// Whether a person watches standard error.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// A line for people. One that cannot be written is lost: there is nobody to tell.
    pub fn say(&mut self, line: &str) {
        let _ = writeln!(self.err, "{line}");
    }

    /// Data for whoever reads standard output, as it is.
    ///
    /// # Errors
    /// When it cannot be written, unless the reader simply stopped reading (`| head`).
    pub fn bytes(&mut self, data: &[u8]) -> io::Result<()> {
        let written = self.out.write_all(data).and_then(|()| self.out.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// The same, of text.
    ///
    /// # Errors
    /// As [`Console::bytes`].
    pub fn data(&mut self, text: &str) -> io::Result<()> {
        self.bytes(text.as_bytes())
    }

    /// A value as JSON, on lines of its own.
    ///
    /// # Errors
    /// As [`Console::bytes`].
    pub fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        self.data(&format!("{text}\n"))
    }

    /// The first line of standard input, without its end.
    ///
    /// # Errors
    /// When it cannot be read or is not UTF-8.
    pub fn line(&mut self) -> io::Result<Zeroizing<String>> {
        let mut line = Zeroizing::new(String::new());
        // Longer than any password that is accepted; whatever follows is not looked at.
        BufReader::new(self.input.by_ref().take(8_192)).read_line(&mut line)?;
        let end = line.trim_end_matches(['\r', '\n']).len();
        line.truncate(end);
        Ok(line)
    }
}
