//! From the bytes of a client to whole messages.
//!
//! Nothing is read and nothing is answered here, and no time passes: [`Decoder::pending`] is what a time
//! limit looks at.

use super::header::Header;
use super::message::PartialMessage;
use super::{Event, Opcode, ProtocolError, mask};
use std::borrow::Cow;

/// What is known of one client's unfinished frame and message: between messages nothing, and no heap memory.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    ended: bool,
    unfinished: Option<Box<Unfinished>>,
}

#[derive(Default, Debug)]
struct Unfinished {
    header: Vec<u8>,
    frame: Option<Frame>,
    control: Vec<u8>,
    message: Option<PartialMessage>,
}

/// A frame whose header was accepted; `mask` meets the next byte of its payload.
#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: Opcode,
    is_final: bool,
    mask: [u8; 4],
    remaining: usize,
}

impl Decoder {
    /// A decoder that refuses messages, whole or in fragments, of more than `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, ended: false, unfinished: None }
    }

    /// The next message or control frame, of which the bytes are taken off the front of `input`.
    ///
    /// `None` means that all of `input` was taken and more is needed. After an event the rest of `input` is
    /// untouched, still masked, and may be handed in whenever the caller likes. After a close frame or an
    /// error everything is taken and ignored, as RFC 6455 demands.
    pub fn next<'input>(
        &mut self,
        input: &mut &'input mut [u8],
    ) -> Result<Option<Event<'input>>, ProtocolError> {
        if self.ended {
            *input = &mut [];
            return Ok(None);
        }
        let outcome = self.advance(input);
        self.ended = matches!(outcome, Err(_) | Ok(Some(Event::Close(_))));
        if self.ended || self.unfinished.as_deref().is_some_and(Unfinished::is_empty) {
            self.unfinished = None;
        }
        outcome
    }

    /// Refuses messages of more than `limit` bytes from the next frame on.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// How many bytes of an unfinished frame or message are kept; `None` between messages.
    pub fn pending(&self) -> Option<usize> {
        self.unfinished.as_deref().map(Unfinished::length)
    }

    /// How many bytes the unfinished message will have; `None` before its last frame has begun.
    pub fn expected(&self) -> Option<usize> {
        let last =
            self.unfinished.as_deref()?.frame.filter(|frame| frame.is_final && !frame.opcode.is_control())?;
        Some(self.message().map_or(0, PartialMessage::length).saturating_add(last.remaining))
    }

    fn advance<'input>(
        &mut self,
        input: &mut &'input mut [u8],
    ) -> Result<Option<Event<'input>>, ProtocolError> {
        loop {
            let mut frame =
                match self.unfinished.as_deref_mut().and_then(|unfinished| unfinished.frame.take()) {
                    Some(frame) => frame,
                    None => match self.read_header(input)? {
                        Some(header) => self.accept(header)?,
                        None => return Ok(None),
                    },
                };
            let ceiling = self.ceiling(&frame);
            let payload = frame.take(input);
            let event = if frame.opcode.is_control() {
                self.control(frame, payload)?
            } else {
                self.data(frame, payload, ceiling)?
            };
            if event.is_some() || input.is_empty() {
                return Ok(event);
            }
        }
    }

    fn read_header(&mut self, input: &mut &mut [u8]) -> Result<Option<Header>, ProtocolError> {
        let kept = self.unfinished.as_deref().is_some_and(|unfinished| !unfinished.header.is_empty());
        if !kept && let Some((header, length)) = Header::parse(input)? {
            take(input, length);
            return Ok(Some(header));
        }
        // At most a header's fourteen bytes go one by one.
        while let [byte] = *take(input, 1) {
            let unfinished = self.unfinished.get_or_insert_default();
            unfinished.header.push(byte);
            if let Some((header, _)) = Header::parse(&unfinished.header)? {
                unfinished.header = Vec::new();
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    /// Judges what a header cannot know by itself, before a byte of its payload is kept.
    fn accept(&self, header: Header) -> Result<Frame, ProtocolError> {
        let Header { is_final, opcode, length, mask } = header;
        let begun = self.message().map(PartialMessage::length);
        match opcode {
            Opcode::Continuation if begun.is_none() => return Err(ProtocolError::StrayContinuation),
            Opcode::Text | Opcode::Binary if begun.is_some() => {
                return Err(ProtocolError::InterruptedMessage);
            }
            _ => {}
        }
        let remaining = usize::try_from(length).map_err(|_| ProtocolError::TooLarge)?;
        let total = begun.unwrap_or(0).checked_add(remaining).ok_or(ProtocolError::TooLarge)?;
        if !opcode.is_control() && total > self.limit {
            return Err(ProtocolError::TooLarge);
        }
        Ok(Frame { opcode, is_final, mask, remaining })
    }

    /// How far the buffer of a message may grow ahead of its bytes.
    ///
    /// Only a final frame tells how long the message is. Were other frames believed as well, then every
    /// fragment of one byte would move the whole message.
    fn ceiling(&self, frame: &Frame) -> usize {
        if frame.is_final {
            self.message().map_or(0, PartialMessage::length).saturating_add(frame.remaining)
        } else {
            self.limit
        }
    }

    fn data<'input>(
        &mut self,
        frame: Frame,
        payload: &'input [u8],
        ceiling: usize,
    ) -> Result<Option<Event<'input>>, ProtocolError> {
        let ends = frame.is_final && frame.remaining == 0;
        if ends && self.message().is_none() {
            return Event::parse(frame.opcode, Cow::Borrowed(payload)).map(Some);
        }
        let unfinished = self.unfinished.get_or_insert_default();
        let begun = unfinished.message.take().or_else(|| PartialMessage::begin(frame.opcode));
        let mut message = begun.ok_or(ProtocolError::StrayContinuation)?;
        message.append(payload, ceiling)?;
        if ends {
            return message.finish().map(Some);
        }
        unfinished.message = Some(message);
        unfinished.frame = frame.unless_complete();
        Ok(None)
    }

    fn control<'input>(
        &mut self,
        frame: Frame,
        payload: &'input [u8],
    ) -> Result<Option<Event<'input>>, ProtocolError> {
        let kept = self.unfinished.as_deref().is_some_and(|unfinished| !unfinished.control.is_empty());
        if !kept && frame.remaining == 0 {
            return Event::parse(frame.opcode, Cow::Borrowed(payload)).map(Some);
        }
        let unfinished = self.unfinished.get_or_insert_default();
        unfinished.control.extend_from_slice(payload);
        unfinished.frame = frame.unless_complete();
        if unfinished.frame.is_some() {
            return Ok(None);
        }
        let payload = std::mem::take(&mut unfinished.control);
        Event::parse(frame.opcode, Cow::Owned(payload)).map(Some)
    }

    fn message(&self) -> Option<&PartialMessage> {
        self.unfinished.as_deref().and_then(|unfinished| unfinished.message.as_ref())
    }

    #[cfg(test)]
    pub(super) fn holds_heap_memory(&self) -> bool {
        self.unfinished.is_some()
    }

    #[cfg(test)]
    pub(super) fn message_capacity(&self) -> usize {
        self.message().map_or(0, PartialMessage::capacity)
    }
}

impl Frame {
    /// Takes what is there of the payload, unmasked.
    fn take<'input>(&mut self, input: &mut &'input mut [u8]) -> &'input [u8] {
        let payload = take(input, self.remaining);
        mask::unmask(payload, self.mask);
        self.mask = mask::advanced(self.mask, payload.len());
        self.remaining = self.remaining.saturating_sub(payload.len());
        payload
    }

    fn unless_complete(self) -> Option<Self> {
        (self.remaining > 0).then_some(self)
    }
}

impl Unfinished {
    fn length(&self) -> usize {
        let message = self.message.as_ref().map_or(0, PartialMessage::length);
        self.header.len().saturating_add(self.control.len()).saturating_add(message)
    }

    fn is_empty(&self) -> bool {
        let Self { header, frame, control, message } = self;
        header.is_empty() && frame.is_none() && control.is_empty() && message.is_none()
    }
}

/// Takes `length` bytes off the front of `input`, or all of it if it is shorter.
fn take<'input>(input: &mut &'input mut [u8], length: usize) -> &'input mut [u8] {
    let whole = std::mem::take(input);
    let length = length.min(whole.len());
    let Some((front, rest)) = whole.split_at_mut_checked(length) else { return &mut [] };
    *input = rest;
    front
}
