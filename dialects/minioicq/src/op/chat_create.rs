//! `chat.create`: open a chat with others. Answered with `chat.spawn`, which the others get as an event.
//!
//! One other person and no name: the direct chat of the two, the same each time. Anything else is a group, and
//! the creator is in it without being listed. Listing nobody but oneself opens the chat with oneself.

mod members;

use super::{Asked, Outcome, Verb};
use crate::refusal::{self, Reason};
use crate::render;
use crate::session::{Me, Session};
use crate::wire::{Scalar, Value};
use koine_dialect::Outbox;
use koine_model::account::{AccountRef, Handle};
use koine_model::conversation::{Command, Reply};
use members::Members;
use serde::Deserialize;
use std::collections::HashSet;

#[derive(Deserialize)]
pub(crate) struct ChatCreate {
    #[serde(default)]
    members: Members,
    #[serde(default)]
    chat_name: Scalar,
}

impl Verb for ChatCreate {
    const ACTION: &'static str = "chat.create";
    const FAILURE: &'static str = "chat.create.fail";

    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason> {
        let members = self.members.words()?;
        let name = self.chat_name.word("chat_name")?;
        let Some(me) = session.me() else { return Err(refusal::NOT_LOGGED_IN.into()) };
        if members.is_empty() && name.is_empty() {
            return Err("members is empty".into());
        }
        let command = command(members, name, me);
        session.ask(Asked::Chat, command, out);
        Ok(())
    }
}

fn command(members: Vec<String>, name: String, me: &Me) -> Command {
    let mut seen = HashSet::new();
    let others = members.into_iter().filter(|member| !is_me(member, me) && seen.insert(member.clone()));
    let mut others: Vec<AccountRef> = others.map(AccountRef::Typed).collect();
    match others.pop() {
        None if name.is_empty() => Command::Open { with: AccountRef::Id(me.id) },
        Some(other) if others.is_empty() && name.is_empty() => Command::Open { with: other },
        last => {
            others.extend(last);
            let name = if name.is_empty() { default_name(me) } else { name };
            Command::Create { name, members: others, invite: false }
        }
    }
}

pub(crate) fn answer(outcome: Outcome, session: &Session) -> Value {
    match (outcome, session.me()) {
        (Ok(koine_model::Reply::Conversation(Reply::Conversation(overview))), Some(me)) => {
            render::spawn(&overview, me.id)
        }
        (Ok(_), _) => refusal::failure(ChatCreate::FAILURE, refusal::UNEXPECTED),
        (Err(refusal), _) => refusal::refused::<ChatCreate>(refusal),
    }
}

fn is_me(member: &str, me: &Me) -> bool {
    me.id.to_string() == member || Handle::parse(member).is_ok_and(|handle| handle == me.handle)
}

/// A group must have a name, and the others' nicks are not known here.
fn default_name(me: &Me) -> String {
    let nick: String = me.nick.chars().take(40).collect();
    format!("{nick}'s chat")
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::{Bench, Did, direct, person};
    use koine_model::account::AccountRef;
    use koine_model::conversation::{Command, Reply};
    use koine_model::{AccountId, Command as Any, Refusal};
    use serde_json::{Value as Json, json};

    fn create(bench: &mut Bench, fields: &Json) -> Vec<Did> {
        let mut request = fields.clone();
        request["action"] = json!("chat.create");
        bench.says(&request)
    }

    fn typed(member: &str) -> AccountRef {
        AccountRef::Typed(member.into())
    }

    #[test]
    fn one_other_without_a_name_is_the_direct_chat() {
        let check = |fields: Json, expected: AccountRef| {
            let did = create(&mut Bench::signed_in(Form::Pack), &fields);
            let [Did::Ran(Any::Conversation(Command::Open { with }))] = did.as_slice() else {
                panic!("{did:?}")
            };
            assert_eq!(*with, expected, "{fields}");
        };
        check(json!({"members": ["1000000002"]}), typed("1000000002"));
        check(
            json!({"members": [1_000_000_002, "1000000001", "1000000002"], "chat_name": " "}),
            typed("1000000002"),
        );
        check(json!({"members": ["1000000001"]}), AccountRef::Id(AccountId::FIRST));
        check(json!({"members": ["ANN"]}), AccountRef::Id(AccountId::FIRST));
    }

    #[test]
    fn more_or_a_name_make_a_group() {
        let check = |fields: Json, expected: &str, expected_members: &[&str]| {
            let did = create(&mut Bench::signed_in(Form::Qt), &fields);
            let [Did::Ran(Any::Conversation(Command::Create { name, members, invite: false }))] =
                did.as_slice()
            else {
                panic!("{did:?}")
            };
            assert_eq!(name, expected, "{fields}");
            assert_eq!(*members, expected_members.iter().map(|member| typed(member)).collect::<Vec<_>>());
        };
        check(json!({"members": ["2", "3", "2"]}), "Ann's chat", &["2", "3"]);
        check(json!({"members": ["2"], "chat_name": "tea"}), "tea", &["2"]);
        check(json!({"chat_name": "alone"}), "alone", &[]);
    }

    #[test]
    fn the_chat_is_the_answer() {
        let mut bench = Bench::signed_in(Form::Pack);
        create(&mut bench, &json!({"members": ["1000000002"]}));
        let overview = direct(3, &person(1, "Ann"), &person(2, "Bob"));
        let did = bench.gets(Ok(Reply::Conversation(Box::new(overview)).into()));
        let [Did::Sent(spawn)] = did.as_slice() else { panic!("{did:?}") };
        assert_eq!(
            (&spawn["action"], &spawn["name"], &spawn["chat_id"]),
            (&json!("chat.spawn"), &json!("Bob"), &json!("3"))
        );
    }

    #[test]
    fn what_cannot_be_made_is_told_why() {
        let fail = |reason: &str| vec![Did::Sent(json!({"action": "chat.create.fail", "reason": reason}))];
        let mut bench = Bench::signed_in(Form::Qt);
        assert_eq!(create(&mut bench, &json!({})), fail("members is empty"));
        assert_eq!(create(&mut bench, &json!({"members": "2"})), fail("members is not a list of ids"));
        assert_eq!(create(&mut bench, &json!({"members": [{}]})), fail("members is not a list of ids"));
        assert_eq!(
            create(&mut bench, &json!({"members": [2], "chat_name": {}})),
            fail("chat_name is not text")
        );
        create(&mut bench, &json!({"members": ["5"]}));
        assert_eq!(bench.gets(Err(Refusal::UnknownAccount)), fail("User not found"));
    }
}
