//! One client: what it waits for, and whether it listens.
//!
//! Each request proves by its token who asks, and only then is carried out; the connection itself is nobody in particular.

use crate::op::{self, Asker, Begin, Outcome, SUBSCRIBE, Step, Subscription, Then, Tried};
use crate::refusal::{No, Status};
use crate::render;
use crate::wire::{self, Body, Fields, Request};
use koine_dialect::toolbox::pending::Pending;
use koine_dialect::{Fault, Flavour, Frame, Links, Nesting, Notice, Origin, Outbox, Payload, Session, Tag};
use koine_model::account::{Command, Reply};
use koine_model::token::Token;
use koine_model::{AccountId, Event, Reply as Answer};
use std::sync::Arc;

const FLAVOUR: Flavour = Flavour(crate::NAME);
/// The mode of an answer to what has none.
const UNKNOWN: &str = "unknown";

/// A client's state.
pub(crate) struct Conversing {
    links: Links,
    /// How deep frames may be nested.
    nesting: Nesting,
    pending: Pending<Asked>,
    subscription: Option<Subscription>,
}

/// What an answer of the core is about.
enum Asked {
    /// Whose token it is; then the request can begin.
    Whose { mode: &'static str, token: Token, fields: Box<Fields>, begin: fn(Fields, Asker<'_>) -> Tried },
    /// A request under way.
    Then(&'static str, Then),
    /// Whether the subscriber may still be told this.
    Push(Arc<[Payload]>),
    /// Nothing that anybody is told.
    Nothing,
}

impl Conversing {
    /// A client that has not said anything.
    pub(crate) fn new(links: Links, nesting: Nesting) -> Self {
        Self { links, nesting, pending: Pending::default(), subscription: None }
    }

    fn dispatch(&mut self, request: Request, out: &mut Outbox) {
        let Request { mode, mut fields } = request;
        let Some(found) = op::find(&mode) else {
            return say(&mode, Err(&No::new(Status::NotImplemented, "there is no such mode")), out);
        };
        match found.begin {
            Begin::Open(begin) => self.go_on(found.name, begin(fields), out),
            Begin::Signed(begin) => match fields.token() {
                Ok(token) => {
                    let fields = Box::new(fields);
                    let tag = self.pending.expect(Asked::Whose { mode: found.name, token, fields, begin });
                    out.run(tag, Command::Resume { token });
                }
                Err(no) => say(found.name, Err(&no), out),
            },
        }
    }

    fn go_on(&mut self, mode: &'static str, tried: Tried, out: &mut Outbox) {
        match tried {
            Ok(Step::Say(body)) => say(mode, Ok(&body), out),
            Ok(Step::Ask(command, then)) => out.run(self.pending.expect(Asked::Then(mode, then)), *command),
            Ok(Step::Subscribed(subscription)) => {
                self.subscription = Some(subscription);
                say(mode, Ok(&Body::Empty {}), out);
            }
            Ok(Step::LoggedOut(token)) => {
                say(mode, Ok(&Body::Empty {}), out);
                if self.subscription.take_if(|subscription| subscription.token == token).is_some() {
                    out.run(self.pending.expect(Asked::Nothing), Command::SignOut);
                }
            }
            Err(no) => say(mode, Err(&no), out),
        }
    }

    fn admitted(
        &mut self,
        token: Token,
        fields: Fields,
        begin: fn(Fields, Asker<'_>) -> Tried,
        outcome: Outcome,
    ) -> Tried {
        match outcome {
            Ok(Answer::Account(Reply::Resumed(face, _))) => {
                begin(fields, Asker { face, token, links: &self.links })
            }
            Ok(_) => Err(No::unexpected()),
            Err(koine_model::Refusal::NotSignedIn) => Err(No::invalid_token()),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Tells the subscriber, if whoever asked to be told still may.
    fn push(&mut self, frames: &[Payload], outcome: Outcome, out: &mut Outbox) {
        match outcome {
            _ if self.subscription.is_none() => {}
            Ok(_) => frames.iter().for_each(|frame| out.send(frame.clone())),
            Err(refusal) => {
                self.subscription = None;
                say(SUBSCRIBE, Err(&refusal.into()), out);
                out.run(self.pending.expect(Asked::Nothing), Command::SignOut);
            }
        }
    }

    /// A connection listens for one person: it stops when it turns to another, and says so.
    fn turn_to(&mut self, account: AccountId, out: &mut Outbox) {
        if self.subscription.take_if(|subscription| subscription.account != account).is_some() {
            let no = No::new(Status::Conflict, "this connection was used for another account");
            say(SUBSCRIBE, Err(&no), out);
        }
    }
}

impl Session for Conversing {
    fn receive(&mut self, frame: Frame<'_>, out: &mut Outbox) {
        let read = match frame {
            Frame::Text(text) => wire::request(text, &self.nesting),
            Frame::Binary(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => wire::request(text, &self.nesting),
                Err(_) => Err(No::malformed("not UTF-8")),
            },
        };
        match read {
            Ok(request) => self.dispatch(request, out),
            Err(no) => say(UNKNOWN, Err(&no), out),
        }
    }

    fn broken(&mut self, fault: Fault, out: &mut Outbox) {
        let error = match fault {
            Fault::Malformed => "not a WebSocket message",
            Fault::TooLarge => "the message is too large",
            // Nobody waits for an answer, and an answer that nobody waits for is none of this protocol.
            Fault::TooSlow => return,
        };
        say(UNKNOWN, Err(&No::malformed(error)), out);
    }

    fn answer(&mut self, tag: Tag, outcome: Outcome, out: &mut Outbox) {
        let Some(asked) = self.pending.take(tag) else { return };
        match &outcome {
            Ok(Answer::Account(Reply::Resumed(face, _))) => self.turn_to(face.id, out),
            Ok(Answer::Account(Reply::Signed(person))) => self.turn_to(person.profile.id, out),
            _ => {}
        }
        match asked {
            Asked::Whose { mode, token, fields, begin } => {
                let tried = self.admitted(token, *fields, begin, outcome);
                self.go_on(mode, tried, out);
            }
            Asked::Then(mode, then) => self.go_on(mode, then(outcome), out),
            Asked::Push(frames) => self.push(&frames, outcome, out),
            Asked::Nothing => {}
        }
    }

    fn notify(&mut self, notice: Notice<'_>, out: &mut Outbox) {
        let Some(Subscription { token, .. }) = self.subscription else { return };
        match notice.event.event() {
            // Whoever says something here is answered here.
            Event::Message(_) if notice.origin == Origin::Here => {}
            Event::Message(letter) => {
                let frames = notice.event.frames(FLAVOUR, || [render::told(letter, &self.links)]);
                // The token may have expired, or been logged out on another connection.
                out.run(self.pending.expect(Asked::Push(frames)), Command::Resume { token });
            }
            // The list of chats shows the rest when a client asks for it.
            Event::Appeared(_)
            | Event::Group { .. }
            | Event::Contact { .. }
            | Event::Contacts
            | Event::Presence { .. }
            | Event::Marks { .. }
            | Event::Typing { .. }
            | Event::Setting { .. } => {}
        }
    }
}

fn say(mode: &str, outcome: Result<&Body, &No>, out: &mut Outbox) {
    out.send(wire::answer(mode, out.now(), outcome));
}

#[cfg(test)]
mod tests;
