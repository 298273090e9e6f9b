//! Frames: whole messages of a carriage, in and out.

use bytes::Bytes;

/// One whole message from a client: a WebSocket message, or one JSON object of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Frame<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
}

/// One whole message to a client, encoded. Cloning shares the bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Payload {
    /// Text: a WebSocket text message, or bytes of a stream.
    Text(Bytes),
    /// A WebSocket binary message.
    Binary(Bytes),
}

impl Payload {
    /// Text that is known to be UTF-8.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Bytes::from(text.into()))
    }

    /// The bytes, without any framing.
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) => bytes,
        }
    }
}

/// Why what a client sent is no frame. The connection ends after the session has said so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The bytes are not what the carriage carries.
    Malformed,
    /// A frame over the limit.
    TooLarge,
    /// A frame was begun and not finished in time, or nobody signed in in time.
    TooSlow,
}
