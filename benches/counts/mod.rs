//! Counts that are kept beside the program and compared: a line a count, `name  number`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// The counts of one program, as they were kept and as they are.
pub struct Counts {
    file: PathBuf,
    tolerance: f64,
    chance: u64,
    kept: Vec<(String, u64)>,
    kept_with: String,
    now: Vec<(String, u64)>,
}

impl Counts {
    /// Reads `benches/counts/NAME.txt`; a count may exceed what is kept there by `tolerance`, 0.03 being 3 %, and in any
    /// case by `chance`.
    pub fn open(name: &str, tolerance: f64, chance: u64) -> Self {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("benches/counts/{name}.txt"));
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let kept_with = text.lines().next().unwrap_or_default().to_owned();
        let kept = text
            .lines()
            .skip(1)
            .filter_map(|line| line.rsplit_once(' '))
            .filter_map(|(name, count)| Some((name.trim().to_owned(), count.parse().ok()?)))
            .collect();
        Self {
            file,
            tolerance,
            chance,
            kept,
            kept_with,
            now: Vec::new(),
        }
    }

    /// Takes what was counted.
    pub fn add(&mut self, name: &str, count: u64) {
        self.now.push((name.to_owned(), count));
    }

    /// Prints what was counted and compares it, or keeps it when the program was called with `--bless`.
    pub fn close(self) -> ExitCode {
        let compiler = compiler();
        let mut grown = Vec::new();
        for (name, now) in &self.now {
            let kept = self.kept.iter().find(|(kept, _)| kept == name);
            let Some((_, kept)) = kept else {
                println!("{name:<42} {now:>9}  new");
                grown.push(format!("{name}: {now}, not kept before"));
                continue;
            };
            let change = ratio(*now, *kept) - 1.0;
            println!("{name:<42} {now:>9}  {:+.1} %", change * 100.0);
            if change > self.tolerance && now.saturating_sub(*kept) > self.chance {
                grown.push(format!("{name}: {kept} -> {now} ({:+.1} %)", change * 100.0));
            }
        }
        if std::env::args().any(|word| word == "--bless") {
            return self.keep(&compiler);
        }
        if self.kept_with != compiler {
            println!("\nkept with: {}\nthis is:   {compiler}", self.kept_with);
        }
        if grown.is_empty() {
            return ExitCode::SUCCESS;
        }
        eprintln!(
            "\ngrown by more than {:.0} %; make it cheaper, or keep the new counts with `-- --bless` and say why:",
            self.tolerance * 100.0
        );
        for line in grown {
            eprintln!("  {line}");
        }
        ExitCode::FAILURE
    }

    fn keep(&self, compiler: &str) -> ExitCode {
        let mut text = format!("{compiler}\n");
        for (name, count) in &self.now {
            let _ = writeln!(text, "{name:<42} {count}");
        }
        match std::fs::write(&self.file, text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{}: {error}", self.file.display());
                ExitCode::FAILURE
            }
        }
    }
}

/// What compiles here: other compilers make other counts.
fn compiler() -> String {
    let said = Command::new("rustc").arg("--version").output();
    said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
        .unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "counts have fewer than 52 bits")]
fn ratio(now: u64, kept: u64) -> f64 {
    now as f64 / kept.max(1) as f64
}
