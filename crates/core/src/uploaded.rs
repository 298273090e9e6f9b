//! Uploads that are no message yet: they grow byte by byte, and a message, a person or a group names them later.
//!
//! Naming one consumes it: it takes no more bytes and no more room. For some days it is still known what it was, so that a request
//! that is repeated can name it again. A message that is refused consumes nothing.

use crate::Core;
use crate::execute::{Actor, Change, Settled};
use crate::media::tidy;
use crate::post::MEDIA_ON_THE_BUS;
use crate::quota::Room;
use bytes::Bytes;
use koine_metrics::Limit;
use koine_model::conversation::Happening;
use koine_model::media::{Blob, Blobs, Media};
use koine_model::refusal::Field;
use koine_model::upload::Reply as Grown;
use koine_model::{AccountId, ConversationId, Refusal, Reply};
use koine_store::{Answer, NewUpload};

impl Core {
    pub(crate) async fn upload_open(
        &self,
        actor: Actor,
        key: String,
        size: u64,
        mime: String,
        name: String,
    ) -> Answer<Reply> {
        self.check_upload(&key, size)?;
        let account = actor.account();
        let quota = self.upload_quota(account).await?;
        let goes_on = self.store.upload_size(account, &key).await? == Some(size);
        let new = NewUpload { size, mime: tidy(&mime), name: tidy(&name) };
        let bytes = self.store.upload_open(account, &key, new, quota).await?;
        if !goes_on {
            self.media_settle(account, &key).await?;
        }
        Ok(Grown::Grown { bytes, size }.into())
    }

    pub(crate) async fn upload_look(&self, actor: Actor, key: &str) -> Answer<Reply> {
        let found = self.store.upload_look(actor.account(), key).await?;
        let (bytes, NewUpload { size, .. }) = found.ok_or(Refusal::NotThere)?;
        Ok(Grown::Grown { bytes, size }.into())
    }

    pub(crate) async fn upload_extend(
        &self,
        actor: Actor,
        key: &str,
        offset: u64,
        bytes: Bytes,
    ) -> Answer<Reply> {
        let (bytes, size) = self.store.upload_extend(actor.account(), key, offset, bytes).await?;
        Ok(Grown::Grown { bytes, size }.into())
    }

    /// The upload as an attachment of a message that may yet be refused: it is still an upload, and counts as one.
    pub(crate) async fn media_weigh(&self, actor: Actor, key: &str) -> Answer<Media> {
        let (blob, NewUpload { mime, name, .. }) = self.store.upload_weigh(actor.account(), key).await?;
        self.media_name(blob, &mime, &name)
    }

    /// Consumes the upload, which was weighed as `media`. Its bytes go along where they are few.
    pub(crate) async fn media_take(
        &self,
        actor: Actor,
        key: &str,
        media: &Media,
        blobs: &mut Blobs,
    ) -> Answer<()> {
        let (blob, _) = self.store.upload_take(actor.account(), key).await?;
        if blob != media.blob {
            // Its owner has begun it anew meanwhile.
            self.media_let_go(actor.account(), &[blob]).await;
            return Err(Refusal::Unusable(Field::Message).into());
        }
        if usize::try_from(blob.size).is_ok_and(|size| size <= MEDIA_ON_THE_BUS)
            && let Some(bytes) = self.store.blob_read(&blob).await?
        {
            blobs.add(blob, bytes);
        }
        Ok(())
    }

    /// Puts a picture on the disk. The room is to be held until the picture is somebody's, and counts.
    pub(crate) async fn picture_keep(&self, actor: Actor, bytes: Bytes) -> Answer<(Blob, Option<Room<'_>>)> {
        if bytes.len() > self.limits.avatar_bytes {
            return Err(Limit::AvatarBytes.met(Refusal::TooLarge(Field::Picture)).into());
        }
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let room = self.media_room(actor.account(), size).await?;
        Ok((self.store.blob_write(bytes).await?, room))
    }

    /// The upload as a picture of a person or a group. The room is to be held until it is theirs, and counts.
    pub(crate) async fn picture_take(&self, actor: Actor, key: &str) -> Answer<(Blob, Room<'_>)> {
        let found = self.store.upload_look(actor.account(), key).await?;
        let (_, NewUpload { size, mime, .. }) = found.ok_or(Refusal::NotThere)?;
        if usize::try_from(size).is_ok_and(|size| size > self.limits.avatar_bytes) {
            return Err(Limit::AvatarBytes.met(Refusal::TooLarge(Field::Picture)).into());
        }
        if !mime.starts_with("image/") {
            return Err(Refusal::Unusable(Field::Picture).into());
        }
        let passing = self.media_passing(actor.account(), size);
        let (blob, _) = self.store.upload_take(actor.account(), key).await?;
        Ok((blob, passing))
    }

    pub(crate) async fn conversation_picture(
        &self,
        actor: Actor,
        id: ConversationId,
        uploaded: Option<String>,
    ) -> Settled {
        let member = self.member(actor, id).await?;
        if member.conversation().leader != actor.account() {
            return Err(Refusal::NotLeader.into());
        }
        let by = self.own_face(actor).await?;
        let (picture, _passing) = match uploaded {
            Some(key) => {
                let (blob, passing) = self.picture_take(actor, &key).await?;
                (Some(blob), Some(passing))
            }
            None => (None, None),
        };
        let pictured = self.store.group_picture(id, actor.account(), picture).await;
        if let (Err(_), Some(blob)) = (&pictured, picture) {
            self.media_let_go(actor.account(), &[blob]).await;
        }
        let group = pictured?;
        self.known.forget_conversation(id);
        self.tell_group(&group, Happening::Pictured, by.clone(), by);
        Ok((self.replied(group).await?, Change::None))
    }

    /// Somebody's picture, and which one it is where they have set one.
    pub async fn portrait(&self, id: AccountId) -> Answer<Option<(Bytes, Option<Blob>)>> {
        let profiles = self.store.account_profiles(&[id]).await?;
        let Some(profile) = profiles.first() else { return Ok(None) };
        Ok(self.avatar(id).await?.map(|bytes| (bytes, profile.avatar)))
    }

    /// The picture of a group, of which the caller knows the beginning of its hash: whoever was not told it cannot guess it.
    pub async fn group_avatar(&self, id: ConversationId, hash: &[u8; 16]) -> Answer<Option<Bytes>> {
        let avatar = self.store.conversation_find(id).await?.and_then(|group| group.avatar);
        match avatar.filter(|blob| blob.hash.starts_with(hash)) {
            Some(blob) => self.store.blob_read(&blob).await,
            None => Ok(None),
        }
    }
}
