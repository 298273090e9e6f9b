//! For unit tests: a session without a server, and a few people to speak of.

use crate::session::Conversing;
use bytes::Bytes;
use koine_dialect::{Act, Frame, Links, Nesting, Notice, Origin, Outbox, Payload, Session, SharedEvent, Tag};
use koine_model::account::{Face, Handle, Person, Profile};
use koine_model::conversation::{Conversation, Kind, Overview};
use koine_model::media::{Blob, Blobs};
use koine_model::message::{Letter, Message, Part};
use koine_model::{AccountId, Command, ConversationId, Event, Place, Refusal, Reply, Seq, Timestamp};
use serde_json::Value;
use std::sync::Arc;

const NOW: Timestamp = Timestamp(12_345);

/// What a session did.
#[derive(Debug)]
pub(crate) enum Said {
    Frame(Value),
    Ran(Command),
    Closed,
}

impl PartialEq for Said {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Frame(one), Self::Frame(other)) => one == other,
            (Self::Closed, Self::Closed) => true,
            // Commands are looked at by their parts.
            _ => false,
        }
    }
}

/// A session, and the last command that it asked for.
pub(crate) struct Stage {
    session: Conversing,
    asked: Option<Tag>,
}

impl Stage {
    pub(crate) fn stranger() -> Self {
        Self { session: Conversing::new(1, Links::new("http://h"), Nesting::default()), asked: None }
    }

    pub(crate) fn signed_in(person: &Person) -> Self {
        let mut stage = Self::stranger();
        stage.sign_in(person);
        stage
    }

    pub(crate) fn sign_in(&mut self, person: &Person) {
        self.session.signed_in(person);
    }

    pub(crate) fn sid_of(&self, person: &Person) -> String {
        self.session.sid(person.profile.id)
    }

    pub(crate) fn with(&mut self, act: impl FnOnce(&mut Conversing, &mut Outbox)) -> Vec<Said> {
        let mut out = Outbox::new(NOW);
        act(&mut self.session, &mut out);
        let acts: Vec<Act> = out.drain().collect();
        acts.into_iter().map(|act| self.said(act)).collect()
    }

    pub(crate) fn says(&mut self, request: &Value) -> Vec<Said> {
        self.says_text(&request.to_string())
    }

    pub(crate) fn says_text(&mut self, text: &str) -> Vec<Said> {
        self.with(|session, out| session.receive(Frame::Text(text), out))
    }

    pub(crate) fn hears_answer(&mut self, outcome: Result<Reply, Refusal>) -> Vec<Said> {
        let tag = self.asked.take().expect("nothing was asked for");
        self.with(|session, out| session.answer(tag, outcome, out))
    }

    pub(crate) fn hears(&mut self, event: Event, origin: Origin) -> Vec<Said> {
        let event = SharedEvent::new(event);
        self.with(|session, out| session.notify(Notice { event: &event, origin }, out))
    }

    fn said(&mut self, act: Act) -> Said {
        match act {
            Act::Send(payload) => Said::Frame(json_of(&payload)),
            Act::Run(tag, command) => {
                self.asked = Some(tag);
                Said::Ran(*command)
            }
            Act::Close => Said::Closed,
            Act::Hold(_) | Act::Arrived(_) | Act::Wake(_) => panic!("this dialect does without"),
        }
    }
}

pub(crate) fn json_of(payload: &Payload) -> Value {
    serde_json::from_slice(payload.bytes()).expect("a frame is one JSON object")
}

/// The status of the one frame that was said.
pub(crate) fn status(said: &[Said]) -> u8 {
    let [Said::Frame(frame)] = said else { panic!("not one frame: {said:?}") };
    frame["data"]["status"]
        .as_u64()
        .and_then(|status| u8::try_from(status).ok())
        .expect("a status is a number")
}

pub(crate) fn ann() -> Person {
    person(AccountId::FIRST, "ann", "Ann")
}

pub(crate) fn bob() -> Person {
    person(AccountId::LAST, "bob", "Bob")
}

fn person(id: AccountId, login: &str, nick: &str) -> Person {
    let profile = Profile {
        id,
        handle: Handle::parse(login).expect("a login"),
        nick: nick.into(),
        email: format!("{login}@h"),
        phone: "+1".into(),
        status: "here".into(),
        avatar: None,
        created: NOW,
        deleted: false,
    };
    Person { profile, picture: Bytes::from_static(b"drawn") }
}

pub(crate) fn with_picture(mut person: Person, bytes: &'static [u8]) -> Person {
    person.profile.avatar = Some(Blob { hash: [9; 32], size: 3 });
    person.picture = Bytes::from_static(bytes);
    person
}

pub(crate) fn face(person: &Person) -> Face {
    let profile = &person.profile;
    Face { id: profile.id, handle: profile.handle.clone(), nick: profile.nick.clone() }
}

pub(crate) fn overview(number: u32, name: &str, kind: Kind) -> Overview {
    Overview { conversation: conversation(number, name, kind), members: vec![ann()], member_count: 1 }
}

fn conversation(number: u32, name: &str, kind: Kind) -> Conversation {
    let id = ConversationId::new(number).expect("a number");
    Conversation { id, kind, name: name.into(), avatar: None, leader: AccountId::FIRST, created: NOW }
}

/// A message of `sender` to the people of `pair`; to the group `tea` when there are none.
pub(crate) fn letter(sender: &Person, pair: &[&Person], parts: Vec<Part>) -> Letter {
    let conversation = match pair {
        [] => conversation(7, "tea", Kind::Group),
        _ => conversation(8, "", Kind::Direct),
    };
    let place = Place { conversation: conversation.id, seq: Seq::new(1) };
    Letter {
        message: Message::new(place, sender.profile.id, NOW, parts),
        sender: Arc::new(face(sender)),
        conversation: Arc::new(conversation),
        pair: pair.iter().map(|person| face(person)).collect(),
        blobs: Blobs::default(),
        about: None,
    }
}
