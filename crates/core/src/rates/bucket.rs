//! How often: a bucket of which each use takes one, and which fills again with time.
//!
//! It is one number, the moment at which it is full again, so that every connection can have one. (The generic cell rate
//! algorithm; a library for it brings a clock and a table of its own, and is larger than this with the adapter to ours.)

use koine_model::Timestamp;
use std::time::Duration;

/// How fast a bucket fills, and how much is in it at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Microseconds from one use to the next.
    interval: i64,
    /// Microseconds from empty to full.
    room: i64,
}

/// What is left for somebody. A new one is full.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Bucket {
    /// When it is full again, in microseconds of whatever clock it is asked with.
    full_at: i64,
}

impl Rate {
    /// So many uses a second, and `burst` at once. `None` for no uses: that is no limit.
    pub fn per_second(uses: u32, burst: u32) -> Option<Self> {
        Self::per(1_000_000, uses, burst)
    }

    /// So many uses at once, and as many again over an hour. `None` for no uses: that is no limit.
    pub fn per_hour(uses: u32) -> Option<Self> {
        Self::per(3_600_000_000, uses, uses)
    }

    fn per(period: i64, uses: u32, burst: u32) -> Option<Self> {
        let interval = period.checked_div(i64::from(uses))?.max(1);
        Some(Self { interval, room: interval.saturating_mul(i64::from(burst.max(1))) })
    }
}

impl Bucket {
    /// Takes one, or tells in how long there is one.
    pub fn take(&mut self, rate: Rate, now: Moment) -> Result<(), Duration> {
        match self.wait(rate, now) {
            Some(wait) => Err(wait),
            None => {
                self.full_at = self.next(rate, now);
                Ok(())
            }
        }
    }

    /// In how long there is one; `None` if there is one now.
    pub fn wait(&self, rate: Rate, now: Moment) -> Option<Duration> {
        let missing = self.next(rate, now).saturating_sub(now.0).saturating_sub(rate.room);
        (missing > 0).then(|| Duration::from_micros(missing.unsigned_abs()))
    }

    /// When it would be full again after one more use.
    fn next(&self, rate: Rate, Moment(now): Moment) -> i64 {
        // No use leaves it emptier than empty: the clock was set back, and what it says of the uses before is not known.
        let is_known = self.full_at <= now.saturating_add(rate.room);
        let full_at = if is_known { self.full_at.max(now) } else { now };
        full_at.saturating_add(rate.interval)
    }

    /// When nothing is known of whoever it belongs to any more.
    pub(super) fn idle_at(self) -> Moment {
        Moment(self.full_at)
    }
}

/// A moment of a clock, in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Moment(i64);

impl Moment {
    /// Later than everything that happens.
    pub(super) const NEVER: Self = Self(i64::MAX);

    /// So many seconds after the clock began.
    pub fn at_second(second: u64) -> Self {
        Self(i64::try_from(second).unwrap_or(i64::MAX).saturating_mul(1_000_000))
    }

    /// So long after the clock began.
    pub fn since_start(time: Duration) -> Self {
        Self::default().after(time)
    }

    /// This much later.
    pub(super) fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long it is until then; nothing if it has passed.
    pub(super) fn until(self, then: Self) -> Duration {
        Duration::from_micros(u64::try_from(then.0.saturating_sub(self.0)).unwrap_or(0))
    }
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self(time.0.saturating_mul(1000))
    }
}

/// Whole seconds that are no less, and at least one: what somebody is told who must wait.
pub fn seconds(wait: Duration) -> u32 {
    let whole = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    u32::try_from(whole).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_as_it_fills() {
        let rate = Rate::per_second(2, 3).unwrap();
        let mut bucket = Bucket::default();
        let at = |milliseconds| Moment::from(Timestamp(milliseconds));
        for _ in 0..3 {
            assert_eq!(bucket.take(rate, at(10_000)), Ok(()));
        }
        assert_eq!(bucket.take(rate, at(10_000)), Err(Duration::from_millis(500)));
        assert_eq!(bucket.take(rate, at(10_400)), Err(Duration::from_millis(100)));
        assert_eq!(bucket.take(rate, at(10_500)), Ok(()));
        // After a long time there is a burst again, and no more.
        let taken = (0..9).filter(|_| bucket.take(rate, at(99_000)).is_ok()).count();
        assert_eq!(taken, 3);
    }

    #[test]
    fn a_small_burst_makes_no_rate_smaller() {
        let rate = Rate::per_second(100, 10).unwrap();
        let (mut bucket, mut now, mut taken) = (Bucket::default(), Duration::from_secs(7), 0);
        let end = now + Duration::from_secs(10);
        while now < end {
            match bucket.take(rate, Moment::since_start(now)) {
                Ok(()) => taken += 1,
                Err(wait) => now += wait,
            }
        }
        assert!((1000..=1010).contains(&taken), "{taken} in ten seconds");
    }

    #[test]
    fn hours_are_counted() {
        let rate = Rate::per_hour(60).unwrap();
        let mut bucket = Bucket::default();
        let taken = (0..100).filter(|_| bucket.take(rate, Moment::at_second(7)).is_ok()).count();
        assert_eq!(taken, 60);
        assert_eq!(bucket.take(rate, Moment::at_second(7)), Err(Duration::from_secs(60)));
        assert_eq!(bucket.take(rate, Moment::at_second(67)), Ok(()));
    }

    #[test]
    fn a_clock_that_was_set_back_closes_nothing_for_long() {
        let rate = Rate::per_second(1, 2).unwrap();
        let mut bucket = Bucket::default();
        bucket.take(rate, Moment::at_second(1_000_000)).unwrap();
        assert_eq!(bucket.take(rate, Moment::at_second(5)), Ok(()));
        assert_eq!(bucket.take(rate, Moment::at_second(5)), Ok(()));
        assert_eq!(bucket.take(rate, Moment::at_second(5)), Err(Duration::from_secs(1)));
        assert_eq!(bucket.take(rate, Moment::at_second(6)), Ok(()), "time goes on");
    }

    #[test]
    fn zero_is_no_limit_and_seconds_are_whole() {
        assert_eq!((Rate::per_second(0, 5), Rate::per_hour(0)), (None, None));
        let check =
            |milliseconds, expected| assert_eq!(seconds(Duration::from_millis(milliseconds)), expected);
        check(0, 1);
        check(1000, 1);
        check(1001, 2);
    }
}
