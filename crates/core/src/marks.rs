//! How far people have read, and who is writing.

use crate::Core;
use crate::execute::Actor;
use koine_model::message::Reply;
use koine_model::{ConversationId, Place};
use koine_store::Answer;

impl Core {
    pub(crate) async fn message_read(&self, _actor: Actor, _until: Place) -> Answer<Reply> {
        todo!()
    }

    pub(crate) async fn message_typing(&self, _actor: Actor, _conversation: ConversationId) -> Answer<Reply> {
        todo!()
    }
}
