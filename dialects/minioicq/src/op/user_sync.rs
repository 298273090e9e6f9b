//! `user.sync`: all that a client needs to draw itself anew.
//!
//! The document speaks of `users` alone; the Qt client lives on `chats` and `messages` as well. Users are the
//! caller, the caller's contacts and everybody in the caller's chats: nobody else's business is told. Three
//! questions are asked for it, the one about chats last, so that the answer is as fresh as it can be.

use super::{Outcome, Verb};
use crate::refusal::{self, Reason};
use crate::render;
use crate::session::Session;
use crate::wire::Value;
use koine_dialect::Outbox;
use koine_model::account::{AccountRef, Person};
use koine_model::message::Recent;
use koine_model::{Reply, account, contact, message};
use serde::Deserialize;
use std::collections::HashSet;

#[derive(Deserialize)]
pub(crate) struct UserSync {}

/// Which of the questions.
#[derive(Clone, Copy)]
pub(crate) enum Asked {
    /// The caller themselves.
    Myself,
    /// Their contacts.
    Contacts,
    /// Their chats and what was said there.
    Recent,
}

/// How many messages of each chat are told; `message.get` tells the rest.
const RECENT: usize = 50;

impl Verb for UserSync {
    const ACTION: &'static str = "user.sync";
    const FAILURE: &'static str = "user.sync.fail";

    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason> {
        if let Some(id) = session.me().map(|me| me.id) {
            let command = account::Command::Find { who: AccountRef::Id(id) };
            session.ask(super::Asked::Sync(Asked::Myself), command, out);
        }
        session.ask(super::Asked::Sync(Asked::Contacts), contact::Command::List, out);
        session.ask(super::Asked::Sync(Asked::Recent), message::Command::Recent { limit: RECENT }, out);
        Ok(())
    }
}

pub(crate) fn answer(asked: Asked, outcome: Outcome, session: &mut Session, out: &mut Outbox) {
    match (asked, outcome) {
        (Asked::Myself, Ok(Reply::Account(account::Reply::Person(person)))) => session.gathered.push(*person),
        (Asked::Contacts, Ok(Reply::Contact(contact::Reply::Contacts(contacts)))) => {
            session.gathered.extend(contacts.people.into_iter().map(|contact| contact.person));
        }
        // Without these the answer still tells everybody whom the chats need.
        (Asked::Myself | Asked::Contacts, _) => {}
        (Asked::Recent, outcome) => {
            let people = std::mem::take(&mut session.gathered);
            let message = match outcome {
                Ok(Reply::Message(message::Reply::Recent(recent))) => everything(&people, &recent, session),
                Ok(_) => refusal::failure(UserSync::FAILURE, refusal::UNEXPECTED),
                Err(refusal) => refusal::refused::<UserSync>(refusal),
            };
            session.say(&message, out);
        }
    }
}

fn everything(people: &[Person], recent: &Recent, session: &mut Session) -> Value {
    let form = session.habit().form();
    let members = recent.conversations.iter().flat_map(|overview| &overview.members);
    let mut told = HashSet::new();
    let users = people.iter().chain(members).filter(|person| told.insert(person.profile.id));
    let chats = session.me().map(|me| me.id).into_iter().flat_map(|me| {
        recent.conversations.iter().map(move |overview| Value::Map(render::chat(overview, me)))
    });
    let messages = recent.letters.iter().flat_map(|letter| render::parts(letter, form, session.links()));
    Value::action(
        "user.sync",
        [
            ("users", Value::list(users.map(|person| Value::Map(render::user(person))))),
            ("chats", Value::list(chats)),
            ("messages", Value::list(messages.map(|(_, message)| message))),
        ],
    )
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::{Bench, Did, direct, letter, person};
    use koine_model::contact::{Contact, Contacts};
    use koine_model::message::{Part, Recent};
    use koine_model::{Command, Refusal, account, contact, message};
    use serde_json::{Value as Json, json};

    fn sync(bench: &mut Bench) {
        let did = bench.says(&json!({"action": "user.sync"}));
        let [
            Did::Ran(Command::Account(account::Command::Find { .. })),
            Did::Ran(Command::Contact(contact::Command::List)),
            Did::Ran(Command::Message(message::Command::Recent { limit: 50 })),
        ] = did.as_slice()
        else {
            panic!("{did:?}")
        };
    }

    fn ids(list: &Json) -> Vec<&str> {
        list.as_array().unwrap().iter().map(|user| user["user_id"].as_str().unwrap()).collect()
    }

    #[test]
    fn everybody_is_told_once_with_chats_and_messages() {
        let (ann, bob, eve) = (person(1, "Ann"), person(2, "Bob"), person(3, "Eve"));
        let mut bench = Bench::signed_in(Form::Pack);
        sync(&mut bench);
        assert_eq!(bench.gets(Ok(account::Reply::Person(Box::new(ann.clone())).into())), vec![]);
        let people = [&eve, &bob]
            .map(|person| Contact { person: person.clone(), mutual: false, online: false })
            .to_vec();
        let contacts = Contacts { people, ..Contacts::default() };
        assert_eq!(bench.gets(Ok(contact::Reply::Contacts(Box::new(contacts)).into())), vec![]);
        let recent = Recent {
            conversations: vec![direct(3, &ann, &bob)],
            letters: vec![
                letter(3, 1, &bob, vec![Part::text("hi")]),
                letter(3, 2, &ann, vec![Part::text("ho")]),
            ],
        };
        let did = bench.gets(Ok(message::Reply::Recent(Box::new(recent)).into()));
        let [Did::Sent(answer)] = did.as_slice() else { panic!("{did:?}") };
        assert_eq!(answer["action"], "user.sync");
        assert_eq!(ids(&answer["users"]), ["1000000001", "1000000003", "1000000002"]);
        assert_eq!(answer["chats"][0]["chat_name"], "Bob");
        assert_eq!(ids(&answer["chats"][0]["members"]), ["1000000001", "1000000002"]);
        assert_eq!(answer["messages"][0]["message_id"], "16");
        assert_eq!(answer["messages"][1]["content"], "ho");
    }

    #[test]
    fn somebody_new_is_at_least_told_of_themselves() {
        let mut bench = Bench::signed_in(Form::Pack);
        sync(&mut bench);
        bench.gets(Ok(account::Reply::Person(Box::new(person(1, "Ann"))).into()));
        bench.gets(Err(Refusal::Busy));
        let did = bench.gets(Ok(message::Reply::Recent(Box::default()).into()));
        let [Did::Sent(answer)] = did.as_slice() else { panic!("{did:?}") };
        assert_eq!(ids(&answer["users"]), ["1000000001"]);
        assert_eq!((&answer["chats"], &answer["messages"]), (&json!([]), &json!([])));
    }

    #[test]
    fn two_at_once_do_not_mix() {
        let mut bench = Bench::signed_in(Form::Pack);
        sync(&mut bench);
        sync(&mut bench);
        for _ in 0..2 {
            bench.gets(Ok(account::Reply::Person(Box::new(person(1, "Ann"))).into()));
            bench.gets(Ok(contact::Reply::Contacts(Box::default()).into()));
            let did = bench.gets(Ok(message::Reply::Recent(Box::default()).into()));
            let [Did::Sent(answer)] = did.as_slice() else { panic!("{did:?}") };
            assert_eq!(ids(&answer["users"]), ["1000000001"]);
        }
    }

    #[test]
    fn a_refusal_is_worded() {
        let mut bench = Bench::signed_in(Form::Qt);
        sync(&mut bench);
        bench.gets(Err(Refusal::Busy));
        bench.gets(Err(Refusal::Busy));
        let expected = json!({"action": "user.sync.fail", "reason": "Too much at once, try again later"});
        assert_eq!(bench.gets(Err(Refusal::Busy)), vec![Did::Sent(expected)]);
    }
}
