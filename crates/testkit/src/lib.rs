//! A server in a box, and transcripts that are held against it.
//!
//! For tests alone: everything here panics when something is not as it should be.

#![allow(clippy::missing_panics_doc, reason = "a test helper fails by panicking")]

pub mod peer;
pub mod transcripts;
pub mod value;

mod clock;
mod world;

pub use clock::TestClock;
pub use world::World;
