//! How often somebody failed of late, and how long they must wait for it: twice as long each time.

use super::bucket::Moment;
use super::table::Aging;
use std::time::Duration;

/// What is allowed before one must wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Failures without a delay.
    pub(super) free: u32,
    /// After how long one failure is forgotten.
    pub(super) forgets: Duration,
    /// The longest delay.
    pub(super) longest: Duration,
}

/// The failures that are not forgotten. A new one has none.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Failures {
    /// When the last of them is forgotten.
    forgotten_at: Moment,
    /// Until when one must wait.
    until: Moment,
}

/// Beyond those that are free, so many count; more only repeat the longest delay.
const MOST_OVER: u32 = 20;

impl Failures {
    /// How long one must still wait.
    pub(super) fn wait(&self, patience: &Patience, now: Moment) -> Option<Duration> {
        // No delay is longer than the longest: the clock was set back.
        Some(now.until(self.until))
            .filter(|wait| (1..=patience.longest.as_micros()).contains(&wait.as_micros()))
    }

    /// How many there are.
    pub(super) fn count(&self, patience: &Patience, now: Moment) -> u32 {
        let left = now.until(self.forgotten_at).as_micros();
        let each = patience.forgets.as_micros().max(1);
        let most = patience.free.saturating_add(MOST_OVER);
        u32::try_from(left.div_ceil(each)).unwrap_or(most).min(most)
    }

    /// Counts one more.
    pub(super) fn add(&mut self, patience: &Patience, now: Moment) {
        let most = patience.free.saturating_add(MOST_OVER);
        let farthest = now.after(patience.forgets.saturating_mul(most));
        self.forgotten_at = self.forgotten_at.max(now).after(patience.forgets).min(farthest);
        if let Some(over) = self.over(patience, now) {
            self.until = now.after(delay(over, patience.longest));
        }
    }

    /// One must wait for so long, whatever one did.
    pub(super) fn wait_for(&mut self, wait: Duration, now: Moment) {
        self.until = self.until.max(now.after(wait));
    }

    /// By how many there are more than are free.
    pub(super) fn over(&self, patience: &Patience, now: Moment) -> Option<u32> {
        self.count(patience, now).checked_sub(patience.free).filter(|over| *over > 0)
    }
}

impl Aging for Failures {
    fn idle_at(&self) -> Moment {
        self.forgotten_at.max(self.until)
    }
}

/// The delay after so many failures more than are free: one second, two, four.
pub(super) fn delay(over: u32, longest: Duration) -> Duration {
    let seconds = 1_u64.checked_shl(over.saturating_sub(1)).unwrap_or(u64::MAX);
    Duration::from_secs(seconds).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience =
        Patience { free: 3, forgets: Duration::from_secs(600), longest: Duration::from_secs(60) };

    #[test]
    fn the_delay_doubles_and_has_an_end() {
        let (mut failures, now) = (Failures::default(), Moment::at_second(5));
        let mut waits = Vec::new();
        for _ in 0..30 {
            failures.add(&PATIENCE, now);
            waits.push(failures.wait(&PATIENCE, now).map_or(0, |wait| wait.as_secs()));
        }
        assert_eq!(waits[..10], [0, 0, 0, 1, 2, 4, 8, 16, 32, 60]);
        assert!(waits[10..].iter().all(|wait| *wait == 60));
        assert_eq!(failures.count(&PATIENCE, now), 23);
    }

    #[test]
    fn failures_are_forgotten_one_by_one() {
        let mut failures = Failures::default();
        let at = Moment::at_second;
        for _ in 0..4 {
            failures.add(&PATIENCE, at(0));
        }
        assert_eq!(failures.over(&PATIENCE, at(0)), Some(1));
        assert_eq!((failures.over(&PATIENCE, at(600)), failures.count(&PATIENCE, at(600))), (None, 3));
        assert_eq!(failures.count(&PATIENCE, at(2400)), 0);
        assert_eq!(failures.idle_at(), at(2400));
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nobody_waiting() {
        let (mut failures, late) = (Failures::default(), Moment::at_second(1_000_000));
        for _ in 0..9 {
            failures.add(&PATIENCE, late);
        }
        assert_eq!(failures.wait(&PATIENCE, late), Some(Duration::from_secs(32)));
        assert_eq!(failures.wait(&PATIENCE, Moment::at_second(5)), None);
    }
}
