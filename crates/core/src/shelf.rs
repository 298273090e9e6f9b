//! The list of somebody's conversations as they have it, and one of them with the people in it.

use crate::Core;
use crate::execute::{Actor, Change, Settled};
use koine_model::{ConversationId, Event, Reply};

impl Core {
    pub(crate) async fn conversation_shelves(&self, _actor: Actor) -> Settled {
        todo!()
    }

    pub(crate) async fn conversation_room(&self, _actor: Actor, _id: ConversationId) -> Settled {
        todo!()
    }

    pub(crate) async fn conversation_words(&self, actor: Actor, id: ConversationId, on: bool) -> Settled {
        self.store.member_words(id, actor.account(), on).await?;
        self.tell(actor.account(), Event::Setting { conversation: id, words: on, cleared: false });
        Ok((Reply::Done, Change::None))
    }
}
