//! Who is here: the live sessions of each account in this process.

use koine_bus::{Mailbox, Signal};
use koine_model::AccountId;
use koine_model::device::{Device, Sessions};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The live sessions of each account.
#[derive(Default)]
pub(crate) struct Roster {
    present: Mutex<HashMap<AccountId, Vec<Present>>>,
    /// Places that a sign-in was promised and has not taken yet, and until when the promise holds.
    claims: Mutex<HashMap<(AccountId, &'static str), Instant>>,
    /// Somebody came, went, or proved to be there.
    changed: Notify,
}

struct Present {
    device: &'static str,
    mailbox: Arc<Mailbox>,
    /// How often its client has proved to be there.
    proofs: u32,
}

/// How long a newer session waits for the older one to put down what it holds. A live one needs microseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a look around says about a place.
enum Look {
    Free,
    Taken,
    Unknown,
}

impl Roster {
    /// Adds a session. Tells whether the account was away before.
    ///
    /// Where only one session may be on a device, the older is told to end, and has ended when this returns.
    pub(crate) async fn arrive(&self, account: AccountId, device: &Device, mailbox: &Arc<Mailbox>) -> bool {
        let was_away = {
            let mut present = self.lock();
            let sessions = present.entry(account).or_default();
            let was_away = sessions.is_empty();
            if device.sessions == Sessions::ReplaceOlder {
                for older in sessions.iter().filter(|session| session.device == device.name) {
                    older.mailbox.signal(Signal::Replaced);
                }
            }
            sessions.push(Present { device: device.name, mailbox: mailbox.clone(), proofs: 0 });
            was_away
        };
        lock(&self.claims).remove(&(account, device.name));
        self.changed.notify_waiters();
        if device.sessions == Sessions::ReplaceOlder && !was_away {
            let alone = self.wait_until_alone(account, device.name, mailbox);
            if tokio::time::timeout(PATIENCE, alone).await.is_err() {
                tracing::warn!(%account, device = device.name, "an older session did not end in time");
            }
        }
        was_away
    }

    /// Promises a place to a newer session where only one may be. Tells whether it may come.
    ///
    /// Whoever is there already is asked for a sign of life, and keeps its place if it gives one. One that stays silent
    /// is told to end, and no longer counts.
    pub(crate) async fn claim(&self, account: AccountId, device: &'static str) -> bool {
        let deadline = Instant::now() + PATIENCE;
        let mut asked: Vec<(Arc<Mailbox>, u32)> = Vec::new();
        loop {
            // Made before the look around, so that no change in between is missed.
            let changed = self.changed.notified();
            match self.look(account, device, &mut asked) {
                Look::Free => return true,
                Look::Taken => return false,
                Look::Unknown => {}
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                self.evict(account, device);
                lock(&self.claims).insert((account, device), Instant::now() + PATIENCE);
                return true;
            }
        }
    }

    /// Notes a sign of life of the client behind `mailbox`.
    pub(crate) fn prove(&self, account: AccountId, mailbox: &Arc<Mailbox>) {
        if let Some(sessions) = self.lock().get_mut(&account) {
            for session in sessions.iter_mut().filter(|session| Arc::ptr_eq(&session.mailbox, mailbox)) {
                session.proofs = session.proofs.wrapping_add(1);
            }
        }
        self.changed.notify_waiters();
    }

    /// How many sessions an account has.
    pub(crate) fn sessions(&self, account: AccountId) -> usize {
        self.lock().get(&account).map_or(0, Vec::len)
    }

    /// Whether an account has any.
    pub(crate) fn is_here(&self, account: AccountId) -> bool {
        self.sessions(account) > 0
    }

    fn look(&self, account: AccountId, device: &'static str, asked: &mut Vec<(Arc<Mailbox>, u32)>) -> Look {
        let present = self.lock();
        let older = present.get(&account).into_iter().flatten().filter(|session| session.device == device);
        let mut free = true;
        for session in older {
            free = false;
            match asked.iter().find(|(mailbox, _)| Arc::ptr_eq(mailbox, &session.mailbox)) {
                Some((_, proofs)) if *proofs != session.proofs => return Look::Taken,
                Some(_) => {}
                None => {
                    asked.push((session.mailbox.clone(), session.proofs));
                    session.mailbox.ask();
                }
            }
        }
        let mut claims = lock(&self.claims);
        let now = Instant::now();
        if free && claims.get(&(account, device)).is_none_or(|until| *until <= now) {
            claims.insert((account, device), now + PATIENCE);
            return Look::Free;
        }
        Look::Unknown
    }

    fn evict(&self, account: AccountId, device: &str) {
        let mut present = self.lock();
        let Some(sessions) = present.get_mut(&account) else { return };
        for silent in sessions.extract_if(.., |session| session.device == device) {
            silent.mailbox.signal(Signal::Replaced);
        }
        if sessions.is_empty() {
            present.remove(&account);
        }
    }

    /// Takes a session out. Tells whether the account is away now.
    pub(crate) fn depart(&self, account: AccountId, mailbox: &Arc<Mailbox>) -> bool {
        let away = {
            let mut present = self.lock();
            let Some(sessions) = present.get_mut(&account) else { return false };
            sessions.retain(|session| !Arc::ptr_eq(&session.mailbox, mailbox));
            let away = sessions.is_empty();
            if away {
                present.remove(&account);
            }
            away
        };
        self.changed.notify_waiters();
        away
    }

    /// Tells every session of an account to end.
    pub(crate) fn signal(&self, account: AccountId, signal: Signal) {
        if let Some(sessions) = self.lock().get(&account) {
            for session in sessions {
                session.mailbox.signal(signal);
            }
        }
    }

    async fn wait_until_alone(&self, account: AccountId, device: &str, newest: &Arc<Mailbox>) {
        loop {
            let changed = self.changed.notified();
            // The sessions before this one are waited for; one that came after waits for this one.
            let alone = self.lock().get(&account).is_none_or(|sessions| {
                let older = sessions.iter().take_while(|session| !Arc::ptr_eq(&session.mailbox, newest));
                older.filter(|session| session.device == device).count() == 0
            });
            if alone {
                return;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Vec<Present>>> {
        lock(&self.present)
    }
}

fn lock<T>(guarded: &Mutex<T>) -> MutexGuard<'_, T> {
    guarded.lock().unwrap_or_else(PoisonError::into_inner)
}
