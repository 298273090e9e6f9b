//! Presence: who is there.

/// Whether somebody is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// On at least one connection.
    Online,
    /// On none.
    Offline,
}
