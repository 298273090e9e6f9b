//! One client: who it is, how it wants its ids, what it waits for, and which verb its requests go to.

use crate::flavour::Ids;
use crate::op::{
    AccountInfo, Asked, Deletion, Login, NewSession, Outcome, Register, ServerStatus, SessionInfo, Standing,
    UserMessage, Verb, Verify, account_info, deletion, login, new_session, register, server_status,
    session_info, user_message, verify,
};
use crate::refusal::No;
use crate::render;
use crate::wire::{Malformed, Request};
use koine_dialect::toolbox::pending::Pending;
use koine_dialect::{Fault, Frame, Links, Nesting, Notice, Outbox, Session, Tag};
use koine_model::account::{Person, Verification};
use koine_model::{AccountId, Command, Event};

/// A client's state.
pub(crate) struct Client {
    links: Links,
    /// How deep frames may be nested.
    nesting: Nesting,
    me: Option<Me>,
    ids: Ids,
    pending: Pending<Asked>,
}

/// Who the connection is.
pub(crate) struct Me {
    pub(crate) id: AccountId,
    pub(crate) nick: String,
}

type Perform = fn(&mut Client, Request<'_>, &mut Outbox) -> Result<(), No>;

/// Every code that clients send.
const VERBS: [(u32, Perform); 9] = [
    (UserMessage::CODE, Client::perform::<UserMessage>),
    (SessionInfo::CODE, Client::perform::<SessionInfo>),
    (Register::CODE, Client::perform::<Register>),
    (Login::CODE, Client::perform::<Login>),
    (NewSession::CODE, Client::perform::<NewSession>),
    (AccountInfo::CODE, Client::perform::<AccountInfo>),
    (ServerStatus::CODE, Client::perform::<ServerStatus>),
    (Verify::CODE, Client::perform::<Verify>),
    (Deletion::CODE, Client::perform::<Deletion>),
];

impl Client {
    pub(crate) fn new(links: Links, nesting: Nesting) -> Self {
        Self { links, nesting, me: None, ids: Ids::default(), pending: Pending::default() }
    }

    /// Who is signed in.
    pub(crate) fn me(&self) -> Option<&Me> {
        self.me.as_ref()
    }

    /// How ids of sessions are written for this client.
    pub(crate) fn ids(&self) -> Ids {
        self.ids
    }

    /// The client has shown how it wants them; it is not asked twice.
    pub(crate) fn learn_ids(&mut self, shown: Option<Ids>) {
        if shown == Some(Ids::Text) {
            self.ids = Ids::Text;
        }
    }

    /// Where pictures are.
    pub(crate) fn links(&self) -> &Links {
        &self.links
    }

    /// Has a command carried out, and remembers for what.
    pub(crate) fn ask(&mut self, asked: Asked, command: impl Into<Command>, out: &mut Outbox) {
        out.run(self.pending.expect(asked), command);
    }

    fn dispatch(&mut self, request: Request<'_>, out: &mut Outbox) -> Result<(), No> {
        match VERBS.iter().find(|(code, _)| *code == request.code) {
            Some((_, perform)) => perform(self, request, out),
            None => Err(No::new(format!("code {} is unknown", request.code))),
        }
    }

    fn perform<V: Verb>(&mut self, request: Request<'_>, out: &mut Outbox) -> Result<(), No> {
        if V::STANDING == Standing::SignedIn && self.me.is_none() {
            return Err(koine_model::Refusal::NotSignedIn.into());
        }
        let verb: V = request.body()?;
        verb.submit(self, out)
    }
}

impl Session for Client {
    fn receive(&mut self, frame: Frame<'_>, out: &mut Outbox) {
        let text = match frame {
            Frame::Text(text) => Ok(text),
            // Libraries that send text as bytes are understood as long as it is text.
            Frame::Binary(bytes) => std::str::from_utf8(bytes).map_err(|_| Malformed::NotJson),
        };
        let request = text.and_then(|text| Request::read(text, &self.nesting)).map_err(No::from);
        if let Err(no) = request.and_then(|request| self.dispatch(request, out)) {
            out.send(no.frame());
        }
    }

    fn broken(&mut self, fault: Fault, out: &mut Outbox) {
        match fault {
            Fault::Malformed => out.send(No::from(Malformed::NotJson).frame()),
            Fault::TooLarge => out.send(No::new("the message is too large").frame()),
            // Whoever has said nothing asked for nothing, and older clients end at a code that they do not wait for.
            Fault::TooSlow => {}
        }
    }

    fn answer(&mut self, tag: Tag, outcome: Outcome, out: &mut Outbox) {
        let Some(asked) = self.pending.take(tag) else { return };
        match asked {
            Asked::Message => user_message::answer(&outcome, out),
            Asked::SessionInfo(wanted) => session_info::answer(&wanted, outcome, self, out),
            Asked::Register => register::answer(outcome, out),
            Asked::Login => login::answer(outcome, out),
            Asked::NewSession => new_session::answer(outcome, self, out),
            Asked::AccountInfo(draft) => account_info::answer(*draft, outcome, self, out),
            Asked::ServerStatus => server_status::answer(&outcome, out),
            Asked::Verify => verify::answer(&outcome, out),
            Asked::Deletion => deletion::answer(&outcome, out),
        }
    }

    fn signed_in(&mut self, person: &Person) {
        self.me = Some(Me { id: person.profile.id, nick: person.profile.nick.clone() });
    }

    fn notify(&mut self, notice: Notice<'_>, out: &mut Outbox) {
        match notice.event.event() {
            // Own messages too: a client shows what it said only when it comes back.
            Event::Message(letter) => {
                let frames = notice
                    .event
                    .frames(self.ids.flavour(), || [render::message(letter, self.ids, &self.links)]);
                frames.iter().for_each(|frame| out.send(frame.clone()));
            }
            // Older clients end at anything else that they have not asked for.
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

    fn verified(&mut self, outcome: Verification, out: &mut Outbox) {
        out.send(verify::frame(outcome));
    }
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::{Said, Stage, ann, error, face, letter};
    use koine_dialect::{Fault, Frame, Origin, Session};
    use koine_model::message::Part;
    use koine_model::presence::Presence;
    use koine_model::{Command, Event, server};
    use serde_json::{Value, json};
    use std::sync::Arc;

    #[test]
    fn what_is_no_request_is_an_error_and_the_connection_stays() {
        for text in
            ["", "hello", "[]", "{}", "{\"code\"", "{\"code\": {}}", "{\"code\": 99}", "{\"code\": 5}"]
        {
            error(&Stage::signed_in(&ann()).says_text(text));
        }
        error(&Stage::stranger().with(|client, out| client.receive(Frame::Binary(&[0xff]), out)));
        let said = Stage::stranger().with(|client, out| client.receive(Frame::Binary(b"{\"code\":12}"), out));
        assert!(matches!(said.as_slice(), [Said::Ran(Command::Server(server::Command::Status))]));
    }

    #[test]
    fn a_fault_is_told_to_whoever_asked_for_something() {
        let broken = |fault| Stage::stranger().with(|client, out| client.broken(fault, out));
        assert_eq!(error(&broken(Fault::Malformed)), "this is no JSON object");
        assert_eq!(error(&broken(Fault::TooLarge)), "the message is too large");
        assert_eq!(broken(Fault::TooSlow), []);
    }

    #[test]
    fn a_stranger_may_only_sign_in_and_look_around() {
        for code in [0, 1, 8, 10, 16] {
            assert_eq!(error(&Stage::stranger().says(&json!({"code": code}))), "not logged in", "{code}");
        }
    }

    #[test]
    fn a_missing_field_is_named() {
        let check = |request: Value, missing: &str| {
            let said = Stage::signed_in(&ann()).says(&request);
            assert!(error(&said).contains(missing), "{request}: {said:?}");
        };
        check(json!({"code": 0, "sender": {"session_id": 7}}), "msg");
        check(json!({"code": 0, "msg": []}), "sender");
        check(json!({"code": 0, "sender": {}, "msg": []}), "session_id");
        check(json!({"code": 1, "request_values": []}), "session_id");
        check(json!({"code": 4, "password": "x"}), "email");
        check(json!({"code": 4, "email": "x"}), "password");
        check(json!({"code": 6, "password": "x"}), "account");
        check(json!({"code": 6, "account": "x"}), "password");
        check(json!({"code": 8}), "members");
        check(json!({"code": 10, "request_values": []}), "ocid");
    }

    #[test]
    fn only_messages_are_told_unasked() {
        let mut stage = Stage::signed_in(&ann());
        let message = Event::Message(Arc::new(letter(&ann(), vec![Part::text("hi")])));
        assert_eq!(stage.hears(message, Origin::Here).len(), 1);
        let presence = Event::Presence {
            who: Arc::new(face(&ann())),
            presence: Presence::Online,
            status: "".into(),
            signed_out: false,
        };
        assert_eq!(stage.hears(presence, Origin::Elsewhere), []);
    }

    #[test]
    fn ids_are_text_from_when_the_client_shows_it() {
        let shown = |stage: &mut Stage| {
            let message = Event::Message(Arc::new(letter(&ann(), vec![Part::text("hi")])));
            let said = stage.hears(message, Origin::Elsewhere);
            let [Said::Frame(frame)] = said.as_slice() else { panic!("{said:?}") };
            frame["sender"]["session_id"].clone()
        };
        let check = |request: Value, expected: Value| {
            let mut stage = Stage::signed_in(&ann());
            assert_eq!(shown(&mut stage), json!(7));
            stage.says(&request);
            assert_eq!(shown(&mut stage), expected, "{request}");
        };
        let text =
            |id: Value| json!({"code": 0, "sender": {"session_id": id}, "msg": [{"type": 0, "text": "x"}]});
        check(text(json!(7)), json!(7));
        check(text(json!("7")), json!("7"));
        check(json!({"code": 1, "session_id": "7", "request_values": []}), json!("7"));
        check(json!({"code": 10, "ocid": "1000000001", "request_values": ["nickname"]}), json!(7));
        check(json!({"code": 10, "ocid": "1000000001", "request_values": ["sessions"]}), json!("7"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_gets_one_answer(text in "(?s).{0,60}", code in 0..20u8, rest in "(?s).{0,40}") {
            for text in [text, format!("{{\"code\": {code}, {rest}}}")] {
                let said = Stage::signed_in(&ann()).says_text(&text);
                proptest::prop_assert!(matches!(said.as_slice(), [_]), "{:?}", said);
            }
        }
    }
}
