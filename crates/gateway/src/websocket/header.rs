//! The header of a client's frame: FIN, RSV1-3, opcode (1 byte), MASK and length (1, 3 or 9 bytes), mask (4 bytes).
//!
//! Only what a header can say by itself is judged here; order and limits are the decoder's.

use super::ProtocolError;

/// What a frame is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opcode {
    /// More of the message that was begun.
    Continuation,
    /// Text, or the beginning of it.
    Text,
    /// Bytes, or the beginning of them.
    Binary,
    /// The end of the connection.
    Close,
    /// Is anybody there?
    Ping,
    /// Somebody is.
    Pong,
}

impl Opcode {
    fn parse(number: u8) -> Result<Self, ProtocolError> {
        match number {
            0x0 => Ok(Self::Continuation),
            0x1 => Ok(Self::Text),
            0x2 => Ok(Self::Binary),
            0x8 => Ok(Self::Close),
            0x9 => Ok(Self::Ping),
            0xa => Ok(Self::Pong),
            _ => Err(ProtocolError::ReservedOpcode(number)),
        }
    }

    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    pub(super) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// A client's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Header {
    pub(super) is_final: bool,
    pub(super) opcode: Opcode,
    pub(super) length: u64,
    pub(super) mask: [u8; 4],
}

impl Header {
    /// The header at the front of `bytes` and how many bytes it takes; `None` if it is not all there.
    ///
    /// The fields are judged in the order in which they arrive, so that a wrong header is refused at the same
    /// byte and for the same reason however the network cuts it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, ProtocolError> {
        let Some((first, rest)) = bytes.split_first() else { return Ok(None) };
        let is_final = first & 0x80 != 0;
        if first & 0x70 != 0 {
            return Err(ProtocolError::ReservedBits);
        }
        let opcode = Opcode::parse(first & 0x0f)?;
        if opcode.is_control() && !is_final {
            return Err(ProtocolError::FragmentedControl);
        }

        let Some((second, rest)) = rest.split_first() else { return Ok(None) };
        if second & 0x80 == 0 {
            return Err(ProtocolError::Unmasked);
        }
        let form = second & 0x7f;
        if opcode.is_control() && form > 125 {
            return Err(ProtocolError::LongControl);
        }
        let Some((length, rest)) = length(form, rest)? else { return Ok(None) };

        let Some((mask, rest)) = rest.split_first_chunk() else { return Ok(None) };
        let header = Self { is_final, opcode, length, mask: *mask };
        Ok(Some((header, bytes.len().saturating_sub(rest.len()))))
    }
}

fn length(form: u8, bytes: &[u8]) -> Result<Option<(u64, &[u8])>, ProtocolError> {
    let (length, shortest, rest) = match form {
        126 => {
            let Some((field, rest)) = bytes.split_first_chunk() else { return Ok(None) };
            (u64::from(u16::from_be_bytes(*field)), 126, rest)
        }
        127 => {
            let Some((field, rest)) = bytes.split_first_chunk() else { return Ok(None) };
            (u64::from_be_bytes(*field), 0x1_0000, rest)
        }
        short => (u64::from(short), 0, bytes),
    };
    if length < shortest || length >> 63 != 0 {
        return Err(ProtocolError::MalformedLength);
    }
    Ok(Some((length, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length_of(bytes: &[u8]) -> Result<Option<u64>, ProtocolError> {
        let framed = [&[0x82], bytes, &[1, 2, 3, 4]].concat();
        Ok(Header::parse(&framed)?.map(|(header, _)| header.length))
    }

    #[test]
    fn lengths_have_one_form() {
        let malformed = Err(ProtocolError::MalformedLength);
        assert_eq!(length_of(&[0x80]), Ok(Some(0)));
        assert_eq!(length_of(&[0x80 | 125]), Ok(Some(125)));
        assert_eq!(length_of(&[0x80 | 126, 0, 125]), malformed);
        assert_eq!(length_of(&[0x80 | 126, 0, 126]), Ok(Some(126)));
        assert_eq!(length_of(&[0x80 | 126, 0xff, 0xff]), Ok(Some(0xffff)));
        assert_eq!(length_of(&[0x80 | 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]), malformed);
        assert_eq!(length_of(&[0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0]), Ok(Some(0x1_0000)));
        let largest = [0x80 | 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(length_of(&largest), Ok(Some(u64::MAX >> 1)));
        assert_eq!(length_of(&[0x80 | 127, 0x80, 0, 0, 0, 0, 0, 0, 0]), malformed);
    }

    #[test]
    fn a_wrong_header_is_refused_at_its_first_wrong_byte() {
        for reserved in [0x40, 0x20, 0x10] {
            assert_eq!(Header::parse(&[0x81 | reserved]), Err(ProtocolError::ReservedBits));
        }
        for reserved in [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf] {
            assert_eq!(Header::parse(&[0x80 | reserved]), Err(ProtocolError::ReservedOpcode(reserved)));
        }
        for control in [0x8, 0x9, 0xa] {
            assert_eq!(Header::parse(&[control]), Err(ProtocolError::FragmentedControl));
            assert_eq!(Header::parse(&[0x80 | control, 0x80 | 126]), Err(ProtocolError::LongControl));
            assert_eq!(Header::parse(&[0x80 | control, 0x80 | 127]), Err(ProtocolError::LongControl));
        }
        assert_eq!(Header::parse(&[0x81, 5]), Err(ProtocolError::Unmasked));
    }
}
