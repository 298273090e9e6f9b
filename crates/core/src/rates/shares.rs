//! How many passwords one place of the net may have checked at once, those included that wait for it: the places to wait are for all.

use super::peer::Peer;
use koine_metrics::Limit;
use koine_model::Refusal;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What every place has of it.
pub(crate) struct Shares {
    /// Zero is no bound.
    most: u32,
    /// Only those of whom something is under way.
    taken: Mutex<HashMap<Peer, u32>>,
}

/// A part of a share; dropping it gives it back.
pub(crate) struct Share<'a> {
    shares: &'a Shares,
    peer: Peer,
}

impl Shares {
    pub(crate) fn new(most: u32) -> Self {
        Self { most, taken: Mutex::default() }
    }

    /// A part of `peer`'s share, unless that is used up.
    pub(crate) fn take(&self, peer: Peer) -> Result<Share<'_>, Refusal> {
        let mut taken = self.lock();
        let theirs = taken.entry(peer).or_default();
        if self.most > 0 && *theirs >= self.most {
            return Err(Limit::PasswordsWaitingPerAddress.met(Refusal::TooOften { seconds: 1 }));
        }
        *theirs = theirs.saturating_add(1);
        Ok(Share { shares: self, peer })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Peer, u32>> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut taken = self.shares.lock();
        if let Some(theirs) = taken.get_mut(&self.peer) {
            *theirs = theirs.saturating_sub(1);
            if *theirs == 0 {
                taken.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_its_share_and_gives_it_back() {
        let (shares, other) = (Shares::new(2), Peer::V4([192, 0, 2, 1]));
        let (one, two) = (shares.take(Peer::LOCAL).unwrap(), shares.take(Peer::LOCAL).unwrap());
        assert_eq!(shares.take(Peer::LOCAL).err(), Some(Refusal::TooOften { seconds: 1 }));
        assert!(shares.take(other).is_ok());
        drop(one);
        let three = shares.take(Peer::LOCAL).unwrap();
        assert!(shares.take(Peer::LOCAL).is_err());
        drop((two, three));
        assert!(shares.lock().is_empty());
        let unbounded = Shares::new(0);
        let all: Vec<_> = (0..100).map(|_| unbounded.take(other).unwrap()).collect();
        assert_eq!((all.len(), unbounded.lock().len()), (100, 1));
    }
}
