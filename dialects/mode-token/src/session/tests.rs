//! A session without a server: what it asks for, and what it makes of answers that a real core seldom gives.

use super::Conversing;
use koine_dialect::{Act, Fault, Frame, Links, Nesting, Notice, Origin, Outbox, Session, SharedEvent, Tag};
use koine_model::account::{self, Face, Handle};
use koine_model::conversation::{self, Conversation, Kind, Overview};
use koine_model::media::Blobs;
use koine_model::message::{self, Letter, Message, Part};
use koine_model::presence::Presence;
use koine_model::{
    AccountId, Command, ConversationId, Event, Incident, Place, Refusal, Reply, Seq, Timestamp,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

const TOKEN: &str = "01234567-89ab-cdef-0123-456789abcdef";

#[derive(Debug)]
enum Did {
    Said(Value),
    Asked(Command),
}

struct Bench {
    session: Conversing,
    asked: Option<Tag>,
}

impl Bench {
    fn new() -> Self {
        Self { session: Conversing::new(Links::new("http://h"), Nesting::default()), asked: None }
    }

    fn with(&mut self, act: impl FnOnce(&mut Conversing, &mut Outbox)) -> Vec<Did> {
        let mut out = Outbox::new(Timestamp(1000));
        act(&mut self.session, &mut out);
        let acts: Vec<Act> = out.drain().collect();
        let did = acts.into_iter().map(|act| match act {
            Act::Send(payload) => Did::Said(serde_json::from_slice(payload.bytes()).unwrap()),
            Act::Run(tag, command) => {
                self.asked = Some(tag);
                Did::Asked(*command)
            }
            Act::Close => panic!("nothing closes the connection"),
            Act::Hold(_) | Act::Arrived(_) | Act::Wake(_) => panic!("this dialect does without"),
        });
        did.collect()
    }

    fn says(&mut self, text: &str) -> Vec<Did> {
        self.with(|session, out| session.receive(Frame::Text(text), out))
    }

    fn gets(&mut self, outcome: Result<Reply, Refusal>) -> Vec<Did> {
        let tag = self.asked.take().expect("nothing was asked for");
        self.with(|session, out| session.answer(tag, outcome, out))
    }

    /// Sends a request whose token is good.
    fn signed(&mut self, mode: &str, mut fields: Value) -> Vec<Did> {
        fields["mode"] = json!(mode);
        fields["token"] = json!(TOKEN);
        let did = self.says(&fields.to_string());
        assert!(matches!(did.as_slice(), [Did::Asked(Command::Account(account::Command::Resume { .. }))]));
        self.gets(Ok(resumed()))
    }

    fn subscribed() -> Self {
        let mut bench = Self::new();
        bench.signed("subscribe", json!({}));
        assert_eq!(status(&bench.gets(Ok(Reply::Done))), ["200"]);
        bench
    }

    fn hears(&mut self, origin: Origin) -> Vec<Did> {
        let event = SharedEvent::new(Event::Message(Arc::new(letter())));
        self.with(|session, out| session.notify(Notice { event: &event, origin }, out))
    }
}

fn status(did: &[Did]) -> Vec<&str> {
    let said = did.iter().filter_map(|did| match did {
        Did::Said(frame) => Some(frame["status"].as_str().expect("a status is a text")),
        Did::Asked(_) => None,
    });
    said.collect()
}

fn face() -> Face {
    Face { id: AccountId::FIRST, handle: Handle::parse("ann").unwrap(), nick: "Ann".into() }
}

fn resumed() -> Reply {
    account::Reply::Resumed(Arc::new(face()), koine_model::session::SessionId(1)).into()
}

fn conversation() -> Conversation {
    let (id, created) = (ConversationId::new(3).unwrap(), Timestamp(0));
    Conversation {
        id,
        kind: Kind::Group,
        name: "tea".into(),
        avatar: None,
        leader: AccountId::FIRST,
        created,
    }
}

fn letter() -> Letter {
    let place = Place { conversation: conversation().id, seq: Seq::new(1) };
    Letter {
        message: Message::new(place, AccountId::LAST, Timestamp(0), vec![Part::text("hi")]),
        sender: Arc::new(face()),
        conversation: Arc::new(conversation()),
        pair: [].into(),
        blobs: Blobs::default(),
        about: None,
    }
}

#[test]
fn a_server_that_fails_or_is_busy_is_500() {
    for refusal in [Refusal::Busy, Refusal::Failed(Incident(7))] {
        let mut bench = Bench::new();
        bench.signed("getChats", json!({}));
        assert_eq!(status(&bench.gets(Err(refusal))), ["500"]);
        // The same where not even the token could be looked at: that is no reason to log in again.
        bench.says(&format!("{{'mode': 'getChats', 'token': '{TOKEN}'}}"));
        assert_eq!(status(&bench.gets(Err(refusal))), ["500"]);
    }
}

#[test]
fn an_answer_to_another_question_is_500() {
    let overview = Overview { conversation: conversation(), members: Vec::new(), member_count: 0 };
    let odd = || Reply::from(conversation::Reply::Conversation(Box::new(overview.clone())));
    for (mode, fields) in [
        ("getChats", json!({})),
        ("getMessages", json!({"chat_id": 3})),
        ("sendMessage", json!({"chat_id": 3, "content_type": "text", "content": "hi"})),
    ] {
        let mut bench = Bench::new();
        bench.signed(mode, fields);
        assert_eq!(status(&bench.gets(Ok(odd()))), ["500"], "{mode}");
    }
    let mut bench = Bench::new();
    bench.signed("createChat", json!({"contact_mode": "username", "contact_value": "bob"}));
    assert_eq!(status(&bench.gets(Ok(Reply::Done))), ["500"]);
    bench.says(&format!("{{'mode': 'getChats', 'token': '{TOKEN}'}}"));
    assert_eq!(status(&bench.gets(Ok(Reply::Done))), ["500"]);
}

#[test]
fn nothing_is_asked_in_the_name_of_a_token_that_does_not_count() {
    let mut bench = Bench::new();
    bench.says(&format!("{{'mode': 'deleteGroupChat', 'token': '{TOKEN}', 'chat_id': 3}}"));
    let did = bench.gets(Err(Refusal::NotSignedIn));
    assert!(matches!(did.as_slice(), [Did::Said(_)]), "{did:?}");
    assert_eq!(status(&did), ["401"]);
}

#[test]
fn a_span_begins_within_the_message_of_the_known_number() {
    let mut bench = Bench::new();
    let did = bench.signed("getMessages", json!({"chat_id": 3, "min_message_id": 33}));
    let [Did::Asked(Command::Message(message::Command::History { span, order, .. }))] = did.as_slice() else {
        panic!("{did:?}")
    };
    assert_eq!((span.after, *order), (Seq::new(1), message::Order::Oldest));
}

#[test]
fn only_a_subscriber_is_told() {
    let mut bench = Bench::new();
    assert!(bench.hears(Origin::Elsewhere).is_empty());
    let mut bench = Bench::subscribed();
    assert!(bench.hears(Origin::Here).is_empty());
    bench.hears(Origin::Elsewhere);
    let did = bench.gets(Ok(resumed()));
    let [Did::Said(frame)] = did.as_slice() else { panic!("{did:?}") };
    assert_eq!((&frame["mode"], &frame["chat_id"]), (&json!("newMessage"), &json!(3)));
    let event = Event::Presence {
        who: Arc::new(face()),
        presence: Presence::Online,
        status: "".into(),
        signed_out: false,
    };
    let event = SharedEvent::new(event);
    let notice = Notice { event: &event, origin: Origin::Elsewhere };
    assert!(bench.with(|session, out| session.notify(notice, out)).is_empty());
}

#[test]
fn a_subscription_ends_with_its_token() {
    let mut bench = Bench::subscribed();
    bench.hears(Origin::Elsewhere);
    let did = bench.gets(Err(Refusal::NotSignedIn));
    let [Did::Said(frame), Did::Asked(Command::Account(account::Command::SignOut))] = did.as_slice() else {
        panic!("{did:?}")
    };
    assert_eq!((&frame["mode"], &frame["status"]), (&json!("subscribe"), &json!("401")));
    assert!(bench.gets(Ok(Reply::Done)).is_empty());
    assert!(bench.hears(Origin::Elsewhere).is_empty());
}

#[test]
fn what_is_no_message_is_told_and_silence_is_not() {
    let broken = |fault| Bench::new().with(|session, out| session.broken(fault, out)).len();
    assert_eq!((broken(Fault::Malformed), broken(Fault::TooLarge), broken(Fault::TooSlow)), (1, 1, 0));
    let mut bench = Bench::new();
    let text = b"{'mode': 'checkConnection'}";
    let did = bench.with(|session, out| session.receive(Frame::Binary(text), out));
    assert_eq!(status(&did), ["200"]);
    let did = bench.with(|session, out| session.receive(Frame::Binary(b"\xff"), out));
    assert_eq!(status(&did), ["422"]);
}

proptest! {
    #[test]
    fn any_request_has_one_consequence(text in "(?s).{0,60}", mode in "auth|register|recovery|checkConnection|dance", value in "(?s).{0,20}") {
        let request = json!({"mode": mode, "username": value, "password": value, "email": value, "token": value});
        for text in [text, request.to_string()] {
            let did = Bench::new().says(&text);
            prop_assert_eq!(did.len(), 1);
        }
    }

    #[test]
    fn any_field_may_be_anything(
        mode in "setUsername|setEmail|setAvatar|createChat|getMessages|sendMessage|createGroupChat|editGroupChat|deleteChat",
        field in "chat_id|content|content_type|contact_mode|contact_value|min_message_id|members|chat_name|avatar",
        value in prop_oneof![
            Just(json!(null)), Just(json!(true)), Just(json!({"a": [1]})), Just(json!([[], 5, "x", null])),
            any::<f64>().prop_map(|number| json!(number)), any::<i64>().prop_map(|number| json!(number)),
            "text|picture|sticker|id|username".prop_map(|text| json!(text)), "(?s).{0,20}".prop_map(|text| json!(text)),
        ],
    ) {
        let mut fields = json!({"chat_id": 3, "content": "x", "content_type": "text", "members": []});
        fields[field] = value;
        prop_assert_eq!(Bench::new().signed(&mode, fields).len(), 1);
    }
}
