//! Taking away what is too old, and what nothing names any more.

use super::Operator;
use koine_model::Timestamp;
use koine_store::{Aged, Answer, Swept};
use std::sync::Arc;
use std::time::Duration;

/// How many entries are taken away in one change: what is said meanwhile waits no longer than that takes.
const PORTION: u32 = 200;
/// How long media stay that nothing names: a message that names them may be on its way.
const UNUSED: Duration = Duration::from_secs(24 * 60 * 60);

impl Operator<'_> {
    /// What was said longer ago than `age`, conversation by conversation.
    pub async fn log_aged(self, age: Duration) -> Answer<Vec<Aged>> {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let before = Timestamp(self.core.clock.now().0.saturating_sub(age));
        self.core.store.log_aged(before).await
    }

    /// Takes a portion of it away, which is gone on disk then. Tells how many entries that were; 0 when there are no more.
    pub async fn log_trim(self, aged: &Aged) -> Answer<u32> {
        self.core.store.log_trim(aged.conversation, aged.until, PORTION).await
    }

    /// Takes away the media that nothing has named for a day, or tells only what they are. `None` while a backup or a check needs them.
    ///
    /// `pace` is told how far this is, of how much, and says whether to go on; where it does not, what was done until then is answered.
    pub async fn media_sweep(
        self,
        dry: bool,
        pace: impl Fn(u64, u64) -> bool + Send + Sync + 'static,
    ) -> Answer<Option<Swept>> {
        self.core.store.blob_sweep(UNUSED, dry, Arc::new(pace)).await
    }

    /// Takes away the uploads that were given up. Tells how many.
    pub async fn upload_sweep(self) -> Answer<u32> {
        self.core.store.upload_sweep().await
    }
}
