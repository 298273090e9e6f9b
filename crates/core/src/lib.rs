//! What people may do, and what follows from it: the rules that no dialect knows and no store decides.
//!
//! One file a noun. The core is handed its store, its bus, its clock and its limits, and knows neither sockets nor frames.

#![forbid(unsafe_code)]

pub mod clock;
pub mod credentials;
pub mod delivery;
pub mod identicon;
pub mod limits;
pub mod operate;
pub mod rates;
pub mod recovery;
pub mod room;
pub mod surroundings;
pub mod ticket;
pub mod verification;

mod account;
mod amend;
mod block;
mod chronicle;
mod contact;
mod conversation;
mod execute;
mod goodbye;
mod invite;
mod known;
mod lately;
mod leaf;
mod marks;
mod media;
mod message;
mod notice;
mod outgoing;
mod password;
mod people;
mod post;
mod presence;
mod quota;
mod roster;
mod search;
mod seat;
mod sessions;
mod shelf;
mod token;
mod untold;
mod upload;
mod uploaded;

pub use clock::{Clock, SystemClock};
pub use credentials::Credentials;
pub use delivery::Attachment;
pub use execute::{Actor, Caller, Change, Outcome};
pub use limits::Limits;
pub use seat::Seat;
pub use surroundings::Surroundings;

use koine_bus::{Bus, Rounds};
use koine_model::Epoch;
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
    surroundings: Surroundings,
    verifications: Arc<verification::Verifications>,
    recoveries: Arc<recovery::Recoveries>,
    changes: password::Changes,
    questions: goodbye::Questions,
    ended: seat::Ended,
    arrivals: marks::Arrivals,
    known: known::Known,
    roster: roster::Roster,
    positions: upload::Positions,
    rates: rates::Rates,
    arriving: quota::Arriving,
    leftovers: quota::Leftovers,
    /// For attachments inside of what clients have not taken yet.
    outgoing: Arc<room::Room>,
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
        Self::within(Surroundings::default(), store, bus, clock, credentials, limits)
    }

    /// A core over these parts, in these surroundings.
    pub fn within(
        surroundings: Surroundings,
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
            rates: rates::Rates::new(&limits.rates),
            outgoing: room::Room::new(limits.outgoing_media_bytes),
            limits,
            surroundings,
            verifications: Arc::default(),
            recoveries: Arc::default(),
            changes: password::Changes::default(),
            questions: goodbye::Questions::default(),
            ended: seat::Ended::default(),
            arrivals: marks::Arrivals::default(),
            known: known::Known::default(),
            roster: roster::Roster::default(),
            positions: upload::Positions::default(),
            arriving: quota::Arriving::default(),
            leftovers: quota::Leftovers::default(),
        })
    }

    /// The clock that messages are stamped by.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// What wakes many listeners in turn: to be polled for as long as anybody listens.
    pub fn rounds(&self) -> Rounds {
        self.bus.rounds()
    }

    /// How much is allowed.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// In which epoch numbers of conversations and places are given out.
    pub fn epoch(&self) -> Epoch {
        self.store.epoch()
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
