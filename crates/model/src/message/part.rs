//! What messages are made of.

use crate::Seq;
use crate::media::{Media, Upload};
use bytes::Bytes;
use std::fmt;

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
