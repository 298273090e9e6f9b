//! Code 10: what is known of an account? Answered with `{"code": 11, "data": {…}}`.
//!
//! `data` has those of the values that were asked for: `ocid`, `nickname`, `status`, `avatar` (also spelt `avater`), `avatar_hash`, `time`,
//! `update_time`; and of one's own account `sessions` and `friends`, which need a command each.

use super::{Asked, Outcome, Verb};
use crate::flavour::Ids;
use crate::picture;
use crate::refusal::No;
use crate::session::Client;
use crate::wire::{self, Ocid};
use koine_dialect::Outbox;
use koine_dialect::toolbox::lenient::Word;
use koine_model::account::{self, Person};
use koine_model::{Command, Reply, contact, conversation};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(crate) struct AccountInfo {
    ocid: Ocid,
    #[serde(default)]
    request_values: Vec<Word>,
}

/// An answer that is being put together.
#[derive(Default)]
pub(crate) struct Draft {
    wanted: Vec<String>,
    data: Map<String, Value>,
}

impl Verb for AccountInfo {
    const CODE: u32 = 10;

    fn submit(self, client: &mut Client, out: &mut Outbox) -> Result<(), No> {
        let wanted: Vec<String> = self.request_values.into_iter().map(|value| value.0).collect();
        client.learn_ids(Ids::told_by(&wanted));
        let draft = Draft { wanted, data: Map::new() };
        let command = account::Command::Find { who: self.ocid.account() };
        client.ask(Asked::AccountInfo(Box::new(draft)), command, out);
        Ok(())
    }
}

/// Takes in what one command has found out, and asks for what is still missing.
pub(crate) fn answer(mut draft: Draft, outcome: Outcome, client: &mut Client, out: &mut Outbox) {
    match outcome {
        Ok(Reply::Account(account::Reply::Person(person))) => {
            draft.describe(&person, client, out.now().seconds())
        }
        Ok(Reply::Conversation(conversation::Reply::Conversations(sessions))) => {
            let ids = sessions.iter().map(|overview| client.ids().write(overview.conversation.id));
            draft.data.insert("sessions".to_owned(), ids.collect());
        }
        Ok(Reply::Contact(contact::Reply::Contacts(contacts))) => {
            let friends = contacts.people.iter().filter(|contact| contact.mutual);
            let ids = friends.map(|contact| contact.person.profile.id.to_string());
            draft.data.insert("friends".to_owned(), ids.collect());
        }
        Ok(_) => return out.send(No::unexpected().frame()),
        Err(refusal) => return out.send(No::from(refusal).frame()),
    }
    match draft.next() {
        Some(command) => client.ask(Asked::AccountInfo(Box::new(draft)), command, out),
        None => out.send(wire::frame(11, [("data", draft.data.into())])),
    }
}

impl Draft {
    fn describe(&mut self, person: &Person, client: &Client, now: i64) {
        for name in &self.wanted {
            if let Some(value) = value(name, person, client, now) {
                self.data.insert(name.clone(), value);
            }
        }
        if client.me().is_none_or(|me| me.id != person.profile.id) {
            // With whom others talk is nobody's business.
            self.wanted.clear();
        }
    }

    /// The command that finds out what is still missing.
    fn next(&self) -> Option<Command> {
        let missing = |name: &str| self.wanted.iter().any(|it| it == name) && !self.data.contains_key(name);
        if missing("sessions") {
            Some(conversation::Command::List.into())
        } else if missing("friends") {
            Some(contact::Command::List.into())
        } else {
            None
        }
    }
}

fn value(name: &str, person: &Person, client: &Client, now: i64) -> Option<Value> {
    let profile = &person.profile;
    Some(match name {
        "ocid" => profile.id.to_string().into(),
        "nickname" => profile.nick.clone().into(),
        // Other protocols have a line of text for it.
        "status" => profile.status.trim().parse::<i32>().unwrap_or(0).into(),
        "avatar" | "avater" => client.links().avatar(profile.id).into(),
        "avatar_hash" => picture::hash(person)?.into(),
        "time" => profile.created.seconds().into(),
        // When it changed is not remembered: a client that compares looks again, and misses nothing.
        "update_time" => now.into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, bob, error, overview};
    use koine_model::Refusal;
    use koine_model::contact::{Contact, Contacts};
    use serde_json::json;

    fn found(person: Person) -> Outcome {
        Ok(account::Reply::Person(Box::new(person)).into())
    }

    fn request(ocid: &Value, values: &[&str]) -> Value {
        json!({"code": 10, "ocid": ocid, "request_values": values})
    }

    #[test]
    fn what_was_asked_for_is_told() {
        let values =
            ["ocid", "nickname", "status", "avatar", "avater", "avatar_hash", "time", "update_time", "mood"];
        let mut stage = Stage::signed_in(&ann());
        stage.says(&request(&json!(2_147_483_647), &values));
        let url = "http://h/avatar/2147483647";
        let expected = json!({"code": 11, "data": {
            "ocid": "2147483647", "nickname": "Bob", "status": 0, "avatar": url, "avater": url,
            "avatar_hash": "09".repeat(32), "time": 12, "update_time": 12,
        }});
        assert_eq!(stage.hears_answer(found(bob())), [Said::Frame(expected)]);
    }

    #[test]
    fn a_status_that_is_a_number_is_kept() {
        let check = |status: &str, expected: i32| {
            let mut stage = Stage::signed_in(&ann());
            stage.says(&request(&json!("2147483647"), &["status"]));
            let mut bob = bob();
            bob.profile.status = status.into();
            let expected = json!({"code": 11, "data": {"status": expected}});
            assert_eq!(stage.hears_answer(found(bob)), [Said::Frame(expected)]);
        };
        check("3", 3);
        check("here", 0);
        check("", 0);
    }

    #[test]
    fn ones_own_sessions_and_friends_are_told() {
        let mut stage = Stage::signed_in(&ann());
        stage.says(&request(&json!("1000000001"), &["friends", "nickname", "sessions"]));
        let said = stage.hears_answer(found(ann()));
        assert!(matches!(said.as_slice(), [Said::Ran(Command::Conversation(conversation::Command::List))]));
        let sessions = conversation::Reply::Conversations(vec![overview(&[ann(), bob()])]);
        let said = stage.hears_answer(Ok(sessions.into()));
        assert!(matches!(said.as_slice(), [Said::Ran(Command::Contact(contact::Command::List))]));
        let people = vec![
            Contact { person: bob(), mutual: true, online: false },
            Contact { person: ann(), mutual: false, online: false },
        ];
        let contacts = contact::Reply::Contacts(Box::new(Contacts { people, ..Contacts::default() }));
        let expected =
            json!({"code": 11, "data": {"nickname": "Ann", "sessions": ["7"], "friends": ["2147483647"]}});
        assert_eq!(stage.hears_answer(Ok(contacts.into())), [Said::Frame(expected)]);
    }

    #[test]
    fn those_of_others_are_not() {
        let mut stage = Stage::signed_in(&ann());
        stage.says(&request(&json!("2147483647"), &["sessions", "friends"]));
        assert_eq!(stage.hears_answer(found(bob())), [Said::Frame(json!({"code": 11, "data": {}}))]);
    }

    #[test]
    fn nobody_is_an_error() {
        let mut stage = Stage::signed_in(&ann());
        stage.says(&request(&json!("2000000000"), &["ocid"]));
        assert_eq!(error(&stage.hears_answer(Err(Refusal::UnknownAccount))), "no such user");
    }
}
