//! How far something long has come: a bar on a terminal, a line now and then elsewhere. Both on the standard error, so that what a
//! command answers stays by itself.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::time::Duration;
use tokio::time::Instant;

/// How often a line tells how far it is. What takes less says nothing.
const PAUSE: Duration = Duration::from_secs(5);
/// How often a bar is drawn in a second, at most.
const DRAWN: u8 = 10;

pub(super) struct Bar {
    is_terminal: bool,
    /// What is on the terminal.
    drawn: Option<(String, ProgressBar)>,
    /// When a line was last told.
    told: Instant,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self { is_terminal: io::stderr().is_terminal(), drawn: None, told: Instant::now() }
    }

    /// So much of `what` is done. `of` is 0 where nobody knows how much it will be.
    pub(super) fn show(&mut self, what: &str, done: u64, of: u64) {
        if self.is_terminal {
            if self.drawn.as_ref().is_none_or(|(drawn, _)| drawn != what) {
                self.clear();
            }
            let (_, bar) = self.drawn.get_or_insert_with(|| (what.to_owned(), new(what)));
            bar.set_length(of);
            bar.set_position(done);
        } else if self.told.elapsed() >= PAUSE {
            let percent = done.saturating_mul(100).checked_div(of).unwrap_or(0);
            // Whoever does not see how far it is still gets the answer.
            let _ = writeln!(io::stderr(), "{what}: {percent} %");
            self.told = Instant::now();
        }
    }

    /// Leaves nothing of it, so that something else can be printed.
    pub(super) fn clear(&mut self) {
        if let Some((_, bar)) = self.drawn.take() {
            bar.finish_and_clear();
        }
    }
}

fn new(what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(DRAWN));
    let style = ProgressStyle::with_template("{msg:24} {wide_bar} {percent:>3} %  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what.to_owned());
    bar
}
