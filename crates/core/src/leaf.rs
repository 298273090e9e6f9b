//! Pages of messages, without what was done to them.

use crate::Core;
use crate::execute::Actor;
use koine_model::ConversationId;
use koine_model::message::{Origin, Reply};
use koine_store::Answer;

impl Core {
    pub(crate) async fn message_leaf(
        &self,
        _actor: Actor,
        _of: ConversationId,
        _from: Origin,
        _limit: usize,
    ) -> Answer<Reply> {
        todo!()
    }
}
