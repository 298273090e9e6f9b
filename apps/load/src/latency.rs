//! How long things took: over a whole run, and moment by moment.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Latencies in microseconds, up to two minutes, to three digits.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

/// What is told of them, in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// How many there were.
    pub(crate) count: u64,
    /// Half of them were shorter.
    pub(crate) p50: u64,
    /// All but one of a hundred.
    pub(crate) p99: u64,
    /// All but one of a thousand.
    pub(crate) p999: u64,
    /// The longest.
    pub(crate) max: u64,
    /// The histogram: upper ends of its bins, each about a tenth above the one before, and how many lie in each.
    pub(crate) bins: Vec<(u64, u64)>,
}

impl Default for Latencies {
    fn default() -> Self {
        const LONGEST: u64 = 120_000_000;
        Self(Histogram::new_with_bounds(1, LONGEST, 3).expect("these bounds are sound"))
    }
}

impl Latencies {
    /// Notes one.
    pub(crate) fn note(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// What is told of them.
    pub(crate) fn summary(&self) -> Summary {
        let bins =
            self.0.iter_log(10, 1.1).map(|bin| (bin.value_iterated_to(), bin.count_since_last_iteration()));
        Summary {
            count: self.0.len(),
            p50: self.0.value_at_quantile(0.5),
            p99: self.0.value_at_quantile(0.99),
            p999: self.0.value_at_quantile(0.999),
            max: self.0.max(),
            bins: bins.filter(|(_, count)| *count > 0).collect(),
        }
    }
}

/// What happened in one piece of the time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// When it ended, in seconds since the measurement began.
    pub(crate) at: f64,
    /// How many latencies were noted in it.
    pub(crate) count: u64,
    /// The median of them, in microseconds.
    pub(crate) p50: u64,
    /// All but one of a hundred, in microseconds.
    pub(crate) p99: u64,
    /// The longest, in microseconds.
    pub(crate) max: u64,
}

/// Latencies over a whole run, and moment by moment.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    /// All of them.
    pub(crate) all: Latencies,
    now: Histogram<u64>,
    length: Duration,
    end: Duration,
    /// The moments that are over.
    pub(crate) moments: Vec<Moment>,
}

impl Course {
    /// Nothing yet, for a run of this length.
    pub(crate) fn new(run: Duration) -> Self {
        const MOMENTS: u32 = 100;
        let length = (run / MOMENTS).max(Duration::from_millis(50));
        let all = Latencies::default();
        Self { now: all.0.clone(), all, length, end: length, moments: Vec::new() }
    }

    /// Notes one, so long after the beginning of the measurement.
    pub(crate) fn note(&mut self, since: Duration, took: Duration) {
        while since >= self.end {
            self.turn();
        }
        self.all.note(took);
        self.now.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    fn turn(&mut self) {
        self.moments.push(Moment {
            at: self.end.as_secs_f64(),
            count: self.now.len(),
            p50: self.now.value_at_quantile(0.5),
            p99: self.now.value_at_quantile(0.99),
            max: self.now.max(),
        });
        self.now.reset();
        self.end += self.length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_summed_up() {
        let mut course = Course::new(Duration::from_secs(10));
        for index in 1..=1000_u64 {
            course.note(Duration::from_millis(index), Duration::from_micros(index * 10));
        }
        let summary = course.all.summary();
        assert_eq!((summary.count, summary.bins.iter().map(|(_, count)| count).sum()), (1000, 1000));
        let near = |value: u64, expected: u64| value.abs_diff(expected) * 100 <= expected;
        assert!(
            near(summary.p50, 5000) && near(summary.p99, 9900) && near(summary.max, 10_000),
            "{summary:?}"
        );
        assert_eq!(course.moments.len(), 10);
        let second = &course.moments[1];
        assert!(second.count == 100 && near(second.max, 1990), "{second:?}");
    }

    #[test]
    fn what_takes_too_long_is_counted_all_the_same() {
        let mut latencies = Latencies::default();
        latencies.note(Duration::from_secs(1_000_000));
        latencies.note(Duration::ZERO);
        assert_eq!(latencies.count(), 2);
    }
}
