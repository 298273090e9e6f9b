//! What comes out of a store about how far people have come in their conversations.

use koine_model::Seq;
use koine_model::account::Profile;
use koine_model::conversation::{Conversation, Reach};
use koine_model::message::Message;

/// How far somebody has come in a conversation that they are a member of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// How far they have read.
    pub read: Seq,
    /// How far it has arrived on any device of theirs.
    pub delivered: Seq,
    /// Whether the other members may see it: they are few, and no two of a pair have blocked each other.
    pub shared: bool,
}

/// A conversation as it stands on somebody's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShelfRecord {
    /// The conversation.
    pub conversation: Conversation,
    /// The people of a direct conversation, lower id first (one, when somebody talks to themselves); empty for a group.
    pub pair: Vec<Profile>,
    /// How many members there are.
    pub member_count: u32,
    /// The last entry of its log.
    pub last_seq: Seq,
    /// The last message that its owner may see, and who said it.
    pub last: Option<(Message, Profile)>,
    /// How far the last message has come, where it is its owner's own and marks are shared.
    pub reach: Option<Reach>,
    /// How far its owner has read.
    pub read: Seq,
    /// How far it has arrived on any device of its owner.
    pub delivered: Seq,
    /// How many messages of others lie behind what its owner has read or said, counted up to `Shelf::MOST_UNREAD`.
    pub unread: u32,
    /// Whether its owner wants to be told in words of what is done to messages.
    pub words: bool,
}

/// A member of a conversation, as another member sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecord {
    /// Who.
    pub profile: Profile,
    /// How far they have come; nothing where the other members may not see it.
    pub marks: Option<Marks>,
    /// Whether the two are friends.
    pub friend: bool,
    /// Whether one of the two has blocked the other.
    pub blocked: bool,
}
