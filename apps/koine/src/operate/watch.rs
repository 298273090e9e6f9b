//! What a check has found, and how far a long command on the data folder has come.

use super::bar::Bar;
use crate::logging::one_line;
use koine_store_sqlite::{Finding, Grade, Part, Watch};

/// Shows how it goes, and keeps what was found for the end.
pub(super) struct Shown {
    bar: Bar,
    /// Whether notes are shown, too.
    notes: bool,
    /// What was found, a line each.
    found: Vec<String>,
}

impl Shown {
    pub(super) fn new(notes: bool) -> Self {
        Self { bar: Bar::new(), notes, found: Vec::new() }
    }

    /// What was found, when everything is done.
    pub(super) fn end(mut self) -> Vec<String> {
        self.bar.clear();
        self.found
    }
}

impl Watch for Shown {
    fn progress(&mut self, part: Part, done: u64, of: u64) {
        self.bar.show(name(part), done, of);
    }

    fn found(&mut self, finding: Finding) {
        let grade = match finding.grade {
            Grade::Damage => "damage",
            Grade::Note if self.notes => "note",
            Grade::Note => return,
        };
        self.found.push(format!("{grade}: {}\n", one_line(&finding.text)));
    }
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Database => "copying the database",
        Part::Media => "reading the media",
        Part::Rules => "checking the database",
        Part::Messages => "checking the messages",
    }
}
