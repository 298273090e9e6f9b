//! What goes into a store and comes out of it about being signed in: tokens, their sessions, and another password.

use crate::Verifier;
use koine_model::session::SessionId;
use koine_model::{AccountId, Timestamp};

/// A token to be remembered: its hash alone, so that a stolen database opens nothing.
#[derive(Clone)]
pub struct NewToken {
    /// Whose it is.
    pub account: AccountId,
    /// SHA-256 of its bits.
    pub hash: [u8; 32],
    /// Where it counts.
    pub device: String,
    /// The name that its owner gave the device; may be empty.
    pub label: String,
    /// Now.
    pub at: Timestamp,
    /// Until when it lives if nobody uses it.
    pub until: Timestamp,
    /// How many live tokens the account may have on the device, this one among them.
    pub most: usize,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewToken(of {})", self.account)
    }
}

/// Whom a token proves, and as which session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenOwner {
    /// Whose it is.
    pub account: AccountId,
    /// The session that it stands for.
    pub session: SessionId,
}

/// What is known of a token that lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// The session that it stands for.
    pub session: SessionId,
    /// Where it counts.
    pub device: String,
    /// The name that its owner gave the device.
    pub label: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last used, give or take an hour.
    pub used: Timestamp,
}

/// Another password for an account.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// Whose.
    pub account: AccountId,
    /// How it is checked.
    pub verifiers: Vec<Verifier>,
    /// By what the asker has proven to know the old one: if the account has others by now, it is `WrongSecret`.
    /// `None` where the proof was another.
    pub instead_of: Option<Vec<Verifier>>,
    /// The session whose token stays good.
    pub keeps: Option<SessionId>,
}
