//! `CONTACT_LIST_REQUEST` (ours): friends, groups, and who waits for an answer.

use super::{Asked, Name, Outcome, Verb, code};
use crate::refusal::{DONE, Family};
use crate::rooms::{Footing, Room};
use crate::session::Conversing;
use crate::telling;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::account::Person;
use koine_model::contact::{self, Command, Contacts};
use koine_model::{AccountId, Reply};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct ContactList {
    username: Name,
}

impl Verb for ContactList {
    const TYPE: &'static str = "CONTACT_LIST_REQUEST";
    const ANSWER: &'static str = "CONTACT_LIST_RESPONSE";
    const ECHO: &'static [&'static str] = &["username"];
    const FAMILY: Family = Family::Own;

    fn speaker(&self) -> &str {
        self.username.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        session.ask(Asked::ContactList(echo), Command::List, out);
        Ok(())
    }
}

pub(crate) fn answer(echo: Echo, outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    match outcome {
        Ok(Reply::Contact(contact::Reply::Contacts(contacts))) => {
            let groups = groups(&contacts, session);
            let name = |person: &Person| person.profile.handle.to_string();
            let friends: Vec<Value> = contacts
                .people
                .iter()
                .filter(|contact| contact.mutual)
                .map(|contact| {
                    let status = telling::status(contact.online, &contact.person.profile.status);
                    json!({"username": name(&contact.person), "status": status})
                })
                .collect();
            let requests: Vec<String> = contacts.requests.iter().map(name).collect();
            let echo = echo.with("friends", friends).with("groups", groups).with("requests", requests);
            out.send(echo.frame(DONE, out.now()));
        }
        outcome => out.send(echo.frame(code(Family::Own, &outcome), out.now())),
    }
}

fn groups(contacts: &Contacts, session: &mut Conversing) -> Vec<Value> {
    let mut groups = Vec::new();
    for group in &contacts.groups {
        let id = group.conversation.id;
        // One that only the store knows yet will be told as an event, too.
        let known = session.rooms.find(id).filter(|room| room.footing != Footing::Invited);
        let shown = match known.map(|room: &Room| room.shown.clone()) {
            Some(shown) => shown,
            None => session.rooms.enter(&group.conversation, Footing::Listed).to_owned(),
        };
        let names: Vec<(AccountId, String)> = group
            .members
            .iter()
            .map(|person| (person.profile.id, person.profile.handle.to_string()))
            .collect();
        let leader = names.iter().find(|(id, _)| *id == group.conversation.leader).map(|(_, name)| name);
        let members: Vec<&String> = names.iter().map(|(_, name)| name).collect();
        groups.push(json!({"group": shown, "leader": leader, "members": members}));
    }
    groups
}
