//! What is known of many, bounded: when there are too many, those go first of whom there is least to know.

use super::bucket::{Bucket, Moment, Rate};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most entries of one table.
const MOST: usize = 16_384;
/// When it is full, at least one of so many goes.
const SHARE: usize = 8;
/// How long an entry that means nothing any more may stay. To look at all of a full table takes some hundredths of a millisecond.
const SWEEP: Duration = Duration::from_secs(5);

/// An entry that means nothing after a while.
pub(super) trait Aging: Default {
    /// When it is as good as a new one.
    fn idle_at(&self) -> Moment;
}

impl Aging for Bucket {
    fn idle_at(&self) -> Moment {
        Bucket::idle_at(*self)
    }
}

/// Entries by key.
pub(super) struct Table<K, V>(Mutex<State<K, V>>);

struct State<K, V> {
    entries: HashMap<K, V>,
    sweep_at: Moment,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(Mutex::new(State { entries: HashMap::new(), sweep_at: Moment::default() }))
    }
}

impl<K: Eq + Hash, V: Aging> Table<K, V> {
    /// Does `work` with the entry of `key`, which is a new one if there was none.
    pub(super) fn with<R>(&self, key: K, now: Moment, work: impl FnOnce(&mut V) -> R) -> R {
        let mut state = self.lock();
        if state.entries.len() >= MOST && !state.entries.contains_key(&key) {
            state.make_room(now);
        }
        work(state.entries.entry(key).or_default())
    }

    /// Does `work` with the entry of `key`, if there is one.
    pub(super) fn look<R>(&self, key: &K, work: impl FnOnce(&mut V) -> R) -> Option<R> {
        self.lock().entries.get_mut(key).map(work)
    }

    /// Does `work` with the entry of `key`, if there is one, and lets go of it unless `work` says that it is to stay.
    pub(super) fn settle(&self, key: K, work: impl FnOnce(&mut V) -> bool) {
        if let Entry::Occupied(mut entry) = self.lock().entries.entry(key)
            && !work(entry.get_mut())
        {
            entry.remove();
        }
    }

    /// Lets go of what means nothing any more, now and then; tells how many entries went.
    pub(super) fn tend(&self, now: Moment) -> usize {
        let mut state = self.lock();
        if state.entries.is_empty() || state.sweep_at > now && state.sweep_at <= now.after(SWEEP) {
            return 0;
        }
        state.sweep_at = now.after(SWEEP);
        let before = state.entries.len();
        state.entries.retain(|_, entry| entry.idle_at() > now);
        let left = state.entries.len();
        // A table keeps the room that it once needed.
        if state.entries.capacity() / 8 > left {
            state.entries.shrink_to(left.saturating_mul(2));
        }
        before.saturating_sub(left)
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Table<K, Bucket> {
    /// Takes one for `key`, or tells in how long there is one. Without a rate there always is.
    pub(super) fn take(&self, key: K, rate: Option<Rate>, now: Moment) -> Result<(), Duration> {
        let Some(rate) = rate else { return Ok(()) };
        self.with(key, now, |bucket| bucket.take(rate, now))
    }
}

impl<K: Eq + Hash, V: Aging> State<K, V> {
    fn make_room(&mut self, now: Moment) {
        let mut ends: Vec<Moment> = self.entries.values().map(Aging::idle_at).collect();
        let rank = ends.len() / SHARE;
        if rank >= ends.len() {
            return;
        }
        let (_, end, _) = ends.select_nth_unstable(rank);
        let end = (*end).max(now);
        self.entries.retain(|_, entry| entry.idle_at() > end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_table_forgets_those_who_did_least() {
        let rate = Rate::per_hour(100);
        let table = Table::<usize, Bucket>::default();
        let now = Moment::at_second(10);
        for _ in 0..100 {
            table.take(usize::MAX, rate, now).unwrap();
        }
        for key in 0..5 * MOST {
            table.take(key, rate, now).unwrap();
            assert!(table.lock().entries.len() <= MOST);
        }
        assert!(table.take(usize::MAX, rate, now).is_err(), "whoever did most is still known");
    }

    #[test]
    fn what_means_nothing_any_more_goes() {
        let (rate, table) = (Rate::per_second(1, 5), Table::<u32, Bucket>::default());
        table.take(1, rate, Moment::at_second(100)).unwrap();
        table.tend(Moment::at_second(100));
        assert_eq!(table.lock().entries.len(), 1);
        table.tend(Moment::at_second(103));
        assert_eq!(table.lock().entries.len(), 1, "it is not looked at each time");
        assert_eq!(table.tend(Moment::at_second(200)), 1);
        assert!(table.lock().entries.is_empty());
    }

    #[test]
    fn the_room_goes_with_the_entries() {
        let (rate, table) = (Rate::per_second(1, 5), Table::<u32, Bucket>::default());
        for key in 0..1_000 {
            table.take(key, rate, Moment::at_second(100)).unwrap();
        }
        table.take(1, rate, Moment::at_second(109)).unwrap();
        assert_eq!(table.tend(Moment::at_second(109)), 999);
        let state = table.lock();
        assert!(state.entries.contains_key(&1) && state.entries.capacity() < 10);
    }

    #[test]
    fn an_entry_goes_at_once_when_it_is_known_to_mean_nothing() {
        let (rate, table) = (Rate::per_second(1, 5), Table::<u32, Bucket>::default());
        table.settle(1, |_| panic!("there is none"));
        table.take(1, rate, Moment::at_second(100)).unwrap();
        for stays in [true, false] {
            table.settle(1, |_| stays);
            assert_eq!(table.lock().entries.contains_key(&1), stays);
        }
    }
}
