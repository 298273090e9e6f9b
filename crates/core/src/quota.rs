//! How much room the media of an account may take.
//!
//! What counts is what the account has on the disk, what it has begun to upload, and what is just on its way. A file counts until it is
//! gone: when its message was deleted, a task looks some time later whether anything names it still, and takes it away if not. So
//! nobody fills the disk by sending and deleting.

use crate::Core;
use koine_metrics::Limit;
use koine_model::media::Blob;
use koine_model::{AccountId, Refusal, Timestamp};
use koine_store::Answer;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many leftovers are looked at in one change: what is said meanwhile waits no longer than that takes.
const PORTION: u32 = 100;

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
        // Counted before the others are, so that of several at once each sees the others.
        let room = self.arriving.add(account, bytes);
        let used = self.media_used(account).await?;
        if used > most {
            tracing::info!(%account, used, most, "an attachment beyond the quota");
            return Err(Limit::MediaQuota.met(Refusal::Quota).into());
        }
        Ok(Some(room))
    }

    /// Refuses an upload that has just been begun, and forgets it, where there is no room for it after all: others may have been begun
    /// or finished while it was looked whether there is.
    pub(crate) async fn media_settle(&self, account: AccountId, key: &str) -> Answer<()> {
        let Some(most) = self.limits.media_quota_bytes else { return Ok(()) };
        if self.media_used(account).await? > most {
            self.store.upload_drop(account, key).await?;
            return Err(Limit::MediaQuota.met(Refusal::Quota).into());
        }
        Ok(())
    }

    /// All that counts. It is read in the order in which bytes move, so that what is not in the one any more is in the next one.
    async fn media_used(&self, account: AccountId) -> Answer<u64> {
        let unfinished = self.store.upload_bytes(account);
        let arriving = self.arriving.of(account);
        let kept = self.store.media_kept(account).await?;
        Ok(unfinished.saturating_add(arriving).saturating_add(kept))
    }

    /// Room for what the store is about to count as an upload no more, and will count as a message or a picture. For a moment it may
    /// count twice; there is none in which it does not.
    pub(crate) fn media_passing(&self, account: AccountId, bytes: u64) -> Room<'_> {
        self.arriving.add(account, bytes)
    }

    /// Has bytes that were written for nothing count until they are taken away: what was to name them was refused, or said before.
    pub(crate) async fn media_let_go(&self, account: AccountId, blobs: &[Blob]) {
        if !blobs.is_empty()
            && let Err(error) = self.store.leftover_add(account, blobs).await
        {
            // Whoever asked is told what became of the request, which is something else.
            crate::execute::refusal(error);
        }
    }

    /// Takes away the media that nothing has named since `grace` ago. To be called now and then, by one at a time.
    ///
    /// `grace` is time enough for whoever reads them, and for a message that names them and is on its way.
    pub async fn media_tend(&self, grace: Duration) -> Answer<()> {
        let last = self.store.leftover_last().await?;
        let Some(until) = self.leftovers.due(last, self.clock.now(), grace) else { return Ok(()) };
        let (mut files, mut bytes) = (0_u64, 0_u64);
        // While a backup needs them, nothing goes; nor is anything forgotten.
        while let Some(cleared) = self.store.leftover_clear(until, grace, PORTION).await? {
            files = files.saturating_add(cleared.files);
            bytes = bytes.saturating_add(cleared.bytes);
            if cleared.looked_at < PORTION {
                self.leftovers.done(until);
                break;
            }
        }
        if files > 0 {
            tracing::info!(files, bytes, "media that nothing names were taken away");
        }
        Ok(())
    }

    /// What an account's unfinished uploads may take, beside what it has and what is on its way.
    pub(crate) async fn media_left(&self, account: AccountId) -> Answer<u64> {
        let Some(most) = self.limits.media_quota_bytes else { return Ok(u64::MAX) };
        let arriving = self.arriving.of(account);
        let kept = self.store.media_kept(account).await?;
        Ok(most.saturating_sub(kept).saturating_sub(arriving))
    }
}

/// Up to which number there were leftovers when. Their rows have no moments, since a trigger knows none.
#[derive(Default)]
pub(crate) struct Leftovers(Mutex<VecDeque<(Timestamp, u64)>>);

impl Leftovers {
    /// Notes the last one that there is now. Tells the last one that there was long enough ago.
    fn due(&self, last: u64, now: Timestamp, grace: Duration) -> Option<u64> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The clock was set back: since when these are there is not known.
        for (at, _) in seen.iter_mut().filter(|(at, _)| *at > now) {
            *at = now;
        }
        if last > 0 && seen.back().is_none_or(|(_, known)| *known < last) {
            seen.push_back((now, last));
        }
        let grace = i64::try_from(grace.as_millis()).unwrap_or(i64::MAX);
        let is_due = |(at, _): &&(Timestamp, u64)| now.0.saturating_sub(at.0) >= grace;
        seen.iter().take_while(is_due).last().map(|(_, number)| *number)
    }

    /// Those up to this number have been looked at.
    fn done(&self, until: u64) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|(_, number)| *number > until);
    }
}

impl Arriving {
    /// Counts bytes in.
    fn add(&self, account: AccountId, bytes: u64) -> Room<'_> {
        let mut all = self.lock();
        let sum = all.entry(account).or_default();
        *sum = sum.saturating_add(bytes);
        Room { arriving: self, account, bytes }
    }

    /// How many are on their way.
    fn of(&self, account: AccountId) -> u64 {
        self.lock().get(&account).copied().unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_let_go_of_is_due_after_a_while() {
        let (leftovers, grace) = (Leftovers::default(), Duration::from_secs(10));
        let check =
            |last, at, expected| assert_eq!(leftovers.due(last, Timestamp(at), grace), expected, "{at}");
        check(0, 1_000, None);
        check(3, 2_000, None);
        check(3, 3_000, None);
        check(7, 4_000, None);
        check(7, 12_000, Some(3));
        check(9, 13_000, Some(3));
        leftovers.done(3);
        check(9, 13_000, None);
        check(9, 14_000, Some(7));
        leftovers.done(7);
        // A clock that was set back makes them wait anew, and no longer.
        check(9, 1_000, None);
        check(9, 11_000, Some(9));
        leftovers.done(9);
        check(9, 11_000, None);
        assert!(leftovers.0.lock().unwrap().len() <= 1);
    }
}
