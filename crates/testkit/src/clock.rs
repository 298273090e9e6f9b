//! A clock that a test owns.

use koine_core::Clock;
use koine_model::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// Begins on 2026-01-02 at 03:04:05 UTC, and goes on by a millisecond each time somebody looks.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_767_323_045_000))
    }
}

impl TestClock {
    /// Moves the clock.
    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1, Ordering::Relaxed))
    }
}
