//! Looking for words.

use crate::Core;
use crate::execute::Actor;
use koine_model::message::{Reply, Search};
use koine_store::Answer;

impl Core {
    pub(crate) async fn message_search(&self, _actor: Actor, _search: Search) -> Answer<Reply> {
        todo!()
    }
}
