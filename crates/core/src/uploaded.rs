//! Uploads that are no message yet: they grow byte by byte, and a message, a person or a group names them later.

use crate::Core;
use crate::execute::{Actor, Settled};
use bytes::Bytes;
use koine_model::ConversationId;
use koine_model::Reply;
use koine_model::media::Media;
use koine_store::Answer;

impl Core {
    pub(crate) async fn upload_open(
        &self,
        _actor: Actor,
        _key: String,
        _size: u64,
        _mime: String,
        _name: String,
    ) -> Answer<Reply> {
        todo!()
    }

    pub(crate) async fn upload_look(&self, _actor: Actor, _key: &str) -> Answer<Reply> {
        todo!()
    }

    pub(crate) async fn upload_extend(
        &self,
        _actor: Actor,
        _key: &str,
        _offset: u64,
        _bytes: Bytes,
    ) -> Answer<Reply> {
        todo!()
    }

    /// The upload as an attachment of a message.
    pub(crate) async fn media_take(&self, _actor: Actor, _key: &str) -> Answer<Media> {
        todo!()
    }

    pub(crate) async fn conversation_picture(
        &self,
        _actor: Actor,
        _id: ConversationId,
        _uploaded: Option<String>,
    ) -> Settled {
        todo!()
    }
}
