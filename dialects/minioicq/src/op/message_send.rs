//! `message.send`: say something in a chat.
//!
//! Success has no answer of its own: the message comes back as `message.push`, to the sender as to the others.
//! The client's own `time` is not even read; the server's clock decides.

mod content;

use super::{Asked, Outcome, Verb};
use crate::refusal::{self, CHAT_NOT_FOUND, Reason};
use crate::session::Session;
use crate::wire::Scalar;
use content::Kind;
use koine_dialect::Outbox;
use koine_model::ConversationId;
use koine_model::conversation::ConversationRef;
use koine_model::message::Command;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct MessageSend {
    message: Option<Draft>,
    /// Some clients have the message's fields beside `action`.
    #[serde(default)]
    chat_id: Scalar,
    #[serde(default, rename = "type")]
    kind: Scalar,
    #[serde(default)]
    content: Scalar,
    #[serde(default)]
    name: Scalar,
    #[serde(default)]
    file_name: Scalar,
}

#[derive(Deserialize)]
struct Draft {
    #[serde(default)]
    chat_id: Scalar,
    #[serde(default, rename = "type")]
    kind: Scalar,
    #[serde(default)]
    content: Scalar,
    #[serde(default)]
    name: Scalar,
    #[serde(default)]
    file_name: Scalar,
}

impl MessageSend {
    fn draft(self) -> Draft {
        let Self { message, chat_id, kind, content, name, file_name } = self;
        message.unwrap_or(Draft { chat_id, kind, content, name, file_name })
    }
}

impl Verb for MessageSend {
    const ACTION: &'static str = "message.send";
    const FAILURE: &'static str = "message.send.fail";
    const STRANGER: &'static str = Self::FAILURE;

    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason> {
        let draft = self.draft();
        let kind = draft.kind.word("type").map(|kind| Kind::parse(&kind));
        if let Ok(Some(kind)) = &kind {
            // Also when the message cannot be sent: its failure is answered in the client's own form already.
            session.habit().see_type(kind.is_mime());
        }
        let chat = draft
            .chat_id
            .word("chat_id")
            .ok()
            .and_then(|id| ConversationId::parse(&id))
            .ok_or(CHAT_NOT_FOUND)?;
        let kind = kind?.ok_or("Unknown type")?;
        let name = match draft.file_name.text("file_name")? {
            empty if empty.is_empty() => draft.name.text("name")?,
            given => given,
        };
        let part = kind.part(draft.content, name)?;
        let command = Command::Post { to: ConversationRef::Id(chat), parts: vec![part], key: None };
        session.ask(Asked::Send, command, out);
        Ok(())
    }
}

pub(crate) fn answer(outcome: Outcome, session: &Session, out: &mut Outbox) {
    if let Err(refusal) = outcome {
        session.say(&refusal::refused::<MessageSend>(refusal), out);
    }
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::{Bench, Did};
    use koine_model::conversation::ConversationRef;
    use koine_model::message::{Command, DraftPart, Part, Reply};
    use koine_model::refusal::Field;
    use koine_model::{Command as Any, ConversationId, Place, Refusal, Seq};
    use serde_json::{Value as Json, json};

    fn posted(did: &[Did]) -> (u32, &DraftPart) {
        let [Did::Ran(Any::Message(Command::Post { to: ConversationRef::Id(chat), parts, key: None }))] = did
        else {
            panic!("{did:?}")
        };
        (chat.number(), &parts[0])
    }

    fn fail(reason: &str) -> Vec<Did> {
        vec![Did::Sent(json!({"action": "message.send.fail", "reason": reason}))]
    }

    #[test]
    fn a_message_is_posted_and_success_says_nothing() {
        let message = json!({"chat_id": "3", "type": "text", "content": "hi", "time": "never"});
        let mut flat = message.clone();
        flat["action"] = json!("message.send");
        for request in [json!({"action": "message.send", "message": message}), flat] {
            let mut bench = Bench::signed_in(Form::Pack);
            let did = bench.says(&request);
            assert_eq!(posted(&did), (3, &DraftPart::Ready(Part::text("hi"))));
            let place = Place { conversation: ConversationId::new(3).unwrap(), seq: Seq::new(1) };
            assert_eq!(bench.gets(Ok(Reply::Posted(place, koine_model::Timestamp(0)).into())), vec![]);
        }
    }

    #[test]
    fn a_name_is_kept() {
        let mut bench = Bench::signed_in(Form::Qt);
        let message = json!({"chat_id": 3, "type": "file", "content": "aGk=", "name": "a.txt"});
        let did = bench.says(&json!({"action": "message.send", "message": message}));
        let (_, DraftPart::Upload(upload)) = posted(&did) else { panic!("{did:?}") };
        assert_eq!((upload.name.as_str(), upload.bytes.as_ref()), ("a.txt", b"hi".as_slice()));
    }

    #[test]
    fn what_cannot_be_sent_is_told_why() {
        let check = |message: Json, reason: &str| {
            let mut bench = Bench::signed_in(Form::Qt);
            let request = json!({"action": "message.send", "message": message});
            assert_eq!(bench.says(&request), fail(reason), "{request}");
        };
        check(json!({"type": "text", "content": "hi"}), "Chat not found");
        check(json!({"chat_id": "tea", "type": "text", "content": "hi"}), "Chat not found");
        check(json!({"chat_id": [], "type": "text", "content": "hi"}), "Chat not found");
        check(json!({"chat_id": 0, "type": "text", "content": "hi"}), "Chat not found");
        check(json!({"chat_id": 3, "type": "smell", "content": "hi"}), "Unknown type");
        check(json!({"chat_id": 3, "content": "hi"}), "Unknown type");
        check(json!({"chat_id": 3, "type": {}, "content": "hi"}), "type is not text");
        check(json!({"chat_id": 3, "type": "text/plain", "content": "!"}), "content is not Base64");
        check(json!("hi"), "The request's fields are not of their kinds");
    }

    #[test]
    fn refusals_are_worded() {
        let check = |refusal, reason: &str| {
            let mut bench = Bench::signed_in(Form::Pack);
            let message = json!({"chat_id": "3", "type": "text", "content": "hi"});
            bench.says(&json!({"action": "message.send", "message": message}));
            assert_eq!(bench.gets(Err(refusal)), fail(reason));
        };
        check(Refusal::UnknownConversation, "Chat not found");
        check(Refusal::NotSignedIn, "Not logged in");
        check(Refusal::TooLarge(Field::Message), "The message is too large");
    }

    #[test]
    fn the_type_tells_how_json_is_answered() {
        let mut bench = Bench::signed_in(Form::Qt);
        let mut send = |kind: &str| {
            bench.says(&json!({"action": "message.send", "message": {"chat_id": 3, "type": kind}}));
            bench.form()
        };
        assert_eq!(send("text"), Form::Json);
        assert_eq!(send("smell"), Form::Json);
        assert_eq!(send("text/html"), Form::Qt);
        assert_eq!(send("image"), Form::Json);
        let mut bench = Bench::signed_in(Form::Pack);
        bench.says(&json!({"action": "message.send", "message": {"chat_id": 3, "type": "text/plain"}}));
        assert_eq!(bench.form(), Form::Pack);
    }
}
