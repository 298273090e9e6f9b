//! Text that arrives in pieces, which may end within a character.
//!
//! Each byte is checked when it arrives, so that a client is refused at the first wrong one and no text is
//! checked twice when it is complete.

use super::ProtocolError;
use super::message::growth;

/// Text so far, and the bytes of a character that is not complete.
#[derive(Default, Debug)]
pub(super) struct PartialText {
    text: String,
    character: [u8; 4],
    character_length: usize,
}

impl PartialText {
    /// Adds a piece; the buffer grows at most to `ceiling`, unless the text itself is longer.
    pub(super) fn append(&mut self, piece: &[u8], ceiling: usize) -> Result<(), ProtocolError> {
        let mut piece = piece;
        while self.character_length > 0 {
            let Some((next, rest)) = piece.split_first() else { return Ok(()) };
            self.continue_character(*next, ceiling)?;
            piece = rest;
        }

        let whole = match std::str::from_utf8(piece) {
            Ok(text) => text,
            Err(error) if error.error_len().is_some() => return Err(ProtocolError::NotUtf8),
            Err(error) => {
                let (whole, begun) =
                    piece.split_at_checked(error.valid_up_to()).ok_or(ProtocolError::NotUtf8)?;
                for byte in begun {
                    self.continue_character(*byte, ceiling)?;
                }
                // Only a piece that ends within a character is looked at twice.
                std::str::from_utf8(whole).map_err(|_| ProtocolError::NotUtf8)?
            }
        };
        self.push(whole, ceiling);
        Ok(())
    }

    /// How many bytes arrived.
    pub(super) fn length(&self) -> usize {
        self.text.len().saturating_add(self.character_length)
    }

    /// The text, unless it ends within a character.
    pub(super) fn finish(self) -> Result<String, ProtocolError> {
        if self.character_length > 0 { Err(ProtocolError::NotUtf8) } else { Ok(self.text) }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.text.capacity()
    }

    fn continue_character(&mut self, byte: u8, ceiling: usize) -> Result<(), ProtocolError> {
        let slot = self.character.get_mut(self.character_length).ok_or(ProtocolError::NotUtf8)?;
        *slot = byte;
        self.character_length = self.character_length.saturating_add(1);

        let character = self.character;
        let begun = character.get(..self.character_length).ok_or(ProtocolError::NotUtf8)?;
        match std::str::from_utf8(begun) {
            Ok(character) => {
                self.push(character, ceiling);
                self.character_length = 0;
                Ok(())
            }
            Err(error) if error.error_len().is_none() => Ok(()),
            Err(_) => Err(ProtocolError::NotUtf8),
        }
    }

    fn push(&mut self, text: &str, ceiling: usize) {
        self.text.reserve_exact(growth(self.text.len(), self.text.capacity(), text.len(), ceiling));
        self.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytewise(bytes: &[u8]) -> Result<String, usize> {
        let mut text = PartialText::default();
        for (index, byte) in bytes.iter().enumerate() {
            text.append(&[*byte], usize::MAX).map_err(|_| index)?;
            assert_eq!(text.length(), index + 1);
        }
        text.finish().map_err(|_| bytes.len())
    }

    #[test]
    fn text_survives_every_cut() {
        let expected = "a κόσμε ß 水 🦀 \u{10ffff}";
        assert_eq!(bytewise(expected.as_bytes()).as_deref(), Ok(expected));
        for first in 0..=expected.len() {
            for second in first..=expected.len() {
                let bytes = expected.as_bytes();
                let mut text = PartialText::default();
                for piece in [&bytes[..first], &bytes[first..second], &bytes[second..]] {
                    text.append(piece, usize::MAX).unwrap();
                }
                assert_eq!(text.finish().as_deref(), Ok(expected));
            }
        }
    }

    #[test]
    fn a_wrong_byte_is_refused_when_it_arrives() {
        for (bytes, wrong) in [
            (&b"ab\x80"[..], 2),
            (b"\xc0\x80", 0),
            (b"\xc3(", 1),
            (b"\xe0\x80\x80", 1),
            (b"\xed\xa0\x80", 1),
            (b"\xe6\xb0\xc3", 2),
            (b"\xf0\x80\x80\x80", 1),
            (b"\xf4\x90\x80\x80", 1),
            (b"\xf5", 0),
            (b"\xff", 0),
            // An unfinished character is only known to be wrong at the end.
            (b"ok\xe6\xb0", 4),
        ] {
            assert_eq!(bytewise(bytes), Err(wrong), "{bytes:x?}");
        }
    }
}
