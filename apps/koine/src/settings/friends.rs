//! `[friends]`: how people become friends.

use serde::{Deserialize, Serialize};

/// How people become friends.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(crate) struct Friends {
    /// Whether a request or an invitation is accepted on behalf of who was asked, if they have no way to answer.
    pub(crate) auto_accept: bool,
}

impl Default for Friends {
    fn default() -> Self {
        Self { auto_accept: true }
    }
}
