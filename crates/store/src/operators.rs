//! The part of the trait that only operators need, and what goes in and comes out there.

use crate::{Answer, TokenRecord};
use async_trait::async_trait;
use koine_model::account::Profile;
use koine_model::session::SessionId;
use koine_model::{AccountId, Timestamp};

/// An account, with what an operator is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// As others see it.
    pub profile: Profile,
    /// Whether an operator keeps its owner out.
    pub disabled: bool,
    /// When one of its tokens was last used, give or take an hour; `None` where it has none.
    pub seen: Option<Timestamp>,
}

/// An invitation to be made: its code's hash alone, so that a stolen database lets nobody in.
#[derive(Clone)]
pub struct NewInvite {
    /// SHA-256 over the code's bits.
    pub hash: [u8; 32],
    /// How many may register with it.
    pub uses: u32,
    /// Now.
    pub at: Timestamp,
    /// Until when it is good.
    pub until: Timestamp,
}

impl std::fmt::Debug for NewInvite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewInvite(for {})", self.uses)
    }
}

/// What is known of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InviteRecord {
    /// Its number, which no other ever gets.
    pub number: u64,
    /// How many may register with it.
    pub uses: u32,
    /// How many have.
    pub used: u32,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it is good.
    pub until: Timestamp,
}

/// What operators do with a store. The contract is that of [`crate::Store`].
#[async_trait]
pub trait OperatorStore: Send + Sync + 'static {
    /// The first `limit` accounts with numbers above `after`, deleted ones too, by their numbers.
    async fn account_page(&self, after: Option<AccountId>, limit: usize) -> Answer<Vec<AccountRecord>>;

    /// One account, deleted or not.
    async fn account_record(&self, id: AccountId) -> Answer<Option<AccountRecord>>;

    /// Keeps an account's owner out, whose tokens are nobody's from then on, or lets them in again. Tells whether that changed anything.
    /// `UnknownAccount`, also for one that was deleted.
    async fn account_disable(&self, id: AccountId, disabled: bool) -> Answer<bool>;

    /// The first `limit` tokens that live at the moment `at` and whose sessions have numbers above `after`, by these numbers.
    async fn token_page(
        &self,
        after: SessionId,
        limit: usize,
        at: Timestamp,
    ) -> Answer<Vec<(AccountId, TokenRecord)>>;

    /// Forgets all tokens of an account. Tells for which sessions those stood that lived at the moment `at`.
    async fn token_end_all(&self, account: AccountId, at: Timestamp) -> Answer<Vec<SessionId>>;

    /// Remembers an invitation. Tells its number.
    async fn invite_create(&self, new: NewInvite) -> Answer<u64>;

    /// All invitations, used up and out of date ones too, oldest first.
    async fn invite_list(&self) -> Answer<Vec<InviteRecord>>;

    /// Whether somebody could register with an invitation at the moment `at`.
    async fn invite_is_good(&self, hash: [u8; 32], at: Timestamp) -> Answer<bool>;

    /// Forgets an invitation. Tells whether it was there.
    async fn invite_revoke(&self, number: u64) -> Answer<bool>;
}
