//! `[registration]`: who may make an account.

use koine_model::server;
use serde::{Deserialize, Serialize};

/// Who may make an account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(crate) struct Registration {
    /// The mode.
    pub(crate) mode: Mode,
}

/// The modes of registration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Everybody may.
    #[default]
    Open,
    /// Whoever has the code of an invitation.
    Invitation,
    /// Nobody: accounts are made by `koine account add`.
    Closed,
}

impl From<Mode> for server::Registration {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Open => Self::Open,
            Mode::Invitation => Self::Invitation,
            Mode::Closed => Self::Closed,
        }
    }
}
