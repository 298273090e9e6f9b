//! `setuserinfo`: change what others see of oneself.
//!
//! `{user_status, email, phone, picture}` is answered with `{status, error}`. `user_status` and `picture` overwrite, also
//! with nothing; an empty `email` or `phone` keeps what is there. What is not in the request stays.

use super::{Asked, NoFields, Outcome, Verb, done};
use crate::refusal::No;
use crate::session::Conversing;
use koine_dialect::toolbox::base64;
use koine_dialect::toolbox::lenient::Word;
use koine_model::Command;
use koine_model::account::{self, ProfileChange};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct SetUserInfo {
    user_status: Option<Word>,
    email: Word,
    phone: Word,
    picture: Option<Word>,
}

impl Verb for SetUserInfo {
    const ACTION: &'static str = "setuserinfo";
    type Asked = ();
    type Fields = NoFields;

    fn submit(self) -> Result<(Asked, Command), No> {
        let picture = self.picture.map(|picture| base64::decode(picture.as_str()).ok_or(picture)).transpose();
        let picture = picture.map_err(|_| No::malformed("the picture is not Base64"))?;
        let change = ProfileChange {
            email: unless_empty(self.email),
            phone: unless_empty(self.phone),
            status: self.user_status.map(|status| status.0),
            picture: picture.map(Into::into),
            ..ProfileChange::default()
        };
        Ok((Asked::SetUserInfo, account::Command::Change(Box::new(change)).into()))
    }

    fn answer((): (), outcome: Outcome, _: &Conversing) -> Result<NoFields, No> {
        done(outcome)
    }
}

fn unless_empty(word: Word) -> Option<String> {
    (!word.as_str().trim().is_empty()).then_some(word.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, status};
    use koine_model::{Refusal, Reply};
    use serde_json::{Value, json};

    type Shown<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<&'a [u8]>);

    fn check(data: Value, expected: Shown<'_>) {
        let said = Stage::signed_in(&ann()).says(&json!({"action": "setuserinfo", "data": data}));
        let [Said::Ran(Command::Account(account::Command::Change(change)))] = said.as_slice() else {
            panic!("{said:?}")
        };
        let picture = change.picture.as_ref().map(|bytes| bytes.as_ref());
        let shown = (change.status.as_deref(), change.email.as_deref(), change.phone.as_deref(), picture);
        assert_eq!(shown, expected, "{data}");
        assert!(change.handle.is_none() && change.nick.is_none());
    }

    #[test]
    fn empty_takes_away_or_keeps() {
        check(
            json!({"user_status": "busy", "email": "a@h", "phone": 5, "picture": "YW\nJj"}),
            (Some("busy"), Some("a@h"), Some("5"), Some(b"abc")),
        );
        check(
            json!({"user_status": "", "email": "", "phone": " ", "picture": ""}),
            (Some(""), None, None, Some(b"")),
        );
        check(json!({"user_status": null}), (None, None, None, None));
        check(json!({}), (None, None, None, None));
    }

    #[test]
    fn the_answer_is_a_status() {
        let check = |outcome: Outcome, expected: u8| {
            let mut stage = Stage::signed_in(&ann());
            stage.says(&json!({"action": "setuserinfo", "data": {"email": "bob@h"}}));
            assert_eq!(status(&stage.hears_answer(outcome)), expected);
        };
        check(Ok(Reply::Account(account::Reply::Person(Box::new(ann())))), 0);
        check(Err(Refusal::EmailTaken), 1);
        let said = Stage::signed_in(&ann()).says(&json!({"action": "setuserinfo", "data": {"picture": "%"}}));
        assert_eq!(status(&said), 3);
    }
}
