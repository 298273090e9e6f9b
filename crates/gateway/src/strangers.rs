//! Room for large frames of people of whom nobody knows who they are.
//!
//! In most dialects such people have nothing large to say. Where each request brings its own proof, it is known only once the
//! frame is there; so few of them may come in at once, and the others wait.

use koine_core::rates::Peer;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The room that there is.
pub(crate) struct Berths {
    most: usize,
    taken: Mutex<Vec<Peer>>,
}

/// A place in it; dropping it gives it up.
pub(crate) struct Berth {
    berths: Arc<Berths>,
    peer: Peer,
}

/// One place of the net has at most one of so many.
const SHARE: usize = 4;

impl Berths {
    /// Room for `most` frames.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// Takes a place, if there is one.
    pub(crate) fn take(self: &Arc<Self>, peer: Peer) -> Option<Berth> {
        let mut taken = self.lock();
        let theirs = taken.iter().filter(|other| **other == peer).count();
        if taken.len() >= self.most || theirs >= self.most.div_ceil(SHARE) {
            return None;
        }
        taken.push(peer);
        Some(Berth { berths: self.clone(), peer })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Peer>> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        let mut taken = self.berths.lock();
        if let Some(index) = taken.iter().position(|peer| *peer == self.peer) {
            taken.swap_remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_all_of_it() {
        let berths = Berths::new(8);
        let peer = |last| Peer::V4([192, 0, 2, last]);
        let mut taken: Vec<_> = (0..3).map(|_| berths.take(peer(1))).collect();
        assert_eq!(taken.iter().flatten().count(), 2);
        taken.extend((2..9).flat_map(|last| [berths.take(peer(last)), berths.take(peer(last))]));
        assert_eq!(taken.iter().flatten().count(), 8);
        taken.clear();
        assert!(berths.take(peer(9)).is_some());
    }
}
