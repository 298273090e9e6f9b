//! What an operator has the store do, handed to the writer, to a reader, or to the media folder.

use crate::hold::Hold;
use crate::store::SqliteStore;
use crate::{aged, leftover, named};
use async_trait::async_trait;
use koine_model::media::Blob;
use koine_model::{AccountId, ConversationId, Seq, Timestamp};
use koine_store::{Aged, Answer, Cleared, Failure, Keeping, Pace, Swept};
use std::time::Duration;

#[async_trait]
impl Keeping for SqliteStore {
    async fn log_aged(&self, before: Timestamp) -> Answer<Vec<Aged>> {
        self.read("list what is old", move |reader| aged::list(reader, before)).await
    }

    async fn log_trim(&self, conversation: ConversationId, until: Seq, most: u32) -> Answer<u32> {
        self.change("take away what is old", move |desk| aged::trim(desk, conversation, until, most)).await
    }

    async fn blob_sweep(&self, unused: Duration, dry: bool, pace: Pace) -> Answer<Option<Swept>> {
        // Taken before the database is read: whoever has media stay has seen the database as it is by then, or later.
        let hold = Hold::take(&self.folder).map_err(|error| Failure::new("hold the media", error))?;
        let Some(hold) = hold else { return Ok(None) };
        let named = self.read("list media", named::hashes).await?;
        let swept = self.blobs.sweep(named, unused, dry, pace).await?;
        drop(hold);
        Ok(Some(swept))
    }

    async fn leftover_add(&self, account: AccountId, blobs: &[Blob]) -> Answer<()> {
        let blobs = blobs.to_vec();
        self.change("count leftovers", move |desk| leftover::add(desk, account, &blobs)).await
    }

    async fn leftover_last(&self) -> Answer<u64> {
        self.read("look for leftovers", leftover::last).await
    }

    async fn leftover_clear(&self, until: u64, unused: Duration, most: u32) -> Answer<Option<Cleared>> {
        let hold = Hold::take(&self.folder).map_err(|error| Failure::new("hold the media", error))?;
        let Some(hold) = hold else { return Ok(None) };
        let found = self.read("list leftovers", move |reader| leftover::oldest(reader, until, most)).await?;
        if found.is_empty() {
            return Ok(Some(Cleared::default()));
        }
        let (fates, cleared) = self.blobs.clear(found, unused).await?;
        drop(hold);
        self.change("count leftovers out", move |desk| leftover::settle(desk, &fates)).await?;
        Ok(Some(cleared))
    }

    async fn upload_sweep(&self) -> Answer<u32> {
        self.blobs.sweep_uploads().await
    }
}
