//! Bringing to a session what concerns its account: first what was missed, then what happens.

mod attachment;
mod catch_up;
mod positions;
mod sight;

pub use attachment::{Attachment, Step};
pub use catch_up::{Batch, CatchUp};

use crate::{Actor, Caller, Core};
use koine_bus::Mailbox;
use koine_model::{ConversationId, Seq};
use koine_store::Standing;
use std::sync::Arc;

/// From where on a session is told what happens.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Start {
    /// From what has arrived on its device.
    #[default]
    Arrived,
    /// From these places, which were found by `survey`. A conversation that is not among them came later, and is new to the session.
    Positions {
        /// One of each conversation of the account.
        positions: Arc<[(ConversationId, Seq)]>,
        /// How it stood there.
        survey: Survey,
    },
}

/// How it stood in all conversations of an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Survey {
    pub(crate) standings: Arc<[Standing]>,
    /// How often the store had changed before it was asked: where it has not since then, it need not be asked again.
    pub(crate) changes: u64,
}

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
