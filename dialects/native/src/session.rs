//! One client: who it is, and what it waits for. What its requests mean is in `op`.

use crate::op::{self, Begin, Outcome, Row, Step, Then, Tried};
use crate::refusal::{Code, No, usual_name};
use crate::render;
use crate::wire::event::{BadFrame, Bye, Why};
use crate::wire::{self, Head, Headless};
use koine_dialect::toolbox::pending::Pending;
use koine_dialect::{
    Farewell, Fault, Flavour, Frame, Nesting, Notice, Opening, Outbox, ServerFacts, Session, Tag,
};
use koine_model::refusal::Field;
use koine_model::token::Token;
use koine_model::{AccountId, Refusal};
use std::sync::Arc;

const FLAVOUR: Flavour = Flavour(crate::NAME);

/// A client's state.
pub(crate) struct Client {
    server: Arc<ServerFacts>,
    /// How deep frames may be nested.
    nesting: Nesting,
    me: Option<Me>,
    pending: Pending<Asked>,
}

/// Who the connection is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Me {
    pub(crate) id: AccountId,
    pub(crate) token: Token,
    /// Whether it is told what happens.
    pub(crate) listens: bool,
}

impl Me {
    /// Somebody who has just signed in.
    pub(crate) fn new(id: AccountId, token: Token) -> Self {
        Self { id, token, listens: false }
    }
}

/// A request under way.
struct Asked {
    id: u64,
    field: fn(Field) -> &'static str,
    then: Then<String>,
}

impl Client {
    /// A client that has not said anything.
    pub(crate) fn new(opening: &Opening) -> Self {
        Self {
            server: opening.server.clone(),
            nesting: opening.nesting,
            me: None,
            pending: Pending::default(),
        }
    }

    fn dispatch(&mut self, text: &str, out: &mut Outbox) {
        // What is refused so is read once more, to say in what order it was wrong.
        if !self.nesting.is_deeper(text)
            && let Some((id, verb)) = wire::beginning(text)
            && let Some(row) = op::find(verb)
            && let Ok(step) = self.begin(row, text)
        {
            return self.go_on(id, row.field, Ok(step), out);
        }
        match Head::read(text, &self.nesting) {
            Ok(Head { id, verb }) => match op::find(&verb) {
                Some(row) => {
                    let tried = self.begin(row, text);
                    self.go_on(id, row.field, tried, out);
                }
                None => {
                    let no = No::new(Code::UnknownRequest, "there is no such request").about("do");
                    out.send(wire::refusal(id, &no.told(usual_name)));
                }
            },
            Err(Headless::Numbered(id, no)) => out.send(wire::refusal(id, &no.told(usual_name))),
            Err(Headless::Nameless(message)) => complain(message, out),
        }
    }

    fn begin(&self, row: &Row, text: &str) -> Tried<String> {
        match (row.begin, self.me) {
            (Begin::Stranger(begin), None) => begin(text),
            (Begin::Stranger(_), Some(_)) => Err(Refusal::AlreadySignedIn.into()),
            (Begin::Signed(begin), Some(me)) => begin(text, me),
            (Begin::Signed(_), None) => Err(Refusal::NotSignedIn.into()),
        }
    }

    fn go_on(&mut self, id: u64, field: fn(Field) -> &'static str, tried: Tried<String>, out: &mut Outbox) {
        let step = match tried {
            Ok(step) => step,
            Err(no) => return out.send(wire::refusal(id, &no.told(field))),
        };
        match step {
            Step::Say(body) => out.send(wire::answer(id, &body)),
            Step::Ask(command, then) => {
                out.run_boxed(self.pending.expect(Asked { id, field, then }), command);
            }
            Step::SignedIn(me, body) => {
                self.me = Some(me);
                out.send(wire::answer(id, &body));
            }
            Step::SignedOut(body) => {
                self.me = None;
                out.send(wire::answer(id, &body));
            }
            Step::Listens(body) => {
                if let Some(me) = &mut self.me {
                    me.listens = true;
                }
                out.send(wire::answer(id, &body));
            }
            Step::Break(no) => {
                out.send(wire::refusal(id, &no.told(field)));
                out.close();
            }
        }
    }
}

impl Session for Client {
    fn greet(&mut self, out: &mut Outbox) {
        out.send(wire::event("hello", &render::hello(&self.server, out.now())));
    }

    fn receive(&mut self, frame: Frame<'_>, out: &mut Outbox) {
        match frame {
            Frame::Text(text) => self.dispatch(text, out),
            Frame::Binary(_) => complain("requests are text frames".to_owned(), out),
        }
    }

    fn broken(&mut self, fault: Fault, out: &mut Outbox) {
        match fault {
            Fault::Malformed => complain("this is no WebSocket message".to_owned(), out),
            Fault::TooLarge => complain("the frame is too large".to_owned(), out),
            Fault::TooSlow => out.send(wire::event("bye", &Bye { why: Why::Late })),
        }
    }

    fn answer(&mut self, tag: Tag, outcome: Outcome, out: &mut Outbox) {
        let Some(Asked { id, field, then }) = self.pending.take(tag) else { return };
        self.go_on(id, field, then(outcome), out);
    }

    fn notify(&mut self, notice: Notice<'_>, out: &mut Outbox) {
        let frames = notice.event.frames(FLAVOUR, || [render::event(notice.event.event())]);
        frames.iter().for_each(|frame| out.send(frame.clone()));
    }

    fn farewell(&mut self, why: Farewell, out: &mut Outbox) {
        let why = match why {
            Farewell::Replaced | Farewell::SignedOut => Why::Ended,
            Farewell::Outdated => Why::Again,
            Farewell::Deleted => Why::Deleted,
            Farewell::Stopping => Why::Stopping,
        };
        out.send(wire::event("bye", &Bye { why }));
    }
}

fn complain(message: String, out: &mut Outbox) {
    out.send(wire::event("bad_frame", &BadFrame { message }));
}

#[cfg(test)]
mod beginnings;
#[cfg(test)]
mod tests;
