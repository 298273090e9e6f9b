//! The list of somebody's conversations as they have it, and one of them with the people in it.

use crate::Core;
use crate::execute::{Actor, Settled};
use koine_model::ConversationId;

impl Core {
    pub(crate) async fn conversation_shelves(&self, _actor: Actor) -> Settled {
        todo!()
    }

    pub(crate) async fn conversation_room(&self, _actor: Actor, _id: ConversationId) -> Settled {
        todo!()
    }

    pub(crate) async fn conversation_words(&self, _actor: Actor, _id: ConversationId, _on: bool) -> Settled {
        todo!()
    }
}
