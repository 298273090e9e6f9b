//! `[operators]`: who looks after the server.

use serde::{Deserialize, Serialize};

/// Who looks after the server.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(crate) struct Operators {
    /// Their accounts: handles, or numbers.
    pub(crate) accounts: Vec<String>,
}
