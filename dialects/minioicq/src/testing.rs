//! For unit tests: a session on a bench, and people, chats and messages to show it.

use crate::flavour::Form;
use crate::session::Session;
use bytes::Bytes;
use koine_dialect::toolbox::base64;
use koine_dialect::{
    Act, Fault, Frame, Links, Notice, Origin, Outbox, Payload, Session as _, SharedEvent, Tag,
};
use koine_model::account::{Face, Handle, Person, Profile};
use koine_model::conversation::{Conversation, Kind, Overview};
use koine_model::media::{Blob, Blobs, Media};
use koine_model::message::{Letter, Message, Part};
use koine_model::{
    AccountId, Command, ConversationId, Event, MediaId, Place, Refusal, Reply, Seq, Timestamp,
};
use serde_json::{Map, Value as Json, json};
use std::collections::VecDeque;
use std::sync::Arc;

/// A session, and the commands that it waits for.
pub(crate) struct Bench {
    session: Session,
    packs: bool,
    waiting: VecDeque<Tag>,
}

/// What a session did. Frames are read back, MessagePack bytes as `{"$bin": BASE64}`.
#[derive(Debug)]
pub(crate) enum Did {
    Sent(Json),
    Ran(Command),
    Closed,
}

impl PartialEq for Did {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sent(left), Self::Sent(right)) => left == right,
            (Self::Closed, Self::Closed) => true,
            _ => false,
        }
    }
}

impl Bench {
    /// Nobody, who is to speak in `form`.
    pub(crate) fn stranger(form: Form) -> Self {
        let mut bench = Self {
            session: Session::new(links(), koine_dialect::Nesting::default()),
            packs: form == Form::Pack,
            waiting: VecDeque::new(),
        };
        bench.says(&json!({"action": "heartbeat"}));
        bench
    }

    /// Ann, number 1000000001.
    pub(crate) fn signed_in(form: Form) -> Self {
        let mut bench = Self::stranger(form);
        bench.session.signed_in(&person(1, "Ann"));
        bench
    }

    pub(crate) fn form(&mut self) -> Form {
        self.session.habit().form()
    }

    pub(crate) fn says(&mut self, request: &Json) -> Vec<Did> {
        if self.packs { self.says_bytes(&packed(request)) } else { self.says_text(&format!("{request:#}")) }
    }

    pub(crate) fn says_text(&mut self, text: &str) -> Vec<Did> {
        self.on(|session, out| session.receive(Frame::Text(text), out))
    }

    pub(crate) fn says_bytes(&mut self, bytes: &[u8]) -> Vec<Did> {
        self.on(|session, out| session.receive(Frame::Binary(bytes), out))
    }

    pub(crate) fn breaks(&mut self, fault: Fault) -> Vec<Did> {
        self.on(|session, out| session.broken(fault, out))
    }

    /// The oldest command that waits has this outcome.
    pub(crate) fn gets(&mut self, outcome: Result<Reply, Refusal>) -> Vec<Did> {
        let tag = self.waiting.pop_front().unwrap();
        self.on(|session, out| session.answer(tag, outcome, out))
    }

    pub(crate) fn learns(&mut self, event: Event, origin: Origin) -> Vec<Did> {
        let event = SharedEvent::new(event);
        self.on(|session, out| session.notify(Notice { event: &event, origin }, out))
    }

    fn on(&mut self, act: impl FnOnce(&mut Session, &mut Outbox)) -> Vec<Did> {
        let mut out = Outbox::new(Timestamp(0));
        act(&mut self.session, &mut out);
        let did = out.drain().map(|act| match act {
            Act::Send(Payload::Text(bytes)) => Did::Sent(serde_json::from_slice(&bytes).unwrap()),
            Act::Send(Payload::Binary(bytes)) => Did::Sent(unpacked(&bytes)),
            Act::Run(tag, command) => {
                self.waiting.push_back(tag);
                Did::Ran(*command)
            }
            Act::Close => Did::Closed,
            Act::Hold(_) | Act::Arrived(_) | Act::Wake(_) => panic!("this dialect does without"),
        });
        did.collect()
    }
}

/// MessagePack of `json`, where `{"$bin": BASE64}` stands for bytes.
pub(crate) fn packed(json: &Json) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &as_rmpv(json)).unwrap();
    bytes
}

/// The opposite of [`packed`]; nothing may be left over.
pub(crate) fn unpacked(mut bytes: &[u8]) -> Json {
    let value = rmpv::decode::read_value(&mut bytes).unwrap();
    assert!(bytes.is_empty(), "bytes after the value");
    as_json(value)
}

fn as_rmpv(json: &Json) -> rmpv::Value {
    match json {
        Json::Object(fields) => match fields.get("$bin").and_then(Json::as_str) {
            Some(text) => rmpv::Value::Binary(base64::decode(text).unwrap()),
            None => fields
                .iter()
                .map(|(name, value)| (name.as_str().into(), as_rmpv(value)))
                .collect::<Vec<_>>()
                .into(),
        },
        Json::Array(items) => rmpv::Value::Array(items.iter().map(as_rmpv).collect()),
        Json::String(text) => text.as_str().into(),
        Json::Number(number) if number.is_f64() => number.as_f64().unwrap().into(),
        Json::Number(number) => number.as_i64().unwrap().into(),
        Json::Bool(truth) => (*truth).into(),
        Json::Null => rmpv::Value::Nil,
    }
}

fn as_json(value: rmpv::Value) -> Json {
    match value {
        rmpv::Value::Binary(bytes) => json!({"$bin": base64::encode(&bytes)}),
        rmpv::Value::Map(fields) => {
            let fields =
                fields.into_iter().map(|(name, value)| (name.as_str().unwrap().to_owned(), as_json(value)));
            Json::Object(fields.collect::<Map<_, _>>())
        }
        rmpv::Value::Array(items) => items.into_iter().map(as_json).collect(),
        rmpv::Value::String(text) => text.into_str().unwrap().into(),
        other => panic!("a session sends no {other:?}"),
    }
}

pub(crate) fn links() -> Links {
    Links::new("http://chat.example")
}

/// The account numbered 1000000000 + `number`; its handle and its picture are made of its nick.
pub(crate) fn person(number: u32, nick: &str) -> Person {
    let profile = Profile {
        id: AccountId::new(1_000_000_000 + number).unwrap(),
        handle: Handle::parse(nick).unwrap(),
        nick: nick.to_owned(),
        email: String::new(),
        phone: String::new(),
        status: String::new(),
        avatar: None,
        created: Timestamp(0),
        deleted: false,
    };
    Person { profile, picture: Bytes::copy_from_slice(nick.as_bytes()) }
}

pub(crate) fn direct(number: u32, one: &Person, other: &Person) -> Overview {
    let both = if one == other { vec![one] } else { vec![one, other] };
    Overview {
        conversation: conversation(number, Kind::Direct, "", one.profile.id),
        ..group(number, "", &both)
    }
}

/// A group that the first member leads, or nobody who is there.
pub(crate) fn group(number: u32, name: &str, members: &[&Person]) -> Overview {
    let leader = members.first().map_or(AccountId::LAST, |person| person.profile.id);
    Overview {
        conversation: conversation(number, Kind::Group, name, leader),
        members: members.iter().map(|&person| person.clone()).collect(),
        member_count: members.len() as u32,
    }
}

fn conversation(number: u32, kind: Kind, name: &str, leader: AccountId) -> Conversation {
    let id = ConversationId::new(number).unwrap();
    Conversation { id, kind, name: name.to_owned(), avatar: None, leader, created: Timestamp(1000) }
}

/// Said `seq` seconds after 1970.
pub(crate) fn letter(chat: u32, seq: u32, sender: &Person, parts: Vec<Part>) -> Letter {
    let profile = &sender.profile;
    let place = Place { conversation: ConversationId::new(chat).unwrap(), seq: Seq::new(seq) };
    Letter {
        message: Message::new(place, profile.id, Timestamp(i64::from(seq) * 1000), parts),
        sender: Arc::new(Face { id: profile.id, handle: profile.handle.clone(), nick: profile.nick.clone() }),
        conversation: Arc::new(conversation(chat, Kind::Group, "tea", profile.id)),
        pair: Arc::new([]),
        blobs: Blobs::default(),
        about: None,
    }
}

/// An attachment, and its bytes if they are at hand.
pub(crate) fn media(mime: &str, name: &str, bytes: Option<&'static [u8]>) -> (Part, Blobs) {
    let blob = Blob { hash: [7; 32], size: 5 };
    let mut blobs = Blobs::default();
    if let Some(bytes) = bytes {
        blobs.add(blob, Bytes::from_static(bytes));
    }
    (Part::Media(Media { id: MediaId(1), blob, mime: mime.to_owned(), name: name.to_owned() }), blobs)
}
