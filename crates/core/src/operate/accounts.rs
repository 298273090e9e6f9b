//! Accounts, as operators see and change them.

use super::Operator;
use koine_bus::Signal;
use koine_model::account::{AccountRef, Profile, Registration};
use koine_model::conversation::Kind;
use koine_model::secret::Secret;
use koine_model::{AccountId, Refusal, Timestamp};
use koine_store::{AccountRecord, Answer, NewPassword};

/// An account, as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// As others see it.
    pub profile: Profile,
    /// Whether an operator keeps its owner out.
    pub disabled: bool,
    /// When it last used one of the tokens that it has; `None` for one that has none, and signs in with its password each time.
    pub seen: Option<Timestamp>,
    /// Whether it is signed in on a connection of this process.
    pub online: bool,
}

impl Operator<'_> {
    /// The first `limit` accounts with numbers above `after`, deleted ones too, by their numbers.
    pub async fn account_page(self, after: Option<AccountId>, limit: usize) -> Answer<Vec<Registered>> {
        let records = self.core.store.account_page(after, limit).await?;
        Ok(records.into_iter().map(|record| self.registered(record)).collect())
    }

    /// One account; a deleted one by its number alone. `UnknownAccount`.
    pub async fn account_find(self, who: &AccountRef) -> Answer<Registered> {
        let account = self.core.store.account_find(who).await?.ok_or(Refusal::UnknownAccount)?;
        self.account_read(account.profile.id).await
    }

    /// How many conversations an account is in, and the names of the groups that it leads.
    pub async fn account_groups(self, id: AccountId) -> Answer<(usize, Vec<String>)> {
        let memberships = self.core.store.membership_list(id).await?;
        let all = memberships.len();
        let groups = memberships.into_iter().map(|membership| membership.conversation);
        let led = groups.filter(|conversation| conversation.kind == Kind::Group && conversation.leader == id);
        Ok((all, led.map(|conversation| conversation.name).collect()))
    }

    /// Makes an account, also where nobody else may register. Refusals are those of registering.
    pub async fn account_add(self, registration: Registration) -> Answer<Registered> {
        let profile = self.core.account_make(registration, None, None).await?;
        tracing::info!(account = %profile.id, "made by an operator");
        self.account_read(profile.id).await
    }

    /// Keeps the owner of an account out: all of its sessions end, and nobody can sign in to it. What was said stays, and what is
    /// said to it waits. `UnknownAccount`.
    pub async fn account_disable(self, who: &AccountRef) -> Answer<Registered> {
        let id = self.core.account_named(who).await?.profile.id;
        // As with another password: who proved to be somebody before this has proven nothing.
        let changing = self.core.changes.begin(id);
        self.core.store.account_disable(id, true).await?;
        changing.happened();
        self.core.roster.signal(id, Signal::SignedOut, |_| true);
        self.core.recoveries.forget(id);
        self.core.questions.forget(id);
        tracing::info!(account = %id, "disabled by an operator");
        self.account_read(id).await
    }

    /// Lets the owner of an account sign in again. `UnknownAccount`.
    pub async fn account_enable(self, who: &AccountRef) -> Answer<Registered> {
        let id = self.core.account_named(who).await?.profile.id;
        self.core.store.account_disable(id, false).await?;
        tracing::info!(account = %id, "enabled by an operator");
        self.account_read(id).await
    }

    /// Gives an account another password, which ends all of its sessions. `UnknownAccount`, and what there is to say about passwords.
    pub async fn account_set_password(self, who: &AccountRef, secret: Secret) -> Answer<Registered> {
        self.core.check_secret(&secret)?;
        let id = self.core.account_named(who).await?.profile.id;
        let verifiers = self.core.credentials.verifiers(secret).await?;
        let new = NewPassword { account: id, verifiers, instead_of: None, keeps: None };
        self.core.password_renew(self.core.changes.begin(id), new, None).await?;
        self.account_read(id).await
    }

    /// Deletes an account, as its owner would. `UnknownAccount`.
    pub async fn account_delete(self, who: &AccountRef) -> Answer<Registered> {
        let id = self.core.account_named(who).await?.profile.id;
        self.core.account_remove(id, None).await?;
        self.account_read(id).await
    }

    async fn account_read(self, id: AccountId) -> Answer<Registered> {
        let record = self.core.store.account_record(id).await?.ok_or(Refusal::UnknownAccount)?;
        Ok(self.registered(record))
    }

    fn registered(self, AccountRecord { profile, disabled, seen }: AccountRecord) -> Registered {
        let online = !self.core.roster.seen(profile.id).is_empty();
        Registered { profile, disabled, seen, online }
    }
}
