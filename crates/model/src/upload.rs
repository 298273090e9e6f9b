//! Media too large for one piece: how they come in chunk by chunk, and how they are handed on.

use crate::conversation::ConversationRef;
use crate::media::Media;
use bytes::Bytes;
use std::fmt;

/// What can be asked about large media. An upload is named by its sender's own `key`, and can be taken up again under it.
#[derive(Clone)]
pub enum Command {
    /// Begin to upload, or go on. Answered with [`Reply::Progress`].
    Begin {
        /// The sender's name for it.
        key: String,
        /// Where the message will go: looked at now, so that nothing is uploaded in vain.
        to: ConversationRef,
        /// How many bytes it will be. Another size than before begins anew.
        size: u64,
    },
    /// Add the next chunk; one that is there already changes nothing. Answered with [`Reply::Progress`].
    Append {
        /// Which upload.
        key: String,
        /// Which chunk, from 1.
        index: u32,
        /// How many chunks there will be.
        total: u32,
        /// The chunk.
        bytes: Bytes,
    },
    /// Say what was uploaded, as a message. Answered with `message::Reply::Posted` once all of it is on disk.
    Finish {
        /// Which upload.
        key: String,
        /// Where.
        to: ConversationRef,
        /// MIME type; empty when the sender did not say.
        mime: String,
        /// File name; empty when the sender did not say.
        name: String,
    },
    /// Begin an upload that is no message yet: a message, a picture or a group names it later. Answered with [`Reply::Grown`].
    Open {
        /// The sender's name for it.
        key: String,
        /// How many bytes it will be.
        size: u64,
        /// MIME type; empty when the sender did not say.
        mime: String,
        /// File name; empty when the sender did not say.
        name: String,
    },
    /// How far has it come? Answered with [`Reply::Grown`]. `NotThere`.
    Look {
        /// Which upload.
        key: String,
    },
    /// Add bytes where the upload ends now. Answered with [`Reply::Grown`]. `Unusable(Message)` when it ends elsewhere.
    Extend {
        /// Which upload.
        key: String,
        /// Where the bytes belong.
        offset: u64,
        /// The bytes.
        bytes: Bytes,
    },
    /// Forget an upload. Answered with `Done`.
    Drop {
        /// Which.
        key: String,
    },
    /// Read a part of an attachment that the caller was told of. Answered with [`Reply::Chunk`].
    Read {
        /// Which attachment.
        media: Media,
        /// From where: the caller's device has everything before it. Without it, from where the device left off.
        offset: Option<u64>,
        /// How many bytes at most.
        length: usize,
    },
    /// The caller's device has all of an attachment. Answered with `Done`.
    Taken {
        /// Which attachment.
        media: crate::MediaId,
    },
}

/// Answers about large media.
#[derive(Clone, Debug)]
pub enum Reply {
    /// How far an upload has come.
    Progress(Progress),
    /// How much of an upload is there.
    Grown {
        /// How many bytes.
        bytes: u64,
        /// How many there will be.
        size: u64,
    },
    /// A part of an attachment.
    Chunk {
        /// Where it begins.
        offset: u64,
        /// The bytes.
        bytes: Bytes,
    },
}

/// How far an upload has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// The chunks that are there, from the first on.
    pub chunks: u32,
    /// Their bytes.
    pub bytes: u64,
    /// How many chunks there will be; zero before the first one came.
    pub total: u32,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Begin { .. } => "Begin",
            Self::Append { .. } => "Append",
            Self::Finish { .. } => "Finish",
            Self::Open { .. } => "Open",
            Self::Look { .. } => "Look",
            Self::Extend { .. } => "Extend",
            Self::Drop { .. } => "Drop",
            Self::Read { .. } => "Read",
            Self::Taken { .. } => "Taken",
        })
    }
}
