//! Where the log goes: standard error, one line an event.
//!
//! What clients send reaches fields of the log. A line break or an escape sequence in it must not
//! look like a line of ours, or steer the operator's terminal. `tracing_subscriber` escapes some of
//! these, but not line breaks of fields recorded with `%`; so the text format passes through a writer
//! that escapes them all, and has no colours. JSON escapes line breaks by its nature; what else could steer the terminal
//! of somebody who reads it as it is, the writer escapes in the way of JSON.

use crate::settings::log::{Format, Log};
use anyhow::anyhow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Begins to log. Works once in a process.
pub(crate) fn start(log: &Log) -> anyhow::Result<()> {
    let builder = tracing_subscriber::fmt().with_env_filter(log.level.filter());
    match log.format {
        Format::Text => builder
            .with_ansi(false)
            .with_writer(|| LineWriter { inner: io::stderr(), of: Format::Text })
            .try_init(),
        Format::Json => {
            builder.json().with_writer(|| LineWriter { inner: io::stderr(), of: Format::Json }).try_init()
        }
    }
    .map_err(|error| anyhow!("the log cannot be started: {error}"))
}

/// `text` with everything escaped that could end the line or steer a terminal.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            it if is_unprintable(it) => {
                // Writing to a string cannot fail.
                let _ = write!(line, "\\u{{{:x}}}", u32::from(it));
            }
            it => line.push(it),
        }
    }
    line
}

/// The same for a line of JSON, in which such characters can only stand inside strings.
fn one_line_of_json(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unprintable(character) {
            // All of them have four digits at most.
            let _ = write!(line, "\\u{:04x}", u32::from(character));
        } else {
            line.push(character);
        }
    }
    line
}

/// Whether a character could end the line or steer a terminal.
pub(crate) fn is_unprintable(character: char) -> bool {
    character.is_control() || breaks_or_reorders(character)
}

/// Unicode's own line ends, and the marks that make a terminal show text in another order than it is in.
fn breaks_or_reorders(character: char) -> bool {
    matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Takes one event a write, as the `fmt` layer gives them, and passes it on as one line.
struct LineWriter<W> {
    inner: W,
    of: Format,
}

impl<W: Write> Write for LineWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let mut line = match self.of {
            Format::Text => one_line(text),
            Format::Json => one_line_of_json(text),
        };
        line.push('\n');
        self.inner.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const HOSTILE: &str =
        "ann\n2026-01-01T00:00:00Z ERROR koine: forged\r\u{1b}[2J\u{9b}2J\u{2028}\u{202e}\u{7f}";

    fn log_hostile_text() {
        tracing::info!(shown = %HOSTILE, debugged = ?HOSTILE, plain = HOSTILE, "message {HOSTILE}");
        let span = tracing::info_span!("connection", peer = %HOSTILE);
        span.in_scope(|| tracing::info!("in a span"));
    }

    #[test]
    fn hostile_text_forges_no_line_of_text() {
        let captured = Captured::default();
        let inner = captured.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || LineWriter { inner: inner.clone(), of: Format::Text })
            .finish();
        tracing::subscriber::with_default(subscriber, log_hostile_text);
        let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
        assert_eq!(log.lines().count(), 2, "{log}");
        assert!(log.chars().all(|it| it == '\n' || !(it.is_control() || breaks_or_reorders(it))), "{log:?}");
    }

    #[test]
    fn hostile_text_forges_no_line_of_json() {
        let captured = Captured::default();
        let inner = captured.clone();
        let writer = move || LineWriter { inner: inner.clone(), of: Format::Json };
        let subscriber = tracing_subscriber::fmt().json().with_writer(writer).finish();
        tracing::subscriber::with_default(subscriber, log_hostile_text);
        let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
        assert_eq!(log.lines().count(), 2, "{log}");
        assert!(log.chars().all(|it| it == '\n' || !(it.is_control() || breaks_or_reorders(it))), "{log:?}");
        // Whoever reads it as JSON finds the very text.
        assert!(log.contains("\\u202e") && log.contains("\\u009b2J"), "{log}");
    }

    #[test]
    fn ordinary_text_passes_unchanged() {
        assert_eq!(one_line("Zoë said \"привет\" 👋"), "Zoë said \"привет\" 👋");
    }
}
