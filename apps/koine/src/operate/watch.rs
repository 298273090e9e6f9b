//! How far a long command has come: a bar on a terminal, a line now and then elsewhere; and what a check has found.

use crate::logging::one_line;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use koine_store_sqlite::{Finding, Grade, Part, Watch};
use std::io::{self, IsTerminal, Write};
use std::time::Duration;
use tokio::time::Instant;

/// How often a line tells how far it is. What takes less says nothing.
const PAUSE: Duration = Duration::from_secs(5);

/// Shows how it goes on the standard error, and keeps what was found for the end.
pub(super) struct Shown {
    bar: Option<ProgressBar>,
    /// The part of the work that the bar shows.
    part: Option<Part>,
    /// When a line was last told.
    told: Instant,
    /// Whether notes are shown, too.
    notes: bool,
    /// What was found, a line each.
    found: Vec<String>,
}

impl Shown {
    pub(super) fn new(notes: bool) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            bar.set_style(style());
            bar
        });
        Self { bar, part: None, told: Instant::now(), notes, found: Vec::new() }
    }

    /// What was found, when everything is done.
    pub(super) fn end(self) -> Vec<String> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.found
    }
}

impl Watch for Shown {
    fn progress(&mut self, part: Part, done: u64, of: u64) {
        if let Some(bar) = &self.bar {
            if self.part != Some(part) {
                bar.set_message(name(part));
                self.part = Some(part);
            }
            bar.set_length(of);
            bar.set_position(done);
        } else if self.told.elapsed() >= PAUSE {
            let percent = done.saturating_mul(100).checked_div(of).unwrap_or(0);
            // Whoever does not see how far it is still gets the answer.
            let _ = writeln!(io::stderr(), "{}: {percent} %", name(part));
            self.told = Instant::now();
        }
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

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{msg:24} {wide_bar} {percent:>3} %  {eta} left");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
