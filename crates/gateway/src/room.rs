//! Room for what connections hold in memory, in bytes, over all of them.
//!
//! What one of them may hold has its own bound. Whoever needs a place takes all of it while holding only a little, so that no two can wait for
//! what the other one holds.

use koine_core::rates::Peer;
use koine_model::AccountId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The room that there is.
pub(crate) struct Room {
    most: usize,
    taken: Mutex<Taken>,
}

/// Whose place it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub(crate) peer: Peer,
    /// Nobody's, where a request brings its own proof.
    pub(crate) account: Option<AccountId>,
}

/// A place in it; dropping it gives it up.
pub(crate) struct Place {
    room: Arc<Room>,
    tenant: Tenant,
    bytes: usize,
}

#[derive(Default)]
struct Taken {
    bytes: usize,
    places: Vec<(Tenant, usize)>,
}

/// An account, or those without one at an address, have at most one of so many parts.
const OF_ACCOUNT: usize = 4;
/// An address has at most one of so many parts: behind it may be many accounts of one person, or a school.
const OF_ADDRESS: usize = 2;

impl Room {
    /// Room for `most` bytes.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// Takes a place of so many bytes, if there is one. Where nothing is taken there is one in any case, however large: what a single
    /// connection may hold is not judged here.
    pub(crate) fn take(self: &Arc<Self>, tenant: Tenant, bytes: usize) -> Option<Place> {
        let mut taken = self.lock();
        let fits = |held: usize, parts: usize| {
            held == 0 || held.saturating_add(bytes) <= self.most.checked_div(parts).unwrap_or(0)
        };
        // This first, as it is cheap where many ask in vain.
        if !fits(taken.bytes, 1) {
            return None;
        }
        let (mut of_address, mut of_account) = (0_usize, 0_usize);
        for (other, bytes) in taken.places.iter().filter(|(other, _)| other.shares_with(tenant)) {
            if other.peer == tenant.peer {
                of_address = of_address.saturating_add(*bytes);
            }
            if other.is_same(tenant) {
                of_account = of_account.saturating_add(*bytes);
            }
        }
        if !fits(of_address, OF_ADDRESS) || !fits(of_account, OF_ACCOUNT) {
            return None;
        }
        taken.bytes = taken.bytes.saturating_add(bytes);
        taken.places.push((tenant, bytes));
        Some(Place { room: self.clone(), tenant, bytes })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tenant {
    fn is_same(self, other: Self) -> bool {
        self.account == other.account && (self.account.is_some() || self.peer == other.peer)
    }

    fn shares_with(self, other: Self) -> bool {
        self.peer == other.peer || self.is_same(other)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.room.lock();
        let place = (self.tenant, self.bytes);
        if let Some(index) = taken.places.iter().position(|other| *other == place) {
            taken.places.swap_remove(index);
            taken.bytes = taken.bytes.saturating_sub(self.bytes);
        }
        if taken.places.is_empty() {
            taken.places = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(address: u8, account: u32) -> Tenant {
        let account = AccountId::new(AccountId::FIRST.number() + account).unwrap();
        Tenant { peer: Peer::V4([192, 0, 2, address]), account: Some(account) }
    }

    fn fill(room: &Arc<Room>, tenant: Tenant, bytes: usize) -> Vec<Place> {
        std::iter::from_fn(|| room.take(tenant, bytes)).take(100).collect()
    }

    #[test]
    fn an_account_and_an_address_have_their_share_and_the_rest_is_for_others() {
        let room = Room::new(80);
        let first = fill(&room, tenant(1, 1), 5);
        assert_eq!(first.len(), 4);
        // The same account from elsewhere, and others from the same place.
        assert_eq!(fill(&room, tenant(2, 1), 5).len(), 0);
        let second = fill(&room, tenant(1, 2), 5);
        assert_eq!(second.len(), 4);
        assert_eq!(fill(&room, tenant(1, 4), 6).len(), 0);
        let mut third = fill(&room, tenant(3, 4), 5);
        third.extend(fill(&room, tenant(4, 5), 5));
        assert_eq!(third.len(), 8);
        assert!(room.take(tenant(5, 6), 1).is_none());
        drop(first);
        assert!(room.take(tenant(5, 6), 1).is_some());
        drop((second, third));
        let taken = room.lock();
        assert_eq!((taken.bytes, taken.places.capacity()), (0, 0));
    }

    #[test]
    fn who_is_nobody_counts_by_address() {
        let room = Room::new(80);
        let nobody = |address| Tenant { account: None, ..tenant(address, 1) };
        let places = fill(&room, nobody(1), 5);
        assert_eq!(places.len(), 4);
        assert_eq!(fill(&room, nobody(2), 5).len(), 4);
    }

    #[test]
    fn what_is_larger_than_all_there_is_comes_in_alone() {
        let room = Room::new(80);
        let alone = room.take(tenant(1, 1), 100).expect("an empty room");
        assert!(room.take(tenant(2, 2), 1).is_none());
        drop(alone);
        let small = room.take(tenant(2, 2), 1);
        assert!(small.is_some() && room.take(tenant(1, 1), 100).is_none());
    }
}
