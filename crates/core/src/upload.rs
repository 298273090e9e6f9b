//! Large media: chunk by chunk to the disk, one message when all are there, and chunk by chunk from the disk again.

use crate::Core;
use crate::execute::{Actor, Caller};
use koine_metrics::Limit;
use koine_model::conversation::ConversationRef;
use koine_model::media::{Blob, Blobs};
use koine_model::message::Part;
use koine_model::refusal::Field;
use koine_model::upload::{Command, Reply};
use koine_model::{AccountId, MediaId, Refusal};
use koine_store::{Answer, Appended, Error, Quota};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How far each device has come with attachments that it has begun to take. Whoever is forgotten begins again.
#[derive(Default)]
pub(crate) struct Positions(Mutex<HashMap<(AccountId, &'static str, MediaId), u64>>);

/// The most positions; when they are reached, all are forgotten at once.
const MOST: usize = 50_000;
/// The most that is read at once.
const READ: usize = 1 << 20;
/// The longest name of an upload.
const KEY: usize = 1 << 10;

impl Core {
    pub(crate) async fn upload(
        &self,
        caller: &Caller,
        actor: Actor,
        command: Command,
    ) -> Answer<koine_model::Reply> {
        let account = actor.account();
        match command {
            Command::Begin { key, to, size } => {
                self.check_upload(&key, size)?;
                match to {
                    ConversationRef::Id(id) => drop(self.member(actor, id).await?),
                    ConversationRef::With(who) => drop(self.account_named(&who).await?),
                }
                let quota = self.upload_quota(account).await?;
                let goes_on = self.store.upload_size(account, &key).await? == Some(size);
                let begun = self.store.upload_begin(account, &key, size, quota).await?;
                if !goes_on {
                    self.media_settle(account, &key).await?;
                }
                Ok(progress(begun))
            }
            Command::Append { key, index, total, bytes } => {
                Ok(progress(self.store.upload_append(account, &key, index, total, bytes).await?))
            }
            Command::Finish { key, to, mime, name } => self.upload_finish(actor, key, to, mime, name).await,
            Command::Open { key, size, mime, name } => self.upload_open(actor, key, size, mime, name).await,
            Command::Look { key } => self.upload_look(actor, &key).await,
            Command::Extend { key, offset, bytes } => self.upload_extend(actor, &key, offset, bytes).await,
            Command::Drop { key } => {
                self.store.upload_drop(account, &key).await?;
                Ok(koine_model::Reply::Done)
            }
            Command::Read { media, offset, length } => {
                let mine = (account, caller.device.name, media.id);
                let offset = self.positions.move_to(mine, offset);
                let bytes = self.store.blob_read_range(&media.blob, offset, length.min(READ)).await?;
                let bytes = bytes.ok_or(Refusal::NotThere)?;
                Ok(Reply::Chunk { offset, bytes }.into())
            }
            Command::Taken { media } => {
                self.positions.lock().remove(&(account, caller.device.name, media));
                Ok(koine_model::Reply::Done)
            }
        }
    }

    /// Whether an upload of that name and size may be.
    pub(crate) fn check_upload(&self, key: &str, size: u64) -> Answer<()> {
        if size == 0 {
            return Err(Refusal::Empty(Field::Message).into());
        }
        if size > self.limits.upload_bytes {
            return Err(Limit::UploadBytes.met(Refusal::TooLarge(Field::Message)).into());
        }
        if key.len() > KEY {
            return Err(Refusal::TooLarge(Field::Message).into());
        }
        Ok(())
    }

    /// How much an account may have begun to upload.
    pub(crate) async fn upload_quota(&self, account: AccountId) -> Answer<Quota> {
        let bytes = self.limits.unfinished_bytes.max(self.limits.upload_bytes);
        let room = self.media_left(account).await?;
        Ok(Quota { uploads: self.limits.unfinished_uploads, bytes, room })
    }

    /// A repeated upload of the same bytes to the same place is the same message: the client did not hear that it was done.
    /// The same name for something else is a client that uses its names again, and a message of its own.
    async fn upload_finish(
        &self,
        actor: Actor,
        key: String,
        to: ConversationRef,
        mime: String,
        name: String,
    ) -> Answer<koine_model::Reply> {
        let account = actor.account();
        // What cannot be posted stays an upload, and counts as one.
        self.check_addressee(actor, &to).await?;
        let size = self.store.upload_size(account, &key).await?.ok_or(Refusal::NotThere)?;
        // Held until the message is there, and counts.
        let _passing = self.media_passing(account, size);
        let blob = self.store.upload_finish(account, &key).await?;
        let appended = self.upload_post(actor, &key, to, blob, (mime, name)).await;
        if !appended.as_ref().is_ok_and(|appended| appended.fresh) {
            self.media_let_go(account, &[blob]).await;
        }
        let appended = appended?;
        Ok(koine_model::message::Reply::Posted(appended.place, appended.at).into())
    }

    async fn upload_post(
        &self,
        actor: Actor,
        key: &str,
        to: ConversationRef,
        blob: Blob,
        (mime, name): (String, String),
    ) -> Answer<Appended> {
        let media = self.media_name(blob, &mime, &name)?;
        let mut blobs = Blobs::default();
        // Devices whose messages hold media themselves get what they could have been sent in one piece.
        if usize::try_from(blob.size).is_ok_and(|size| size <= self.limits.media_bytes)
            && let Some(bytes) = self.store.blob_read(&blob).await?
        {
            blobs.add(blob, bytes);
        }
        let parts = vec![Part::Media(media)];
        let key = Some(format!("upload:{key}"));
        let appended = self.message_append(actor, to.clone(), parts.clone(), key, blobs.clone());
        match appended.await {
            Err(Error::Refused(Refusal::KeyReused)) => {
                self.message_append(actor, to, parts, None, blobs).await
            }
            appended => appended,
        }
    }
}

impl Positions {
    /// Notes where a device goes on, or tells where it left off.
    fn move_to(&self, mine: (AccountId, &'static str, MediaId), offset: Option<u64>) -> u64 {
        let mut positions = self.lock();
        match offset {
            None => positions.get(&mine).copied().unwrap_or(0),
            Some(offset) => {
                if positions.len() >= MOST {
                    positions.clear();
                }
                positions.insert(mine, offset);
                offset
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(AccountId, &'static str, MediaId), u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn progress(progress: koine_model::upload::Progress) -> koine_model::Reply {
    Reply::Progress(progress).into()
}
