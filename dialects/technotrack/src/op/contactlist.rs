//! `contactlist`: everyone whom one has, and after them the groups that one is in.
//!
//! `{}` is answered with `{status, error, list: [{myid, uid, nick, email, phone, picture}]}`.

use super::{Asked, Outcome, Verb};
use crate::card::{Card, PictureCard};
use crate::peer::Peer;
use crate::refusal::No;
use crate::session::Conversing;
use koine_model::conversation::Overview;
use koine_model::{Command, Reply, contact};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(crate) struct ContactList {}

#[derive(Serialize, Default)]
pub(crate) struct Fields {
    list: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    myid: String,
    #[serde(flatten)]
    card: PictureCard,
}

impl Verb for ContactList {
    const ACTION: &'static str = "contactlist";
    type Asked = ();
    type Fields = Fields;

    fn submit(self) -> Result<(Asked, Command), No> {
        Ok((Asked::ContactList, contact::Command::List.into()))
    }

    fn answer((): (), outcome: Outcome, session: &Conversing) -> Result<Fields, No> {
        let Reply::Contact(contact::Reply::Contacts(contacts)) = outcome? else {
            return Err(No::unexpected());
        };
        let people = contacts.people.iter().map(|contact| PictureCard::from(&contact.person));
        let groups = contacts.groups.iter().map(group);
        let entry = |card| Entry { myid: session.login().to_owned(), card };
        Ok(Fields { list: people.chain(groups).map(entry).collect() })
    }
}

fn group(overview: &Overview) -> PictureCard {
    let uid = Peer::Group(overview.conversation.id).to_string();
    let card = Card { uid, nick: overview.conversation.name.clone(), ..Card::default() };
    PictureCard { card, ..PictureCard::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, bob, overview, with_picture};
    use koine_model::Refusal;
    use koine_model::contact::{Contact, Contacts};
    use koine_model::conversation::Kind;
    use serde_json::{Value, json};

    fn check(outcome: Outcome, expected: Value) {
        let mut stage = Stage::signed_in(&ann());
        let said = stage.says(&json!({"action": "contactlist", "data": {"cid": "ann", "sid": ""}}));
        assert!(matches!(said.as_slice(), [Said::Ran(Command::Contact(contact::Command::List))]));
        let said = stage.hears_answer(outcome);
        assert_eq!(said, [Said::Frame(json!({"action": "contactlist", "data": expected}))]);
    }

    fn listed(contacts: Contacts) -> Outcome {
        Ok(Reply::Contact(contact::Reply::Contacts(Box::new(contacts))))
    }

    #[test]
    fn people_come_before_groups() {
        let person = with_picture(bob(), b"abc");
        let contacts = Contacts {
            people: vec![Contact { person, mutual: false, online: false }],
            requests: vec![ann()],
            groups: vec![overview(7, "tea", Kind::Group)],
            ..Contacts::default()
        };
        check(
            listed(contacts),
            json!({"status": 0, "error": "OK", "list": [
                {"myid": "ann", "uid": "bob", "nick": "Bob", "email": "bob@h", "phone": "+1", "picture": "YWJj"},
                {"myid": "ann", "uid": "group:7", "nick": "tea", "email": "", "phone": "", "picture": ""},
            ]}),
        );
    }

    #[test]
    fn nobody_is_an_empty_list() {
        check(listed(Contacts::default()), json!({"status": 0, "error": "OK", "list": []}));
        check(Err(Refusal::NotSignedIn), json!({"status": 6, "error": "not logged in", "list": []}));
    }
}
