//! One clock tick for all connections, so that none needs a timer of its own.

use koine_bus::{Mailbox, Signal};
use koine_core::rates::Moment;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Seconds since the gateway began, never zero. Each connection notes many of them, so they are small: they last for 136 years.
pub(crate) type Second = u32;

/// Counts seconds, and rings the mailboxes whose alarm is due.
#[derive(Debug)]
pub(crate) struct Pulse {
    began: Instant,
    seconds: AtomicU32,
    stopping: AtomicBool,
    places: Mutex<Places>,
}

/// The mailboxes, each in a place of its own.
#[derive(Debug, Default)]
struct Places {
    all: Vec<Option<Arc<Mailbox>>>,
    /// Those where nobody is.
    free: Vec<u32>,
}

impl Places {
    fn take(&mut self, mailbox: Arc<Mailbox>) -> u32 {
        if let Some(number) = self.free.pop()
            && let Some(place) = self.all.get_mut(index(number))
        {
            *place = Some(mailbox);
            return number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(Some(mailbox));
        number
    }

    fn give_up(&mut self, number: u32) {
        if let Some(place) = self.all.get_mut(index(number))
            && place.take().is_some()
        {
            self.free.push(number);
        }
        if self.free.len() == self.all.len() {
            *self = Self::default();
        }
    }

    fn mailboxes(&self) -> impl Iterator<Item = &Arc<Mailbox>> {
        self.all.iter().flatten()
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            seconds: AtomicU32::default(),
            stopping: AtomicBool::default(),
            places: Mutex::default(),
        }
    }
}

impl Pulse {
    /// Now, as limits count it: finer than a beat.
    pub(crate) fn moment(&self) -> Moment {
        Moment::since_start(self.began.elapsed())
    }

    /// The current one.
    pub(crate) fn now(&self) -> Second {
        self.seconds.load(Ordering::Relaxed).saturating_add(1)
    }

    /// Has `mailbox` rung when its alarm is due, until the rent is given up.
    pub(crate) fn rent(self: &Arc<Self>, mailbox: &Arc<Mailbox>) -> Rent {
        let number = self.lock().take(mailbox.clone());
        if self.stopping.load(Ordering::SeqCst) {
            mailbox.signal(Signal::Stopping);
        }
        Rent { pulse: self.clone(), number }
    }

    /// Tells everyone, also those who come later, that the server stops.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        for mailbox in self.lock().mailboxes() {
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
            let now = u64::from(self.now());
            for mailbox in self.lock().mailboxes() {
                mailbox.ring(now);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place on the pulse's list; dropping it gives it up.
#[derive(Debug)]
pub(crate) struct Rent {
    pulse: Arc<Pulse>,
    number: u32,
}

impl Drop for Rent {
    fn drop(&mut self) {
        self.pulse.lock().give_up(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_for_one_at_a_time_and_the_memory_goes_with_the_last() {
        let pulse = Arc::new(Pulse::default());
        let mailboxes: Vec<Arc<Mailbox>> = (0..5).map(|_| Arc::default()).collect();
        let mut rents: Vec<Rent> = mailboxes.iter().map(|mailbox| pulse.rent(mailbox)).collect();
        rents.remove(3);
        rents.remove(1);
        let heard = || mailboxes.iter().map(|mailbox| Arc::strong_count(mailbox) - 1).collect::<Vec<_>>();
        assert_eq!(heard(), [1, 0, 1, 0, 1]);
        rents.extend([3, 1, 0].map(|index| pulse.rent(&mailboxes[index])));
        assert_eq!((heard(), pulse.lock().all.len()), (vec![2, 1, 1, 1, 1], 6));
        rents.clear();
        assert_eq!((heard(), pulse.lock().all.capacity()), (vec![0; 5], 0));
    }
}
