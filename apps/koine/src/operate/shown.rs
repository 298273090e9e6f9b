//! How answers are shown: as tables for people, or as one JSON object a line for programs.
//!
//! Names are whatever people have chosen: what could steer a terminal is escaped, in both.

use super::wire::Item;
use crate::logging::{is_unprintable, one_line};
use anyhow::Context;
use serde::Serialize;
use std::fmt::{self, Write as _};
use std::io::{self, ErrorKind, Write};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What becomes of an answer.
pub(super) trait Shown {
    /// Takes something that was found.
    fn item(&mut self, item: Item) -> anyhow::Result<()>;

    /// Everything was done and told.
    fn end(&mut self) -> anyhow::Result<()>;
}

/// Rows of text under a head; each column is as wide as its widest cell.
pub(super) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(head: &[&'static str]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. An empty cell is shown as a hyphen, so that columns can be told apart by programs.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        let shown = |cell: String| if cell.is_empty() { "-".to_owned() } else { one_line(&cell) };
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    pub(super) fn print(&self) -> anyhow::Result<()> {
        print(&self.to_string())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head: Vec<String> = self.head.iter().map(|name| (*name).to_owned()).collect();
        let widths: Vec<usize> = (0..head.len())
            .map(|column| {
                let cells = std::iter::once(&head).chain(&self.rows).filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        for row in std::iter::once(&head).chain(&self.rows) {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                write!(line, "{cell:<width$}  ")?;
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// What is said of an answer to something else.
pub(super) fn unexpected() -> anyhow::Error {
    anyhow::anyhow!("the server has answered something that was not asked")
}

/// Prints to the standard output.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Unread.into()),
        written => written.context("the standard output cannot be written"),
    }
}

/// Whoever read the answer has read enough, as `head` does. Nothing is said of that.
#[derive(Debug)]
pub(crate) struct Unread;

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the answer to its end")
    }
}

impl std::error::Error for Unread {}

impl Unread {
    /// The exit code that shells expect of whoever writes to a pipe that nobody reads: 128 and the number of SIGPIPE.
    pub(crate) const CODE: u8 = 141;
}

/// Prints an object on one line.
pub(super) fn print_json(object: &impl Serialize) -> anyhow::Result<()> {
    print(&json_line(object)?)
}

fn json_line(object: &impl Serialize) -> anyhow::Result<String> {
    let text = serde_json::to_string(object)?;
    let mut line = String::with_capacity(text.len().saturating_add(1));
    for character in text.chars() {
        // Such characters occur in strings alone, and all of them have four digits at most.
        if is_unprintable(character) {
            write!(line, "\\u{:04x}", u32::from(character))?;
        } else {
            line.push(character);
        }
    }
    line.push('\n');
    Ok(line)
}

/// A moment, given in milliseconds since 1970, as RFC 3339 says, to the second; empty for one that no calendar has.
pub(super) fn moment(milliseconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000)).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_and_cannot_be_forged() {
        let mut table = Table::new(&["id", "name"]);
        table.row(vec!["1".into(), "Аня".into()]);
        table.row(vec!["1000".into(), "a\nb\u{1b}[2J".into()]);
        table.row(vec!["2".into(), String::new()]);
        let expected = "id    name\\n1     Аня\\n1000  a\\\\nb\\\\u{1b}[2J\\n2     -\\n";
        assert_eq!(format!("{:?}", table.to_string()), format!("\"{expected}\""));
    }

    #[test]
    fn json_holds_no_control_characters_and_says_the_same() {
        let name = "a\u{7f}\u{9b}2J\u{202e}\u{2028}\n👋";
        let line = json_line(&name).unwrap();
        assert_eq!(line, "\"a\\u007f\\u009b2J\\u202e\\u2028\\n👋\"\n");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), name);
    }

    #[test]
    fn moments_are_told_in_utc() {
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
        assert_eq!(moment(1_763_726_400_999), "2025-11-21T12:00:00Z");
        assert_eq!(moment(i64::MAX), "");
    }
}
