//! `auth.login`: be somebody on this connection.
//!
//! `user_id` is the number from registering; where somebody types an e-mail address or a handle instead, it is
//! accepted too. Who is logged in may log in again, also as somebody else.

use super::auth_register::welcome;
use super::{Outcome, Verb};
use crate::refusal::{self, Reason};
use crate::session::Session;
use crate::wire::{Scalar, Value};
use koine_dialect::Outbox;
use koine_model::account::{AccountRef, Command, Reply};
use koine_model::secret::Secret;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct AuthLogin {
    #[serde(default)]
    user_id: Scalar,
    #[serde(default)]
    password: Scalar,
}

/// What the answer repeats.
pub(crate) struct Asked(Secret);

impl Verb for AuthLogin {
    const ACTION: &'static str = "auth.login";
    const FAILURE: &'static str = "auth.login.fail";
    const OPEN_TO_STRANGERS: bool = true;

    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason> {
        let who = self.user_id.word("user_id")?;
        if who.is_empty() {
            return Err("user_id is empty".into());
        }
        let secret = Secret::plain(self.password.filled("password")?);
        let command = Command::SignIn { who: AccountRef::Typed(who), secret: secret.clone() };
        session.ask(super::Asked::Login(Asked(secret)), command, out);
        Ok(())
    }
}

pub(crate) fn answer(asked: &Asked, outcome: Outcome) -> Value {
    match outcome {
        Ok(koine_model::Reply::Account(Reply::Signed(person))) => {
            welcome("auth.login.success", &person, &asked.0)
        }
        Ok(_) => refusal::failure(AuthLogin::FAILURE, refusal::UNEXPECTED),
        Err(refusal) => refusal::refused::<AuthLogin>(refusal),
    }
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::{Bench, Did, person};
    use koine_model::account::{AccountRef, Command, Reply};
    use koine_model::{Command as Any, Refusal};
    use serde_json::json;

    fn login(bench: &mut Bench, user_id: serde_json::Value) -> Vec<Did> {
        bench.says(&json!({"action": "auth.login", "user_id": user_id, "password": "s3cret"}))
    }

    #[test]
    fn an_id_is_taken_as_text_and_as_a_number() {
        for id in [json!("1000000001"), json!(1_000_000_001)] {
            let mut bench = Bench::stranger(Form::Qt);
            let did = login(&mut bench, id);
            let [Did::Ran(Any::Account(Command::SignIn { who, secret }))] = did.as_slice() else {
                panic!("{did:?}")
            };
            assert_eq!((who, secret.expose()), (&AccountRef::Typed("1000000001".into()), "s3cret"));
            let did = bench.gets(Ok(Reply::Signed(Box::new(person(1, "Ann"))).into()));
            let expected = json!({
                "action": "auth.login.success", "user_id": 1_000_000_001, "user_name": "Ann", "nick": "Ann",
                "avatar": "QW5u", "password": "s3cret",
            });
            assert_eq!(did, vec![Did::Sent(expected)]);
        }
    }

    #[test]
    fn failures_are_worded_as_documented() {
        let check = |refusal, reason: &str| {
            let mut bench = Bench::stranger(Form::Pack);
            login(&mut bench, json!("7"));
            let expected = json!({"action": "auth.login.fail", "reason": reason});
            assert_eq!(bench.gets(Err(refusal)), vec![Did::Sent(expected)]);
        };
        check(Refusal::UnknownAccount, "User not found");
        check(Refusal::WrongSecret, "Incorrect password");
        check(Refusal::Busy, "Too much at once, try again later");
    }

    #[test]
    fn empty_fields_fail() {
        let fail = |reason: &str| vec![Did::Sent(json!({"action": "auth.login.fail", "reason": reason}))];
        assert_eq!(login(&mut Bench::stranger(Form::Qt), json!("")), fail("user_id is empty"));
        let mut bench = Bench::stranger(Form::Qt);
        assert_eq!(bench.says(&json!({"action": "auth.login", "user_id": "7"})), fail("password is empty"));
    }
}
