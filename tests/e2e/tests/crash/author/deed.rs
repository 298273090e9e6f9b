//! What an author does.

use crate::tally;

/// What is done next.
#[derive(Clone, Copy)]
pub(super) enum Turn {
    Say,
    Edit,
    Delete,
    React,
    Read,
    Status,
    Upload,
}

/// What can be asked.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Say { word: usize, conversation: u64, text: String },
    Edit { conversation: u64, seq: u64, text: String },
    Delete { conversation: u64, seq: u64 },
    React { conversation: u64, seq: u64, emoji: &'static str, on: bool },
    Read { conversation: u64, seq: u64 },
    Status(String),
    Show { word: usize },
}

impl Deed {
    /// What native calls it.
    pub(super) fn verb(&self) -> &'static str {
        match self {
            Self::Say { .. } | Self::Show { .. } => "send",
            Self::Edit { .. } => "edit",
            Self::Delete { .. } => "delete",
            Self::React { .. } => "react",
            Self::Read { .. } => "read",
            Self::Status(_) => "profile",
        }
    }

    /// What kind of deed it is, as it is counted.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Say { .. } => tally::TEXT,
            Self::Edit { .. } => tally::EDIT,
            Self::Delete { .. } => tally::DELETION,
            Self::React { on: true, .. } => tally::REACTION,
            Self::React { on: false, .. } => tally::REACTION_OFF,
            Self::Read { .. } => tally::READ,
            Self::Status(_) => tally::STATUS,
            Self::Show { .. } => tally::UPLOAD,
        }
    }
}
