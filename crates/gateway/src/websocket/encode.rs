//! From messages to the bytes of a server: one unmasked frame each, never fragmented.

use super::{CloseCode, Opcode};
use bytes::{BufMut, Bytes, BytesMut};

/// The most that a control frame may hold.
const CONTROL_LIMIT: usize = 125;

/// The header of a frame, to be written in front of a payload that is not copied.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    bytes: [u8; 10],
    length: usize,
}

impl AsRef<[u8]> for Head {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }
}

/// The header of an unfragmented frame with a payload of `length` bytes: 2, 4 or 10 bytes.
pub fn head(opcode: Opcode, length: usize) -> Head {
    let first = 0x80 | opcode.number();
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=125), _) => Head { bytes: [first, short, 0, 0, 0, 0, 0, 0, 0, 0], length: 2 },
        (_, Ok(middle)) => {
            let [a, b] = middle.to_be_bytes();
            Head { bytes: [first, 126, a, b, 0, 0, 0, 0, 0, 0], length: 4 }
        }
        _ => {
            // No machine holds a payload whose length needs more than 64 bits.
            let [a, b, c, d, e, f, g, h] = u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes();
            Head { bytes: [first, 127, a, b, c, d, e, f, g, h], length: 10 }
        }
    }
}

/// A whole frame, for bytes that many recipients share.
pub fn frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    let head = head(opcode, payload.len());
    let mut frame = BytesMut::with_capacity(head.length.saturating_add(payload.len()));
    frame.put_slice(head.as_ref());
    frame.put_slice(payload);
    frame.freeze()
}

/// A ping. Of a payload over 125 bytes only the beginning is sent.
pub fn ping(payload: &[u8]) -> Bytes {
    frame(Opcode::Ping, control_payload(payload))
}

/// The answer to a ping, with its payload.
pub fn pong(payload: &[u8]) -> Bytes {
    frame(Opcode::Pong, control_payload(payload))
}

/// A close frame. Of a reason over 123 bytes only the beginning is sent.
///
/// Without a code, as an answer to a close frame that had none, there can be no reason.
pub fn close(closing: Option<(CloseCode, &str)>) -> Bytes {
    let Some((code, reason)) = closing else { return frame(Opcode::Close, &[]) };
    let number = code.number().to_be_bytes();
    let end = reason.floor_char_boundary(CONTROL_LIMIT.saturating_sub(number.len()));
    let reason = reason.get(..end).unwrap_or_default();
    frame(Opcode::Close, &[&number, reason.as_bytes()].concat())
}

fn control_payload(payload: &[u8]) -> &[u8] {
    payload.get(..CONTROL_LIMIT).unwrap_or(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        assert_eq!(&frame(Opcode::Text, b"Hello")[..], b"\x81\x05Hello");
        assert_eq!(&ping(b"Hello")[..], b"\x89\x05Hello");
        assert_eq!(head(Opcode::Binary, 256).as_ref(), [0x82, 0x7e, 0x01, 0x00]);
        assert_eq!(head(Opcode::Binary, 65536).as_ref(), [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_length_takes_its_shortest_form() {
        assert_eq!(head(Opcode::Text, 0).as_ref(), [0x81, 0]);
        assert_eq!(head(Opcode::Text, 125).as_ref(), [0x81, 125]);
        assert_eq!(head(Opcode::Text, 126).as_ref(), [0x81, 126, 0, 126]);
        assert_eq!(head(Opcode::Text, 255).as_ref(), [0x81, 126, 0, 255]);
        assert_eq!(head(Opcode::Text, 65535).as_ref(), [0x81, 126, 255, 255]);
    }

    #[test]
    fn control_frames_stay_within_their_limit() {
        assert_eq!(close(None)[..], [0x88, 0]);
        assert_eq!(&close(Some((CloseCode::NORMAL, "bye")))[..], b"\x88\x05\x03\xe8bye");
        let long = "ä".repeat(100);
        let shortened = close(Some((CloseCode::NORMAL, &long)));
        assert_eq!(shortened[1], 124, "a character is not cut in two");
        assert_eq!(std::str::from_utf8(&shortened[4..]), Ok("ä".repeat(61).as_str()));
        assert_eq!(ping(&[7; 200]).len(), 127);
        assert_eq!(pong(&[7; 125]).len(), 127);
    }
}
