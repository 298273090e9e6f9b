//! The store on one machine: SQLite in a data folder, media as files beside it.
//!
//! One thread makes all changes, many of them in one transaction (group commit): it takes whatever has queued,
//! commits, and only then lets the answers go. A few read-only connections serve the reads beside it.
//! What a method means stands at [`koine_store::Store`]; one file here holds the statements of one noun.

#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod body;

mod accounts;
mod amend;
mod blobs;
mod blocks;
mod columns;
mod contacts;
mod conversations;
mod crew;
mod desk;
mod folder;
mod invitations;
mod invites;
mod marks;
mod media;
mod members;
mod messages;
mod open;
mod operators;
mod outcome;
mod pages;
mod queue;
mod reach;
mod readers;
mod rooms;
mod rows;
mod runs;
mod schema;
mod search;
mod shelves;
mod store;
mod task;
mod tokens;
mod uploads;
mod wal;
mod watermarks;
mod writer;

pub use open::{OpenError, Options};
pub use store::SqliteStore;
