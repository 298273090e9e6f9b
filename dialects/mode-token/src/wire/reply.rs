//! The frames that the server sends.
//!
//! JSON that Python reads as a literal, too: there is no `null`, `true` or `false` (what there is not is left out, or `""`), no
//! `\/`, and no `\u` but for control characters, which both languages read alike.

use crate::refusal::{No, Status};
use koine_dialect::Payload;
use koine_dialect::toolbox::iso8601;
use koine_model::{ConversationId, Timestamp};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct Envelope<'a> {
    mode: &'a str,
    timestamp: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_msg: Option<&'a str>,
    #[serde(flatten)]
    body: &'a Body,
}

/// What an answer says beyond its status.
#[derive(Serialize, Debug)]
#[serde(untagged)]
pub(crate) enum Body {
    /// Nothing.
    Empty {},
    /// A token.
    Token { token: String },
    /// A chat.
    Chat { chat_id: u32 },
    /// The caller's chats.
    Chats { chats: Vec<ChatLine> },
    /// What was said in a chat.
    Messages(Messages),
    /// Where a message stands.
    Sent { message_id: u32 },
    /// What was just said.
    New { chat_id: u32, messages: Vec<Item> },
}

/// Messages under the document's name and under the one that the published client reads.
#[derive(Debug)]
pub(crate) struct Messages(pub(crate) Vec<Item>);

impl Serialize for Messages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("messages", &self.0)?;
        map.serialize_entry("chats", &self.0)?;
        map.end()
    }
}

/// A chat in the list.
#[derive(Serialize, Debug, PartialEq, Eq)]
pub(crate) struct ChatLine {
    pub(crate) chat_id: u32,
    pub(crate) chat_members: Members,
    pub(crate) chat_name: String,
    pub(crate) chat_type: &'static str,
    pub(crate) last_message_time: String,
    pub(crate) last_message_text: String,
    pub(crate) last_message_sender: String,
}

/// Who is in a chat.
#[derive(Serialize, Debug, PartialEq, Eq)]
#[serde(untagged)]
pub(crate) enum Members {
    /// The other of a personal chat.
    Other(u32),
    /// Everyone in a group, with commas between.
    All(String),
}

/// One message; a message of several parts is several here.
#[derive(Serialize, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) message_id: u32,
    pub(crate) from_id: u32,
    pub(crate) from_name: String,
    pub(crate) content: String,
    pub(crate) content_type: &'static str,
    pub(crate) content_time: String,
}

/// The answer to a request of this mode.
pub(crate) fn answer(mode: &str, at: Timestamp, outcome: Result<&Body, &No>) -> Payload {
    frame(&match outcome {
        Ok(body) => Envelope { mode, timestamp: moment(at), status: Status::Ok, error_msg: None, body },
        Err(no) => Envelope {
            mode,
            timestamp: moment(at),
            status: no.status,
            error_msg: Some(&no.error),
            body: &Body::Empty {},
        },
    })
}

/// Tells a connection that asked to be told.
pub(crate) fn new_message(chat: ConversationId, at: Timestamp, messages: Vec<Item>) -> Payload {
    answer("newMessage", at, Ok(&Body::New { chat_id: chat.number(), messages }))
}

/// A moment as the protocol writes it, in UTC: `2026-01-02 03:04:05`.
pub(crate) fn moment(at: Timestamp) -> String {
    let written = iso8601::write(at);
    written.get(..19).unwrap_or(&written).replace('T', " ")
}

fn frame(envelope: &Envelope<'_>) -> Payload {
    // It cannot fail: there is no map with keys that are no texts, and nothing of ours refuses to be written.
    Payload::text(serde_json::to_string(envelope).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::literal;
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn text(payload: &Payload) -> &str {
        std::str::from_utf8(payload.bytes()).unwrap()
    }

    #[test]
    fn a_refusal_says_why_and_nothing_else() {
        let no = No::malformed("chat_id is missing");
        let payload = answer("getMessages", Timestamp(1250), Err(&no));
        assert_eq!(
            text(&payload),
            r#"{"mode":"getMessages","timestamp":"1970-01-01 00:00:01","status":"422","error_msg":"chat_id is missing"}"#
        );
    }

    #[test]
    fn messages_stand_under_both_names() {
        let item = Item {
            message_id: 16,
            from_id: 1_000_000_001,
            from_name: "ann".into(),
            content: "a/б".into(),
            content_type: "text",
            content_time: moment(Timestamp(0)),
        };
        let payload = answer("getMessages", Timestamp(0), Ok(&Body::Messages(Messages(vec![item]))));
        let value: Value = serde_json::from_str(text(&payload)).unwrap();
        assert_eq!((&value["messages"], &value["status"]), (&value["chats"], &json!("200")));
        assert!(text(&payload).contains("\"content\":\"a/б\""), "{}", text(&payload));
    }

    fn is_python(value: &Value) -> bool {
        match value {
            Value::Null | Value::Bool(_) => false,
            Value::Number(_) | Value::String(_) => true,
            Value::Array(items) => items.iter().all(is_python),
            Value::Object(fields) => fields.values().all(is_python),
        }
    }

    proptest! {
        #[test]
        fn python_reads_what_json_reads(mode: String, content in "(?s).{0,20}", error: String) {
            let item = |content: &str| Item {
                message_id: 1, from_id: 2, from_name: content.to_owned(), content: content.to_owned(),
                content_type: "text", content_time: String::new(),
            };
            let bodies = [Body::Messages(Messages(vec![item(&content)])), Body::Empty {}];
            let no = No::malformed(error);
            for outcome in bodies.iter().map(Ok).chain([Err(&no)]) {
                let payload = answer(&mode, Timestamp(0), outcome);
                let text = text(&payload);
                prop_assert_eq!(literal::parse(text, 64).ok(), serde_json::from_str(text).ok());
                // The reader of literals takes what is JSON's alone, too; Python does not.
                let plain = text.replace("\\\\", "");
                prop_assert!(!plain.contains("\\/"), "{}", text);
                prop_assert!(plain.split("\\u").skip(1).all(|code| code.starts_with("00")), "{}", text);
                prop_assert!(is_python(&serde_json::from_str(text).unwrap()), "{}", text);
            }
        }
    }
}
