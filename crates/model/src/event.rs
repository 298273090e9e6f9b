//! What a signed-in session is told without having asked.

use crate::account::Face;
use crate::contact;
use crate::conversation::{self, Overview};
use crate::message::Letter;
use crate::presence::Presence;
use crate::{AccountId, ConversationId, Seq};
use std::sync::Arc;

impl Event {
    /// About how many bytes of memory it holds.
    pub fn weight(&self) -> usize {
        /// What the smallest event holds.
        const BASE: usize = 256;
        BASE + match self {
            Self::Message(letter) => letter.weight(),
            Self::Appeared(overview) => {
                overview.members.iter().map(|person| BASE.saturating_add(person.picture.len())).sum()
            }
            Self::Group { .. }
            | Self::Contact { .. }
            | Self::Contacts
            | Self::Presence { .. }
            | Self::Marks { .. }
            | Self::Typing { .. }
            | Self::Setting { .. } => 0,
        }
    }
}

/// Something happened that concerns the account.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody, perhaps the account itself, said something.
    Message(Arc<Letter>),
    /// A conversation is there that this device has not seen yet; told before its first message.
    Appeared(Arc<Overview>),
    /// A group that the account was told of changed.
    Group {
        /// Which.
        conversation: ConversationId,
        /// Its name, as it is now.
        name: Arc<str>,
        /// What happened.
        happening: conversation::Happening,
        /// To whom.
        whom: Arc<Face>,
        /// Who did it.
        by: Arc<Face>,
    },
    /// Another account did something about the two.
    Contact {
        /// What.
        happening: contact::Happening,
        /// The other.
        by: Arc<Face>,
    },
    /// The account itself has changed whom it has, asks or has blocked.
    Contacts,
    /// A contact came or went, or is doing otherwise.
    Presence {
        /// Who.
        who: Arc<Face>,
        /// How it is now.
        presence: Presence,
        /// The line about how they are doing, or nothing.
        status: Arc<str>,
        /// Whether they went by signing out, and not just by being gone.
        signed_out: bool,
    },
    /// Somebody, perhaps the account itself, has got or read more of a conversation.
    Marks {
        /// Which.
        conversation: ConversationId,
        /// Who.
        who: AccountId,
        /// How far they have read.
        read: Seq,
        /// How far it has arrived on any device of theirs.
        delivered: Seq,
    },
    /// Somebody else is writing something.
    Typing {
        /// Where.
        conversation: ConversationId,
        /// Who.
        who: AccountId,
    },
    /// The account itself has changed how it has a conversation.
    Setting {
        /// Which.
        conversation: ConversationId,
        /// Whether its other dialects are told in words of what is done to messages.
        words: bool,
        /// Whether the conversation was just taken off the list.
        cleared: bool,
    },
}
