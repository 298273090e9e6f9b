//! A message at its place, and with what is needed to show it.

use super::{Act, Deed, Part};
use crate::account::Face;
use crate::conversation::Conversation;
use crate::media::Blobs;
use crate::{AccountId, Place, Seq, Timestamp};
use std::fmt;
use std::sync::Arc;

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
