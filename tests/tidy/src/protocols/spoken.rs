//! Message types as transcripts show them.

use super::table::Row;
use super::{Said, Speaker};
use koine_testkit::transcripts::{self, Said as Step};
use koine_testkit::value::Encoding;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Every type that `transcript` shows in `encoding`, from the side that sends it.
pub fn types(transcript: &str, row: &Row, encoding: Encoding) -> Result<BTreeSet<Said>, String> {
    let frames = frames(transcript, row, encoding)?.into_iter();
    Ok(frames.filter_map(|(speaker, frame)| Some((speaker, kind(&frame, row.key)?))).collect())
}

/// Every frame that the server sends in `transcript`, in `encoding`.
pub(super) fn heard(transcript: &str, row: &Row, encoding: Encoding) -> Result<Vec<Value>, String> {
    let frames = frames(transcript, row, encoding)?.into_iter();
    Ok(frames.filter(|(speaker, _)| *speaker == Speaker::Server).map(|(_, frame)| frame).collect())
}

fn frames(transcript: &str, row: &Row, encoding: Encoding) -> Result<Vec<(Speaker, Value)>, String> {
    let mut connections = HashMap::new();
    let mut frames = Vec::new();
    for line in transcripts::parse(transcript)? {
        let (speaker, frame) = match line.said {
            Step::Connect { dialect, messagepack, .. } => {
                let is_meant = dialect == row.dialect && messagepack == (encoding == Encoding::MessagePack);
                connections.insert(line.who, is_meant);
                continue;
            }
            Step::Sends(frame) => (Speaker::Client, frame),
            Step::Hears(frame) => (Speaker::Server, frame),
            _ => continue,
        };
        if connections.get(&line.who) == Some(&true) {
            frames.push((speaker, frame));
        }
    }
    Ok(frames)
}

/// What of `documented` is not among `shown`, as the lines that are missing.
pub fn missing(
    documented: &BTreeSet<Said>,
    shown: &BTreeSet<Said>,
    row: &Row,
    encoding: Encoding,
) -> Vec<String> {
    let folder = format!("dialects/{}/tests/transcripts", row.dialect);
    let line = |(speaker, kind): &Said| {
        let mark = speaker.mark();
        format!("{folder}: no line with {mark} {{{:?}: {kind}}} in {encoding:?}", row.key)
    };
    documented.difference(shown).map(line).collect()
}

/// The type of a message.
pub(super) fn kind(frame: &Value, key: &str) -> Option<String> {
    match frame.get(key)? {
        Value::String(kind) => Some(kind.clone()),
        Value::Number(kind) => Some(kind.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Errors, Senders};
    use super::*;

    const ROW: Row = Row {
        dialect: "parrot",
        key: "verb",
        senders: Senders::Types { client: &[], both: &[] },
        encodings: &[Encoding::Json, Encoding::MessagePack],
        errors: Errors::NONE,
    };
    const TRANSCRIPT: &str = "ann: parrot\nbob: parrot msgpack\ncid: owl\n\
        ann> {\"verb\": \"repeat\"}\nann< {\"verb\": 12, \"...\": \"*\"}\n\
        bob< {\"verb\": \"squawk\"}\ncid> {\"verb\": \"hoot\"}\nann< nothing\n";

    fn said(list: &[(Speaker, &str)]) -> BTreeSet<Said> {
        list.iter().map(|(speaker, kind)| (*speaker, (*kind).to_owned())).collect()
    }

    #[test]
    fn lines_count_for_their_dialect_encoding_and_side() {
        let shown = |encoding| types(TRANSCRIPT, &ROW, encoding).unwrap();
        assert_eq!(shown(Encoding::Json), said(&[(Speaker::Client, "repeat"), (Speaker::Server, "12")]));
        assert_eq!(shown(Encoding::MessagePack), said(&[(Speaker::Server, "squawk")]));
    }

    #[test]
    fn a_type_that_is_shown_from_the_wrong_side_is_missing() {
        let documented =
            said(&[(Speaker::Client, "repeat"), (Speaker::Server, "repeat"), (Speaker::Server, "fly")]);
        let missing = missing(&documented, &said(&[(Speaker::Client, "repeat")]), &ROW, Encoding::Json);
        assert_eq!(missing.len(), 2);
        assert!(missing[0].contains("< {\"verb\": fly}"), "{missing:?}");
        assert!(missing[1].contains("< {\"verb\": repeat}"), "{missing:?}");
    }
}
