//! Conversations: two people, or a group with members and a leader.

use crate::account::{AccountRef, Face, Person, Profile};
use crate::media::Blob;
use crate::message::Letter;
use crate::{AccountId, ConversationId, Seq, Timestamp};
use std::sync::Arc;

/// What sort of conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Kind {
    /// Exactly the accounts of a pair (one account, when it talks to itself); at most one for each pair.
    Direct,
    /// Any number of members, of whom one leads.
    Group,
}

/// A conversation, without its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its number.
    pub id: ConversationId,
    /// Direct or group.
    pub kind: Kind,
    /// A group's name; nothing for a direct one, which is named after the other.
    pub name: String,
    /// A group's picture.
    pub avatar: Option<Blob>,
    /// Who leads; of a direct one, who opened it.
    pub leader: AccountId,
    /// When it was made.
    pub created: Timestamp,
}

/// A conversation with the people in it, as one of them sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The conversation.
    pub conversation: Conversation,
    /// Its members in the order in which they came; of a very large group the first ones only.
    pub members: Vec<Person>,
    /// How many members there are.
    pub member_count: u32,
}

impl Overview {
    /// The other person of a direct conversation, as `viewer` sees it: themselves when they talk to themselves.
    pub fn other(&self, viewer: AccountId) -> Option<&Person> {
        let direct = self.conversation.kind == Kind::Direct;
        let other = || self.members.iter().find(|person| person.profile.id != viewer);
        direct.then(|| other().or(self.members.first())).flatten()
    }
}

/// A conversation in one line: cheap enough to be asked for again and again.
#[derive(Clone, Debug)]
pub struct Digest {
    /// The conversation.
    pub conversation: Arc<Conversation>,
    /// The people of a direct conversation; empty for a group.
    pub pair: Arc<[Face]>,
    /// The numbers of its members in the order in which they came; of a very large group the first ones only.
    pub members: Vec<AccountId>,
    /// The last message, without the bytes of its media.
    pub last: Option<Letter>,
}

impl Digest {
    /// The other person of a direct conversation, as `viewer` sees it: themselves when they talk to themselves.
    pub fn other(&self, viewer: AccountId) -> Option<&Face> {
        self.pair.iter().find(|face| face.id != viewer).or(self.pair.first())
    }
}

/// A group to which somebody is invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The group.
    pub conversation: Conversation,
    /// Who answers for the invitation: the group's leader, since who invited is told only at once.
    pub by: Face,
}

/// How a request names a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConversationRef {
    /// By number.
    Id(ConversationId),
    /// The direct one with this account, which is made when it is not there yet.
    With(AccountRef),
}

/// What can be asked about conversations.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open the direct conversation with `with`. Answered with [`Reply::Conversation`].
    Open {
        /// The other.
        with: AccountRef,
    },
    /// Make a group. Answered with [`Reply::Conversation`].
    Create {
        /// Its name.
        name: String,
        /// Who is in it, beside the caller; anyone twice counts once.
        members: Vec<AccountRef>,
        /// Whether they are only invited, and must all be the caller's friends. For those who cannot answer it is accepted.
        invite: bool,
    },
    /// Look at a conversation that one is a member of. Answered with [`Reply::Conversation`].
    Find {
        /// Which.
        conversation: ConversationId,
    },
    /// All conversations that one is a member of. Answered with [`Reply::Conversations`].
    List,
    /// The same in one line each. Answered with [`Reply::Digests`].
    Digest,
    /// Put somebody in. Answered with [`Reply::Conversation`].
    Add {
        /// The group.
        conversation: ConversationId,
        /// Whom.
        who: AccountRef,
        /// Whether they are only invited. For those who cannot answer it is accepted.
        invite: bool,
    },
    /// The groups that wait for the caller's answer, oldest invitation first. Answered with [`Reply::Invitations`].
    Invitations,
    /// Accept or decline an invitation. Answered with [`Reply::Conversation`], or `Done` when declined.
    AnswerInvitation {
        /// The group.
        conversation: ConversationId,
        /// Whether to be a member.
        accept: bool,
    },
    /// Leave a group. The longest-standing member leads when the leader leaves; the last one out removes the group.
    Leave {
        /// The group.
        conversation: ConversationId,
    },
    /// Take a conversation off one's own list, with all that was said in it, until something more is said.
    ///
    /// The others keep theirs, and so does the membership. Answered with `Reply::Done`.
    Clear {
        /// Which.
        conversation: ConversationId,
    },
    /// Take somebody out. For the leader. Answered with [`Reply::Conversation`].
    Expel {
        /// The group.
        conversation: ConversationId,
        /// Whom.
        who: AccountRef,
    },
    /// Let somebody else lead. For the leader. Answered with [`Reply::Conversation`].
    Promote {
        /// The group.
        conversation: ConversationId,
        /// Whom.
        who: AccountRef,
    },
    /// Give the group another name. For the leader. Answered with [`Reply::Conversation`].
    Rename {
        /// The group.
        conversation: ConversationId,
        /// The new name.
        name: String,
    },
    /// Give the group another picture, or none. For the leader. Answered with [`Reply::Conversation`].
    Picture {
        /// The group.
        conversation: ConversationId,
        /// The picture, as the caller has uploaded it before under this key.
        uploaded: Option<String>,
    },
    /// Whether the caller is told in words of what is done to messages, where a dialect knows nothing of that. Answered with `Reply::Done`.
    Words {
        /// Where.
        conversation: ConversationId,
        /// Whether.
        on: bool,
    },
    /// The conversations that one is a member of, with the marks of the caller. Answered with [`Reply::Shelves`].
    Shelves {
        /// These alone, as far as they are on the caller's list; all where nothing is named.
        only: Option<Vec<ConversationId>>,
    },
    /// One of them, with its members. Answered with [`Reply::Room`].
    Room {
        /// Which.
        conversation: ConversationId,
    },
    /// Remove the group with all that was said in it. For the leader.
    Dissolve {
        /// The group.
        conversation: ConversationId,
    },
}

/// Answers about conversations.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The conversation in question.
    Conversation(Box<Overview>),
    /// All conversations of the caller.
    Conversations(Vec<Overview>),
    /// All conversations of the caller, in one line each.
    Digests(Vec<Digest>),
    /// The groups that wait for the caller's answer.
    Invitations(Vec<Invitation>),
    /// Those of the caller's conversations that were asked for, by id, with their marks.
    Shelves(Vec<Shelf>),
    /// A conversation with its members.
    Room(Box<Shelf>, Vec<Attendee>),
}

/// A conversation as it stands on somebody's list.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The conversation.
    pub conversation: Arc<Conversation>,
    /// The people of a direct conversation, as others see them; empty for a group.
    pub pair: Vec<Profile>,
    /// How many members there are.
    pub member_count: u32,
    /// The last entry of its log.
    pub last_seq: Seq,
    /// The last message, without the bytes of its media.
    pub last: Option<Letter>,
    /// How far the last message has come, where it is the caller's own and the others' marks are told.
    pub reach: Option<Reach>,
    /// How far the caller has read.
    pub read: Seq,
    /// How far it has arrived on any device of the caller.
    pub delivered: Seq,
    /// How many messages of others lie behind what the caller has read, up to [`Shelf::MOST_UNREAD`].
    pub unread: u32,
    /// Whether the caller's other dialects are told in words of what is done to messages.
    pub words: bool,
}

/// How far a message has come among those to whom it was said: as far as it has come with any of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// The server has it.
    Sent,
    /// It has arrived on a device of somebody.
    Delivered,
    /// Somebody has read it.
    Read,
}

impl Shelf {
    /// Beyond this, unread messages are not counted.
    pub const MOST_UNREAD: u32 = 100;

    /// The other person of a direct conversation, as `viewer` sees it: themselves when they talk to themselves.
    pub fn other(&self, viewer: AccountId) -> Option<&Profile> {
        self.pair.iter().find(|profile| profile.id != viewer).or(self.pair.first())
    }
}

/// A member of a conversation, as the others see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// Who.
    pub profile: Profile,
    /// Whether they are there, where the viewer may know.
    pub online: bool,
    /// How far they have read.
    pub read: Seq,
    /// How far it has arrived on any device of theirs.
    pub delivered: Seq,
}

/// What happened to a group's membership, told to the members.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Happening {
    /// Somebody is a member now.
    Joined,
    /// Somebody was asked to be a member.
    Invited,
    /// Somebody declined to be a member.
    Declined,
    /// Somebody left of their own accord.
    Left,
    /// Somebody was taken out.
    Expelled,
    /// Somebody leads now.
    Leads,
    /// The group has another name.
    Renamed,
    /// The group has another picture.
    Pictured,
    /// The group is gone.
    Dissolved,
}
