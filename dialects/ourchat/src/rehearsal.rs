//! For unit tests: a session without a server, and a few people to speak of.

use crate::session::Client;
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
    client: Client,
    asked: Option<Tag>,
}

impl Stage {
    pub(crate) fn stranger() -> Self {
        Self { client: Client::new(Links::new("http://h"), Nesting::default()), asked: None }
    }

    pub(crate) fn signed_in(person: &Person) -> Self {
        let mut stage = Self::stranger();
        stage.client.signed_in(person);
        stage
    }

    pub(crate) fn with(&mut self, act: impl FnOnce(&mut Client, &mut Outbox)) -> Vec<Said> {
        let mut out = Outbox::new(NOW);
        act(&mut self.client, &mut out);
        let acts: Vec<Act> = out.drain().collect();
        acts.into_iter().map(|act| self.said(act)).collect()
    }

    pub(crate) fn says(&mut self, request: &Value) -> Vec<Said> {
        self.says_text(&request.to_string())
    }

    pub(crate) fn says_text(&mut self, text: &str) -> Vec<Said> {
        self.with(|client, out| client.receive(Frame::Text(text), out))
    }

    pub(crate) fn hears_answer(&mut self, outcome: Result<Reply, Refusal>) -> Vec<Said> {
        let tag = self.asked.take().expect("nothing was asked for");
        self.with(|client, out| client.answer(tag, outcome, out))
    }

    pub(crate) fn hears(&mut self, event: Event, origin: Origin) -> Vec<Said> {
        let event = SharedEvent::new(event);
        self.with(|client, out| client.notify(Notice { event: &event, origin }, out))
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

/// The details of the one error that was said.
pub(crate) fn error(said: &[Said]) -> &str {
    let [Said::Frame(frame)] = said else { panic!("not one frame: {said:?}") };
    assert_eq!(frame["code"], 18, "{frame}");
    frame["details"].as_str().expect("details are text")
}

/// Somebody whose picture was drawn for her.
pub(crate) fn ann() -> Person {
    person(AccountId::FIRST, "ann", "Ann")
}

/// Somebody who has set a picture.
pub(crate) fn bob() -> Person {
    let mut bob = person(AccountId::LAST, "bob", "Bob");
    bob.profile.avatar = Some(Blob { hash: [9; 32], size: 5 });
    bob
}

fn person(id: AccountId, handle: &str, nick: &str) -> Person {
    let profile = Profile {
        id,
        handle: Handle::parse(handle).expect("a handle"),
        nick: nick.into(),
        email: format!("{handle}@h"),
        phone: String::new(),
        status: "here".into(),
        avatar: None,
        created: NOW,
        deleted: false,
    };
    Person { profile, picture: Bytes::from_static(b"drawn") }
}

pub(crate) fn face(person: &Person) -> Face {
    let profile = &person.profile;
    Face { id: profile.id, handle: profile.handle.clone(), nick: profile.nick.clone() }
}

fn conversation() -> Conversation {
    let id = ConversationId::new(7).expect("a number");
    Conversation {
        id,
        kind: Kind::Direct,
        name: String::new(),
        avatar: None,
        leader: AccountId::FIRST,
        created: NOW,
    }
}

/// The session numbered 7, of two.
pub(crate) fn overview(people: &[Person]) -> Overview {
    Overview { conversation: conversation(), members: people.to_vec(), member_count: 2 }
}

/// The first message in the session numbered 7.
pub(crate) fn letter(sender: &Person, parts: Vec<Part>) -> Letter {
    let conversation = conversation();
    let place = Place { conversation: conversation.id, seq: Seq::new(1) };
    Letter {
        message: Message::new(place, sender.profile.id, NOW, parts),
        sender: Arc::new(face(sender)),
        conversation: Arc::new(conversation),
        pair: Arc::new([]),
        blobs: Blobs::default(),
        about: None,
    }
}
