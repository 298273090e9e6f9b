//! One clock tick for all connections, so that none needs a timer of its own.

use koine_bus::{Mailbox, Signal};
use koine_core::rates::Moment;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
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
    next: AtomicU64,
    stopping: AtomicBool,
    mailboxes: Mutex<HashMap<u64, Arc<Mailbox>>>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            seconds: AtomicU32::default(),
            next: AtomicU64::default(),
            stopping: AtomicBool::default(),
            mailboxes: Mutex::default(),
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
            let now = u64::from(self.now());
            for mailbox in self.lock().values() {
                mailbox.ring(now);
            }
        }
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
