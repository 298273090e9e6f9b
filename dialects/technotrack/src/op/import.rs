//! `import`: who of one's address book is here? Nobody is added by it.
//!
//! `{contacts: [{myid, name, phone, email}]}` is answered with `{status, error, list: [{myid, uid, nick, email, phone}]}`;
//! entries that belong to nobody are left out. The name is not looked at.

use super::{Asked, Outcome, Verb};
use crate::card::Card;
use crate::refusal::No;
use crate::session::Conversing;
use koine_dialect::toolbox::lenient::Word;
use koine_model::account;
use koine_model::{Command, Reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Import {
    contacts: Option<Vec<Entry>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    myid: Value,
    phone: Word,
    email: Word,
}

#[derive(Serialize, Default)]
pub(crate) struct Fields {
    list: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    myid: Value,
    #[serde(flatten)]
    card: Card,
}

impl Verb for Import {
    const ACTION: &'static str = "import";
    type Asked = Vec<Value>;
    type Fields = Fields;

    fn submit(self) -> Result<(Asked, Command), No> {
        let entries = self.contacts.unwrap_or_default().into_iter();
        let (names, cards) = entries.map(|entry| (entry.name(), entry.card())).unzip();
        Ok((Asked::Import(names), account::Command::Match { cards }.into()))
    }

    fn answer(names: Vec<Value>, outcome: Outcome, _: &Conversing) -> Result<Fields, No> {
        let Reply::Account(account::Reply::Matches(matches)) = outcome? else { return Err(No::unexpected()) };
        let found = names.into_iter().zip(matches).filter_map(|(myid, profile)| {
            let card = Card::from(&profile?);
            Some(Found { myid, card })
        });
        Ok(Fields { list: found.collect() })
    }
}

impl Entry {
    /// As it was sent, but a client is never sent `null`.
    fn name(&self) -> Value {
        if self.myid.is_null() { Value::from("") } else { self.myid.clone() }
    }

    fn card(self) -> account::Card {
        account::Card { email: self.email.0, phone: self.phone.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, bob};
    use koine_model::Refusal;
    use serde_json::json;

    fn answered(contacts: Value, outcome: Outcome) -> Vec<Said> {
        let mut stage = Stage::signed_in(&ann());
        let said = stage.says(&json!({"action": "import", "data": {"contacts": contacts}}));
        assert!(
            matches!(said.as_slice(), [Said::Ran(Command::Account(account::Command::Match { .. }))]),
            "{said:?}"
        );
        stage.hears_answer(outcome)
    }

    fn check(contacts: Value, outcome: Outcome, expected: Value) {
        let said = answered(contacts, outcome);
        assert_eq!(said, [Said::Frame(json!({"action": "import", "data": expected}))]);
    }

    fn matches(people: Vec<Option<account::Person>>) -> Outcome {
        let profiles = people.into_iter().map(|person| Some(person?.profile)).collect();
        Ok(Reply::Account(account::Reply::Matches(profiles)))
    }

    #[test]
    fn an_entry_is_an_address_and_a_number() {
        let said = Stage::signed_in(&ann()).says(&json!({"action": "import", "data": {"contacts": [
            {"myid": "1", "name": "B", "phone": 1234, "email": "b@h"}, {"phone": null},
        ]}}));
        let [Said::Ran(Command::Account(account::Command::Match { cards }))] = said.as_slice() else {
            panic!("{said:?}")
        };
        let card = |email: &str, phone: &str| account::Card { email: email.into(), phone: phone.into() };
        assert_eq!(cards.as_slice(), [card("b@h", "1234"), card("", "")]);
    }

    #[test]
    fn myid_comes_back_as_it_was_sent() {
        let found =
            |myid: Value| json!({"myid": myid, "uid": "bob", "nick": "Bob", "email": "bob@h", "phone": "+1"});
        let names = [json!("x1"), json!(7), json!({"Key": [1]}), json!(true)];
        let contacts: Vec<Value> = names.iter().map(|name| json!({"MyID": name, "phone": "+1"})).collect();
        let list: Vec<Value> = names.into_iter().map(found).collect();
        let people = vec![Some(bob()); list.len()];
        check(json!(contacts), matches(people), json!({"status": 0, "error": "OK", "list": list}));
        let expected = json!({"status": 0, "error": "OK", "list": [found(json!(""))]});
        check(json!([{"myid": null}]), matches(vec![Some(bob())]), expected);
    }

    #[test]
    fn who_is_not_here_is_left_out() {
        let nobody = json!({"status": 0, "error": "OK", "list": []});
        check(json!([{"myid": "1"}]), matches(vec![None]), nobody.clone());
        check(json!(null), matches(vec![]), nobody);
        check(
            json!([]),
            Err(Refusal::Busy),
            json!({"status": 3, "error": "too much at once, try again later", "list": []}),
        );
    }
}
