//! Sessions: where an account is signed in, as its owner sees it.

use crate::Timestamp;
use std::fmt;

/// A session's number, which its owner alone is told: 1 … 2^53 - 1. It is never given out again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SessionId(pub u64);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One device that is signed in: by a token that it keeps, by a connection, or both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Its number.
    pub id: SessionId,
    /// The name that the device gave itself; empty where it gave none.
    pub label: String,
    /// The dialect that it speaks.
    pub dialect: String,
    /// When it signed in.
    pub created: Timestamp,
    /// When it was last seen, to the hour.
    pub used: Timestamp,
    /// Whether it is connected.
    pub online: bool,
    /// Whether it is the one that asks.
    pub current: bool,
}
