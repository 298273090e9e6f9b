//! One clock tick for all connections, so that none needs a timer of its own.

use koine_bus::{Mailbox, Signal};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Counts seconds, and rings the mailboxes whose alarm is due.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    seconds: AtomicU64,
    next: AtomicU64,
    stopping: AtomicBool,
    mailboxes: Mutex<HashMap<u64, Arc<Mailbox>>>,
    chance: RandomState,
}

impl Pulse {
    /// Seconds since the gateway began, never zero.
    pub(crate) fn now(&self) -> u64 {
        self.seconds.load(Ordering::Relaxed).saturating_add(1)
    }

    /// Has `mailbox` rung when its alarm is due, until the rent is given up.
    pub(crate) fn rent(self: &Arc<Self>, mailbox: &Arc<Mailbox>) -> Rent {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(number, mailbox.clone());
        if self.stopping.load(Ordering::SeqCst) {
            mailbox.signal(Signal::Stopping);
        }
        Rent { pulse: self.clone(), number }
    }

    /// Tells everyone, also those who come later, that the server stops.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        for mailbox in self.lock().values() {
            mailbox.signal(Signal::Stopping);
        }
    }

    /// Beats once a second, for ever.
    pub(crate) async fn beat(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            self.seconds.fetch_add(1, Ordering::Relaxed);
            let now = self.now();
            for mailbox in self.due(now) {
                mailbox.ring(now);
            }
        }
    }

    /// The mailboxes that are due, in another order each time: who is rung first is first to take what several wait for, such as
    /// the next posts of an account or the room for a large frame, and the last must not always be the same one.
    fn due(&self, now: u64) -> Vec<Arc<Mailbox>> {
        let mailboxes = self.lock();
        let due = mailboxes.iter().filter(|(_, mailbox)| mailbox.is_due(now));
        let mut due: Vec<_> =
            due.map(|(number, mailbox)| (self.chance.hash_one((now, number)), mailbox.clone())).collect();
        drop(mailboxes);
        due.sort_unstable_by_key(|(order, _)| *order);
        due.into_iter().map(|(_, mailbox)| mailbox).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Mailbox>>> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place on the pulse's list; dropping it gives it up.
#[derive(Debug)]
pub(crate) struct Rent {
    pulse: Arc<Pulse>,
    number: u64,
}

impl Drop for Rent {
    fn drop(&mut self) {
        self.pulse.lock().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_who_waits_is_always_last() {
        let pulse = Arc::new(Pulse::default());
        let mailboxes: [Arc<Mailbox>; 5] = std::array::from_fn(|_| Arc::default());
        let _rents = mailboxes.each_ref().map(|mailbox| pulse.rent(mailbox));
        let idle = Arc::new(Mailbox::default());
        let _rent = pulse.rent(&idle);
        let mut first = [0; 5];
        for beat in 1..=500 {
            mailboxes.iter().for_each(|mailbox| mailbox.set_alarm(beat));
            idle.set_alarm(beat + 1);
            let due = pulse.due(beat);
            assert_eq!(due.len(), 5);
            first[mailboxes.iter().position(|mailbox| Arc::ptr_eq(mailbox, &due[0])).unwrap()] += 1;
        }
        // A hundred times each, more or less: the bounds are six standard deviations away.
        assert!(first.iter().all(|times| (46..=154).contains(times)), "{first:?}");
    }
}
