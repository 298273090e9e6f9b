//! How long a frame may take that has begun to come in.

use super::alarm::after;
use crate::pulse::Second;

/// A frame of which not everything is there.
#[derive(Clone, Copy)]
pub(super) struct Unfinished {
    /// When it began.
    since: Second,
    /// When it had last come a good step further, and how many bytes of it were there.
    moved: (Second, u32),
}

/// What a frame must bring in a second, in bytes, on average over each stretch of the time that a frame has.
const SLOWEST: u64 = 4 << 10;
/// A frame that moves has so many times the time of one that does not. At the pace that this asks of it, the largest that there may be by
/// default comes in by a link of 300 kbit/s.
const AT_MOST: u64 = 10;

impl Unfinished {
    pub(super) fn new(now: Second, length: u32) -> Self {
        Self { since: now, moved: (now, length) }
    }

    /// Notes that `length` bytes of it are there. A stretch is of `patience` seconds.
    pub(super) fn note(&mut self, length: u32, patience: u64, now: Second) {
        let step = SLOWEST.saturating_mul(patience);
        if u64::from(length.saturating_sub(self.moved.1)) >= step {
            self.moved = (now, length);
        }
    }

    /// Nothing of it is taken in until then, so its time does not count.
    pub(super) fn postpone(&mut self, until: Second) {
        self.since = until;
        self.moved.0 = until;
    }

    /// Nothing of it was taken in until then: it need not have moved. Since it has room that others wait for, its time in all goes on.
    pub(super) fn excuse(&mut self, until: Second) {
        self.moved.0 = until;
    }

    /// When its time is over.
    pub(super) fn due(&self, patience: u64) -> Second {
        after(self.moved.0, patience).min(self.due_in_all(patience))
    }

    /// When its time is over, where it cannot move.
    pub(super) fn due_in_all(&self, patience: u64) -> Second {
        after(self.since, patience.saturating_mul(AT_MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many seconds a frame of 20 MiB is ended, with `patience` seconds and so many bytes in each second; `None` where it is whole
    /// before that.
    fn ended(patience: u64, each_second: u32) -> Option<Second> {
        let mut frame = Unfinished::new(0, 0);
        for now in 1..100_000 {
            if frame.due(patience) <= now {
                return Some(now);
            }
            let length = each_second.saturating_mul(now);
            if length >= 20 << 20 {
                return None;
            }
            frame.note(length, patience, now);
        }
        panic!("it has no end");
    }

    #[test]
    fn a_large_frame_must_move_and_has_an_end() {
        assert_eq!(ended(60, 0), Some(60));
        // Enough for a small frame, and too little for a large one.
        assert_eq!(ended(60, 4_000), Some(60));
        // It moves, and comes to no end.
        assert_eq!(ended(60, 5_000), Some(600));
        assert_eq!(ended(60, 30_000), Some(600));
        assert_eq!(ended(60, 36_000), None);
        assert_eq!(ended(4, 6_000), Some(40));
    }

    #[test]
    fn what_has_come_gives_no_time_to_what_does_not_come() {
        let mut frame = Unfinished::new(0, 0);
        frame.note(19 << 20, 60, 30);
        assert_eq!(frame.due(60), 90);
        for now in 31..90 {
            frame.note((19 << 20) + now, 60, now);
        }
        assert_eq!(frame.due(60), 90);
    }

    #[test]
    fn who_waits_with_room_that_others_wait_for_comes_to_an_end() {
        let mut frame = Unfinished::new(0, 0);
        frame.excuse(500);
        assert_eq!((frame.due(60), frame.due_in_all(60)), (560, 600));
        frame.excuse(580);
        assert_eq!(frame.due(60), 600);
    }

    #[test]
    fn time_for_which_it_must_wait_does_not_count() {
        let mut frame = Unfinished::new(0, 0);
        frame.postpone(500);
        assert_eq!(frame.due(60), 560);
    }
}
