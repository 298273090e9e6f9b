//! Attachments: putting their bytes away before a message names them, and finding them again.

use crate::Core;
use bytes::Bytes;
use koine_metrics::Limit;
use koine_model::media::{Blob, Blobs, Media, Upload};
use koine_model::message::{Message, Part};
use koine_model::refusal::Field;
use koine_model::{MediaId, Refusal};
use koine_store::{Answer, Failure};

/// What is in memory of an attachment that is being fetched.
const PIECE: usize = 256 << 10;

impl Core {
    /// The attachment that was posted under `id`.
    pub async fn media(&self, id: MediaId) -> Answer<Option<Media>> {
        self.store.media_find(id).await
    }

    /// A piece of an attachment, from `offset` on; nothing at its end, `None` where its bytes are gone.
    pub async fn media_piece(&self, media: &Media, offset: u64) -> Answer<Option<Bytes>> {
        let piece = self.store.blob_read_range(&media.blob, offset, PIECE).await?;
        // It goes from under whoever reads it long after its message was deleted.
        if piece.is_none() && self.store.media_find(media.id).await?.is_some() {
            tracing::error!("an attachment is missing from the media folder");
        }
        Ok(piece)
    }

    /// All of an attachment, where it has no more than `most` bytes and they are there.
    pub async fn media_whole(&self, media: &Media, most: u64) -> Answer<Option<Bytes>> {
        if media.blob.size > most { Ok(None) } else { self.store.blob_read(&media.blob).await }
    }

    /// Puts an upload on the disk and gives it the name under which it can be fetched.
    pub(crate) async fn media_keep(&self, upload: Upload, blobs: &mut Blobs) -> Answer<Media> {
        if upload.bytes.is_empty() {
            return Err(Refusal::Empty(Field::Message).into());
        }
        if upload.bytes.len() > self.limits.media_bytes {
            return Err(Limit::MediaBytes.met(Refusal::TooLarge(Field::Message)).into());
        }
        let blob = self.store.blob_write(upload.bytes.clone()).await?;
        blobs.add(blob, upload.bytes);
        self.media_name(blob, &upload.mime, &upload.name)
    }

    /// Gives bytes that are on the disk the name under which they can be fetched.
    pub(crate) fn media_name(&self, blob: Blob, mime: &str, name: &str) -> Answer<Media> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| Failure::new("name an attachment", error.to_string()))?;
        let id = MediaId(u128::from_be_bytes(id));
        let mime = tidy(mime);
        let mime = if mime.is_empty() { "application/octet-stream".to_owned() } else { mime };
        Ok(Media { id, blob, mime, name: tidy(name) })
    }

    /// How many bytes of a message's media [`Core::media_load`] reads, as long as `room` lasts.
    pub(crate) fn media_along(message: &Message, room: &mut usize) -> usize {
        let before = *room;
        for part in &message.parts {
            let Part::Media(media) = part else { continue };
            *room = left(media, *room).unwrap_or(*room);
        }
        before.saturating_sub(*room)
    }

    /// Reads the bytes of a message's media, as long as `room` lasts.
    pub(crate) async fn media_load(&self, message: &Message, room: &mut usize) -> Answer<Blobs> {
        let mut blobs = Blobs::default();
        for part in &message.parts {
            let Part::Media(media) = part else { continue };
            let Some(left) = left(media, *room) else { continue };
            if let Some(bytes) = self.store.blob_read(&media.blob).await? {
                *room = left;
                blobs.add(media.blob, bytes);
            }
        }
        Ok(blobs)
    }
}

/// What is left of `room` bytes behind an attachment; `None` where it has no room.
fn left(media: &Media, room: usize) -> Option<usize> {
    usize::try_from(media.blob.size).ok().and_then(|size| room.checked_sub(size))
}

/// A text on one line, not too long for a header.
pub(crate) fn tidy(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(255).collect()
}
