//! What the cases share: a store with people in it, and short ways to say things.

use crate::{
    Answer, Append, Appended, Error, Member, NewAccount, NewGroup, NewPassword, Order, Page, Store, Verifier,
    WantedHandle,
};
use koine_model::account::{AccountRef, Handle, Profile};
use koine_model::conversation::{Conversation, ConversationRef};
use koine_model::message::{Message, Part, Span};
use koine_model::{AccountId, ConversationId, Refusal, Seq, Timestamp};
use std::collections::HashSet;
use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;

/// A store to be tried.
#[derive(Clone)]
pub struct World(Arc<dyn Store>);

/// The moment at which everything happens unless a case cares.
pub(super) const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// How many may be in a group unless a case cares.
pub(super) const MOST: usize = 100;

impl Deref for World {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl World {
    /// A world around an empty store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Makes an account.
    pub(super) async fn person(&self, name: &str) -> AccountId {
        self.account_create(newcomer(name)).await.unwrap().id
    }

    /// Makes several accounts.
    pub(super) async fn people<const COUNT: usize>(&self, names: [&str; COUNT]) -> [AccountId; COUNT] {
        let mut ids = [AccountId::FIRST; COUNT];
        for (id, name) in ids.iter_mut().zip(names) {
            *id = self.person(name).await;
        }
        ids
    }

    /// An account as it is now.
    pub(super) async fn profile(&self, id: AccountId) -> Profile {
        self.account_find(&AccountRef::Id(id)).await.unwrap().unwrap().profile
    }

    /// Makes two accounts have each other.
    pub(super) async fn befriend(&self, one: AccountId, other: AccountId) {
        self.contact_request(one, other, true, NOW).await.unwrap();
    }

    /// Makes a group with members.
    pub(super) async fn group(&self, leader: AccountId, members: &[AccountId]) -> ConversationId {
        self.group_create(group(leader, members, false)).await.unwrap().id
    }

    /// Puts somebody into a group, or invites them, where there is room enough.
    pub(super) async fn member_add(
        &self,
        group: ConversationId,
        by: AccountId,
        who: AccountId,
        invite: bool,
        at: Timestamp,
    ) -> Answer<Conversation> {
        self.0.member_add(group, by, who, invite, MOST, at).await
    }

    /// The same, where so many may be in it.
    pub(super) async fn member_add_within(
        &self,
        most: usize,
        group: ConversationId,
        by: AccountId,
        who: AccountId,
        invite: bool,
    ) -> Answer<Conversation> {
        self.0.member_add(group, by, who, invite, most, NOW).await
    }

    /// The direct conversation of two.
    pub(super) async fn direct(&self, one: AccountId, other: AccountId) -> ConversationId {
        self.direct_open(one, other, NOW).await.unwrap().0.id
    }

    /// Says something.
    pub(super) async fn say(&self, sender: AccountId, to: ConversationId, text: &str) -> Appended {
        self.message_append(words(sender, to, text)).await.unwrap()
    }

    /// Proof of a membership that is there.
    pub(super) async fn member(&self, conversation: ConversationId, account: AccountId) -> Member {
        self.member_find(conversation, account).await.unwrap().expect("a member")
    }

    /// The members of a conversation.
    pub(super) async fn members(&self, conversation: ConversationId) -> Vec<AccountId> {
        self.member_list(conversation, 100).await.unwrap().0
    }

    /// Everything that `reader` may see of a conversation.
    pub(super) async fn history(&self, conversation: ConversationId, reader: AccountId) -> Vec<Message> {
        let member = self.member(conversation, reader).await;
        self.message_page(&member, everything()).await.unwrap()
    }
}

/// An account to be made.
pub(super) fn newcomer(name: &str) -> NewAccount {
    NewAccount {
        handle: WantedHandle::Exactly(handle(name)),
        nick: name.to_owned(),
        nick_is_unique: false,
        email: String::new(),
        phone: String::new(),
        verifiers: Vec::new(),
        invitation: None,
        at: NOW,
    }
}

pub(super) fn handle(text: &str) -> Handle {
    Handle::parse(text).expect("a handle")
}

/// Another password, whoever sets it.
pub(super) fn password(account: AccountId, verifiers: Vec<Verifier>) -> NewPassword {
    NewPassword { account, verifiers, instead_of: None, keeps: None }
}

/// A group to be made.
pub(super) fn group(leader: AccountId, members: &[AccountId], invite: bool) -> NewGroup {
    NewGroup {
        leader,
        name: "tea".into(),
        members: members.to_vec(),
        invite,
        accepted: HashSet::new(),
        most: MOST,
        at: NOW,
    }
}

/// A message to be appended.
pub(super) fn words(sender: AccountId, to: ConversationId, text: &str) -> Append {
    Append { sender, to: ConversationRef::Id(to), parts: vec![Part::text(text)].into(), key: None, at: NOW }
}

/// All history in one page.
pub(super) fn everything() -> Page {
    Page { span: Span::ALL, order: Order::Oldest, limit: 10_000 }
}

pub(super) fn seq(number: u32) -> Seq {
    Seq::new(number)
}

/// The numbers of messages.
pub(super) fn seqs(messages: &[Message]) -> Vec<u32> {
    messages.iter().map(|message| message.place.seq.number()).collect()
}

/// The first text of a message.
pub(super) fn text(message: &Message) -> &str {
    match message.parts.first() {
        Some(Part::Text { text, .. }) => text,
        other => panic!("no text but {other:?}"),
    }
}

/// Asserts that the answer is this refusal.
#[track_caller]
pub(super) fn refused<T: Debug>(answer: Answer<T>, expected: Refusal) {
    match answer {
        Err(Error::Refused(refusal)) => assert_eq!(refusal, expected),
        other => panic!("expected the refusal {expected:?}, and got {other:?}"),
    }
}
