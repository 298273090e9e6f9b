//! Proofs of authority.

use koine_model::conversation::Conversation;
use koine_model::{AccountId, Seq};

/// Proof that an account was a member of a conversation when the store was asked.
///
/// Only a store makes one, so a function that takes it needs no check of its own.
#[derive(Clone, Debug)]
pub struct Member {
    account: AccountId,
    conversation: Conversation,
    since: Seq,
    words: bool,
}

impl Member {
    /// For backends, once they have found the membership.
    pub fn attested_by_store(
        account: AccountId,
        conversation: Conversation,
        since: Seq,
        words: bool,
    ) -> Self {
        Self { account, conversation, since, words }
    }

    /// Who.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Of what.
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// The last message from before they came: they may see what lies after it.
    pub fn since(&self) -> Seq {
        self.since
    }

    /// Whether they want to be told in words of what is done to messages.
    pub fn words(&self) -> bool {
        self.words
    }
}
