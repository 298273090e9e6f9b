//! The bodies of messages, for whoever tries to break their reader. The store itself uses `rows`, which says what is wrong.

use crate::rows;
use koine_model::message::Part;

/// The parts of a stored body; `None` when it is damaged.
pub fn decode(body: &[u8]) -> Option<Vec<Part>> {
    rows::decode(body).ok()
}

/// The body of these parts; `None` when they cannot be written, which no part is known to cause.
pub fn encode(parts: &[Part]) -> Option<Vec<u8>> {
    rows::encode(parts).ok()
}
