//! What an operator has the store do: taking away what is too old, and what nothing names any more.

use crate::Answer;
use async_trait::async_trait;
use koine_model::{ConversationId, Seq, Timestamp};
use std::time::Duration;

/// The part of [`Store`](crate::Store) that people never ask for.
#[async_trait]
pub trait Keeping: Send + Sync + 'static {
    /// Of each conversation the entries before the first one from `before` or later: where the clock was once set back, older ones
    /// behind that one stay. Conversations of which nothing is that old are left out.
    async fn log_aged(&self, before: Timestamp) -> Answer<Vec<Aged>>;

    /// Takes away the oldest entries of a conversation, up to `until` and at most `most` of them, with all that belongs to them; tells
    /// how many. Nothing when there are none, or the conversation is gone.
    ///
    /// Each member's view begins behind them from now on, as if they had come then. The place of the last entry stays taken, so
    /// that no place is given out twice; what it said goes like the rest. Keys of what is gone are forgotten.
    async fn log_trim(&self, conversation: ConversationId, until: Seq, most: u32) -> Answer<u32>;

    /// Takes away the media that no message, picture or upload names and that nobody has written for the time of `unused`, or
    /// tells only what these are (`dry`). `None` while something else, such as a backup, needs all of them to stay.
    async fn blob_sweep(&self, unused: Duration, dry: bool) -> Answer<Option<Swept>>;

    /// Takes away the uploads that nobody has gone on with for some days. Tells how many.
    async fn upload_sweep(&self) -> Answer<u32>;
}

/// The oldest part of a conversation's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aged {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The last entry that is old enough.
    pub until: Seq,
    /// How many entries that are.
    pub entries: u32,
}

/// Media that were taken away, or could be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many files.
    pub files: u64,
    /// How many bytes they had.
    pub bytes: u64,
}
