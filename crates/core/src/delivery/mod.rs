//! Bringing to a session what concerns its account: first what was missed, then what happens.

mod attachment;
mod catch_up;

pub use attachment::{Attachment, Step};
pub use catch_up::{Batch, CatchUp};

use crate::{Actor, Caller, Core};
use koine_bus::Mailbox;
use koine_model::{ConversationId, Seq};
use std::sync::Arc;

impl Core {
    /// Notes a sign of life of the client behind `mailbox`, for whoever wants its place.
    pub fn is_there(&self, actor: Actor, mailbox: &Arc<Mailbox>) {
        self.roster.prove(actor.account(), mailbox);
    }

    /// Records that everything up to these places has arrived on the caller's device.
    pub fn arrived(&self, actor: Actor, caller: &Caller, arrived: &[(ConversationId, Seq)]) {
        self.store.watermark_advance(actor.account(), caller.device.name, arrived);
        self.note_arrival(actor.account(), arrived);
    }
}
