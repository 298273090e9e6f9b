//! Having nothing to do with somebody.

use crate::Core;
use crate::execute::Actor;
use koine_model::account::AccountRef;
use koine_model::contact::Reply;
use koine_store::Answer;

impl Core {
    pub(crate) async fn contact_block(&self, _actor: Actor, _who: &AccountRef) -> Answer<Reply> {
        todo!()
    }

    pub(crate) async fn contact_unblock(&self, _actor: Actor, _who: &AccountRef) -> Answer<Reply> {
        todo!()
    }
}
