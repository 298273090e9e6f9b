//! `user.get`: who is that? Answered with `user.push`.
//!
//! The document has no failure for it; its clients pass over an action that they do not know.

use super::{Asked, Outcome, Verb};
use crate::refusal::{self, Reason};
use crate::render;
use crate::session::Session;
use crate::wire::{Scalar, Value};
use koine_dialect::Outbox;
use koine_model::account::{AccountRef, Command, Reply};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct UserGet {
    #[serde(default)]
    user_id: Scalar,
}

impl Verb for UserGet {
    const ACTION: &'static str = "user.get";
    const FAILURE: &'static str = "user.get.fail";

    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason> {
        let who = self.user_id.word("user_id")?;
        if who.is_empty() {
            return Err("user_id is empty".into());
        }
        session.ask(Asked::User, Command::Find { who: AccountRef::Typed(who) }, out);
        Ok(())
    }
}

pub(crate) fn answer(outcome: Outcome) -> Value {
    match outcome {
        Ok(koine_model::Reply::Account(Reply::Person(person))) => {
            Value::action("user.push", render::user(&person))
        }
        Ok(_) => refusal::failure(UserGet::FAILURE, refusal::UNEXPECTED),
        Err(refusal) => refusal::refused::<UserGet>(refusal),
    }
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::{Bench, Did, person};
    use koine_model::account::{AccountRef, Command, Reply};
    use koine_model::{Command as Any, Refusal};
    use serde_json::json;

    #[test]
    fn somebody_is_found() {
        let mut bench = Bench::signed_in(Form::Pack);
        let did = bench.says(&json!({"action": "user.get", "user_id": "1000000002"}));
        let [Did::Ran(Any::Account(Command::Find { who }))] = did.as_slice() else { panic!("{did:?}") };
        assert_eq!(*who, AccountRef::Typed("1000000002".into()));
        let did = bench.gets(Ok(Reply::Person(Box::new(person(2, "Bob"))).into()));
        let expected = json!({
            "action": "user.push", "user_id": "1000000002", "user_name": "Bob", "nick": "Bob",
            "avatar": {"$bin": "Qm9i"},
        });
        assert_eq!(did, vec![Did::Sent(expected)]);
    }

    #[test]
    fn nobody_is_said_to_be_nobody() {
        let mut bench = Bench::signed_in(Form::Qt);
        bench.says(&json!({"action": "user.get", "user_id": 5}));
        let fail = |action: &str, reason: &str| vec![Did::Sent(json!({"action": action, "reason": reason}))];
        assert_eq!(bench.gets(Err(Refusal::UnknownAccount)), fail("user.get.fail", "User not found"));
        bench.says(&json!({"action": "user.get", "user_id": 5}));
        assert_eq!(bench.gets(Err(Refusal::NotSignedIn)), fail("auth.login.fail", "Not logged in"));
        assert_eq!(bench.says(&json!({"action": "user.get"})), fail("user.get.fail", "user_id is empty"));
    }
}
