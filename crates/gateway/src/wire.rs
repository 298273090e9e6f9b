//! How frames lie in a connection's bytes: WebSocket messages, or the objects of a JSON stream.

use crate::websocket::{CloseCode, Decoder, Event, ProtocolError};
use bytes::Bytes;
use koine_dialect::toolbox::json_stream::JsonStream;
use koine_dialect::{Carriage, Fault};
use std::borrow::Cow;

/// Cuts one connection's bytes into frames, and holds what is unfinished.
pub(crate) enum Wire {
    /// WebSocket.
    WebSocket(Decoder),
    /// JSON objects.
    Stream {
        /// What is unfinished.
        objects: JsonStream,
        /// Whether each outgoing frame is a write of its own.
        one_frame_a_write: bool,
    },
}

/// What came in.
pub(crate) enum Inbound<'input> {
    /// Text for the session.
    Text(Cow<'input, str>),
    /// Bytes for the session.
    Binary(Cow<'input, [u8]>),
    /// The peer asks whether the server is there.
    Ping(Bytes),
    /// The peer has received all that was sent before the ping with this payload.
    Pong(Option<u64>),
    /// The peer ends the connection.
    Close(Option<CloseCode>),
}

/// What is no frame: what the session is told, and how a WebSocket is closed for it.
pub(crate) struct Broken {
    pub(crate) fault: Fault,
    pub(crate) code: CloseCode,
}

impl Wire {
    pub(crate) fn new(carriage: Carriage, limit: usize) -> Self {
        match carriage {
            Carriage::WebSocket => Self::WebSocket(Decoder::new(limit)),
            Carriage::JsonStream { one_frame_a_write } => {
                Self::Stream { objects: JsonStream::default(), one_frame_a_write }
            }
        }
    }

    /// Drops what is unfinished: nothing more comes in.
    pub(crate) fn forget(&mut self) {
        match self {
            Self::WebSocket(decoder) => *decoder = Decoder::new(0),
            Self::Stream { objects, .. } => *objects = JsonStream::default(),
        }
    }

    pub(crate) fn is_websocket(&self) -> bool {
        matches!(self, Self::WebSocket(_))
    }

    /// Whether each outgoing frame must be a write of its own.
    pub(crate) fn writes_frames_apart(&self) -> bool {
        matches!(self, Self::Stream { one_frame_a_write: true, .. })
    }

    /// How many bytes are held of an unfinished frame; `None` between frames.
    pub(crate) fn pending(&self) -> Option<usize> {
        match self {
            Self::WebSocket(decoder) => decoder.pending(),
            Self::Stream { objects, .. } => objects.pending(),
        }
    }

    /// How many bytes the unfinished frame will have at most, where none may have more than `limit`.
    pub(crate) fn expected(&self, limit: usize) -> usize {
        match self {
            Self::WebSocket(decoder) => decoder.expected().unwrap_or(limit),
            Self::Stream { .. } => limit,
        }
    }

    /// The next frame, if `input` completes one; what was used is taken off its front.
    pub(crate) fn next<'input>(
        &mut self,
        input: &mut &'input mut [u8],
        limit: usize,
    ) -> Result<Option<Inbound<'input>>, Broken> {
        match self {
            Self::WebSocket(decoder) => {
                decoder.set_limit(limit);
                Ok(decoder.next(input)?.map(|event| match event {
                    Event::Text(text) => Inbound::Text(text),
                    Event::Binary(bytes) => Inbound::Binary(bytes),
                    Event::Ping(payload) => Inbound::Ping(Bytes::copy_from_slice(&payload)),
                    Event::Pong(payload) => {
                        Inbound::Pong(payload.as_ref().try_into().ok().map(u64::from_be_bytes))
                    }
                    Event::Close(closing) => Inbound::Close(closing.map(|closing| closing.code)),
                }))
            }
            Self::Stream { objects, .. } => {
                let object = next_object(objects, input, limit)?;
                let Some(object) = object else { return Ok(None) };
                let text = match object {
                    Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| ()),
                    Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| ()),
                };
                text.map(|text| Some(Inbound::Text(text))).map_err(|()| Broken::from(Fault::Malformed))
            }
        }
    }
}

/// [`JsonStream::next`] for bytes that were lent to be changed, as a WebSocket's are.
fn next_object<'input>(
    objects: &mut JsonStream,
    input: &mut &'input mut [u8],
    limit: usize,
) -> Result<Option<Cow<'input, [u8]>>, Fault> {
    let mut view: &[u8] = input;
    let before = view.len();
    let found = objects.next(&mut view, limit)?.map(|object| match object {
        Cow::Borrowed(bytes) => Err(bytes.len()),
        Cow::Owned(bytes) => Ok(bytes),
    });
    let used = before.saturating_sub(view.len());
    let (taken, rest) = std::mem::take(input).split_at_mut(used);
    *input = rest;
    let taken: &'input [u8] = taken;
    Ok(found.map(|object| match object {
        Ok(bytes) => Cow::Owned(bytes),
        Err(length) => Cow::Borrowed(taken.get(used.saturating_sub(length)..).unwrap_or_default()),
    }))
}

impl From<ProtocolError> for Broken {
    fn from(error: ProtocolError) -> Self {
        let fault = if error == ProtocolError::TooLarge { Fault::TooLarge } else { Fault::Malformed };
        Self { fault, code: error.close_code() }
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        let code = match fault {
            Fault::Malformed => CloseCode::PROTOCOL_ERROR,
            Fault::TooLarge => CloseCode::TOO_LARGE,
            Fault::TooSlow => CloseCode::POLICY_VIOLATION,
        };
        Self { fault, code }
    }
}
