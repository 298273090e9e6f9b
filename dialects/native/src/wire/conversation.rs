//! Conversations: requests about them, and how answers and events show them.

use super::account::{Face, Person, Who, nullable};
use super::message::Message;
use koine_model::conversation as model;
use serde::{Deserialize, Serialize};

/// A request that is about one conversation.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Of {
    /// Which.
    pub(crate) conversation: u32,
}

/// Open the conversation with somebody.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Open {
    /// With whom.
    pub(crate) with: Who,
}

/// Make a group.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Create {
    /// Its name.
    pub(crate) name: String,
    /// Who is in it beside oneself.
    pub(crate) members: Vec<Who>,
    /// Whether they are only invited, which only one's contacts can be.
    #[serde(default)]
    pub(crate) invite: bool,
}

/// Put somebody into a group.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Add {
    /// Which group.
    pub(crate) conversation: u32,
    /// Whom.
    pub(crate) who: Who,
    /// Whether they are only invited.
    #[serde(default)]
    pub(crate) invite: bool,
}

/// A request that is about somebody in a group.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Member {
    /// Which group.
    pub(crate) conversation: u32,
    /// Who.
    pub(crate) who: Who,
}

/// Give a group another name.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Rename {
    /// Which group.
    pub(crate) conversation: u32,
    /// The name.
    pub(crate) name: String,
}

/// Give a group another picture.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Picture {
    /// Which group.
    pub(crate) conversation: u32,
    /// The upload that is the picture; `null` for none.
    #[serde(deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(required, extend("type" = ["string", "null"])))]
    pub(crate) upload: Option<String>,
}

/// Accept or decline an invitation.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct InvitationAnswer {
    /// To which group.
    pub(crate) conversation: u32,
    /// Whether to be a member.
    pub(crate) accept: bool,
}

/// Be told in words, in one's other dialects, of what is done to messages.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Words {
    /// Where.
    pub(crate) conversation: u32,
    /// Whether.
    pub(crate) on: bool,
}

/// What sort of conversation.
#[derive(Serialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Of two people.
    Direct,
    /// Of any number.
    Group,
}

impl From<model::Kind> for Kind {
    fn from(kind: model::Kind) -> Self {
        match kind {
            model::Kind::Direct => Self::Direct,
            model::Kind::Group => Self::Group,
        }
    }
}

/// How far a message has come: as far as it has come with anybody.
#[derive(Serialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reached {
    /// The server has it.
    Sent,
    /// It has arrived on a device.
    Delivered,
    /// Somebody has read it.
    Read,
}

impl From<model::Reach> for Reached {
    fn from(reach: model::Reach) -> Self {
        match reach {
            model::Reach::Sent => Self::Sent,
            model::Reach::Delivered => Self::Delivered,
            model::Reach::Read => Self::Read,
        }
    }
}

/// A conversation, as the reader has it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Conversation {
    /// What everybody knows of it.
    #[serde(flatten)]
    pub(crate) brief: Brief,
    /// The other person of a direct one; oneself when one talks to oneself.
    pub(crate) other: Option<Person>,
    /// How many members there are.
    pub(crate) members: u32,
    /// The place of the last entry of its log.
    pub(crate) last_seq: u32,
    /// The last message.
    pub(crate) last: Option<Message>,
    /// How far the last message has come, where it is the reader's own and the others' marks are told.
    pub(crate) reached: Option<Reached>,
    /// How far the reader has read.
    pub(crate) read: u32,
    /// How far it has arrived on any device of the reader.
    pub(crate) delivered: u32,
    /// How many messages of others lie after `read`, at most 100.
    pub(crate) unread: u32,
    /// Whether the reader's other dialects are told in words of what is done to messages.
    pub(crate) words: bool,
}

/// What everybody knows of a conversation.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Brief {
    /// Its number.
    pub(crate) id: u32,
    /// What sort.
    pub(crate) kind: Kind,
    /// A group's name.
    pub(crate) name: String,
    /// Where a group's picture is on the HTTP port.
    pub(crate) avatar: Option<String>,
    /// Who leads; of a direct one, who opened it.
    pub(crate) leader: u32,
}

/// A conversation that has appeared.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct New {
    /// What everybody knows of it.
    #[serde(flatten)]
    pub(crate) brief: Brief,
    /// How many members there are.
    pub(crate) members: u32,
    /// The people of a direct one; nobody of a group.
    pub(crate) people: Vec<Person>,
}

/// A member.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Attendee {
    /// Who.
    pub(crate) person: Person,
    /// Whether they lead.
    pub(crate) leader: bool,
    /// Whether they are there, where the reader may know.
    pub(crate) online: bool,
    /// How far they have read.
    pub(crate) read: u32,
    /// How far it has arrived on any device of theirs.
    pub(crate) delivered: u32,
}

/// All of one's conversations.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct List {
    /// Each.
    pub(crate) conversations: Vec<Conversation>,
}

/// One conversation.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct One {
    /// Which.
    pub(crate) conversation: Conversation,
}

/// A conversation that one may be in now.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Perhaps {
    /// Which, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conversation: Option<Conversation>,
}

/// A conversation with its members; of a very large group the first ones only.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Room {
    /// Which.
    pub(crate) conversation: Conversation,
    /// Who is in it.
    pub(crate) members: Vec<Attendee>,
}

/// The groups that wait for an answer.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Invitations {
    /// Each.
    pub(crate) invitations: Vec<Invited>,
}

/// A group that waits for an answer.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Invited {
    /// Which.
    pub(crate) conversation: Brief,
    /// Who answers for it.
    pub(crate) by: Face,
}
