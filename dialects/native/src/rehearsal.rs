//! For unit tests: a session without a server.

use crate::session::Client;
use koine_dialect::{
    Act, Carriage, Frame, Links, Nesting, Notice, Opening, Origin, Outbox, ServerFacts, Session, SharedEvent,
    Tag,
};
use koine_model::account::{self, Face, Handle, Person, Profile};
use koine_model::conversation::{Conversation, Kind, Reach, Shelf};
use koine_model::media::Blobs;
use koine_model::message::{Letter, Message, Part};
use koine_model::session::SessionId;
use koine_model::token::Token;
use koine_model::{AccountId, Command, ConversationId, Event, Place, Refusal, Reply, Seq, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// When everything happens.
pub(crate) const NOW: Timestamp = Timestamp(12_345);

/// What a session did.
#[derive(Debug)]
pub(crate) enum Did {
    Said(Value),
    Asked(Box<Command>),
    Closed,
}

/// A session, and what it has asked the core for.
pub(crate) struct Bench {
    session: Client,
    asked: Option<Tag>,
}

impl Bench {
    pub(crate) fn stranger() -> Self {
        let opening = Opening {
            carriage: Carriage::WebSocket,
            nonce: 7,
            links: Links::new("http://h"),
            server: Arc::new(ServerFacts { version: "1", text_bytes: 10, ..ServerFacts::default() }),
            nesting: Nesting::default(),
        };
        Self { session: Client::new(&opening), asked: None }
    }

    /// Ann, who has just signed in.
    pub(crate) fn signed_in() -> Self {
        let mut bench = Self::stranger();
        bench.asks("login", json!({"who": "ann", "password": "x", "device": ""}));
        bench.gets(Ok(account::Reply::Signed(Box::new(ann())).into()));
        let did = bench.gets(Ok(account::Reply::Token(Token::new(5), SessionId(1)).into()));
        assert!(matches!(did.as_slice(), [Did::Said(_)]), "{did:?}");
        bench
    }

    pub(crate) fn with(&mut self, act: impl FnOnce(&mut Client, &mut Outbox)) -> Vec<Did> {
        let mut out = Outbox::new(NOW);
        act(&mut self.session, &mut out);
        let acts: Vec<Act> = out.drain().collect();
        let did = acts.into_iter().map(|act| match act {
            Act::Send(payload) => Did::Said(serde_json::from_slice(payload.bytes()).unwrap()),
            Act::Run(tag, command) => {
                self.asked = Some(tag);
                Did::Asked(command)
            }
            Act::Close => Did::Closed,
            Act::Hold(_) | Act::Arrived(_) | Act::Wake(_) => panic!("this dialect does without"),
        });
        did.collect()
    }

    pub(crate) fn says(&mut self, text: &str) -> Vec<Did> {
        self.with(|session, out| session.receive(Frame::Text(text), out))
    }

    /// Asks for `verb`, under the number 1.
    pub(crate) fn asks(&mut self, verb: &str, fields: Value) -> Vec<Did> {
        let mut text = format!(r#"{{"id":1,"do":"{verb}""#);
        for (name, value) in fields.as_object().expect("fields") {
            text += &format!(",{}:{value}", json!(name));
        }
        self.says(&(text + "}"))
    }

    /// The command that `verb` becomes.
    pub(crate) fn command(&mut self, verb: &str, fields: Value) -> Command {
        let mut did = self.asks(verb, fields);
        match (did.pop(), did.is_empty()) {
            (Some(Did::Asked(command)), true) => *command,
            (last, _) => panic!("{did:?} {last:?}"),
        }
    }

    /// The one frame with which `verb` is answered without the core.
    pub(crate) fn answer(&mut self, verb: &str, fields: Value) -> Value {
        said(self.asks(verb, fields))
    }

    pub(crate) fn gets(&mut self, outcome: Result<Reply, Refusal>) -> Vec<Did> {
        let tag = self.asked.take().expect("nothing was asked for");
        self.with(|session, out| session.answer(tag, outcome, out))
    }

    pub(crate) fn hears(&mut self, event: Event) -> Value {
        let event = SharedEvent::new(event);
        said(self.with(|session, out| session.notify(Notice { event: &event, origin: Origin::Here }, out)))
    }
}

/// The one frame of what was done.
pub(crate) fn said(mut did: Vec<Did>) -> Value {
    match (did.pop(), did.is_empty()) {
        (Some(Did::Said(frame)), true) => frame,
        (last, _) => panic!("{did:?} {last:?}"),
    }
}

pub(crate) fn ann() -> Person {
    person(AccountId::FIRST, "ann", "Ann")
}

pub(crate) fn bob() -> Person {
    person(AccountId::LAST, "bob", "Bob")
}

fn person(id: AccountId, handle: &str, nick: &str) -> Person {
    let profile = Profile {
        id,
        handle: Handle::parse(handle).unwrap(),
        nick: nick.into(),
        email: format!("{handle}@h"),
        phone: "+1".into(),
        status: "here".into(),
        avatar: None,
        created: NOW,
        deleted: false,
    };
    Person { profile, picture: bytes::Bytes::new() }
}

pub(crate) fn face(person: &Person) -> Arc<Face> {
    let Profile { id, handle, nick, .. } = &person.profile;
    Arc::new(Face { id: *id, handle: handle.clone(), nick: nick.clone() })
}

pub(crate) fn conversation(kind: Kind) -> Conversation {
    let id = ConversationId::new(7).unwrap();
    let name = if kind == Kind::Group { "tea" } else { "" };
    Conversation { id, kind, name: name.into(), avatar: None, leader: AccountId::FIRST, created: NOW }
}

/// What Bob said to Ann at place 3.
pub(crate) fn letter(parts: Vec<Part>) -> Letter {
    let conversation = conversation(Kind::Direct);
    let place = Place { conversation: conversation.id, seq: Seq::new(3) };
    Letter {
        message: Message::new(place, bob().profile.id, NOW, parts),
        sender: face(&bob()),
        conversation: Arc::new(conversation),
        pair: [(*face(&ann())).clone(), (*face(&bob())).clone()].into(),
        blobs: Blobs::default(),
        about: None,
    }
}

/// The conversation of Ann and Bob, as Ann has it.
pub(crate) fn shelf() -> Shelf {
    Shelf {
        conversation: Arc::new(conversation(Kind::Direct)),
        pair: vec![ann().profile, bob().profile],
        member_count: 2,
        last_seq: Seq::new(3),
        last: Some(letter(vec![Part::text("hi")])),
        reach: Some(Reach::Read),
        read: Seq::new(1),
        delivered: Seq::new(2),
        unread: 1,
        words: true,
    }
}
