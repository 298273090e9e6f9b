//! `auth`: prove to be somebody, also as somebody else than before.
//!
//! `{login, pass}` is answered with `{status, error, sid, uid, cid, nick}`.

use super::{Asked, Outcome, Standing, Verb};
use crate::refusal::No;
use crate::session::Conversing;
use koine_dialect::toolbox::lenient::Word;
use koine_model::account::{self, AccountRef, Handle, HandleFault};
use koine_model::secret::Secret;
use koine_model::{Command, Refusal, Reply};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Auth {
    login: Word,
    pass: Word,
}

#[derive(Serialize, Default)]
pub(crate) struct Fields {
    sid: String,
    uid: String,
    cid: String,
    nick: String,
}

impl Verb for Auth {
    const ACTION: &'static str = "auth";
    const STANDING: Standing = Standing::Anyone;
    type Asked = ();
    type Fields = Fields;

    fn submit(self) -> Result<(Asked, Command), No> {
        if self.pass.as_str().is_empty() {
            return Err(No::empty("the password is empty"));
        }
        let handle = Handle::parse(self.login.as_str()).map_err(|fault| match fault {
            HandleFault::Empty => No::empty("the login is empty"),
            HandleFault::TooLong | HandleFault::Unusable => No::not_registered(),
        })?;
        let who = AccountRef::Handle(handle);
        Ok((
            Asked::Auth,
            account::Command::SignIn { who, secret: Secret::classify(self.pass.as_str()) }.into(),
        ))
    }

    fn answer((): (), outcome: Outcome, session: &Conversing) -> Result<Fields, No> {
        match outcome {
            Ok(Reply::Account(account::Reply::Signed(person))) => {
                let login = person.profile.handle.to_string();
                let sid = session.sid(person.profile.id);
                Ok(Fields { sid, uid: login.clone(), cid: login, nick: person.profile.nick })
            }
            Ok(_) => Err(No::unexpected()),
            Err(Refusal::UnknownAccount) => Err(No::not_registered()),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, bob, status};
    use koine_model::secret::Form;
    use serde_json::{Value, json};

    fn request(login: Value, pass: Value) -> Value {
        json!({"action": "auth", "data": {"login": login, "pass": pass}})
    }

    #[test]
    fn a_password_comes_as_text_or_hashed() {
        let check = |pass: Value, expected| {
            let said = Stage::stranger().says(&request(json!("ann"), pass));
            let [Said::Ran(Command::Account(account::Command::SignIn { secret, .. }))] = said.as_slice()
            else {
                panic!()
            };
            assert_eq!((secret.form(), secret.expose()), expected);
        };
        check(json!("secret"), (Form::Plain, "secret"));
        check(json!(12345), (Form::Plain, "12345"));
        check(json!("cc175b9c0f1b6a831c399e269772661"), (Form::Md5, "0cc175b9c0f1b6a831c399e269772661"));
    }

    #[test]
    fn the_connection_may_become_somebody_else() {
        let mut stage = Stage::signed_in(&bob());
        assert!(matches!(stage.says(&request(json!("ann"), json!("secret"))).as_slice(), [Said::Ran(_)]));
        stage.sign_in(&ann());
        let said = stage.hears_answer(Ok(Reply::Account(account::Reply::Signed(Box::new(ann())))));
        let sid = stage.sid_of(&ann());
        assert_eq!(
            said,
            [Said::Frame(json!({"action": "auth", "data": {
                "status": 0, "error": "OK", "sid": sid, "uid": "ann", "cid": "ann", "nick": "Ann",
            }}))]
        );
    }

    #[test]
    fn a_refusal_has_every_field() {
        let check = |refusal: Refusal, expected: u8, error: &str| {
            let mut stage = Stage::stranger();
            stage.says(&request(json!("ann"), json!("secret")));
            let said = stage.hears_answer(Err(refusal));
            let expected = json!({"action": "auth", "data": {
                "status": expected, "error": error, "sid": "", "uid": "", "cid": "", "nick": "",
            }});
            assert_eq!(said, [Said::Frame(expected)]);
        };
        check(Refusal::UnknownAccount, 7, "that login is not registered");
        check(Refusal::WrongSecret, 2, "wrong password");
        check(Refusal::Busy, 3, "too much at once, try again later");
    }

    #[test]
    fn what_cannot_be_a_login_is_told_why() {
        let check = |login: &str, pass: &str, expected: u8| {
            assert_eq!(
                status(&Stage::stranger().says(&request(json!(login), json!(pass)))),
                expected,
                "{login}"
            );
        };
        check("", "secret", 4);
        check("ann", "", 4);
        check("group:7", "secret", 7);
        check(&"x".repeat(65), "secret", 7);
    }
}
