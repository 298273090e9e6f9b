//! Base64 as clients write it: with line breaks, with or without padding, in either alphabet.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Writes the standard alphabet with padding, on one line.
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads what is meant as Base64; `None` when it is not.
///
/// White space is skipped, padding may be missing, and the URL alphabet is understood.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if let Ok(bytes) = STANDARD.decode(text) {
        return Some(bytes);
    }
    let mut plain: Vec<u8> = Vec::with_capacity(text.len().saturating_add(2));
    plain.extend(text.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }));
    while plain.last() == Some(&b'=') {
        plain.pop();
    }
    while !plain.len().is_multiple_of(4) {
        plain.push(b'=');
    }
    STANDARD.decode(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_in_use_are_read() {
        let check =
            |text: &str, expected: Option<&[u8]>| assert_eq!(decode(text).as_deref(), expected, "{text}");
        check("aGVsbG8=", Some(b"hello"));
        check("aGVs\r\nbG8=\n", Some(b"hello"));
        check("aGVsbG8", Some(b"hello"));
        check("-_-_", Some(&[0xfb, 0xff, 0xbf]));
        check("", Some(b""));
        check("a", None);
        check("not base64!", None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
