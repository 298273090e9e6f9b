//! `auth.register`: make an account.
//!
//! It does not log in. The answer repeats the password, as the document has it.

use super::{Outcome, Verb};
use crate::refusal::{self, Reason};
use crate::render;
use crate::session::Session;
use crate::wire::{Scalar, Value};
use koine_dialect::Outbox;
use koine_model::account::{Command, Person, Registration, Reply};
use koine_model::secret::Secret;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct AuthRegister {
    #[serde(default)]
    user_name: Scalar,
    #[serde(default)]
    password: Scalar,
}

/// What the answer repeats.
pub(crate) struct Asked(Secret);

impl Verb for AuthRegister {
    const ACTION: &'static str = "auth.register";
    const FAILURE: &'static str = "auth.register.fail";
    const OPEN_TO_STRANGERS: bool = true;

    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason> {
        let nick = self.user_name.filled("user_name")?;
        let secret = Secret::plain(self.password.filled("password")?);
        let registration = Registration {
            handle: None,
            nick,
            nick_is_unique: false,
            secret: secret.clone(),
            email: String::new(),
            phone: String::new(),
            sign_in: false,
            invitation: None,
        };
        session.ask(super::Asked::Register(Asked(secret)), Command::Register(Box::new(registration)), out);
        Ok(())
    }
}

pub(crate) fn answer(asked: &Asked, outcome: Outcome) -> Value {
    match outcome {
        Ok(koine_model::Reply::Account(Reply::Signed(person))) => {
            welcome("auth.register.success", &person, &asked.0)
        }
        Ok(_) => refusal::failure(AuthRegister::FAILURE, refusal::UNEXPECTED),
        Err(refusal) => refusal::refused::<AuthRegister>(refusal),
    }
}

/// The success of registering and of logging in.
pub(super) fn welcome(action: &'static str, person: &Person, password: &Secret) -> Value {
    let password = Value::from(password.expose());
    Value::action(action, render::user(person).into_iter().chain([("password", password)]))
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::{Bench, Did, person};
    use koine_model::account::{Command, Reply};
    use koine_model::refusal::Field;
    use koine_model::{Command as Any, Refusal};
    use serde_json::json;

    #[test]
    fn the_account_is_told_with_its_password() {
        let mut bench = Bench::stranger(Form::Pack);
        let did = bench
            .says(&json!({"action": "auth.register", "user_name": "Ann", "password": "s3cret", "x": {}}));
        let [Did::Ran(Any::Account(Command::Register(registration)))] = did.as_slice() else {
            panic!("{did:?}")
        };
        assert_eq!((registration.nick.as_str(), registration.secret.expose()), ("Ann", "s3cret"));
        assert!(registration.handle.is_none() && !registration.sign_in && !registration.nick_is_unique);
        let did = bench.gets(Ok(Reply::Signed(Box::new(person(1, "Ann"))).into()));
        let expected = json!({
            "action": "auth.register.success", "user_id": "1000000001", "user_name": "Ann", "nick": "Ann",
            "avatar": {"$bin": "QW5u"}, "password": "s3cret",
        });
        assert_eq!(did, vec![Did::Sent(expected)]);
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        let check = |fields: serde_json::Value, reason: &str| {
            let mut request = fields;
            request["action"] = json!("auth.register");
            let expected = json!({"action": "auth.register.fail", "reason": reason});
            assert_eq!(Bench::stranger(Form::Qt).says(&request), vec![Did::Sent(expected)], "{request}");
        };
        check(json!({}), "user_name is empty");
        check(json!({"user_name": " ", "password": "x"}), "user_name is empty");
        check(json!({"user_name": "Ann"}), "password is empty");
        check(json!({"user_name": "Ann", "password": 5}), "password is not text");
        check(json!({"user_name": "Ann", "password": {"a": 1}}), "password is not text");
    }

    #[test]
    fn a_refusal_is_worded() {
        let mut bench = Bench::stranger(Form::Qt);
        bench.says(&json!({"action": "auth.register", "user_name": "Ann", "password": "x"}));
        let did = bench.gets(Err(Refusal::TooLarge(Field::Name)));
        let expected = json!({"action": "auth.register.fail", "reason": "The name is too large"});
        assert_eq!(did, vec![Did::Sent(expected)]);
    }
}
