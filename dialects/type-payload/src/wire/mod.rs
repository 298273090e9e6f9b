//! Frames: one object with its type, a time and a payload.

mod echo;

pub(crate) use echo::Echo;

use koine_dialect::Payload;
use koine_dialect::toolbox::lenient;
use koine_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A frame as it came.
#[derive(Deserialize, Debug)]
pub(crate) struct Envelope {
    /// What it is.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// What it says; clients leave it out where it says nothing.
    #[serde(default)]
    pub(crate) payload: Map<String, Value>,
}

/// Reads a frame. Its time is the client's own, which nothing depends on.
pub(crate) fn read(text: &str) -> Option<Envelope> {
    lenient::from_str(text).ok()
}

#[derive(Serialize)]
struct Outgoing<'a, P> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: i64,
    payload: P,
}

/// Writes a frame, and the end of a line behind it for clients that read lines.
pub(crate) fn write(kind: &str, at: Timestamp, payload: impl Serialize) -> Payload {
    let frame = Outgoing { kind, timestamp: at.seconds(), payload };
    // Writing to memory fails only for maps with keys that are no text, of which there are none here.
    Payload::text(serde_json::to_string(&frame).unwrap_or_default() + "\n")
}

/// Says that something was not understood at all.
pub(crate) fn error(at: Timestamp, reason: &str) -> Payload {
    write("ERROR", at, serde_json::json!({"code": crate::refusal::NOT_UNDERSTOOD, "reason": reason}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_documents_own_examples_are_read() {
        let check = |text: &str, kind: &str, fields: usize| {
            let envelope = read(text).unwrap();
            assert_eq!((envelope.kind.as_str(), envelope.payload.len()), (kind, fields), "{text}");
        };
        check(
            r#"{"type": "FRIEND_REMOVE", "timestamp": 1630000006, "payload": {"sender": "user123", "receiver": "user456",}}"#,
            "FRIEND_REMOVE",
            2,
        );
        check(
            "{\"type\": \"MEDIA_MESSAGE\", \"payload\": {\"mediaSize\": 10485760 // Size in bytes\n}}",
            "MEDIA_MESSAGE",
            1,
        );
        check(r#"{"type": "USER_LOGOUT", "timestamp": "soon"}"#, "USER_LOGOUT", 0);
        for text in ["{}", "[]", r#"{"type": 5}"#, r#"{"type": "X", "payload": []}"#, "{"] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(kind: String, key: String, value: String, seconds in -9_000_000_000_i64..9_000_000_000) {
            let payload = Map::from_iter([(key, Value::String(value))]);
            let written = write(&kind, Timestamp::from_seconds(seconds), &payload);
            let text = std::str::from_utf8(written.bytes()).unwrap();
            let envelope = read(text).unwrap();
            prop_assert_eq!((envelope.kind, envelope.payload), (kind, payload));
            let lines = (text.ends_with('\n'), text.matches('\n').count());
            prop_assert_eq!(lines, (true, 1));
            for end in (0..text.len() - 1).filter(|end| text.is_char_boundary(*end)) {
                prop_assert!(read(&text[..end]).is_none());
            }
        }
    }
}
