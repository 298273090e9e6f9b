//! `register`: make an account, and be signed in as it.
//!
//! `{login, pass, nick}` is answered with `{status, error}`, and a success with an `auth` reply after it.

use super::{Asked, NoFields, Outcome, Standing, Verb, done};
use crate::refusal::No;
use crate::session::Conversing;
use koine_dialect::toolbox::lenient::Word;
use koine_model::Command;
use koine_model::account::{self, Handle, HandleFault, Registration};
use koine_model::secret::Secret;
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Register {
    login: Word,
    pass: Word,
    nick: Word,
}

impl Verb for Register {
    const ACTION: &'static str = "register";
    const STANDING: Standing = Standing::Stranger;
    type Asked = ();
    type Fields = NoFields;

    fn submit(self) -> Result<(Asked, Command), No> {
        let handle = Handle::parse(self.login.as_str()).map_err(|fault| match fault {
            HandleFault::Empty => No::empty("the login is empty"),
            HandleFault::TooLong => No::malformed("the login is too long"),
            HandleFault::Unusable => No::malformed("the login cannot be used"),
        })?;
        if self.pass.as_str().is_empty() {
            return Err(No::empty("the password is empty"));
        }
        if self.nick.as_str().trim().is_empty() {
            return Err(No::empty("the nick is empty"));
        }
        let registration = Registration {
            handle: Some(handle),
            nick: self.nick.0,
            nick_is_unique: true,
            secret: Secret::classify(self.pass.as_str()),
            email: String::new(),
            phone: String::new(),
            sign_in: true,
            invitation: None,
        };
        Ok((Asked::Register, account::Command::Register(Box::new(registration)).into()))
    }

    fn answer((): (), outcome: Outcome, _: &Conversing) -> Result<NoFields, No> {
        done(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, status};
    use koine_model::secret::Form;
    use koine_model::{Refusal, Reply};
    use serde_json::{Value, json};

    fn request(login: &str, pass: &str, nick: &str) -> Value {
        json!({"action": "register", "data": {"login": login, "pass": pass, "nick": nick}})
    }

    #[test]
    fn the_nick_must_be_unique_and_the_connection_signs_in() {
        let said = Stage::stranger().says(&request("ann", "5f4dcc3b5aa765d61d8327deb882cf99", "Ann"));
        let [Said::Ran(Command::Account(account::Command::Register(asked)))] = said.as_slice() else {
            panic!("{said:?}")
        };
        assert_eq!(asked.handle.as_ref().map(Handle::as_str), Some("ann"));
        assert_eq!((asked.nick.as_str(), asked.secret.form()), ("Ann", Form::Md5));
        assert!(asked.nick_is_unique && asked.sign_in);
    }

    #[test]
    fn a_success_is_followed_by_an_auth_reply() {
        let mut stage = Stage::stranger();
        stage.says(&request("ann", "secret", "Ann"));
        stage.sign_in(&ann());
        let said = stage.hears_answer(Ok(Reply::Account(account::Reply::Signed(Box::new(ann())))));
        let sid = stage.sid_of(&ann());
        assert_eq!(
            said,
            [
                Said::Frame(json!({"action": "register", "data": {"status": 0, "error": "OK"}})),
                Said::Frame(json!({"action": "auth", "data": {
                    "status": 0, "error": "OK", "sid": sid, "uid": "ann", "cid": "ann", "nick": "Ann",
                }})),
            ]
        );
    }

    #[test]
    fn a_refusal_is_one_reply() {
        let mut stage = Stage::stranger();
        stage.says(&request("ann", "secret", "Ann"));
        let said = stage.hears_answer(Err(Refusal::NickTaken));
        let expected =
            json!({"action": "register", "data": {"status": 1, "error": "that nickname is taken"}});
        assert_eq!(said, [Said::Frame(expected)]);
    }

    #[test]
    fn what_cannot_be_registered_is_told_why() {
        let check = |request: Value, expected: u8| {
            assert_eq!(status(&Stage::stranger().says(&request)), expected, "{request}")
        };
        check(request(" ", "secret", "Ann"), 4);
        check(request("ann", "", "Ann"), 4);
        check(request("ann", "secret", " "), 4);
        check(json!({"action": "register"}), 4);
        check(request("group:7", "secret", "Ann"), 3);
        check(request(&"x".repeat(65), "secret", "Ann"), 3);
        assert_eq!(status(&Stage::signed_in(&ann()).says(&request("eve", "secret", "Eve"))), 5);
    }
}
