//! The pictures of an ordinary day: bytes that begin like a PNG, each with its stamp in it, and the hash by which it is known again.

use crate::chance::Chance;
use crate::stamp::Stamp;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ops::Range;

/// How large they are.
const BYTES: Range<u64> = 20_000..200_000;
/// The signature of a PNG, and the piece that says how large it is: 640 by 480.
const BEGINNING: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0\xba\xb3\x4b\xb3\x02";

/// All that were shown.
pub(super) struct Gallery {
    chance: Chance,
    /// What each is to be, by its stream and its number there.
    hashes: HashMap<(u32, u64), [u8; 32]>,
    /// How many bytes all of them have.
    bytes: u64,
}

impl Gallery {
    /// Nothing yet.
    pub(super) fn new(seed: u64) -> Self {
        Self { chance: Chance(!seed), hashes: HashMap::new(), bytes: 0 }
    }

    /// A new one.
    pub(super) fn make(&mut self, stamp: Stamp) -> Vec<u8> {
        let length = BYTES.start + self.chance.below(BYTES.end - BYTES.start);
        let mut text = String::new();
        stamp.write(&mut text, 0, "");
        let mut picture = [BEGINNING, text.as_bytes()].concat();
        let length = usize::try_from(length).unwrap_or(0).max(picture.len());
        while picture.len() < length {
            picture.extend_from_slice(&self.chance.next().to_ne_bytes());
        }
        picture.truncate(length);
        self.bytes += length as u64;
        self.hashes.insert((stamp.stream, stamp.number), Sha256::digest(&picture).into());
        picture
    }

    /// The stamp of a picture that somebody has got; nothing where it is not, byte for byte, the one that was shown.
    pub(super) fn recognise(&self, picture: &[u8]) -> Option<Stamp> {
        let stamp = Stamp::find_in(picture.get(BEGINNING.len()..)?)?;
        let hash: [u8; 32] = Sha256::digest(picture).into();
        (self.hashes.get(&(stamp.stream, stamp.number)) == Some(&hash)).then_some(stamp)
    }

    /// The bytes of a picture, on average.
    pub(super) fn mean(&self) -> f64 {
        self.bytes as f64 / self.hashes.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_again_and_no_other_is() {
        let (mut gallery, mut same, mut other) = (Gallery::new(7), Gallery::new(7), Gallery::new(8));
        for number in 1..20 {
            let stamp = Stamp { stream: 3, number, at: 5 };
            let mut picture = gallery.make(stamp);
            assert!(picture == same.make(stamp) && picture != other.make(stamp));
            assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n") && BYTES.contains(&(picture.len() as u64)));
            assert_eq!(gallery.recognise(&picture), Some(stamp));
            assert_eq!(other.recognise(&picture), None);
            assert_eq!(gallery.recognise(&picture[..picture.len() - 1]), None);
            *picture.last_mut().unwrap() ^= 1;
            assert_eq!(gallery.recognise(&picture), None);
        }
        assert_eq!(gallery.recognise(b""), None);
        assert!(BYTES.contains(&(gallery.mean() as u64)));
    }
}
