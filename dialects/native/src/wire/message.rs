//! Messages: what is said, what is done to it, and what is looked for.

use super::account::{Face, Who};
use serde::{Deserialize, Serialize};

/// Say something.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Send {
    /// Where.
    pub(crate) to: To,
    /// The client's own name for it.
    pub(crate) key: String,
    /// Words.
    pub(crate) text: Option<String>,
    /// Uploads, which become its attachments.
    #[serde(default)]
    pub(crate) uploads: Vec<String>,
    /// The `seq` of what it answers to.
    pub(crate) reply: Option<u32>,
}

/// Where a message goes: one of the two.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct To {
    /// To a conversation.
    pub(crate) conversation: Option<u32>,
    /// To somebody, in the conversation with them, which is made when it is not there.
    pub(crate) with: Option<Who>,
}

/// Give a message other words.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Edit {
    /// Where.
    pub(crate) conversation: u32,
    /// Which message.
    pub(crate) seq: u32,
    /// The client's own name for the edit.
    pub(crate) key: String,
    /// The words.
    pub(crate) text: String,
}

/// Delete a message.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Delete {
    /// Where.
    pub(crate) conversation: u32,
    /// Which message.
    pub(crate) seq: u32,
    /// The client's own name for the deletion.
    pub(crate) key: String,
}

/// Put an emoji to a message, or take one's own away.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct React {
    /// Where.
    pub(crate) conversation: u32,
    /// To which message.
    pub(crate) seq: u32,
    /// The client's own name for the reaction.
    pub(crate) key: String,
    /// One emoji.
    pub(crate) emoji: String,
    /// Whether it is there from now on.
    pub(crate) on: bool,
}

/// A request that is about one place.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct At {
    /// Where.
    pub(crate) conversation: u32,
    /// Its place there.
    pub(crate) seq: u32,
}

/// Look back. At most one of the places; without any, the end.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct History {
    /// Where.
    pub(crate) conversation: u32,
    /// Backwards from here.
    pub(crate) before: Option<u32>,
    /// Forwards from here.
    pub(crate) after: Option<u32>,
    /// On both sides of here, and it, too.
    pub(crate) around: Option<u32>,
    /// How many messages at most.
    pub(crate) limit: u32,
}

/// Look for words.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Search {
    /// The words.
    pub(crate) query: String,
    /// In one conversation only.
    pub(crate) conversation: Option<u32>,
    /// The last hit that was shown: what is older is wanted.
    pub(crate) before: Option<Cursor>,
    /// How many hits at most.
    pub(crate) limit: u32,
}

/// A hit that was shown.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Cursor {
    /// Where it was.
    pub(crate) conversation: u32,
    /// Its place there.
    pub(crate) seq: u32,
    /// When it was said.
    pub(crate) at: i64,
}

/// A message.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Message {
    /// Where it was said.
    pub(crate) conversation: u32,
    /// Its place there.
    pub(crate) seq: u32,
    /// When.
    pub(crate) at: i64,
    /// By whom.
    pub(crate) sender: Face,
    /// What; nothing when it was deleted.
    pub(crate) parts: Vec<Part>,
    /// What it answers to.
    pub(crate) reply: Option<Reply>,
    /// When it was last edited.
    pub(crate) edited: Option<i64>,
    /// Whether it was deleted.
    pub(crate) deleted: bool,
    /// The emoji that were put to it.
    pub(crate) reactions: Vec<Reaction>,
}

/// A part of a message.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum Part {
    /// Words.
    Text {
        /// The words.
        text: String,
        /// Whether they are HTML; left out where they are not.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        html: bool,
    },
    /// An attachment.
    Media {
        /// The attachment.
        media: Media,
    },
    /// What only one dialect understands.
    Foreign {
        /// What it is.
        foreign: Foreign,
    },
}

/// An attachment.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Media {
    /// Its unguessable name.
    pub(crate) id: String,
    /// Where it is on the HTTP port.
    pub(crate) url: String,
    /// Where a small picture of it is; `null` of what is no picture.
    pub(crate) thumbnail: Option<String>,
    /// Its MIME type.
    pub(crate) mime: String,
    /// Its file name; may be empty.
    pub(crate) name: String,
    /// How many bytes.
    pub(crate) size: u64,
}

/// What only one dialect understands.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Foreign {
    /// Which.
    pub(crate) dialect: String,
    /// What stands for it elsewhere.
    pub(crate) text: String,
}

/// What a message answers to.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Reply {
    /// Its place.
    pub(crate) seq: u32,
    /// Who said it; `null` where it is not there any more.
    pub(crate) sender: Option<Face>,
    /// Its beginning.
    pub(crate) text: String,
}

/// An emoji of a message.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Reaction {
    /// Which.
    pub(crate) emoji: String,
    /// The numbers of those who put it there.
    pub(crate) people: Vec<u32>,
}

/// Where a message stands, and since when.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Sent {
    /// In which conversation.
    pub(crate) conversation: u32,
    /// Its place there.
    pub(crate) seq: u32,
    /// When the server took it.
    pub(crate) at: i64,
}

/// Where an edit, a deletion or a reaction stands, and since when.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Amended {
    /// Its place.
    pub(crate) seq: u32,
    /// When the server took it.
    pub(crate) at: i64,
}

/// All wordings of a message.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Versions {
    /// Oldest first; the last one is how it is now.
    pub(crate) versions: Vec<Version>,
}

/// A wording.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Version {
    /// Since when.
    pub(crate) at: i64,
    /// The words.
    pub(crate) text: String,
}

/// A page of messages, oldest first.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Page {
    /// The messages.
    pub(crate) messages: Vec<Message>,
    /// Whether there is nothing before them.
    pub(crate) first: bool,
    /// Whether there is nothing after them.
    pub(crate) last: bool,
}

/// What was found, newest first.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Hits {
    /// The messages.
    pub(crate) hits: Vec<Hit>,
    /// Whether there is more.
    pub(crate) more: bool,
}

/// A message that was looked for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Hit {
    /// Which.
    pub(crate) message: Message,
    /// A piece of its words.
    pub(crate) snippet: Vec<Run>,
}

/// A run of words.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Run {
    /// The words.
    pub(crate) text: String,
    /// Whether they were looked for.
    pub(crate) hit: bool,
}
