//! Another password: what counted as proof before counts no more.

use crate::Core;
use koine_bus::Signal;
use koine_model::AccountId;
use koine_model::secret::Secret;
use koine_store::Answer;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

/// Which accounts got another password since the server began, and in what order. Who proved to be somebody before such a
/// change has proven nothing, also if the proof was still being checked then.
#[derive(Default)]
pub(crate) struct Changes {
    count: AtomicU64,
    /// The last change of each account, counted over all of them from 1.
    last: RwLock<HashMap<AccountId, u64>>,
}

impl Changes {
    /// How many there were so far: to be asked before a proof is looked at.
    pub(crate) fn so_far(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Whether a proof still counts that was begun to be looked at after so many changes.
    pub(crate) fn none_since(&self, account: AccountId, count: u64) -> bool {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.get(&account).is_none_or(|last| *last <= count)
    }

    fn note(&self, account: AccountId) {
        let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
        // Counted under the lock: whoever reads the new count cannot miss the change that it counts.
        let count = self.count.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        last.insert(account, count);
    }
}

impl Core {
    /// Gives an account another password, of which all verifiers are made anew, and ends what the old one had opened: its sessions,
    /// its tokens and links that were mailed for it. Answered when it is on disk; to be carried out to its end.
    ///
    /// `UnknownAccount`.
    pub(crate) async fn account_change_password(&self, account: AccountId, secret: Secret) -> Answer<()> {
        self.check_secret(&secret)?;
        let verifiers = self.credentials.verifiers(secret).await?;
        self.store.account_change_password(account, verifiers).await?;
        self.changes.note(account);
        self.roster.signal(account, Signal::SignedOut);
        self.recoveries.forget(account);
        tracing::info!(%account, "the password was changed");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_counts_until_the_next_change_of_its_account() {
        let (changes, ann, bob) = (Changes::default(), AccountId::FIRST, AccountId::LAST);
        let before = changes.so_far();
        assert!(changes.none_since(ann, before));
        changes.note(ann);
        assert!(!changes.none_since(ann, before) && changes.none_since(bob, before));
        let after = changes.so_far();
        changes.note(bob);
        assert!(changes.none_since(ann, after) && !changes.none_since(bob, after));
    }
}
