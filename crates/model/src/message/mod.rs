//! Messages: what was said, in parts, at a place.

mod letter;
mod part;

pub use letter::{Letter, Message, Quote, Reaction};
pub use part::{Act, Deed, DraftPart, Markup, Part};

use crate::conversation::ConversationRef;
use crate::{ConversationId, Place, Seq, Timestamp};
use std::fmt;

/// Which part of a conversation's history.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Messages after this place.
    pub after: Seq,
    /// Messages up to and including this place.
    pub until: Seq,
    /// Messages at or after this moment.
    pub since: Option<Timestamp>,
    /// Messages before or at this moment.
    pub before: Option<Timestamp>,
}

impl Span {
    /// Everything.
    pub const ALL: Self = Self { after: Seq::ZERO, until: Seq::LAST, since: None, before: None };
}

/// Which end of a span of history is wanted when there is more of it than is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The oldest messages of the span.
    Oldest,
    /// The newest messages of the span.
    Newest,
}

/// What is looked for in the caller's conversations.
#[derive(Clone)]
pub struct Search {
    /// Words, which match by their beginnings and endings, and `"phrases"`, as they stand.
    pub query: String,
    /// In one conversation only.
    pub of: Option<ConversationId>,
    /// Only what stands before this hit of an earlier answer: hits come newest first.
    pub before: Option<(Timestamp, Place)>,
    /// How many hits at most.
    pub limit: usize,
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What people look for is as private as what they say.
        write!(f, "Search({} bytes)", self.query.len())
    }
}

/// A message that was looked for.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The message, without the bytes of its media.
    pub letter: Letter,
    /// A piece of its words, cut into runs; `true` for what was looked for.
    pub snippet: Vec<(String, bool)>,
}

/// One wording of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Version {
    /// Since when.
    pub at: Timestamp,
    /// The words.
    pub text: String,
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({} bytes)", self.text.len())
    }
}

/// What can be asked about messages.
#[derive(Clone, Debug)]
pub enum Command {
    /// Say something. Answered with [`Reply::Posted`] once it is on disk.
    Post {
        /// Where.
        to: ConversationRef,
        /// What.
        parts: Vec<DraftPart>,
        /// The client's own name for this draft: repeating it is answered with the first post.
        key: Option<String>,
    },
    /// Look back: `limit` messages from one end of a span, oldest first. Answered with [`Reply::History`].
    History {
        /// Where.
        of: ConversationRef,
        /// Which part.
        span: Span,
        /// From which end.
        order: Order,
        /// How many at most.
        limit: usize,
    },
    /// Read on, oldest first over all of the caller's conversations: at most `limit` messages behind what was read.
    ///
    /// Answered with [`Reply::History`]; an empty one is the end.
    Chronicle {
        /// One conversation only, where there is one; without it, all.
        of: Option<ConversationRef>,
        /// How far each conversation was read; what is not listed was not.
        read: Vec<(ConversationId, Seq)>,
        /// Messages at or after this moment.
        since: Option<Timestamp>,
        /// Messages before or at this moment.
        before: Option<Timestamp>,
        /// From which end the messages are taken; they come oldest first either way.
        newest: bool,
        /// How many at most.
        limit: usize,
    },
    /// Look back in all of one's conversations: the newest `limit` messages of each, oldest first.
    ///
    /// Answered with [`Reply::Recent`].
    Recent {
        /// How many at most, for each conversation.
        limit: usize,
    },
    /// Do something to an earlier message. Answered with [`Reply::Posted`] once it is on disk, with the act's own place.
    ///
    /// `UnknownMessage`, `NotAuthor` (only the author edits; a group's leader may delete, too).
    Amend {
        /// Where.
        conversation: ConversationId,
        /// What to do to which message.
        act: Act,
        /// The client's own name for this: repeating it is answered as the first time.
        key: Option<String>,
    },
    /// All wordings of a message. Answered with [`Reply::Versions`].
    Versions {
        /// Which message.
        of: Place,
    },
    /// Look back as [`Command::History`] does, but for messages alone, without what was done to them. Answered with [`Reply::Leaf`].
    Leaf {
        /// Where.
        of: ConversationId,
        /// From where in which direction.
        from: Origin,
        /// How many at most.
        limit: usize,
    },
    /// Look for words. Answered with [`Reply::Hits`].
    Search(Box<Search>),
    /// The caller has read everything up to here. Answered with `Reply::Done` once it is on disk.
    Read {
        /// How far.
        until: Place,
    },
    /// The caller is writing something. Answered with `Reply::Done`.
    Typing {
        /// Where.
        conversation: ConversationId,
    },
}

/// From where a page of messages goes in which direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The newest of all.
    End,
    /// Backwards from this place, which is not in it.
    Before(Seq),
    /// Forwards from this place, which is not in it.
    After(Seq),
    /// On both sides of this place, which is in it.
    Around(Seq),
}

/// A page of messages, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Leaf {
    /// The messages, without the bytes of their media.
    pub letters: Vec<Letter>,
    /// Whether the caller may see nothing before them.
    pub first: bool,
    /// Whether there is nothing after them.
    pub last: bool,
}

/// Answers about messages.
#[derive(Clone, Debug)]
pub enum Reply {
    /// It is on disk, here, since this moment.
    Posted(Place, Timestamp),
    /// What was said.
    History(Vec<Letter>),
    /// A page of messages.
    Leaf(Box<Leaf>),
    /// All wordings of a message, oldest first; the present one is the last.
    Versions(Vec<Version>),
    /// What was found, newest first, and whether there is more.
    Hits {
        /// The messages.
        hits: Vec<Hit>,
        /// Whether there is more.
        more: bool,
    },
    /// The caller's conversations, what was said in them, and everyone in them.
    Recent(Box<Recent>),
}

/// All that a client needs to draw itself anew.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// The caller's conversations.
    pub conversations: Vec<crate::conversation::Overview>,
    /// The last messages of each, oldest first over all.
    pub letters: Vec<Letter>,
}
