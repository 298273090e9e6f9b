//! One client: who it is, how it speaks, and what it waits for.

use crate::flavour::Habit;
use crate::op::{self, Asked};
use crate::refusal;
use crate::render;
use crate::wire::{Body, Value};
use koine_dialect::toolbox::pending::Pending;
use koine_dialect::{Fault, Frame, Links, Nesting, Notice, Origin, Outbox, Tag};
use koine_model::account::{Handle, Person};
use koine_model::{AccountId, Command, Event, Refusal, Reply};

/// A client's state.
pub(crate) struct Session {
    links: Links,
    /// How deep frames may be nested.
    nesting: Nesting,
    habit: Habit,
    me: Option<Me>,
    pending: Pending<Asked>,
    /// The people whom the answer to a `user.sync` that is under way has so far.
    pub(crate) gathered: Vec<Person>,
}

/// Who is signed in; without the picture, so that an idle client costs little.
pub(crate) struct Me {
    pub(crate) id: AccountId,
    pub(crate) handle: Handle,
    pub(crate) nick: String,
}

impl Session {
    /// A client that has not said anything.
    pub(crate) fn new(links: Links, nesting: Nesting) -> Self {
        let (habit, pending) = (Habit::default(), Pending::default());
        Self { links, nesting, habit, me: None, pending, gathered: Vec::new() }
    }

    /// Who is signed in.
    pub(crate) fn me(&self) -> Option<&Me> {
        self.me.as_ref()
    }

    /// Nobody is signed in any more.
    pub(crate) fn forget_me(&mut self) {
        self.me = None;
    }

    /// How the client speaks.
    pub(crate) fn habit(&mut self) -> &mut Habit {
        &mut self.habit
    }

    /// Where media can be fetched.
    pub(crate) fn links(&self) -> &Links {
        &self.links
    }

    /// Has `command` carried out; its answer is the answer to `asked`.
    pub(crate) fn ask(&mut self, asked: Asked, command: impl Into<Command>, out: &mut Outbox) {
        out.run(self.pending.expect(asked), command);
    }

    /// Sends a message.
    pub(crate) fn say(&self, message: &Value, out: &mut Outbox) {
        out.send(self.habit.form().encode(message));
    }

    fn appeared(&self, notice: Notice<'_>, out: &mut Outbox) {
        let (Event::Appeared(overview), Some(me)) = (notice.event.event(), &self.me) else { return };
        if render::is_alike_for_all(overview) {
            let form = self.habit.form();
            let frames =
                notice.event.frames(form.flavour(), || [form.encode(&render::spawn(overview, me.id))]);
            frames.iter().for_each(|frame| out.send(frame.clone()));
        } else {
            self.say(&render::spawn(overview, me.id), out);
        }
    }
}

impl koine_dialect::Session for Session {
    fn receive(&mut self, frame: Frame<'_>, out: &mut Outbox) {
        self.habit.hear(frame);
        op::receive(Body::new(frame, self.nesting), self, out);
    }

    fn broken(&mut self, fault: Fault, out: &mut Outbox) {
        self.say(&refusal::error(refusal::fault(fault)), out);
    }

    fn answer(&mut self, tag: Tag, outcome: Result<Reply, Refusal>, out: &mut Outbox) {
        if let Some(asked) = self.pending.take(tag) {
            op::answer(asked, outcome, self, out);
        }
    }

    fn signed_in(&mut self, person: &Person) {
        let profile = &person.profile;
        self.me = Some(Me { id: profile.id, handle: profile.handle.clone(), nick: profile.nick.clone() });
    }

    fn notify(&mut self, notice: Notice<'_>, out: &mut Outbox) {
        match notice.event.event() {
            // Own messages too: the client draws what it said only when it comes back.
            Event::Message(letter) => {
                let form = self.habit.form();
                let encode = || [form.encode(&render::push(letter, form, &self.links))];
                let frames = notice.event.frames(form.flavour(), encode);
                frames.iter().for_each(|frame| out.send(frame.clone()));
            }
            // Who made the chat has had its `chat.spawn` as the answer.
            Event::Appeared(_) if notice.origin == Origin::Here => {}
            Event::Appeared(_) => self.appeared(notice, out),
            // The protocol has no words for these.
            Event::Group { .. }
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
    use crate::flavour::Form;
    use crate::testing::{Bench, Did, direct, group, letter, person};
    use koine_dialect::{Fault, Origin};
    use koine_model::Event;
    use koine_model::message::Part;
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn what_makes_no_sense_is_answered_in_its_own_kind_of_frame() {
        let mut bench = Bench::stranger(Form::Qt);
        let error = |reason: &str| vec![Did::Sent(json!({"action": "error", "reason": reason}))];
        assert_eq!(bench.says_text("{"), error("Malformed JSON: expected an object"));
        assert_eq!(bench.says_bytes(b"\xc1"), error("Malformed MessagePack: expected a map"));
        assert_eq!(bench.says(&json!({"action": "no.such"})), error("Unknown action"));
        assert_eq!(bench.says(&json!({"act": 1})), error("Malformed message: no action"));
        assert_eq!(bench.breaks(Fault::TooLarge), error("The message is too large"));
    }

    #[test]
    fn messages_come_alike_wherever_they_were_said() {
        for origin in [Origin::Here, Origin::Elsewhere] {
            let mut bench = Bench::signed_in(Form::Pack);
            let letter = letter(3, 5, &person(1, "Ann"), vec![Part::text("hi")]);
            let did = bench.learns(Event::Message(Arc::new(letter)), origin);
            let [Did::Sent(pushed)] = did.as_slice() else { panic!("{did:?}") };
            assert_eq!(pushed["messages"][0]["content"], "hi");
            assert_eq!(pushed["messages"][0]["message_id"], "80");
        }
    }

    #[test]
    fn a_chat_is_told_of_unless_it_was_made_here() {
        let (ann, bob) = (person(1, "Ann"), person(2, "Bob"));
        for (overview, name) in [(direct(3, &bob, &ann), "Bob"), (group(4, "tea", &[&bob, &ann]), "tea")] {
            let mut bench = Bench::signed_in(Form::Qt);
            let event = Event::Appeared(Arc::new(overview));
            assert_eq!(bench.learns(event.clone(), Origin::Here), vec![]);
            let did = bench.learns(event, Origin::Elsewhere);
            let [Did::Sent(spawn)] = did.as_slice() else { panic!("{did:?}") };
            assert_eq!((&spawn["action"], &spawn["name"]), (&json!("chat.spawn"), &json!(name)));
        }
    }
}
