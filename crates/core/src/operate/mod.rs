//! What operators may do. They are asked for no password: whoever can speak to the core as an operator owns its data.

mod accounts;
mod invites;
mod prune;
mod sessions;

pub use accounts::Registered;
pub use koine_store::InviteRecord;
pub use sessions::SignedIn;

use crate::Core;
use std::sync::Arc;

/// An operator at work. That there is one is the proof that they may.
#[derive(Clone, Copy)]
pub struct Operator<'a> {
    core: &'a Arc<Core>,
}

impl Core {
    /// Lets an operator work. Only what is reached by nobody else may call this.
    pub fn operator(self: &Arc<Self>) -> Operator<'_> {
        Operator { core: self }
    }
}
