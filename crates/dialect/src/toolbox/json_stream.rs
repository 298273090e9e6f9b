//! Cuts a byte stream into JSON objects.
//!
//! The objects stand one behind the other, with white space, commas, comments or nothing between them. What an object
//! says is not looked at: braces are counted outside of strings and comments, and that is all.

use crate::Fault;
use std::borrow::Cow;

/// Holds the unfinished object of one stream, and no memory while there is none.
#[derive(Debug, Default)]
pub struct JsonStream {
    unfinished: Vec<u8>,
    depth: u32,
    place: Scan,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Scan {
    #[default]
    Code,
    Text,
    Escape,
    Slash,
    Comment,
}

impl JsonStream {
    /// The next whole object, if `input` completes one; what was used of `input` is taken off its front.
    ///
    /// An object that lies whole in `input` is not copied. `limit` is the most bytes that an object may have.
    pub fn next<'a>(&mut self, input: &mut &'a [u8], limit: usize) -> Result<Option<Cow<'a, [u8]>>, Fault> {
        if self.depth == 0 {
            self.skip_to_object(input)?;
        }
        let bytes: &'a [u8] = input;
        let mut end = None;
        for (index, &byte) in bytes.iter().enumerate() {
            self.step(byte);
            if self.depth == 0 && self.place == Scan::Code {
                end = Some(index.saturating_add(1));
                break;
            }
        }
        let (used, rest) = bytes.split_at_checked(end.unwrap_or(bytes.len())).unwrap_or((bytes, &[]));
        *input = rest;
        if self.unfinished.len().saturating_add(used.len()) > limit {
            return Err(Fault::TooLarge);
        }
        if end.is_some() && self.unfinished.is_empty() {
            return Ok(Some(Cow::Borrowed(used)));
        }
        self.keep(used, limit);
        Ok(end.map(|_| Cow::Owned(std::mem::take(&mut self.unfinished))))
    }

    /// How many bytes of an unfinished object are held; `None` between objects.
    pub fn pending(&self) -> Option<usize> {
        (self.depth > 0).then_some(self.unfinished.len())
    }

    /// Keeps a piece of an object; the buffer doubles, which keeps many small pieces cheap, but never beyond what an object may have.
    fn keep(&mut self, piece: &[u8], limit: usize) {
        let (length, capacity) = (self.unfinished.len(), self.unfinished.capacity());
        let needed = length.saturating_add(piece.len());
        if needed > capacity {
            let roomy = capacity.saturating_mul(2).min(limit).max(needed);
            self.unfinished.reserve_exact(roomy.saturating_sub(length));
        }
        self.unfinished.extend_from_slice(piece);
    }

    fn skip_to_object(&mut self, input: &mut &[u8]) -> Result<(), Fault> {
        while let Some((&byte, rest)) = input.split_first() {
            match (self.place, byte) {
                (Scan::Code, b'{') => return Ok(()),
                (Scan::Code, b'/') => self.place = Scan::Slash,
                (Scan::Slash, b'/') => self.place = Scan::Comment,
                (Scan::Comment, b'\n') => self.place = Scan::Code,
                (Scan::Comment, _) => {}
                (Scan::Code, b' ' | b'\t' | b'\r' | b'\n' | b',' | 0) => {}
                _ => return Err(Fault::Malformed),
            }
            *input = rest;
        }
        Ok(())
    }

    fn step(&mut self, byte: u8) {
        self.place = match (self.place, byte) {
            (Scan::Text, b'\\') => Scan::Escape,
            (Scan::Text, b'"') | (Scan::Comment, b'\n') => Scan::Code,
            (Scan::Escape | Scan::Text, _) => Scan::Text,
            (Scan::Slash, b'/') | (Scan::Comment, _) => Scan::Comment,
            (Scan::Code | Scan::Slash, b'"') => Scan::Text,
            (Scan::Code, b'/') => Scan::Slash,
            (Scan::Code | Scan::Slash, b'{') => {
                self.depth = self.depth.saturating_add(1);
                Scan::Code
            }
            (Scan::Code | Scan::Slash, b'}') => {
                self.depth = self.depth.saturating_sub(1);
                Scan::Code
            }
            (Scan::Code | Scan::Slash, _) => Scan::Code,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(chunks: &[&[u8]], limit: usize) -> Result<Vec<String>, Fault> {
        let mut stream = JsonStream::default();
        let mut objects = Vec::new();
        for chunk in chunks {
            let mut input = *chunk;
            while let Some(object) = stream.next(&mut input, limit)? {
                objects.push(String::from_utf8_lossy(&object).into_owned());
            }
            assert!(input.is_empty());
        }
        Ok(objects)
    }

    #[test]
    fn objects_are_cut_whatever_stands_between_them() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(cut(&[text.as_bytes()], 1000).unwrap(), expected, "{text}")
        };
        check(r#"{"a":1}{"b":{}}"#, &[r#"{"a":1}"#, r#"{"b":{}}"#]);
        check(" {}\r\n\t{}, {}", &["{}", "{}", "{}"]);
        check(r#"{"a":"}\"{"}{}"#, &[r#"{"a":"}\"{"}"#, "{}"]);
        check("// one } {\n{} // two\n{\"a\": 1, // it's } here\n}", &["{}", "{\"a\": 1, // it's } here\n}"]);
        check(r#"{"a":"http://x/}"}"#, &[r#"{"a":"http://x/}"}"#]);
        check(r#"{"a":1"#, &[]);
    }

    #[test]
    fn what_is_no_object_is_a_fault() {
        for text in ["hello", "[1]", "}", "{}x", "/{}"] {
            assert_eq!(cut(&[text.as_bytes()], 1000), Err(Fault::Malformed), "{text}");
        }
        assert_eq!(cut(&[br#"{"a":"#, br#""1234567890"}"#], 10), Err(Fault::TooLarge));
    }

    #[test]
    fn an_object_takes_no_more_memory_than_the_longest_may() {
        let mut stream = JsonStream::default();
        for _ in 0..99 {
            assert_eq!(stream.next(&mut b"{123456789".as_slice(), 1000), Ok(None));
            assert!(stream.unfinished.capacity() <= 1000, "{}", stream.unfinished.capacity());
        }
        assert_eq!(stream.pending(), Some(990));
    }

    #[test]
    fn an_idle_stream_holds_nothing() {
        let mut stream = JsonStream::default();
        let mut input: &[u8] = br#"{"a":"#;
        assert_eq!(stream.next(&mut input, 1000), Ok(None));
        assert_eq!(stream.pending(), Some(5));
        let mut input: &[u8] = b"1}";
        assert!(stream.next(&mut input, 1000).unwrap().is_some());
        assert_eq!((stream.pending(), stream.unfinished.capacity()), (None, 0));
    }

    fn object() -> impl Strategy<Value = String> {
        let text = prop_oneof![
            Just("{".to_owned()),
            Just("\\\"}".to_owned()),
            Just("//".to_owned()),
            "[a-zа-я猫 ]{0,9}"
        ];
        (text, 0..4usize).prop_map(|(text, depth)| {
            format!("{}{{\"k\":\"{text}\"}}{}", "{\"n\":".repeat(depth), "}".repeat(depth))
        })
    }

    proptest! {
        #[test]
        fn splits_of_the_stream_change_nothing(objects in prop::collection::vec(object(), 0..6), cuts in prop::collection::vec(1..9usize, 0..200)) {
            let all = objects.join("");
            let mut rest = all.as_bytes();
            let mut chunks = Vec::new();
            for length in cuts {
                let (chunk, tail) = rest.split_at(length.min(rest.len()));
                chunks.push(chunk);
                rest = tail;
            }
            chunks.push(rest);
            prop_assert_eq!(cut(&chunks, 10_000).unwrap(), objects);
        }

        #[test]
        fn a_truncated_object_is_neither_given_out_nor_a_fault(object in object()) {
            for end in 0..object.len() {
                prop_assert_eq!(cut(&[&object.as_bytes()[..end]], 10_000), Ok(vec![]));
            }
        }

        #[test]
        fn any_bytes_are_taken_without_panic(bytes: Vec<u8>) {
            let _ = cut(&[&bytes], 50).is_ok();
        }
    }
}
