//! What a client said: whole messages and control frames.

use super::{CloseCode, Opcode, ProtocolError};
use std::borrow::Cow;

/// A whole message or a control frame. Borrowed from the input when it lay there in one piece.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event<'input> {
    /// A text message.
    Text(Cow<'input, str>),
    /// A binary message.
    Binary(Cow<'input, [u8]>),
    /// A ping, to be answered by a pong with the same bytes.
    Ping(Cow<'input, [u8]>),
    /// A pong, asked for or not.
    Pong(Cow<'input, [u8]>),
    /// The last thing a client says.
    Close(Option<Closing<'input>>),
}

/// Why a client leaves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closing<'input> {
    /// The code.
    pub code: CloseCode,
    /// The reason, often empty.
    pub reason: Cow<'input, str>,
}

impl<'input> Event<'input> {
    /// The meaning of an unfragmented frame.
    pub(super) fn parse(opcode: Opcode, payload: Cow<'input, [u8]>) -> Result<Self, ProtocolError> {
        match opcode {
            Opcode::Text => text(payload).map(Self::Text),
            Opcode::Binary => Ok(Self::Binary(payload)),
            Opcode::Ping => Ok(Self::Ping(payload)),
            Opcode::Pong => Ok(Self::Pong(payload)),
            Opcode::Close => closing(payload).map(Self::Close),
            Opcode::Continuation => Err(ProtocolError::StrayContinuation),
        }
    }
}

fn closing(payload: Cow<'_, [u8]>) -> Result<Option<Closing<'_>>, ProtocolError> {
    if payload.is_empty() {
        return Ok(None);
    }
    let (number, reason) = match payload {
        Cow::Borrowed(bytes) => {
            let (number, reason) = bytes.split_first_chunk().ok_or(ProtocolError::TruncatedCloseCode)?;
            (*number, Cow::Borrowed(reason))
        }
        Cow::Owned(bytes) => {
            let (number, reason) = bytes.split_first_chunk().ok_or(ProtocolError::TruncatedCloseCode)?;
            (*number, Cow::Owned(reason.to_vec()))
        }
    };
    let number = u16::from_be_bytes(number);
    let code = CloseCode::parse(number).ok_or(ProtocolError::InvalidCloseCode(number))?;
    Ok(Some(Closing { code, reason: text(reason)? }))
}

fn text(bytes: Cow<'_, [u8]>) -> Result<Cow<'_, str>, ProtocolError> {
    match bytes {
        Cow::Borrowed(bytes) => {
            std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| ProtocolError::NotUtf8)
        }
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| ProtocolError::NotUtf8),
    }
}
