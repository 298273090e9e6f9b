//! `TEXT_MESSAGE`: say something to a person or in a group.
//!
//! The document has no answer to it: a success is silent, and a failure is told by `TEXT_MESSAGE_ACK`.

use super::{Asked as Pending, Name, Outcome, Verb, code};
use crate::refusal::{self, Family};
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::conversation::ConversationRef;
use koine_model::message::{Command, DraftPart, Part};
use koine_model::refusal::Field;
use koine_model::{ConversationId, Refusal};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct TextMessage {
    sender: Name,
    receiver: Name,
    content: Name,
}

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Asked {
    echo: Echo,
    /// Where it goes, and what, when the receiver is no person after all.
    otherwise: Option<(ConversationId, String)>,
}

impl Verb for TextMessage {
    const TYPE: &'static str = "TEXT_MESSAGE";
    const ANSWER: &'static str = "TEXT_MESSAGE_ACK";
    const ECHO: &'static [&'static str] = &["sender", "receiver"];
    const FAMILY: Family = Family::Texts;

    fn speaker(&self) -> &str {
        self.sender.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let text = self.content.as_str().to_owned();
        if text.is_empty() {
            return Err(refusal::code(Family::Texts, Refusal::Empty(Field::Message)));
        }
        let room = session.rooms.joined(self.receiver.as_str()).map(|room| room.id);
        match (self.receiver.account(Family::Texts), room) {
            (Ok(who), room) => {
                let otherwise = room.map(|id| (id, text.clone()));
                post(Asked { echo, otherwise }, ConversationRef::With(who), text, session, out);
            }
            (Err(_), Some(id)) => {
                post(Asked { echo, otherwise: None }, ConversationRef::Id(id), text, session, out);
            }
            (Err(code), None) => return Err(code),
        }
        Ok(())
    }
}

fn post(asked: Asked, to: ConversationRef, text: String, session: &mut Conversing, out: &mut Outbox) {
    let parts = vec![DraftPart::Ready(Part::text(text))];
    session.ask(Pending::Text(asked), Command::Post { to, parts, key: None }, out);
}

/// A name that is nobody's is a group's, if there is one: persons come first.
pub(crate) fn answer(asked: Asked, outcome: &Outcome, session: &mut Conversing, out: &mut Outbox) {
    let Asked { echo, otherwise } = asked;
    match (outcome, otherwise) {
        (Ok(_), _) => {}
        (Err(Refusal::UnknownAccount), Some((id, text))) => {
            post(Asked { echo, otherwise: None }, ConversationRef::Id(id), text, session, out);
        }
        (Err(_), _) => out.send(echo.frame(code(Family::Texts, outcome), out.now())),
    }
}
