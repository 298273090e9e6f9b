//! When the log is taken into the database, and when the database is opened again.
//!
//! The log is taken in as soon as it is long. Where that does not make it begin anew, since somebody reads what is in it, it is tried
//! again when more has come. Where it fails, the database is opened again and the log written once more, which costs as much as it is
//! long: so it is tried again when the log is twice as long, or after a while.

use std::time::Duration;
use tokio::time::Instant;

/// How many pages the log has when it is taken into the database: 4 MB.
const PAGES: u32 = 1000;
/// How many pages come before it is tried again.
const MORE: u32 = 100;
/// How long nothing is tried after a failure, unless the log becomes twice as long.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many pages are worth a word: 64 MB.
const MANY: u32 = 16 * PAGES;
/// How long the database is left alone when it could not be opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// What is due.
#[derive(Debug)]
pub(crate) struct Turns {
    /// At this length the log is taken in.
    due: u32,
    /// Or at this moment, where it is long.
    at: Option<Instant>,
    /// At this length something is said about it.
    many: u32,
    /// The database is not opened again before.
    pause: Option<Instant>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { due: PAGES, at: None, many: MANY, pause: None }
    }
}

impl Turns {
    /// Whether the log, of so many pages, is to be taken in now.
    pub(crate) fn is_due(&mut self, pages: u32, now: Instant) -> bool {
        if pages < PAGES {
            // It has begun anew.
            *self = Self { pause: self.pause, ..Self::default() };
            return false;
        }
        pages >= self.due || self.at.is_some_and(|at| now >= at)
    }

    /// It was taken in, as far as could be.
    pub(crate) fn taken_in(&mut self, pages: u32) {
        (self.due, self.at) = (pages.saturating_add(MORE), None);
        if pages >= self.many {
            self.many = pages.saturating_mul(2);
            tracing::warn!(
                pages,
                "the write-ahead log grows, since something reads the database all the time"
            );
        }
    }

    /// It could not be.
    pub(crate) fn failed(&mut self, pages: u32, now: Instant) {
        (self.due, self.at) = (pages.saturating_mul(2), Some(now + PATIENCE));
    }

    /// Whether the database may be opened again now.
    pub(crate) fn may_open(&self, now: Instant) -> bool {
        self.pause.is_none_or(|pause| now >= pause)
    }

    /// It was tried.
    pub(crate) fn tried_to_open(&mut self, is_open: bool, now: Instant) {
        self.pause = (!is_open).then_some(now + PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often a log is taken in that grows by `step` pages with each of `commits` commits, a second each, when it always fails.
    fn failures(commits: u32, step: u32, every: Duration) -> u32 {
        let (mut turns, mut now, mut tries) = (Turns::default(), Instant::now(), 0);
        for commit in 1..=commits {
            if turns.is_due(commit * step, now) {
                turns.failed(commit * step, now);
                tries += 1;
            }
            now += every;
        }
        tries
    }

    #[test]
    fn failures_cost_no_commit_each() {
        // 10,000 pages are 1,000 doubled three times.
        assert_eq!(failures(10_000, 1, Duration::ZERO), 4);
        assert_eq!(failures(1_000, 1_000, Duration::ZERO), 10);
        // Slow ones are tried by the time: 9,000 commits of a second.
        let tries = failures(10_000, 1, Duration::from_secs(1));
        assert!((290..=310).contains(&tries), "{tries}");
    }

    #[test]
    fn what_somebody_reads_is_tried_again_when_more_has_come() {
        let (mut turns, now) = (Turns::default(), Instant::now());
        let mut tries = Vec::new();
        for pages in 990..=1_250 {
            if turns.is_due(pages, now) {
                turns.taken_in(pages);
                tries.push(pages);
            }
        }
        assert_eq!(tries, [1_000, 1_100, 1_200]);
        // It has begun anew.
        assert!(!turns.is_due(1, now) && !turns.is_due(999, now) && turns.is_due(1_000, now));
    }

    #[test]
    fn a_failure_is_forgotten_when_the_log_has_begun_anew() {
        let (mut turns, now) = (Turns::default(), Instant::now());
        assert!(turns.is_due(1_000, now));
        turns.failed(1_000, now);
        assert!(!turns.is_due(1_999, now) && turns.is_due(2_000, now));
        assert!(turns.is_due(1_001, now + PATIENCE));
        assert!(!turns.is_due(3, now + PATIENCE) && turns.is_due(1_000, now));
    }

    #[test]
    fn what_cannot_be_opened_is_left_alone_for_a_while() {
        let (mut turns, now) = (Turns::default(), Instant::now());
        assert!(turns.may_open(now));
        turns.tried_to_open(false, now);
        assert!(!turns.may_open(now + PAUSE / 2) && turns.may_open(now + PAUSE));
        turns.tried_to_open(true, now);
        assert!(turns.may_open(now));
    }
}
