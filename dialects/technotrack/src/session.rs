//! One client: who it is, what it waits for, and which verb its requests go to.

use crate::op::{
    AddContact, Asked, Auth, ContactList, DelContact, Import, Message, Outcome, Register, SetUserInfo,
    Standing, UserInfo, Verb,
};
use crate::refusal::No;
use crate::wire::{self, Malformed, Request};
use crate::{render, sid};
use koine_dialect::toolbox::pending::Pending;
use koine_dialect::{Fault, Flavour, Frame, Links, Nesting, Notice, Origin, Outbox, Session, Tag};
use koine_model::account::{Handle, Person};
use koine_model::message::Letter;
use koine_model::{AccountId, Event};
use serde_json::{Map, Value};

const FLAVOUR: Flavour = Flavour("technotrack");

/// A client's state.
pub(crate) struct Conversing {
    nonce: u128,
    links: Links,
    /// How deep frames may be nested.
    nesting: Nesting,
    me: Option<Me>,
    pending: Pending<Asked>,
}

/// Who the connection is.
struct Me {
    id: AccountId,
    login: Handle,
}

type Perform = fn(&mut Conversing, Map<String, Value>, &mut Outbox);

/// Every request of the document.
const VERBS: [(&str, Perform); 9] = [
    (Register::ACTION, Conversing::perform::<Register>),
    (Auth::ACTION, Conversing::perform::<Auth>),
    (UserInfo::ACTION, Conversing::perform::<UserInfo>),
    (ContactList::ACTION, Conversing::perform::<ContactList>),
    (AddContact::ACTION, Conversing::perform::<AddContact>),
    (DelContact::ACTION, Conversing::perform::<DelContact>),
    (Message::ACTION, Conversing::perform::<Message>),
    (Import::ACTION, Conversing::perform::<Import>),
    (SetUserInfo::ACTION, Conversing::perform::<SetUserInfo>),
];

impl Conversing {
    pub(crate) fn new(nonce: u128, links: Links, nesting: Nesting) -> Self {
        Self { nonce, links, nesting, me: None, pending: Pending::default() }
    }

    /// Own login; nothing for a stranger.
    pub(crate) fn login(&self) -> &str {
        self.me.as_ref().map_or("", |me| me.login.as_str())
    }

    /// The session id that `account` gets on this connection.
    pub(crate) fn sid(&self, account: AccountId) -> String {
        sid::write(account, self.nonce)
    }

    fn dispatch(&mut self, request: Request, out: &mut Outbox) {
        match VERBS.iter().find(|(action, _)| *action == request.action) {
            Some((_, perform)) => perform(self, request.data, out),
            None => out.send(wire::refusal(&request.action, &No::malformed("there is no such action"))),
        }
    }

    fn perform<V: Verb>(&mut self, data: Map<String, Value>, out: &mut Outbox) {
        let submitted = self.admit::<V>(&data).and_then(|()| {
            let verb: V = wire::read(data)?;
            verb.submit()
        });
        match submitted {
            Ok((asked, command)) => out.run(self.pending.expect(asked), command),
            Err(no) => out.send(wire::reply::<V>(Err(no))),
        }
    }

    /// What counts is the connection. Only a session id that is plainly another account's speaks against it.
    fn admit<V: Verb>(&self, data: &Map<String, Value>) -> Result<(), No> {
        match (V::STANDING, &self.me) {
            (Standing::Stranger, Some(_)) => Err(No::already_registered()),
            (Standing::SignedIn, None) => Err(No::not_signed_in()),
            (Standing::SignedIn, Some(me)) if sid::is_foreign(data.get("sid"), me.id) => {
                Err(No::not_signed_in())
            }
            (Standing::SignedIn | Standing::Anyone | Standing::Stranger, _) => Ok(()),
        }
    }

    fn finish<V: Verb>(&self, asked: V::Asked, outcome: Outcome, out: &mut Outbox) {
        out.send(wire::reply::<V>(V::answer(asked, outcome, self)));
    }

    /// A registration is told twice: clients wait for the `auth` that they would have sent next.
    fn finish_registration(&self, outcome: Outcome, out: &mut Outbox) {
        self.finish::<Register>((), outcome.clone(), out);
        if outcome.is_ok() {
            self.finish::<Auth>((), outcome, out);
        }
    }

    /// An own message comes back to the connection that sent it. To any other it does not, because `ev_message`
    /// cannot say to whom it went; in a conversation with oneself there is no doubt about that.
    fn shows(&self, letter: &Letter, origin: Origin) -> bool {
        let own = self.me.as_ref().is_some_and(|me| me.id == letter.message.sender);
        !own || origin == Origin::Here || letter.pair.len() == 1
    }
}

impl Session for Conversing {
    fn greet(&mut self, out: &mut Outbox) {
        out.send(wire::welcome(out.now()));
    }

    fn receive(&mut self, frame: Frame<'_>, out: &mut Outbox) {
        let read = match frame {
            Frame::Text(text) => wire::request(text, &self.nesting),
            Frame::Binary(_) => Err(Malformed::NotJson),
        };
        match read {
            Ok(request) => self.dispatch(request, out),
            Err(Malformed::WrongData(action)) => {
                out.send(wire::refusal(&action, &No::malformed("data is not an object")));
            }
            Err(Malformed::NotJson) => {
                out.send(wire::unreadable("invalid JSON"));
                out.close();
            }
            Err(Malformed::TooDeep) => {
                out.send(wire::unreadable("the request is nested too deeply"));
                out.close();
            }
            Err(Malformed::NoAction) => {
                out.send(wire::unreadable("action is missing or not a text"));
                out.close();
            }
        }
    }

    fn broken(&mut self, fault: Fault, out: &mut Outbox) {
        out.send(wire::unreadable(match fault {
            Fault::Malformed => "invalid JSON",
            Fault::TooLarge => "the request is too large",
            Fault::TooSlow => "the request took too long",
        }));
    }

    fn answer(&mut self, tag: Tag, outcome: Outcome, out: &mut Outbox) {
        let Some(asked) = self.pending.take(tag) else { return };
        match asked {
            Asked::Register => self.finish_registration(outcome, out),
            Asked::Auth => self.finish::<Auth>((), outcome, out),
            Asked::UserInfo => self.finish::<UserInfo>((), outcome, out),
            Asked::ContactList => self.finish::<ContactList>((), outcome, out),
            Asked::AddContact => self.finish::<AddContact>((), outcome, out),
            Asked::DelContact(peer) => self.finish::<DelContact>(peer, outcome, out),
            Asked::Message => self.finish::<Message>((), outcome, out),
            Asked::Import(names) => self.finish::<Import>(names, outcome, out),
            Asked::SetUserInfo => self.finish::<SetUserInfo>((), outcome, out),
        }
    }

    fn signed_in(&mut self, person: &Person) {
        self.me = Some(Me { id: person.profile.id, login: person.profile.handle.clone() });
    }

    fn notify(&mut self, notice: Notice<'_>, out: &mut Outbox) {
        match notice.event.event() {
            Event::Message(letter) => {
                if self.shows(letter, notice.origin) {
                    let frames = notice.event.frames(FLAVOUR, || render::message(letter, &self.links));
                    frames.iter().for_each(|frame| out.send(frame.clone()));
                }
            }
            // The document has one event only; the contact list shows the rest when a client asks for it.
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

#[cfg(test)]
mod tests {
    use crate::rehearsal::{Said, Stage, ann, bob, face, letter};
    use koine_dialect::{Fault, Frame, Origin, Session};
    use koine_model::message::Part;
    use koine_model::{Event, presence::Presence};
    use serde_json::{Value, json};
    use std::sync::Arc;

    #[test]
    fn the_server_speaks_first() {
        let mut stage = Stage::stranger();
        let said = stage.with(|session, out| session.greet(out));
        assert_eq!(
            said,
            [Said::Frame(json!({"action": "welcome", "message": "Welcome to koine", "time": 12}))]
        );
    }

    #[test]
    fn what_is_no_request_is_refused_and_closed() {
        for text in ["{\"action\"", "{,}", "[]", "{}", "{\"action\": 5}", "{\"action\": null, \"data\": {}}"]
        {
            let said = Stage::signed_in(&ann()).says_text(text);
            let [Said::Frame(frame), Said::Closed] = said.as_slice() else { panic!("{text}: {said:?}") };
            assert_eq!(
                (&frame["action"], &frame["data"]["status"]),
                (&json!("unknown"), &json!(3)),
                "{text}"
            );
        }
        let said = Stage::stranger().with(|session, out| session.receive(Frame::Binary(b"{}"), out));
        assert!(matches!(said.as_slice(), [Said::Frame(_), Said::Closed]));
    }

    #[test]
    fn a_fault_is_told_by_its_kind() {
        let check = |fault, error: &str| {
            let said = Stage::stranger().with(|session, out| session.broken(fault, out));
            assert_eq!(
                said,
                [Said::Frame(json!({"action": "unknown", "data": {"status": 3, "error": error}}))]
            );
        };
        check(Fault::Malformed, "invalid JSON");
        check(Fault::TooLarge, "the request is too large");
        check(Fault::TooSlow, "the request took too long");
    }

    #[test]
    fn an_unknown_action_is_refused_under_its_own_name() {
        let said = Stage::stranger().says(&json!({"action": "dance{", "data": {}}));
        let expected = json!({"action": "dance{", "data": {"status": 3, "error": "there is no such action"}});
        assert_eq!(said, [Said::Frame(expected)]);
    }

    #[test]
    fn wrongly_typed_data_is_refused_and_the_connection_stays() {
        let check = |request: Value| {
            let said = Stage::signed_in(&ann()).says(&request);
            let [Said::Frame(frame)] = said.as_slice() else { panic!("{request}: {said:?}") };
            assert_eq!((&frame["action"], &frame["data"]["status"]), (&request["action"], &json!(3)));
        };
        check(json!({"action": "auth", "data": "ann"}));
        check(json!({"action": "auth", "data": {"login": {}}}));
        check(json!({"action": "message", "data": {"uid": "bob", "body": []}}));
        check(json!({"action": "import", "data": {"contacts": "everybody"}}));
    }

    #[test]
    fn a_stranger_may_only_sign_in() {
        let verbs =
            ["userinfo", "contactlist", "addcontact", "delcontact", "message", "import", "setuserinfo"];
        for action in verbs {
            let said = Stage::stranger().says(&json!({"action": action}));
            let [Said::Frame(frame)] = said.as_slice() else { panic!("{action}: {said:?}") };
            assert_eq!((&frame["action"], &frame["data"]["status"]), (&json!(action), &json!(6)));
        }
    }

    #[test]
    fn only_a_session_id_of_another_account_is_refused() {
        let check = |sid: Value, passes: bool| {
            let said = Stage::signed_in(&ann())
                .says(&json!({"action": "contactlist", "data": {"sid": sid, "cid": "x"}}));
            assert_eq!(matches!(said.as_slice(), [Said::Ran(_)]), passes, "{sid}: {said:?}");
        };
        check(json!(crate::sid::write(ann().profile.id, 1)), true);
        check(json!(crate::sid::write(ann().profile.id, 2)), true);
        check(json!(crate::sid::write(bob().profile.id, 1)), false);
        for sid in [json!(""), json!("old"), json!(17), json!(null), json!({})] {
            check(sid, true);
        }
    }

    #[test]
    fn own_messages_are_shown_where_they_were_sent() {
        let check = |from, to: &[_], origin, shown: bool| {
            let event = Event::Message(Arc::new(letter(from, to, vec![Part::text("hi")])));
            assert_eq!(Stage::signed_in(&ann()).hears(event, origin).len(), usize::from(shown), "{origin:?}");
        };
        let (ann, bob) = (&ann(), &bob());
        check(bob, &[ann, bob], Origin::Elsewhere, true);
        check(ann, &[ann, bob], Origin::Here, true);
        check(ann, &[ann, bob], Origin::Elsewhere, false);
        check(ann, &[ann], Origin::Here, true);
        check(ann, &[ann], Origin::Elsewhere, true);
        check(ann, &[], Origin::Here, true);
        check(ann, &[], Origin::Elsewhere, false);
        check(bob, &[], Origin::Elsewhere, true);
    }

    #[test]
    fn other_events_are_not_told() {
        let event = Event::Presence {
            who: Arc::new(face(&bob())),
            presence: Presence::Online,
            status: "".into(),
            signed_out: false,
        };
        assert_eq!(Stage::signed_in(&ann()).hears(event, Origin::Elsewhere), []);
    }

    proptest::proptest! {
        #[test]
        fn any_text_gets_one_answer(text in "(?s).{0,60}", action in "register|auth|userinfo|message|import|setuserinfo", data in "(?s).{0,40}") {
            for text in [text, format!("{{\"action\": \"{action}\", \"data\": {data}}}")] {
                let said = Stage::signed_in(&ann()).says_text(&text);
                proptest::prop_assert!(matches!(said.as_slice(), [_] | [Said::Frame(_), Said::Closed]));
            }
        }
    }
}
