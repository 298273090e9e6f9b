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
        }
    }
}

/// A part on its way in: media still have their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftPart {
    /// Anything that is no attachment.
    Ready(Part),
    /// An attachment.
    Upload(Upload),
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
    /// What was said, 1 to [`Message::MOST_PARTS`] parts.
    pub parts: Vec<Part>,
}

impl Message {
    /// The most parts that a message has. Dialects whose messages hold one part number them
    /// `seq * MOST_PARTS + part`, which must stay within int32.
    pub const MOST_PARTS: usize = 16;
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
}

impl Letter {
    /// How many bytes its texts and media hold.
    pub fn weight(&self) -> usize {
        let parts = self.message.parts.iter().map(|part| match part {
            Part::Text { text, .. } => text.len(),
            Part::Media(media) => media.name.len(),
            Part::Foreign { payload, text, .. } => payload.len().saturating_add(text.len()),
        });
        self.blobs.size().saturating_add(parts.sum())
    }

    /// Whether the bytes of all its media came along.
    pub fn has_its_media(&self) -> bool {
        self.message.parts.iter().all(|part| match part {
            Part::Media(media) => self.blobs.find(&media.blob).is_some(),
            Part::Text { .. } | Part::Foreign { .. } => true,
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
}

/// Answers about messages.
#[derive(Clone, Debug)]
pub enum Reply {
    /// It is on disk, here.
    Posted(Place),
    /// What was said.
    History(Vec<Letter>),
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
