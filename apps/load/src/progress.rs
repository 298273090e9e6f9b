//! A bar that shows how far a long run has come, where somebody looks.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// One bar, for one step after the other.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// On standard error, if that is a terminal; `quiet` shows nothing.
    pub(crate) fn new(quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(5) };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{msg:24} {wide_bar} {percent:>3} %") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Says what is done now.
    pub(crate) fn say(&self, what: impl Into<String>) {
        self.0.set_message(what.into());
    }

    /// A step that takes so long begins.
    pub(crate) fn begin(&self, length: Duration) {
        self.begin_count(u64::try_from(length.as_millis()).unwrap_or(u64::MAX));
    }

    /// A step of so many things begins.
    pub(crate) fn begin_count(&self, count: u64) {
        self.0.set_length(count);
        self.0.set_position(0);
    }

    /// So long after it began.
    pub(crate) fn at(&self, time: Duration) {
        self.0.set_position(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    }

    /// One more thing is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    /// The step is over.
    pub(crate) fn end(&self) {
        self.0.set_position(self.0.length().unwrap_or(0));
    }

    /// Everything is over.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
