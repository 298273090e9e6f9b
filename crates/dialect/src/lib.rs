//! The seam between bytes and meaning: what a dialect is, and the toolbox that dialects share.
//!
//! Everything here is a pure function of its input. What waits (sockets, the core, the store) is on the
//! other side: a dialect sees whole frames, answers and events, and fills an [`Outbox`].

#![forbid(unsafe_code)]
// What a peer sends meets this code first: nothing here may panic, wrap around or cut off silently.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::as_conversions,
        clippy::arithmetic_side_effects
    )
)]

pub mod client;
pub mod toolbox;

mod frame;
mod nesting;
mod outbox;
mod seam;
mod shared;

pub use frame::{Fault, Frame, Payload};
pub use nesting::{Nesting, Notation};
pub use outbox::{Act, Outbox, Tag, Wake};
pub use seam::{Carriage, Dialect, Farewell, Links, Notice, Opening, Origin, ServerFacts, Session};
pub use shared::{Flavour, SharedEvent};
