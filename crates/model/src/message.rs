//! Messages: what was said, in parts, at a place.

use crate::account::Face;
use crate::conversation::{Conversation, ConversationRef};
use crate::media::{Blobs, Media, Upload};
use crate::{AccountId, ConversationId, Place, Seq, Timestamp};
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;

/// How a text is marked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Markup {
    /// Not at all.
    Plain,
    /// HTML.
    Html,
}

/// One part of a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    /// Words.
    Text {
        /// UTF-8.
        text: String,
        /// How it is marked up.
        markup: Markup,
    },
    /// An attachment.
    Media(Media),
    /// What only one dialect understands, kept as it came.
    Foreign {
        /// Which dialect.
        dialect: String,
        /// As it came.
        payload: Bytes,
        /// What the others show in its place.
        text: String,
    },
    /// What the message answers to; the first part of it, if any.
    Reply {
        /// The place of the other message in the same conversation.
        to: Seq,
    },
    /// No message, but something done to an earlier one: the only part of its entry.
    Act(Act),
    /// The message was deleted: the only part that is left of it.
    Removed,
}

/// Something done to an earlier message of the same conversation. It stands in the log like a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Act {
    /// The place of the message.
    pub target: Seq,
    /// What was done to it.
    pub deed: Deed,
}

/// What can be done to a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Deed {
    /// Its text is another. Empty when the message was deleted later.
    Edited(String),
    /// It is gone.
    Deleted,
    /// Somebody put an emoji to it, or took theirs away.
    Reacted {
        /// One emoji.
        emoji: String,
        /// Whether it is there now.
        on: bool,
    },
}

impl Part {
    /// Plain words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), markup: Markup::Plain }
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What people say to each other never reaches a log, not even by way of `{:?}`.
        match self {
            Self::Text { text, markup } => write!(f, "Text({markup:?}, {} bytes)", text.len()),
            Self::Media(media) => media.fmt(f),
            Self::Foreign { dialect, payload, .. } => {
                write!(f, "Foreign({dialect}, {} bytes)", payload.len())
            }
            Self::Reply { to } => write!(f, "Reply(to {to})"),
            Self::Act(act) => act.fmt(f),
            Self::Removed => f.write_str("Removed"),
        }
    }
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deed = match self.deed {
            Deed::Edited(_) => "Edited",
            Deed::Deleted => "Deleted",
            Deed::Reacted { .. } => "Reacted",
        };
        write!(f, "{deed}({})", self.target)
    }
}

impl fmt::Debug for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Edited(_) => "Edited",
            Self::Deleted => "Deleted",
            Self::Reacted { .. } => "Reacted",
        })
    }
}

/// A part on its way in: media still have their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftPart {
    /// Anything that is no attachment.
    Ready(Part),
    /// An attachment.
    Upload(Upload),
    /// An attachment whose bytes the caller has uploaded before, under this key.
    Uploaded {
        /// The upload's key.
        key: String,
    },
}

/// A message, as the store has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Where it stands.
    pub place: Place,
    /// Who said it.
    pub sender: AccountId,
    /// When the server took it.
    pub at: Timestamp,
    /// What was said, 1 to [`Message::MOST_PARTS`] parts; as it is now, where it was edited or deleted.
    pub parts: Vec<Part>,
    /// When it was last edited.
    pub edited: Option<Timestamp>,
    /// The emoji that were put to it, in the order in which each was first put there.
    pub reactions: Vec<Reaction>,
}

/// One emoji of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reaction {
    /// Which.
    pub emoji: String,
    /// Who put it there, in the order in which they did; never empty.
    pub people: Vec<AccountId>,
}

impl Message {
    /// A message to which nothing was done since.
    pub fn new(place: Place, sender: AccountId, at: Timestamp, parts: Vec<Part>) -> Self {
        Self { place, sender, at, parts, edited: None, reactions: Vec::new() }
    }

    /// What the entry did to an earlier message, if it is no message.
    pub fn act(&self) -> Option<&Act> {
        match self.parts.as_slice() {
            [Part::Act(act)] => Some(act),
            _ => None,
        }
    }

    /// Whether it was deleted.
    pub fn is_removed(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Removed])
    }

    /// The message that this one answers to, or that its act is about.
    pub fn is_about(&self) -> Option<Seq> {
        self.parts.iter().find_map(|part| match part {
            Part::Reply { to } => Some(*to),
            Part::Act(act) => Some(act.target),
            Part::Text { .. } | Part::Media(_) | Part::Foreign { .. } | Part::Removed => None,
        })
    }

    /// The most parts that a message has. Dialects whose messages hold one part number them
    /// `seq * MOST_PARTS + part`, which must stay within int32.
    pub const MOST_PARTS: usize = 16;
    /// The most emoji that people may put to a message, all taken together.
    pub const MOST_REACTIONS: usize = 1_000;
    /// The most wordings of a message that are told, the latest ones.
    pub const MOST_VERSIONS: usize = 100;
    /// The last `seq` that a conversation gives out, so that every part's number fits int32.
    pub const LAST_SEQ: u32 = i32::MAX as u32 / Self::MOST_PARTS as u32 - 1;
}

/// A message with all that is needed to show it.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What was said.
    pub message: Message,
    /// By whom.
    pub sender: Arc<Face>,
    /// Where.
    pub conversation: Arc<Conversation>,
    /// The people of a direct conversation; empty for a group.
    pub pair: Arc<[Face]>,
    /// The bytes of its media.
    pub blobs: Blobs,
    /// What it is about: the message that it answers to, or that its act was done to.
    pub about: Option<Arc<Quote>>,
}

/// As much of a message as is shown where another one is about it.
#[derive(Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its place.
    pub seq: Seq,
    /// When it was said.
    pub at: Timestamp,
    /// By whom.
    pub sender: Arc<Face>,
    /// The beginning of its words on one line, or the name of its first attachment; empty when it was deleted.
    pub excerpt: String,
}

impl fmt::Debug for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quote({} of {})", self.seq, self.sender.id)
    }
}

impl Letter {
    /// How many bytes its texts and media hold.
    pub fn weight(&self) -> usize {
        let parts = self.message.parts.iter().map(|part| match part {
            Part::Text { text, .. } => text.len(),
            Part::Media(media) => media.name.len(),
            Part::Foreign { payload, text, .. } => payload.len().saturating_add(text.len()),
            Part::Act(Act { deed: Deed::Edited(text), .. }) => text.len(),
            Part::Act(_) | Part::Reply { .. } | Part::Removed => 0,
        });
        self.blobs.size().saturating_add(parts.sum())
    }

    /// Whether the bytes of all its media came along.
    pub fn has_its_media(&self) -> bool {
        self.message.parts.iter().all(|part| match part {
            Part::Media(media) => self.blobs.find(&media.blob).is_some(),
            Part::Text { .. } | Part::Foreign { .. } | Part::Reply { .. } | Part::Act(_) | Part::Removed => {
                true
            }
        })
    }

    /// The other person of a direct conversation, as `viewer` sees it.
    pub fn other(&self, viewer: AccountId) -> Option<&Face> {
        self.pair.iter().find(|face| face.id != viewer).or(self.pair.first())
    }
}

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
