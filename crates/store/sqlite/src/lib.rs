//! The store on one machine: SQLite in a data folder, media as files beside it.
//!
//! One thread makes all changes, many of them in one transaction (group commit): it takes whatever has queued,
//! commits, and only then lets the answers go. A few read-only connections serve the reads beside it.
//! What a method means stands at [`koine_store::Store`]; one file here holds the statements of one noun.

#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod body;

mod accounts;
mod aged;
mod amend;
mod archive;
mod backup;
mod blobs;
mod blocks;
mod check;
mod columns;
mod contacts;
mod conversations;
mod copy;
mod crew;
mod desk;
mod epoch;
mod folder;
mod ground;
mod hold;
mod invitations;
mod invites;
mod keeping;
mod leftover;
mod line;
mod marks;
mod media;
mod members;
mod messages;
mod missed;
mod named;
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
mod salvage;
mod schema;
mod search;
mod shelves;
mod statements;
mod store;
mod sweep;
mod task;
mod tokens;
mod turns;
mod upkeep;
mod uploads;
mod wal;
mod watermarks;
mod writer;

pub use archive::{Archive, Begun, Belongings, Entry, Joined};
pub use backup::{BackedUp, Restored, back_up, restore};
#[doc(hidden)]
pub use check::RULES;
pub use check::{Depth, Verdict, check};
pub use koine_store::Account as Owner;
pub use open::{Copied, OpenError, Options};
pub use salvage::{Salvaged, salvage};
pub use store::SqliteStore;
pub use upkeep::{Finding, Grade, Part, UpkeepError, Watch};
