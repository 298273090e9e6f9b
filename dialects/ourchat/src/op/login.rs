//! Code 6: log in. Answered with `{"code": 7, "status": 0 welcome, 1 wrong account or password, 2 server error, "ocid"}`.
//!
//! `account` is an e-mail address, an ocid or a handle, whatever `login_type` says: no two of them look alike.

use super::{Asked, Outcome, Standing, Verb};
use crate::refusal::{No, statuses};
use crate::session::Client;
use crate::wire;
use koine_dialect::Outbox;
use koine_dialect::toolbox::lenient::Word;
use koine_model::Reply;
use koine_model::account::{self, AccountRef};
use koine_model::secret::Secret;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Login {
    account: Word,
    password: Word,
}

impl Verb for Login {
    const CODE: u32 = 6;
    const STANDING: Standing = Standing::Anyone;

    fn submit(self, client: &mut Client, out: &mut Outbox) -> Result<(), No> {
        let who = AccountRef::Typed(self.account.as_str().trim().to_owned());
        let secret = Secret::classify(self.password.as_str());
        client.ask(Asked::Login, account::Command::SignIn { who, secret }, out);
        Ok(())
    }
}

pub(crate) fn answer(outcome: Outcome, out: &mut Outbox) {
    out.send(match outcome {
        Ok(Reply::Account(account::Reply::Signed(person))) => {
            wire::frame(7, [("status", 0.into()), ("ocid", person.profile.id.to_string().into())])
        }
        Ok(_) => wire::frame(7, [("status", 2.into())]),
        Err(refusal) => wire::frame(7, [("status", statuses(refusal).login.into())]),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann};
    use koine_model::{Command, Refusal};
    use serde_json::{Value, json};

    #[test]
    fn the_account_may_be_anything_that_names_one() {
        let check = |account: Value, expected: &str| {
            let said = Stage::stranger().says(&json!({"code": 6, "account": account, "password": "x"}));
            let [Said::Ran(Command::Account(account::Command::SignIn { who, .. }))] = said.as_slice() else {
                panic!("{said:?}")
            };
            assert_eq!(*who, AccountRef::Typed(expected.to_owned()));
        };
        check(json!("ann@h"), "ann@h");
        check(json!(1_000_000_001), "1000000001");
        check(json!(" ann "), "ann");
    }

    #[test]
    fn the_answer_is_a_status() {
        let check = |outcome: Outcome, expected: Value| {
            let mut stage = Stage::stranger();
            stage.says(&json!({"code": 6, "login_type": 0, "account": "ann@h", "password": "x"}));
            assert_eq!(stage.hears_answer(outcome), [Said::Frame(expected)]);
        };
        let signed = account::Reply::Signed(Box::new(ann()));
        check(Ok(signed.into()), json!({"code": 7, "status": 0, "ocid": "1000000001"}));
        check(Err(Refusal::WrongSecret), json!({"code": 7, "status": 1}));
        check(Err(Refusal::Busy), json!({"code": 7, "status": 2}));
        check(Ok(Reply::Done), json!({"code": 7, "status": 2}));
    }
}
