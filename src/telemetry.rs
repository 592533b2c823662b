//! What the program tells its operator: lines on standard error, as text for people or JSON for collectors.

use std::io::{self, IsTerminal};

use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt};

use crate::config::{LogFormat, LogLevel};

/// Starts writing log lines to standard error. A second call changes nothing, so that tests may each call it.
pub fn start(format: LogFormat, level: LogLevel) {
    let on_terminal = io::stderr().is_terminal();
    let form = match format {
        LogFormat::Json => Form::Json,
        LogFormat::Auto if !on_terminal => Form::Json,
        LogFormat::Auto | LogFormat::Text if on_terminal => Form::Colour,
        LogFormat::Auto | LogFormat::Text => Form::Plain,
    };
    // The only error is that somebody is listening already.
    let _ = subscriber(form, level, io::stderr).try_init();
}

/// How one line is written.
#[derive(Clone, Copy)]
enum Form {
    /// Text with colours, unless `NO_COLOR` is set.
    Colour,
    /// Text alone.
    Plain,
    /// One JSON object: values are escaped, so that no user name can forge a line (`[S-80]`).
    Json,
}

fn subscriber<W>(form: Form, level: LogLevel, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match form {
        Form::Colour => lines.with_target(false).boxed(),
        Form::Plain => lines.with_target(false).with_ansi(false).boxed(),
        Form::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter(level)))
}

/// Our own lines from `level` up, everybody else's from warnings up and never lower: HTTP and database libraries print
/// whole requests when asked for details, tickets and passwords included. The HTTP parser's lines are left out: it calls
/// every malformed request an error, and a stranger would write the operator's log and ring the alarm with it ([S-80]).
fn filter(level: LogLevel) -> Targets {
    let (ours, theirs) = match level {
        LogLevel::Error => (Level::ERROR, LevelFilter::ERROR),
        LogLevel::Warn => (Level::WARN, LevelFilter::WARN),
        LogLevel::Info => (Level::INFO, LevelFilter::WARN),
        LogLevel::Debug => (Level::DEBUG, LevelFilter::WARN),
    };
    let own = module_path!().split("::").next().unwrap_or_default();
    Targets::new()
        .with_target(own, ours)
        .with_target("actix_http::h1::dispatcher", LevelFilter::OFF)
        .with_default(theirs)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Keeps what was written.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(form: Form, level: LogLevel, act: impl FnOnce()) -> String {
        let paper = Paper::default();
        let copy = paper.clone();
        tracing::subscriber::with_default(subscriber(form, level, move || copy.clone()), act);
        String::from_utf8(paper.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn s80_a_user_name_cannot_forge_a_line() {
        let text = written(Form::Json, LogLevel::Info, || {
            tracing::info!(login = "a\n{\"level\":\"ERROR\"}", "signed in");
        });

        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["message"], "signed in");
        assert_eq!(line["login"], "a\n{\"level\":\"ERROR\"}");
    }

    #[test]
    fn s18_libraries_are_never_asked_for_their_details() {
        let text = written(Form::Plain, LogLevel::Debug, || {
            tracing::debug!(target: "hyper::client", "GET /serviceValidate?ticket=ST-1");
            tracing::warn!(target: "hyper::client", "connection lost");
            tracing::debug!("our own detail");
        });

        assert!(!text.contains("ST-1"), "{text}");
        assert!(
            text.contains("connection lost") && text.contains("our own detail"),
            "{text}"
        );
    }

    #[test]
    fn s80_a_malformed_request_is_no_error_of_ours() {
        let text = written(Form::Plain, LogLevel::Debug, || {
            tracing::error!(target: "actix_http::h1::dispatcher", "stream error: request parse error");
            tracing::error!(target: "actix_http::encoding", "something else");
        });

        assert!(!text.contains("parse error"), "{text}");
        assert!(text.contains("something else"), "{text}");
    }

    #[test]
    fn lines_below_the_level_are_not_written() {
        let text = written(Form::Plain, LogLevel::Warn, || tracing::info!("all is well"));
        assert_eq!(text, "");
    }
}
