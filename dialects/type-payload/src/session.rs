//! One client: who it is, which groups it knows, what it waits for.

use crate::incoming::Uploads;
use crate::op::history::History;
use crate::op::{self, Asked};
use crate::outgoing::Deliveries;
use crate::rooms::Rooms;
use crate::{telling, wire};
use koine_dialect::toolbox::pending::Pending;
use koine_dialect::{Fault, Frame, Links, Nesting, Notice, Outbox, Session, Tag, Wake};
use koine_model::account::{Handle, Person};
use koine_model::{AccountId, Command, ConversationId, Refusal, Reply};
use serde::Serialize;

/// A client's state.
pub(crate) struct Conversing {
    pub(crate) links: Links,
    /// How deep frames may be nested.
    nesting: Nesting,
    pub(crate) me: Option<Me>,
    pub(crate) rooms: Rooms,
    /// Who was shown to the client as asking for friendship.
    pub(crate) asking: Vec<AccountId>,
    /// Whom the client has answered. What is heard of their requests and invitations afterwards may be old news, which
    /// were listed after the login: the list is looked at again.
    pub(crate) answered: Answered,
    /// The history that is being sent, if any is.
    pub(crate) history: Option<Box<History>>,
    /// Media that the client is sending.
    pub(crate) uploads: Uploads,
    /// Media on their way to the client.
    pub(crate) deliveries: Deliveries,
    /// Whether a chunk of the first of them was sent on this connection.
    pub(crate) chunk_sent: bool,
    pending: Pending<Asked>,
}

/// What a client has answered.
#[derive(Default)]
pub(crate) struct Answered {
    pub(crate) askers: Vec<AccountId>,
    pub(crate) groups: Vec<ConversationId>,
}

/// Who the connection is.
pub(crate) struct Me {
    pub(crate) id: AccountId,
    pub(crate) handle: Handle,
}

impl Conversing {
    pub(crate) fn new(links: Links, nesting: Nesting) -> Self {
        Self {
            links,
            nesting,
            me: None,
            rooms: Rooms::default(),
            asking: Vec::new(),
            answered: Answered::default(),
            history: None,
            uploads: Uploads::default(),
            deliveries: Deliveries::default(),
            chunk_sent: false,
            pending: Pending::default(),
        }
    }

    /// Own name; nothing for a stranger.
    pub(crate) fn my_name(&self) -> &str {
        self.me.as_ref().map_or("", |me| me.handle.as_str())
    }

    /// Whether `id` is who is signed in.
    pub(crate) fn is_me(&self, id: AccountId) -> bool {
        self.me.as_ref().is_some_and(|me| me.id == id)
    }

    /// Has `command` carried out; its answer is the answer to `asked`.
    pub(crate) fn ask(&mut self, asked: Asked, command: impl Into<Command>, out: &mut Outbox) {
        out.run(self.pending.expect(asked), command);
    }

    /// Forgets everything that belongs to who was signed in.
    pub(crate) fn forget(&mut self, out: &mut Outbox) {
        let pending = std::mem::take(&mut self.pending);
        *self = Self { pending, ..Self::new(self.links.clone(), self.nesting) };
        out.wake(Wake::Never);
    }
}

/// Sends a frame of now.
pub(crate) fn say(kind: &str, payload: impl Serialize, out: &mut Outbox) {
    let frame = wire::write(kind, out.now(), payload);
    out.send(frame);
}

impl Session for Conversing {
    fn receive(&mut self, frame: Frame<'_>, out: &mut Outbox) {
        let text = match frame {
            Frame::Text(text) => Some(text),
            Frame::Binary(bytes) => std::str::from_utf8(bytes).ok(),
        };
        if text.is_some_and(|text| !self.nesting.bears(text)) {
            return out.send(wire::error(out.now(), "the object is nested too deeply"));
        }
        match text.and_then(wire::read) {
            Some(envelope) => op::receive(envelope, self, out),
            None => out.send(wire::error(out.now(), "not an object with a type and a payload")),
        }
    }

    fn broken(&mut self, fault: Fault, out: &mut Outbox) {
        out.send(wire::error(
            out.now(),
            match fault {
                Fault::Malformed => "not a stream of JSON objects",
                Fault::TooLarge => "the object is too large",
                Fault::TooSlow => "it took too long",
            },
        ));
    }

    fn answer(&mut self, tag: Tag, outcome: Result<Reply, Refusal>, out: &mut Outbox) {
        if let Some(asked) = self.pending.take(tag) {
            op::answer(asked, outcome, self, out);
        }
    }

    fn signed_in(&mut self, person: &Person) {
        let profile = &person.profile;
        if !self.is_me(profile.id) {
            let pending = std::mem::take(&mut self.pending);
            *self = Self { pending, ..Self::new(self.links.clone(), self.nesting) };
        }
        self.me = Some(Me { id: profile.id, handle: profile.handle.clone() });
    }

    fn notify(&mut self, notice: Notice<'_>, out: &mut Outbox) {
        telling::tell(notice, self, out);
    }

    fn wake(&mut self, out: &mut Outbox) {
        op::history::wake(self, out);
    }
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::{Said, Stage, ann};
    use koine_dialect::{Fault, Session};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_is_no_request_is_told_and_forgiven() {
        for text in ["{,}", "[]", "{}", "{\"type\": 5}", "{\"type\": \"X\", \"payload\": 3}"] {
            let said = Stage::signed_in(&ann()).says_text(text);
            let [Said::Frame(frame)] = said.as_slice() else { panic!("{text}: {said:?}") };
            assert_eq!(
                (&frame["type"], &frame["payload"]["code"]),
                (&json!("ERROR"), &json!(7001)),
                "{text}"
            );
        }
        for fault in [Fault::Malformed, Fault::TooLarge, Fault::TooSlow] {
            let said = Stage::stranger().with(|session, out| session.broken(fault, out));
            assert!(matches!(said.as_slice(), [Said::Frame(_)]));
        }
    }

    #[test]
    fn an_unknown_type_is_told_so_and_an_unknown_acknowledgement_is_let_pass() {
        let said = Stage::stranger().says(&json!({"type": "DANCE", "payload": {}}));
        let [Said::Frame(frame)] = said.as_slice() else { panic!("{said:?}") };
        assert_eq!(frame["payload"]["code"], 7001);
        assert_eq!(Stage::stranger().says(&json!({"type": "DANCE_ACK"})), []);
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_panics(verb in 0..crate::op::TYPES.len(), field in "sender|receiver|username|group|mediaId|chunkIndex|data|members|content|limit|after|code", text: String, number: i64) {
            let kind = crate::op::TYPES[verb];
            for mut stage in [Stage::stranger(), Stage::signed_in(&ann())] {
                for value in [json!(text), json!(number), json!([text]), json!(null)] {
                    stage.says(&json!({"type": kind, "payload": {"sender": "ann", "username": "ann", field.as_str(): value}}));
                    stage.says(&json!({"type": kind, "payload": {"receiver": "ann", "mediaId": "m", "mediaSize": number, field.as_str(): value}}));
                }
                stage.says_text(&text);
            }
        }
    }
}
