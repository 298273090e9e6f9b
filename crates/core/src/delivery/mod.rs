//! Bringing to a session what concerns its account: first what was missed, then what happens.

mod attachment;
mod catch_up;

pub use attachment::{Attachment, Step};
pub use catch_up::{Batch, CatchUp};

use crate::{Actor, Caller, Core};
use koine_model::{ConversationId, Seq};

impl Core {
    /// Records that everything up to these places has arrived on the caller's device.
    pub fn arrived(&self, actor: Actor, caller: &Caller, arrived: &[(ConversationId, Seq)]) {
        self.store.watermark_advance(actor.account(), caller.device.name, arrived);
    }
}
