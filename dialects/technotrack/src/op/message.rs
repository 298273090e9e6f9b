//! `message`: say something to a person, who need not be a contact, or in a group.
//!
//! `{uid, body, attach: {mime, data}}` is answered with `{status, error}`. What was said then comes to the sender, too,
//! as an `ev_message`; a client shows its own message only from that.

use super::{Asked, NoFields, Outcome, Verb, done};
use crate::peer::Peer;
use crate::refusal::No;
use crate::session::Conversing;
use koine_dialect::toolbox::lenient::Word;
use koine_dialect::toolbox::{base64, sniff};
use koine_model::Command;
use koine_model::media::Upload;
use koine_model::message::{self, DraftPart, Part};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Message {
    uid: Word,
    body: Word,
    attach: Option<Attach>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attach {
    mime: Word,
    data: Word,
    name: Word,
}

impl Verb for Message {
    const ACTION: &'static str = "message";
    type Asked = ();
    type Fields = NoFields;

    fn submit(self) -> Result<(Asked, Command), No> {
        let to = Peer::parse(self.uid.as_str())?.conversation();
        let text = (!self.body.as_str().is_empty()).then(|| DraftPart::Ready(Part::text(self.body.0)));
        let upload = self.attach.map(Attach::upload).transpose()?.flatten().map(DraftPart::Upload);
        let parts: Vec<DraftPart> = text.into_iter().chain(upload).collect();
        if parts.is_empty() {
            return Err(No::empty("the message is empty"));
        }
        Ok((Asked::Message, message::Command::Post { to, parts, key: None }.into()))
    }

    fn answer((): (), outcome: Outcome, _: &Conversing) -> Result<NoFields, No> {
        done(outcome)
    }
}

impl Attach {
    /// Clients send the field always, with nothing in it when nothing is attached.
    fn upload(self) -> Result<Option<Upload>, No> {
        let bytes = base64::decode(self.data.as_str())
            .ok_or_else(|| No::malformed("the attachment is not Base64"))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let given = self.mime.as_str().trim();
        let mime = if given.is_empty() { sniff::mime(&bytes) } else { given };
        Ok(Some(Upload { mime: mime.to_owned(), name: self.name.0, bytes: bytes.into() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, status};
    use koine_model::account::{AccountRef, Handle};
    use koine_model::conversation::ConversationRef;
    use koine_model::{ConversationId, Place, Refusal, Reply, Seq};
    use serde_json::{Value, json};

    fn posted(data: &Value) -> (ConversationRef, Vec<DraftPart>) {
        let said = Stage::signed_in(&ann()).says(&json!({"action": "message", "data": data}));
        match said.into_iter().next() {
            Some(Said::Ran(Command::Message(message::Command::Post { to, parts, key: None }))) => (to, parts),
            other => panic!("{data}: {other:?}"),
        }
    }

    fn upload(mime: &str, name: &str, bytes: &'static [u8]) -> DraftPart {
        DraftPart::Upload(Upload { mime: mime.into(), name: name.into(), bytes: bytes.into() })
    }

    #[test]
    fn a_body_and_an_attachment_are_two_parts() {
        let text = |text: &str| DraftPart::Ready(Part::text(text));
        let check = |data: Value, expected: Vec<DraftPart>| assert_eq!(posted(&data).1, expected, "{data}");
        check(json!({"uid": "bob", "body": "hi"}), vec![text("hi")]);
        check(json!({"uid": "bob", "body": 42, "attach": null}), vec![text("42")]);
        check(json!({"uid": "bob", "body": "hi", "attach": {"mime": "", "data": ""}}), vec![text("hi")]);
        check(
            json!({"uid": "bob", "body": "hi", "attach": {"mime": "text/csv", "data": "YW\r\nJj\n", "name": "a.csv"}}),
            vec![text("hi"), upload("text/csv", "a.csv", b"abc")],
        );
        check(
            json!({"uid": "bob", "attach": {"data": "R0lGODlh"}}),
            vec![upload("image/gif", "", b"GIF89a")],
        );
    }

    #[test]
    fn it_goes_to_a_person_or_a_group() {
        let bob = AccountRef::Handle(Handle::parse("bob").unwrap());
        assert_eq!(posted(&json!({"uid": "Bob", "body": "hi"})).0, ConversationRef::With(bob));
        let group = ConversationRef::Id(ConversationId::new(7).unwrap());
        assert_eq!(posted(&json!({"uid": "group:7", "body": "hi"})).0, group);
    }

    #[test]
    fn what_cannot_be_said_is_told_why() {
        let check = |data: Value, expected: u8| {
            let said = Stage::signed_in(&ann()).says(&json!({"action": "message", "data": data}));
            assert_eq!(status(&said), expected, "{data}");
        };
        check(json!({"uid": "bob"}), 4);
        check(json!({"uid": "bob", "body": "", "attach": {"mime": "image/png", "data": " \n"}}), 4);
        check(json!({"body": "hi"}), 4);
        check(json!({"uid": "bob", "body": "hi", "attach": {"data": "no base64!"}}), 3);
        check(json!({"uid": "group:x", "body": "hi"}), 8);
    }

    #[test]
    fn the_answer_is_a_status() {
        let check = |outcome: Outcome, expected: Value| {
            let mut stage = Stage::signed_in(&ann());
            stage.says(&json!({"action": "message", "data": {"uid": "bob", "body": "hi"}}));
            assert_eq!(
                stage.hears_answer(outcome),
                [Said::Frame(json!({"action": "message", "data": expected}))]
            );
        };
        let place = Place { conversation: ConversationId::new(1).unwrap(), seq: Seq::new(1) };
        check(
            Ok(Reply::Message(message::Reply::Posted(place, koine_model::Timestamp(0)))),
            json!({"status": 0, "error": "OK"}),
        );
        check(Err(Refusal::UnknownAccount), json!({"status": 8, "error": "no such user"}));
    }
}
