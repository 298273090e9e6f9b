//! What people may do, and what follows from it: the rules that no dialect knows and no store decides.
//!
//! One file a noun. The core is handed its store, its bus, its clock and its limits, and knows neither sockets nor frames.

pub mod clock;
pub mod credentials;
pub mod delivery;
pub mod identicon;
pub mod limits;

mod account;
mod chronicle;
mod contact;
mod conversation;
mod execute;
mod known;
mod media;
mod message;
mod people;
mod roster;
mod upload;

pub use clock::{Clock, SystemClock};
pub use credentials::Credentials;
pub use delivery::Attachment;
pub use execute::{Actor, Caller, Change, Outcome};
pub use limits::Limits;

use koine_bus::Bus;
pub use koine_store::{Answer, Error};
use koine_store::{Failure, Store};
use std::sync::Arc;

/// Everything that a server knows how to do, over one store and one bus.
pub struct Core {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    credentials: Credentials,
    limits: Limits,
    known: known::Known,
    roster: roster::Roster,
    positions: upload::Positions,
}

impl Core {
    /// A core over these parts.
    pub fn new(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        credentials: Credentials,
        limits: Limits,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            bus,
            clock,
            credentials,
            limits,
            known: known::Known::default(),
            roster: roster::Roster::default(),
            positions: upload::Positions::default(),
        })
    }

    /// The clock that messages are stamped by.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// How much is allowed.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether the store takes changes.
    pub async fn check(&self) -> Result<(), Failure> {
        self.store.check().await
    }

    /// Finishes what was begun and lets go of the store.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
