//! A memory of what was asked for lately.
//!
//! Whatever is in it can be looked up again, at the cost of a few reads of the store. So a few entries stay, and of many those that are
//! asked for again and again: on a server where everybody has said something, most of them would only lie there.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values by key, in two generations.
pub(crate) struct Lately<K, V>(Mutex<Generations<K, V>>);

struct Generations<K, V> {
    /// What was asked for since the last turn.
    young: HashMap<K, V>,
    /// What was asked for before, and not since.
    old: HashMap<K, V>,
    /// How often it was tended since the last turn.
    tended: u32,
}

/// The most entries of a generation.
const MOST: usize = 25_000;
/// So many stay, whether or not anybody asks for them.
const FEW: usize = 1_000;
/// With each so many calls of [`Lately::tend`] the young become old, and the old go.
const TURN: u32 = 2;

impl<K, V> Default for Lately<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Generations { young: HashMap::new(), old: HashMap::new(), tended: 0 }))
    }
}

impl<K: Eq + Hash + Copy, V: Clone> Lately<K, V> {
    /// What is remembered of `key`.
    pub(crate) fn find(&self, key: K) -> Option<V> {
        let mut state = self.lock();
        if let Some(value) = state.young.get(&key) {
            return Some(value.clone());
        }
        let value = state.old.remove(&key)?;
        let found = value.clone();
        let gone = state.add(key, value);
        drop(state);
        drop(gone);
        Some(found)
    }

    /// Remembers `value`, if `is_valid` says that it still is what it was.
    pub(crate) fn insert_if(&self, key: K, value: V, is_valid: impl FnOnce() -> bool) {
        let mut state = self.lock();
        if is_valid() {
            state.old.remove(&key);
            let gone = state.add(key, value);
            drop(state);
            drop(gone);
        }
    }

    pub(crate) fn remove(&self, key: K) {
        let mut state = self.lock();
        state.young.remove(&key);
        state.old.remove(&key);
    }

    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        let gone = (mem::take(&mut state.young), mem::take(&mut state.old));
        drop(state);
        drop(gone);
    }

    /// Lets go of what nobody has asked for of late, where that is much. To be called about once a second; tells how many entries went.
    pub(crate) fn tend(&self) -> usize {
        let mut state = self.lock();
        state.tended = state.tended.saturating_add(1);
        if state.tended < TURN || state.young.len().saturating_add(state.old.len()) <= FEW {
            return 0;
        }
        let gone = state.turn();
        drop(state);
        gone.len()
    }

    fn lock(&self) -> MutexGuard<'_, Generations<K, V>> {
        // A panic cannot leave a table half-changed here; at worst an entry is missing and read again.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Generations<K, V> {
    /// Adds an entry that is not old. What has to go for it is for the caller to drop, once nobody waits for that.
    fn add(&mut self, key: K, value: V) -> HashMap<K, V> {
        let gone = if self.young.len() >= MOST { self.turn() } else { HashMap::new() };
        self.young.insert(key, value);
        gone
    }

    fn turn(&mut self) -> HashMap<K, V> {
        self.tended = 0;
        mem::replace(&mut self.old, mem::take(&mut self.young))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(count: usize) -> Lately<usize, usize> {
        let lately = Lately::default();
        (0..count).for_each(|key| lately.insert_if(key, key * 2, || true));
        lately
    }

    fn tend_for_long(lately: &Lately<usize, usize>) -> usize {
        (0..10 * TURN).map(|_| lately.tend()).sum()
    }

    #[test]
    fn a_few_stay_and_of_many_those_that_are_asked_for() {
        let few = filled(FEW);
        assert_eq!((tend_for_long(&few), few.find(7)), (0, Some(14)));
        let many = filled(FEW + 1);
        let mut gone = 0;
        for _ in 0..10 * TURN {
            gone += many.tend();
            assert_eq!(many.find(7), Some(14));
        }
        assert_eq!((gone, many.find(8)), (FEW, None));
    }

    #[test]
    fn there_is_a_bound_however_fast_they_come() {
        let lately = filled(5 * MOST);
        let state = lately.lock();
        assert!(state.young.len() <= MOST && state.old.len() <= MOST);
        drop(state);
        assert_eq!(lately.find(5 * MOST - 1), Some(10 * MOST - 2));
        assert_eq!(lately.find(0), None);
    }

    #[test]
    fn what_is_forgotten_is_gone_from_both_generations() {
        let lately = filled(FEW + 2);
        (0..TURN).for_each(|_| assert_eq!(lately.tend(), 0));
        // It is young again now.
        assert_eq!(lately.find(1), Some(2));
        for key in [0, 1] {
            lately.remove(key);
            assert_eq!(lately.find(key), None);
        }
        lately.insert_if(2, 5, || true);
        lately.insert_if(3, 5, || false);
        assert_eq!((lately.find(2), lately.find(3)), (Some(5), Some(6)));
        lately.clear();
        assert_eq!((lately.find(2), lately.find(4)), (None, None));
    }
}
