//! What one hears of one voice, over all connections of an ordinary day.

use crate::receipts::{Faults, Stream};
use std::collections::VecDeque;
use std::time::Duration;

/// What was heard in so long before a connection ended may come once more on the next one: the server cannot know whether it arrived. What is
/// older it has been told.
const UNCONFIRMED: Duration = Duration::from_secs(5);

/// What has come of a voice.
#[derive(Debug, Default)]
pub(super) struct Ear {
    stream: Stream,
    /// What has come lately, and when.
    lately: VecDeque<(u64, Duration)>,
    /// The least number that may come once more on this connection; `None` once something new has come.
    again: Option<u64>,
}

impl Ear {
    /// Notes that a message has come; `false` where it is one that has come before and may come again.
    pub(super) fn note(&mut self, number: u64, now: Duration, faults: &mut Faults) -> bool {
        if self.lately.iter().any(|(known, _)| *known == number)
            && self.again.is_some_and(|again| again <= number)
        {
            self.again = Some(number + 1);
            return false;
        }
        self.again = None;
        self.forget(now);
        self.lately.push_back((number, now));
        self.stream.note(number, faults);
        true
    }

    /// The connection has ended.
    pub(super) fn leave(&mut self, now: Duration) {
        self.forget(now);
        self.again = Some(0);
    }

    /// How many of the `said` messages have not come.
    pub(super) fn outstanding(&self, said: u64) -> u64 {
        self.stream.outstanding(said)
    }

    fn forget(&mut self, now: Duration) {
        while self.lately.pop_front_if(|(_, at)| *at + UNCONFIRMED < now).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn what_may_not_have_arrived_may_come_once_more_and_in_order() {
        let (mut ear, mut faults) = (Ear::default(), Faults::default());
        for number in 1..=10 {
            assert!(ear.note(number, second(number), &mut faults));
        }
        ear.leave(second(10));
        for number in [5, 7, 10] {
            assert!(!ear.note(number, second(12), &mut faults));
        }
        assert!(ear.note(11, second(12), &mut faults));
        // And on the next connection, all of it again.
        ear.leave(second(12));
        for number in [8, 9, 10, 11] {
            assert!(!ear.note(number, second(13), &mut faults));
        }
        assert_eq!((faults, ear.outstanding(11)), (Faults::default(), 0));
    }

    #[test]
    fn nothing_else_comes_twice() {
        let check = |before_leaving: bool, after: &[u64]| {
            let (mut ear, mut faults) = (Ear::default(), Faults::default());
            for number in 1..=10 {
                ear.note(number, second(number), &mut faults);
            }
            if before_leaving {
                ear.leave(second(10));
            }
            for number in after {
                ear.note(*number, second(11), &mut faults);
            }
            faults.duplicates
        };
        assert_eq!(check(false, &[10]), 1, "on the same connection");
        assert_eq!(check(true, &[4]), 1, "what has arrived long ago");
        assert_eq!(check(true, &[9, 9]), 1, "twice on one connection");
        assert_eq!(check(true, &[10, 9]), 1, "out of order");
        assert_eq!(check(true, &[11, 10]), 1, "behind what is new");
        assert_eq!(check(true, &[9, 10, 11]), 0);
    }
}
