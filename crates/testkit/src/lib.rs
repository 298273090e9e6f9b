//! A server in a box, or as a program of its own, and transcripts that are held against it.
//!
//! For tests alone: everything here panics when something is not as it should be.

#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, reason = "a test helper fails by panicking")]

pub mod chance;
pub mod pages;
pub mod peer;
pub mod post_office;
pub mod preload;
pub mod program;
pub mod tls;
pub mod transcripts;
pub mod value;

mod binary;
mod clock;
mod pigeons;
mod process;
mod server;
mod world;

pub use binary::binary;
pub use clock::TestClock;
pub use pigeons::Pigeons;
pub use process::{Process, Recipe};
pub use server::{Ending, Server, Trouble};
pub use world::World;
