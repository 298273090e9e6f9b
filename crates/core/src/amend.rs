//! What is done to messages after they were said: edits, deletions, reactions; and answers that name an earlier one.

use crate::Core;
use crate::execute::Actor;
use koine_model::message::{Act, Message, Quote, Reply};
use koine_model::{ConversationId, Place};
use koine_store::Answer;
use std::sync::Arc;

impl Core {
    pub(crate) async fn message_amend(
        &self,
        _actor: Actor,
        _conversation: ConversationId,
        _act: Act,
        _key: Option<String>,
    ) -> Answer<Reply> {
        todo!()
    }

    pub(crate) async fn message_versions(&self, _actor: Actor, _of: Place) -> Answer<Reply> {
        todo!()
    }

    /// What a message is about, where it is about another.
    pub(crate) async fn quote_for(&self, message: &Message) -> Answer<Option<Arc<Quote>>> {
        if message.is_about().is_none() { Ok(None) } else { todo!() }
    }
}
