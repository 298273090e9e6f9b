//! What the server counts of itself, and the page on which Prometheus reads it.
//!
//! Everything that is counted stands in [`catalogue`]; a crate that counts names it there and adds to it, which is one atomic
//! addition. Labels are names of the program's own, never anything that a client says: their number is bounded, and nobody's
//! name is among them. The counts are of the process: what runs twice in one process is counted together.

#![forbid(unsafe_code)]

pub mod catalogue;

mod cell;
mod family;
mod limit;
mod page;
mod process;

pub use cell::{Counter, Gauge, Histogram};
pub use family::{Family, Held, Single};
pub use limit::Limit;
pub use page::{CONTENT_TYPE, page};
