//! The vocabulary of koine: ids and nouns, and what can be asked, answered and told about them.
//!
//! One file a noun. Nothing here waits, reads a socket or a clock, or knows how it is written on
//! a wire or in a row: no type of this crate is serialisable.

#![forbid(unsafe_code)]

pub mod account;
pub mod contact;
pub mod conversation;
pub mod device;
pub mod epoch;
pub mod event;
pub mod ids;
pub mod invite;
pub mod markup;
pub mod media;
pub mod message;
pub mod presence;
pub mod refusal;
pub mod secret;
pub mod server;
pub mod session;
pub mod time;
pub mod token;
pub mod upload;

mod command;

pub use command::{Command, Reply};
pub use epoch::Epoch;
pub use event::Event;
pub use ids::{AccountId, ConversationId, MediaId, Place, Seq};
pub use refusal::{Incident, Refusal};
pub use time::Timestamp;
