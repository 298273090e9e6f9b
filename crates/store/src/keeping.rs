//! What an operator has the store do: taking away what is too old, and what nothing names any more.

use crate::Answer;
use async_trait::async_trait;
use koine_model::media::Blob;
use koine_model::{AccountId, ConversationId, Seq, Timestamp};
use std::sync::Arc;
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
    ///
    /// `pace` is told before each of them how far this has come, and says whether to go on; where it does not, what was found until then is
    /// answered, and is gone on disk. Once everything was looked at, it is told that all of it is done.
    async fn blob_sweep(&self, unused: Duration, dry: bool, pace: Pace) -> Answer<Option<Swept>>;

    /// Counts blobs that were written for `account`, and that nothing of its names, as its leftovers. What its messages and
    /// pictures let go of becomes that by itself.
    async fn leftover_add(&self, account: AccountId, blobs: &[Blob]) -> Answer<()>;

    /// The number of the last leftover that there is: those that come later have greater ones.
    async fn leftover_last(&self) -> Answer<u64>;

    /// Looks at the oldest leftovers up to the number `until`, at most `most` of them. Those that nothing names go with their files, and
    /// those that somebody else names without; they count as nobody's then. Those that somebody has written within the time of
    /// `unused` get new numbers. `None` while something else, such as a backup, needs all media to stay.
    async fn leftover_clear(&self, until: u64, unused: Duration, most: u32) -> Answer<Option<Cleared>>;

    /// Takes away the uploads that nobody has gone on with for some days. Tells how many.
    async fn upload_sweep(&self) -> Answer<u32>;
}

/// Is told how much of something long is done, and of how much, and says whether to go on. It must not wait.
pub type Pace = Arc<dyn Fn(u64, u64) -> bool + Send + Sync>;

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

/// What became of leftovers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// How many were looked at.
    pub looked_at: u32,
    /// How many files were taken away.
    pub files: u64,
    /// How many bytes they had.
    pub bytes: u64,
}

/// Media that were taken away, or could be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many files.
    pub files: u64,
    /// How many bytes they had.
    pub bytes: u64,
}
