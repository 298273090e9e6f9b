//! Numbers that many threads add to.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

/// How many observations were at most how large.
#[derive(Debug)]
pub struct Histogram {
    /// Upper ends of the buckets but the last, which has none; ascending, at most `BUCKETS - 1`.
    bounds: &'static [u64],
    /// What the numbers are.
    unit: Unit,
    /// How many observations each bucket has of its own.
    buckets: [AtomicU64; BUCKETS],
    sum: AtomicU64,
}

/// What a histogram observes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit {
    /// Nanoseconds, shown as seconds.
    Nanoseconds,
    /// Things, shown as they are.
    Things,
}

const BUCKETS: usize = 16;

impl Counter {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// One more.
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// So many by now.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Gauge {
    pub(crate) const fn new() -> Self {
        Self(AtomicI64::new(0))
    }

    /// So many more.
    pub fn add(&self, more: usize) {
        self.0.fetch_add(number(more), Ordering::Relaxed);
    }

    /// So many fewer.
    pub fn subtract(&self, fewer: usize) {
        self.0.fetch_sub(number(fewer), Ordering::Relaxed);
    }

    /// It is so many.
    pub fn set(&self, value: u64) {
        self.0.store(i64::try_from(value).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// So many now.
    pub fn value(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Histogram {
    pub(crate) const fn new(unit: Unit, bounds: &'static [u64]) -> Self {
        assert!(bounds.len() < BUCKETS, "a histogram has too many buckets");
        Self { bounds, unit, buckets: [const { AtomicU64::new(0) }; BUCKETS], sum: AtomicU64::new(0) }
    }

    /// It took so long.
    pub fn took(&self, time: Duration) {
        self.observe(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// There were so many.
    pub fn saw(&self, count: usize) {
        self.observe(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn observe(&self, value: u64) {
        let index = self.bounds.iter().take_while(|bound| **bound < value).count();
        if let Some(bucket) = self.buckets.get(index) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// For each bucket its upper end, as it is shown, and how many observations were no larger; the last has no end.
    pub(crate) fn cumulated(&self) -> Vec<(String, u64)> {
        let ends = self.bounds.iter().map(|bound| self.shown(*bound)).chain(["+Inf".to_owned()]);
        let mut sum = 0_u64;
        let cumulated = ends.zip(&self.buckets).map(|(end, bucket)| {
            sum = sum.saturating_add(bucket.load(Ordering::Relaxed));
            (end, sum)
        });
        cumulated.collect()
    }

    /// All observations taken together, as that is shown.
    pub(crate) fn sum(&self) -> String {
        self.shown(self.sum.load(Ordering::Relaxed))
    }

    fn shown(&self, value: u64) -> String {
        match self.unit {
            Unit::Nanoseconds => Duration::from_nanos(value).as_secs_f64().to_string(),
            Unit::Things => value.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_the_bucket_that_it_ends() {
        let histogram = Histogram::new(Unit::Nanoseconds, &[1_000_000, 2_500_000]);
        for micros in [999, 1_000, 1_001, 2_500, 2_501, 9_000_000] {
            histogram.took(Duration::from_micros(micros));
        }
        let shown = histogram.cumulated();
        let expected = [("0.001", 2), ("0.0025", 4), ("+Inf", 6)].map(|(end, count)| (end.to_owned(), count));
        assert_eq!(shown, expected);
        assert_eq!(histogram.sum(), "9.008001");
    }

    #[test]
    fn what_goes_up_comes_down() {
        let gauge = Gauge::new();
        gauge.add(5);
        gauge.subtract(7);
        assert_eq!(gauge.value(), -2);
        gauge.set(3);
        assert_eq!(gauge.value(), 3);
    }
}
