//! What was said, as a code 0 frame: one for a message, whatever its parts.
//!
//! The bytes depend on the message and the manner of ids alone: everyone who is told of it, its sender too, gets the same.

use crate::NAME;
use crate::flavour::Ids;
use crate::wire;
use koine_dialect::toolbox::content;
use koine_dialect::{Links, Payload};
use koine_model::message::{Letter, Message, Part};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct UserMessage {
    code: u8,
    time: i64,
    msg_id: i64,
    sender: Sender,
    msg: Vec<Item>,
}

#[derive(Serialize)]
struct Sender {
    ocid: String,
    session_id: Value,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Item {
    Text {
        r#type: u8,
        text: String,
    },
    /// What another client of this protocol sent, letter for letter.
    Kept(Box<RawValue>),
}

/// The frame of a message.
pub(crate) fn message(letter: &Letter, ids: Ids, links: &Links) -> Payload {
    let message = &letter.message;
    wire::whole(&UserMessage {
        code: 0,
        time: message.at.seconds(),
        msg_id: number(message),
        sender: Sender {
            ocid: message.sender.to_string(),
            session_id: ids.write(message.place.conversation),
        },
        msg: content::parts(letter).iter().map(|part| item(part, links)).collect(),
    })
}

/// A message's number among all messages: the conversation's above that of the message in it, within int64.
fn number(message: &Message) -> i64 {
    let conversation = i64::from(message.place.conversation.number());
    (conversation << 32) | i64::from(content::part_number(message, 0))
}

fn item(part: &Part, links: &Links) -> Item {
    kept(part).map_or_else(|| Item::Text { r#type: 0, text: content::words(part, links) }, Item::Kept)
}

fn kept(part: &Part) -> Option<Box<RawValue>> {
    let Part::Foreign { dialect, payload, .. } = part else { return None };
    let ours = (dialect == NAME).then(|| std::str::from_utf8(payload).ok()).flatten()?;
    RawValue::from_string(ours.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{ann, json_of, letter};
    use bytes::Bytes;
    use koine_model::MediaId;
    use koine_model::Seq;
    use koine_model::media::{Blob, Media};
    use koine_model::message::Markup;
    use koine_model::message::{Act, Deed, Quote};
    use serde_json::json;
    use std::sync::Arc;

    fn frame(parts: Vec<Part>, ids: Ids) -> Value {
        json_of(&message(&letter(&ann(), parts), ids, &Links::new("http://h")))
    }

    #[test]
    fn all_documented_fields_are_there() {
        let expected = |session_id: Value| {
            json!({"code": 0, "time": 12, "msg_id": 30_064_771_088_i64,
                "sender": {"ocid": "1000000001", "session_id": session_id}, "msg": [{"type": 0, "text": "hi"}]})
        };
        assert_eq!(frame(vec![Part::text("hi")], Ids::Numbers), expected(json!(7)));
        assert_eq!(frame(vec![Part::text("hi")], Ids::Text), expected(json!("7")));
    }

    #[test]
    fn parts_of_other_dialects_become_text() {
        let check = |part: Part, expected: Value| {
            assert_eq!(frame(vec![part], Ids::Numbers)["msg"], json!([expected]))
        };
        let media = |mime: &str, name: &str| {
            let blob = Blob { hash: [1; 32], size: 3 };
            Part::Media(Media { id: MediaId(2), blob, mime: mime.into(), name: name.into() })
        };
        let text = |text: &str| json!({"type": 0, "text": text});
        let url = "http://h/media/00000000000000000000000000000002";
        check(media("image/png", "cat.png"), text(&format!("[image] cat.png {url}")));
        check(media("text/csv", "a.csv"), text(&format!("[file] a.csv {url}")));
        check(Part::Text { text: "<b>hi</b> &amp; bye".into(), markup: Markup::Html }, text("hi & bye"));
        let foreign = |dialect: &str, payload: &'static str| Part::Foreign {
            dialect: dialect.into(),
            payload: Bytes::from_static(payload.as_bytes()),
            text: "[poll]".into(),
        };
        check(foreign("else", "{}"), text("[poll]"));
        check(foreign("ourchat", "{\"type\""), text("[poll]"));
        check(foreign("ourchat", r#"{"type": 3}"#), json!({"type": 3}));
    }

    #[test]
    fn what_is_kept_is_handed_on_letter_for_letter() {
        let odd = r#"{"type": 9,  "z": 1.50, "a": "é"}"#;
        let part = Part::Foreign {
            dialect: NAME.into(),
            payload: Bytes::from_static(odd.as_bytes()),
            text: "".into(),
        };
        let frame = message(&letter(&ann(), vec![part]), Ids::Numbers, &Links::new("http://h"));
        assert!(std::str::from_utf8(frame.bytes()).unwrap().contains(odd));
    }

    #[test]
    fn what_was_done_to_messages_is_told_in_words() {
        let check = |parts: Vec<Part>, expected: &str| {
            let mut letter = letter(&ann(), parts);
            let (seq, at, sender) = (Seq::new(1), letter.message.at, letter.sender.clone());
            letter.about = Some(Arc::new(Quote { seq, at, sender, excerpt: "tea?".into() }));
            let frame = json_of(&message(&letter, Ids::Numbers, &Links::new("http://h")));
            assert_eq!(frame["msg"], json!([{"type": 0, "text": expected}]));
        };
        let act = |deed| vec![Part::Act(Act { target: Seq::new(1), deed })];
        check(act(Deed::Edited("new".into())), "✎ new");
        check(act(Deed::Reacted { emoji: "👍".into(), on: true }), "👍 ← tea?");
        check(vec![Part::Removed], "🗑");
        check(vec![Part::Reply { to: Seq::new(1) }, Part::text("yes")], "↪ Ann: tea?\nyes");
    }
}
