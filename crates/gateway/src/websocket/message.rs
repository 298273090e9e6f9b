//! A message of which only the beginning has arrived.

use super::utf8::PartialText;
use super::{Event, Opcode, ProtocolError};
use std::borrow::Cow;

/// The beginning of a message.
#[derive(Debug)]
pub(super) enum PartialMessage {
    Text(PartialText),
    Binary(Vec<u8>),
}

impl PartialMessage {
    /// An empty beginning, or nothing if no message begins with such a frame.
    pub(super) fn begin(opcode: Opcode) -> Option<Self> {
        match opcode {
            Opcode::Text => Some(Self::Text(PartialText::default())),
            Opcode::Binary => Some(Self::Binary(Vec::new())),
            Opcode::Continuation | Opcode::Close | Opcode::Ping | Opcode::Pong => None,
        }
    }

    /// Adds an unmasked piece; the buffer grows at most to `ceiling`, unless the message itself is longer.
    pub(super) fn append(&mut self, piece: &[u8], ceiling: usize) -> Result<(), ProtocolError> {
        match self {
            Self::Text(text) => text.append(piece, ceiling),
            Self::Binary(bytes) => {
                bytes.reserve_exact(growth(bytes.len(), bytes.capacity(), piece.len(), ceiling));
                bytes.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    /// How many bytes arrived.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.length(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// The whole message, which takes its buffer with it.
    pub(super) fn finish(self) -> Result<Event<'static>, ProtocolError> {
        match self {
            Self::Text(text) => text.finish().map(|text| Event::Text(Cow::Owned(text))),
            Self::Binary(bytes) => Ok(Event::Binary(Cow::Owned(bytes))),
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        match self {
            Self::Text(text) => text.capacity(),
            Self::Binary(bytes) => bytes.capacity(),
        }
    }
}

/// How much to reserve so that `additional` bytes fit.
///
/// Doubling keeps many small pieces cheap. It stops at `ceiling`, because a message whose end is known needs
/// no more, and it starts from what arrived, because what is only announced must not cost memory.
pub(super) fn growth(length: usize, capacity: usize, additional: usize, ceiling: usize) -> usize {
    let needed = length.saturating_add(additional);
    if needed <= capacity {
        return 0;
    }
    capacity.saturating_mul(2).min(ceiling).max(needed).saturating_sub(length)
}
