//! What the end-to-end tests share: the real binary, and people on it who talk.
//!
//! For tests alone: everything here panics when something is not as it should be.

#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, reason = "a test helper fails by panicking")]

pub mod counts;
pub mod faults;
pub mod fetch;
mod forgetting;
pub mod heard;
pub mod instructions;
pub mod matrix;
pub mod native;
pub mod numbers;
pub mod people;
pub mod stream;

pub use koine_testkit::binary;

use koine_testkit::transcripts::Stage;
use koine_testkit::{Process, Recipe};

/// How the tests start the server: the real binary, with every dialect there is.
pub fn recipe() -> Recipe {
    Recipe {
        binary: binary().to_owned(),
        dialects: koine_registry::all(),
        environment: Vec::new(),
        authority: None,
    }
}

/// A fresh server on which nobody is yet.
pub async fn stage() -> Stage<Process> {
    stage_with(recipe()).await
}

/// The same, started as `recipe` says.
pub async fn stage_with(recipe: Recipe) -> Stage<Process> {
    Stage::new(Process::start(recipe).await)
}
