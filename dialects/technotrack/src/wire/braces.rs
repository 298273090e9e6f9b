//! JSON whose strings hold no braces: `\u007b` and `\u007d` stand in their place.
//!
//! A client in use finds the end of an object by counting braces, and does not look whether they are in a string.

use koine_dialect::Payload;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// Writes `value`, without white space.
pub(crate) fn frame<T: Serialize>(value: &T) -> Payload {
    let mut bytes = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut bytes, Escaped));
    // Fields, texts, numbers and lists in memory: there is nothing about them that could fail.
    debug_assert!(written.is_ok(), "a frame that cannot be written");
    Payload::Text(bytes.into())
}

struct Escaped;

impl Formatter for Escaped {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(position) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(position);
            writer.write_all(before.as_bytes())?;
            let (escape, after) = match brace.strip_prefix('{') {
                Some(after) => ("\\u007b", after),
                None => ("\\u007d", brace.strip_prefix('}').unwrap_or_default()),
            };
            writer.write_all(escape.as_bytes())?;
            rest = after;
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::json_of;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn braces_in_strings_are_escaped() {
        let check = |text: &str, expected: &str| {
            let payload = frame(&json!({ "k": text }));
            assert_eq!(
                std::str::from_utf8(payload.bytes()).unwrap(),
                format!("{{\"k\":\"{expected}\"}}"),
                "{text}"
            );
        };
        check("{}", r"\u007b\u007d");
        check("a{b}c\"{\n", r#"a\u007bb\u007dc\"\u007b\n"#);
        check("猫}", r"猫\u007d");
        check("plain", "plain");
        assert_eq!(frame(&json!({"{": [1, {}]})).bytes().as_ref(), br#"{"\u007b":[1,{}]}"#);
    }

    proptest! {
        #[test]
        fn counting_braces_finds_the_end_and_the_text_stays(text in any::<String>()) {
            let payload = frame(&json!({ "k": { "n": text.clone() } }));
            let count = |brace| payload.bytes().iter().filter(|byte| **byte == brace).count();
            prop_assert_eq!((count(b'{'), count(b'}')), (2, 2));
            prop_assert_eq!(&json_of(&payload)["k"]["n"], &json!(text));
        }
    }
}
