//! The store cannot be read for what a session missed: when that is tried again, and for how long.

use super::alarm::after;
use crate::pulse::Second;

/// Since when the store cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Setback {
    since: Second,
    due: Second,
    /// How long the pause is that ends then, in seconds.
    pause: u16,
}

/// The first pause, in seconds. Each one after it is twice as long, up to the longest: a session waits for no more than that once the
/// disk works again.
const SHORTEST: u16 = 1;
const LONGEST: u16 = 8;
/// For how many seconds it is tried. A client that comes back would have no better luck, but knows then.
const PATIENCE: u64 = 300;

impl Setback {
    /// The store could not be read at `now`.
    pub(super) fn new(now: Second) -> Self {
        Self { since: now, due: after(now, SHORTEST.into()), pause: SHORTEST }
    }

    /// When it is tried again.
    pub(super) fn due(self) -> Second {
        self.due
    }

    /// It failed once more. `None` when that has gone on for too long.
    pub(super) fn again(self, now: Second) -> Option<Self> {
        let pause = self.pause.saturating_mul(2).min(LONGEST);
        let goes_on = now < after(self.since, PATIENCE);
        goes_on.then(|| Self { pause, due: after(now, pause.into()), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_again_after_pauses_that_grow_and_given_up_after_minutes() {
        let mut tries = vec![10];
        let mut setback = Some(Setback::new(10));
        while let Some(so_far) = setback {
            tries.push(so_far.due());
            setback = so_far.again(so_far.due());
        }
        assert_eq!(tries[..7], [10, 11, 13, 17, 25, 33, 41]);
        let last = tries[tries.len() - 1];
        assert!((310..318).contains(&last), "{last}");
        assert!(tries.windows(2).all(|pair| pair[1] - pair[0] <= 8));
    }
}
