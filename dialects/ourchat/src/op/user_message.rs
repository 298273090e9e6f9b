//! Code 0: say something. It is answered by itself, as it comes to everybody in the session; a refusal is a code 18.
//!
//! `msg` has parts of types. Type 0 is text; whatever else there is comes to other clients of this protocol as it was sent.

use super::{Asked, Outcome, Verb};
use crate::NAME;
use crate::flavour::Ids;
use crate::refusal::No;
use crate::session::Client;
use crate::wire::SessionId;
use bytes::Bytes;
use koine_dialect::Outbox;
use koine_dialect::toolbox::lenient::Word;
use koine_model::Refusal;
use koine_model::conversation::ConversationRef;
use koine_model::message::{Command, DraftPart, Part};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(crate) struct UserMessage {
    sender: Sender,
    msg: Vec<Box<RawValue>>,
}

/// Who says it, the server knows.
#[derive(Deserialize)]
struct Sender {
    session_id: SessionId,
}

impl Verb for UserMessage {
    const CODE: u32 = 0;

    fn submit(self, client: &mut Client, out: &mut Outbox) -> Result<(), No> {
        let session = self.sender.session_id;
        client.learn_ids(session.is_text.then_some(Ids::Text));
        let parts = self.msg.iter().map(|item| part(item)).collect::<Result<_, No>>()?;
        let to = ConversationRef::Id(session.conversation.ok_or(Refusal::UnknownConversation)?);
        client.ask(Asked::Message, Command::Post { to, parts, key: None }, out);
        Ok(())
    }
}

pub(crate) fn answer(outcome: &Outcome, out: &mut Outbox) {
    if let Err(refusal) = outcome {
        out.send(No::from(*refusal).frame());
    }
}

fn part(item: &RawValue) -> Result<DraftPart, No> {
    let wrong = || No::new("each item of msg is an object with a type");
    let fields: Map<String, Value> = serde_json::from_str(item.get()).map_err(|_| wrong())?;
    let kind: Word =
        fields.get("type").cloned().and_then(|kind| serde_json::from_value(kind).ok()).ok_or_else(wrong)?;
    let text = fields.get("text").and_then(Value::as_str);
    let part = match (kind.as_str(), text) {
        ("0", Some(text)) if fields.len() == 2 => Part::text(text),
        ("0", None) => return Err(No::new("a text has no text")),
        (kind, text) => Part::Foreign {
            dialect: NAME.to_owned(),
            payload: Bytes::from(item.get().to_owned()),
            text: text.map_or_else(|| format!("[message of type {kind}]"), str::to_owned),
        },
    };
    Ok(DraftPart::Ready(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, error};
    use koine_model::refusal::Field;
    use koine_model::{ConversationId, Place, Seq, message};
    use serde_json::json;

    fn posted(text: &str) -> (ConversationRef, Vec<DraftPart>) {
        let said = Stage::signed_in(&ann()).says_text(text);
        let [Said::Ran(koine_model::Command::Message(Command::Post { to, parts, key: None }))] =
            said.as_slice()
        else {
            panic!("{said:?}")
        };
        (to.clone(), parts.clone())
    }

    #[test]
    fn parts_stay_in_order() {
        let unknown = r#"{"type": 2,  "url": "http://x/1.50", "n": 1.50}"#;
        let message =
            json!({"code": 0, "time": 1.5, "sender": {"session_id": 7, "ocid": "1"}, "msg": ["HERE"]});
        let items = format!(r#"{{"type": 0, "text": "one"}}, {unknown}, {{"text": "two", "type": "0"}}"#);
        let (to, parts) = posted(&message.to_string().replace("\"HERE\"", &items));
        assert_eq!(to, ConversationRef::Id(ConversationId::new(7).unwrap()));
        let foreign = Part::Foreign {
            dialect: "ourchat".into(),
            payload: Bytes::from(unknown),
            text: "[message of type 2]".into(),
        };
        assert_eq!(parts, [Part::text("one"), foreign, Part::text("two")].map(DraftPart::Ready));
    }

    #[test]
    fn what_has_a_text_is_shown_by_it() {
        let check = |item: Value, expected: &str| {
            let (_, parts) =
                posted(&json!({"code": 0, "sender": {"session_id": "7"}, "msg": [item]}).to_string());
            let [DraftPart::Ready(Part::Foreign { text, .. })] = parts.as_slice() else { panic!() };
            assert_eq!(text, expected);
        };
        check(json!({"type": 0, "text": "bold", "style": "b"}), "bold");
        check(json!({"type": 5, "text": "a poll"}), "a poll");
        check(json!({"type": "sticker"}), "[message of type sticker]");
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let check = |session: Value, msg: Value, expected: &str| {
            let request = json!({"code": 0, "sender": {"session_id": session}, "msg": msg});
            assert_eq!(error(&Stage::signed_in(&ann()).says(&request)), expected);
        };
        check(json!(0), json!([{"type": 0, "text": "x"}]), "no such conversation");
        check(json!(7), json!(["x"]), "each item of msg is an object with a type");
        check(json!(7), json!([{"text": "x"}]), "each item of msg is an object with a type");
        check(json!(7), json!([{"type": 0}]), "a text has no text");
    }

    #[test]
    fn only_a_refusal_is_answered() {
        let mut stage = Stage::signed_in(&ann());
        let request = json!({"code": 0, "sender": {"session_id": 7}, "msg": [{"type": 0, "text": "x"}]});
        stage.says(&request);
        let place = Place { conversation: ConversationId::new(7).unwrap(), seq: Seq::new(1) };
        assert_eq!(
            stage.hears_answer(Ok(message::Reply::Posted(place, koine_model::Timestamp(0)).into())),
            []
        );
        stage.says(&request);
        let refused = stage.hears_answer(Err(Refusal::TooLarge(Field::Message)));
        assert_eq!(error(&refused), "the message is too large");
    }
}
