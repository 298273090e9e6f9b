//! What the writer remembers of the conversations that are being talked in.
//!
//! It spares an append all lookups. The writer makes all changes itself, so it knows when to forget: every change of
//! a conversation forgets that one, and a transaction that was taken back forgets all.

use koine_model::conversation::Conversation;
use koine_model::{AccountId, ConversationId, Seq};
use std::collections::{HashMap, HashSet};
use std::mem;

/// One conversation.
pub(crate) struct Room {
    /// As it is now.
    pub(crate) conversation: Conversation,
    /// The accounts of a direct conversation, lower id first.
    pub(crate) pair: Vec<AccountId>,
    /// Whether one of the pair was deleted.
    pub(crate) gone: bool,
    /// Whether one of the pair has blocked the other.
    pub(crate) blocked: bool,
    /// The last message.
    pub(crate) last: Seq,
    /// Some of the members: those who have talked.
    pub(crate) speakers: HashSet<AccountId>,
}

/// The conversations that were used last, in two generations: what is used comes into the younger one,
/// and when that is full the older one is forgotten.
#[derive(Default)]
pub(crate) struct Rooms {
    young: HashMap<ConversationId, Room>,
    old: HashMap<ConversationId, Room>,
    pairs: HashMap<(AccountId, AccountId), ConversationId>,
}

/// How many conversations make a generation.
const GENERATION: usize = 2048;
/// How many members of one conversation are remembered.
const SPEAKERS: usize = 1024;

impl Rooms {
    /// Whether the conversation is remembered, which it goes on being then.
    pub(crate) fn recall(&mut self, id: ConversationId) -> bool {
        if self.young.contains_key(&id) {
            return true;
        }
        let Some(room) = self.old.remove(&id) else { return false };
        self.remember(room);
        true
    }

    /// The conversation, where it was recalled or remembered just now.
    pub(crate) fn find(&mut self, id: ConversationId) -> Option<&mut Room> {
        self.young.get_mut(&id)
    }

    pub(crate) fn remember(&mut self, mut room: Room) {
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        if room.speakers.len() >= SPEAKERS {
            room.speakers.clear();
        }
        self.young.insert(room.conversation.id, room);
    }

    /// To be called by whatever changes the conversation or its members.
    pub(crate) fn forget(&mut self, id: ConversationId) {
        self.young.remove(&id);
        self.old.remove(&id);
    }

    /// The direct conversation of a pair. It can be remembered without end: it never goes away.
    pub(crate) fn direct(&self, low: AccountId, high: AccountId) -> Option<ConversationId> {
        self.pairs.get(&(low, high)).copied()
    }

    pub(crate) fn remember_direct(&mut self, low: AccountId, high: AccountId, id: ConversationId) {
        if self.pairs.len() >= 2 * GENERATION {
            self.pairs.clear();
        }
        self.pairs.insert((low, high), id);
    }

    /// To be called when anything that was remembered may not have happened after all.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Room {
    /// Remembers that `account` is a member.
    pub(crate) fn heard(&mut self, account: AccountId) {
        if self.speakers.len() >= SPEAKERS {
            self.speakers.clear();
        }
        self.speakers.insert(account);
    }
}
