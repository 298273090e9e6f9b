//! What a power cut leaves of a data folder.
//!
//! [`recorder`] has the real server write down every call that changes its files, every sync, and everything that it says to
//! clients. [`disk`] tells from that what a disk may hold at any moment, [`cuts`] goes through the moments, and [`examine`] opens it and holds it against the
//! [`ledger`]: what was acknowledged before that moment must be there. For tests alone: it panics when something is not as it should be.

#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, reason = "a test helper fails by panicking")]

pub mod couple;
pub mod cuts;
pub mod disk;
pub mod examine;
pub mod gate;
pub mod house;
pub mod ledger;
pub mod load;
mod operator;
mod promise;
pub mod recorder;
mod standing;
pub mod trace;
pub mod visitor;
