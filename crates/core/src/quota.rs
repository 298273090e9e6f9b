//! How much room the attachments of an account may take.
//!
//! What counts is what the store keeps for its messages, what it has begun to upload, and what is just on its way to the disk.

use crate::Core;
use koine_model::{AccountId, Refusal};
use koine_store::{Answer, MediaUse};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The bytes of each account that are on their way.
#[derive(Default)]
pub(crate) struct Arriving(Mutex<HashMap<AccountId, u64>>);

/// Room for bytes that are on their way; dropping it gives it up. By then the store counts them, or they did not arrive.
pub(crate) struct Room<'a> {
    arriving: &'a Arriving,
    account: AccountId,
    bytes: u64,
}

impl Core {
    /// Finds room for `bytes` more of an account's, or refuses them before anything of them is written.
    pub(crate) async fn media_room(&self, account: AccountId, bytes: u64) -> Answer<Option<Room<'_>>> {
        let Some(most) = self.limits.media_quota_bytes else { return Ok(None) };
        // Counted before the store is asked, so that of several at once each sees the others.
        let (room, arriving) = self.arriving.add(account, bytes);
        let MediaUse { messages, unfinished } = self.store.media_used(account).await?;
        if messages.saturating_add(unfinished).saturating_add(arriving) > most {
            tracing::info!(%account, messages, unfinished, most, "an attachment beyond the quota");
            return Err(Refusal::Quota.into());
        }
        Ok(Some(room))
    }

    /// What an account's unfinished uploads may take, beside what it has and what is on its way.
    pub(crate) async fn media_left(&self, account: AccountId) -> Answer<u64> {
        let Some(most) = self.limits.media_quota_bytes else { return Ok(u64::MAX) };
        let arriving = self.arriving.lock().get(&account).copied().unwrap_or(0);
        let kept = self.store.media_used(account).await?.messages;
        Ok(most.saturating_sub(kept).saturating_sub(arriving))
    }
}

impl Arriving {
    /// Counts bytes in. Tells how many are on their way with them.
    fn add(&self, account: AccountId, bytes: u64) -> (Room<'_>, u64) {
        let mut all = self.lock();
        let sum = all.entry(account).or_default();
        *sum = sum.saturating_add(bytes);
        (Room { arriving: self, account, bytes }, *sum)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, u64>> {
        // Nothing in here can panic half-way, so a poisoned lock guards a sound state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let mut all = self.arriving.lock();
        if let Some(sum) = all.get_mut(&self.account) {
            *sum = sum.saturating_sub(self.bytes);
            if *sum == 0 {
                all.remove(&self.account);
            }
        }
    }
}
