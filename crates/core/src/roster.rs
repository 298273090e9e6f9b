//! Who is here: the live sessions of each account in this process.

use koine_bus::{Mailbox, Signal};
use koine_model::AccountId;
use koine_model::device::{Device, Sessions};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The live sessions of each account.
#[derive(Default)]
pub(crate) struct Roster {
    present: Mutex<HashMap<AccountId, Vec<Present>>>,
    departed: Notify,
}

struct Present {
    device: &'static str,
    mailbox: Arc<Mailbox>,
}

/// How long a newer session waits for the older one to put down what it holds. A live one needs microseconds.
const PATIENCE: Duration = Duration::from_secs(2);

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
            sessions.push(Present { device: device.name, mailbox: mailbox.clone() });
            was_away
        };
        if device.sessions == Sessions::ReplaceOlder && !was_away {
            let alone = self.wait_until_alone(account, device.name, mailbox);
            if tokio::time::timeout(PATIENCE, alone).await.is_err() {
                tracing::warn!(%account, device = device.name, "an older session did not end in time");
            }
        }
        was_away
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
        self.departed.notify_waiters();
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
            let departed = self.departed.notified();
            // The sessions before this one are waited for; one that came after waits for this one.
            let alone = self.lock().get(&account).is_none_or(|sessions| {
                let older = sessions.iter().take_while(|session| !Arc::ptr_eq(&session.mailbox, newest));
                older.filter(|session| session.device == device).count() == 0
            });
            if alone {
                return;
            }
            departed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Vec<Present>>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
