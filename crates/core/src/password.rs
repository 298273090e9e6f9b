//! Another password: what counted as proof before counts no more.

use crate::Core;
use crate::credentials::Checked;
use crate::execute::{Actor, Change, Settled};
use crate::rates::Peer;
use koine_bus::Signal;
use koine_model::secret::Secret;
use koine_model::{AccountId, Refusal, Reply};
use koine_store::{Answer, NewPassword, Verifier};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

/// Which accounts got another password since the server began, and in what order. Who proved to be somebody before such a
/// change has proven nothing, also if the proof was still being checked then.
#[derive(Default)]
pub(crate) struct Changes {
    count: AtomicU64,
    last: RwLock<HashMap<AccountId, Last>>,
}

/// What is known of one account.
#[derive(Clone, Copy, Default)]
struct Last {
    /// Its last change, counted over all accounts from 1; zero where there was none.
    number: u64,
    /// How many changes are under way. Meanwhile nothing counts: it is not known which password does.
    under_way: u32,
}

/// A change that is under way. Dropping it leaves all as it was before.
pub(crate) struct Changing<'a> {
    changes: &'a Changes,
    account: AccountId,
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
        last.get(&account).is_none_or(|last| last.counts(count))
    }

    /// Begins a change that nothing but its own proof allows or forbids.
    pub(crate) fn begin(&self, account: AccountId) -> Changing<'_> {
        let mut all = self.write();
        let last = all.entry(account).or_default();
        last.under_way = last.under_way.saturating_add(1);
        Changing { changes: self, account }
    }

    /// Begins a change by a proof that was begun to be looked at after so many changes, if it still counts. Asked and begun under
    /// one lock: of two proofs that both count the first makes the other worthless.
    pub(crate) fn begin_by(&self, account: AccountId, count: u64) -> Option<Changing<'_>> {
        let mut all = self.write();
        let last = all.entry(account).or_default();
        if !last.counts(count) {
            return None;
        }
        last.under_way = last.under_way.saturating_add(1);
        Some(Changing { changes: self, account })
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<AccountId, Last>> {
        self.last.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    /// Whether a proof of this account still counts that was begun to be looked at after so many changes.
    fn counts(self, count: u64) -> bool {
        self.number <= count && self.under_way == 0
    }
}

impl Changing<'_> {
    /// It has happened. Tells how many changes there were with it.
    pub(crate) fn happened(self) -> u64 {
        let mut last = self.changes.write();
        // Counted under the lock: whoever reads the new count cannot miss the change that it counts.
        let count = self.changes.count.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        last.entry(self.account).or_default().number = count;
        count
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        let mut last = self.changes.write();
        if let Some(known) = last.get_mut(&self.account) {
            known.under_way = known.under_way.saturating_sub(1);
            if known.number == 0 && known.under_way == 0 {
                last.remove(&self.account);
            }
        }
    }
}

impl Core {
    /// Gives the caller another password, for the one that they have. The connection that asks stays; others of its session
    /// have to come back with their token, which counts as before.
    pub(crate) async fn password_change(
        &self,
        peer: Peer,
        actor: Actor,
        old: Secret,
        new: Secret,
    ) -> Settled {
        self.check_secret(&new)?;
        let known = self.password_check(peer, actor, old).await?;
        let share = self.rates.passwords.take(peer)?;
        let verifiers = self.credentials.verifiers(new).await?;
        drop(share);
        let new = NewPassword {
            account: actor.account(),
            verifiers,
            instead_of: Some(known),
            keeps: Some(actor.session()),
        };
        let count = self.password_renew(self.changes.begin(actor.account()), new, Some(actor)).await?;
        Ok((Reply::Done, Change::Session(actor.renewed(count))))
    }

    /// Refuses what is not the caller's password. Tells by what it was checked.
    ///
    /// Whoever has found a connection open may guess no more often than at a login.
    pub(crate) async fn password_check(
        &self,
        peer: Peer,
        actor: Actor,
        secret: Secret,
    ) -> Answer<Vec<Verifier>> {
        self.check_secret(&secret)?;
        let attempt = self.rates.logins.begin(actor.account(), peer, self.moment())?;
        let _share = self.rates.passwords.take(peer)?;
        let known = self.store.account_verifiers(actor.account()).await?;
        match self.credentials.check(secret, known.clone()).await? {
            Checked::Right(_) => {
                attempt.succeeded(self.moment());
                Ok(known)
            }
            Checked::Wrong | Checked::Uncheckable => {
                attempt.failed(self.moment());
                tracing::info!(account = %actor.account(), "wrong password, of who is signed in");
                Err(Refusal::WrongSecret.into())
            }
        }
    }

    /// Sets another password, and ends what the old one had opened: sessions, tokens, and links that were mailed for it.
    /// Answered when it is on disk; to be carried out to its end. Tells how many changes there were with it.
    ///
    /// All connections of the account end but the one of `asking`.
    ///
    /// `UnknownAccount`, and `WrongSecret` where it is no longer the password that it is to follow.
    pub(crate) async fn password_renew(
        &self,
        changing: Changing<'_>,
        new: NewPassword,
        asking: Option<Actor>,
    ) -> Answer<u64> {
        let (account, keeps) = (new.account, new.keeps);
        self.store.account_change_password(new).await?;
        let count = changing.happened();
        self.roster.signal(account, Signal::SignedOut, |known| Some(known.session) != keeps);
        let asking = asking.map(Actor::proof);
        self.roster.signal(account, Signal::Outdated, |known| {
            Some(known.session) == keeps && Some(known.proof) != asking
        });
        self.recoveries.forget(account);
        self.questions.forget(account);
        tracing::info!(%account, "the password was changed");
        Ok(count)
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
        let after = changes.begin(ann).happened();
        assert!(!changes.none_since(ann, before) && changes.none_since(bob, before));
        assert_eq!(changes.so_far(), after);
        changes.begin(bob).happened();
        assert!(changes.none_since(ann, after) && !changes.none_since(bob, after));
    }

    #[test]
    fn nothing_counts_while_a_change_is_under_way() {
        let (changes, ann) = (Changes::default(), AccountId::FIRST);
        let changing = changes.begin(ann);
        let meanwhile = changes.so_far();
        assert!(!changes.none_since(ann, meanwhile));
        changing.happened();
        assert!(!changes.none_since(ann, meanwhile) && changes.none_since(ann, changes.so_far()));
        let given_up = changes.begin(ann);
        assert!(!changes.none_since(ann, changes.so_far()));
        drop(given_up);
        assert!(changes.none_since(ann, changes.so_far()));
        drop(changes.begin(AccountId::LAST));
        assert_eq!(changes.write().len(), 1);
    }

    #[test]
    fn of_two_proofs_one_begins_a_change() {
        let (changes, ann) = (Changes::default(), AccountId::FIRST);
        let count = changes.so_far();
        let changing = changes.begin_by(ann, count).unwrap();
        assert!(changes.begin_by(ann, count).is_none() && changes.begin_by(AccountId::LAST, count).is_some());
        drop(changing);
        // What was given up makes nothing worthless.
        changes.begin_by(ann, count).unwrap().happened();
        assert!(changes.begin_by(ann, count).is_none() && changes.begin_by(ann, changes.so_far()).is_some());
    }
}
