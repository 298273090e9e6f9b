//! Code 14: have an e-mail address verified. Answered with `{"code": 15, "status": 0 passed, 1 failed, 2 timed out}`.
//!
//! Where the server verifies nothing, the answer comes at once, and `email` need not be there: the desktop client sends none.
//! Otherwise it comes when the link in the mail was opened, or was not opened in time; other requests are answered meanwhile.

use super::{Asked, Outcome, Standing, Verb};
use crate::refusal::No;
use crate::session::Client;
use crate::wire;
use koine_dialect::toolbox::lenient::Word;
use koine_dialect::{Outbox, Payload};
use koine_model::Reply;
use koine_model::account::{self, Verification};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Verify {
    #[serde(default)]
    email: Word,
}

impl Verb for Verify {
    const CODE: u32 = 14;
    const STANDING: Standing = Standing::Anyone;

    fn submit(self, client: &mut Client, out: &mut Outbox) -> Result<(), No> {
        client.ask(Asked::Verify, account::Command::VerifyEmail { email: self.email.0 }, out);
        Ok(())
    }
}

pub(crate) fn answer(outcome: &Outcome, out: &mut Outbox) {
    match outcome {
        Ok(Reply::Account(account::Reply::Verified)) => out.send(frame(Verification::Passed)),
        // A mail is on its way; what becomes of it is told later.
        Ok(_) => {}
        Err(_) => out.send(frame(Verification::Failed)),
    }
}

/// How a verification has ended.
pub(crate) fn frame(outcome: Verification) -> Payload {
    let status: u8 = match outcome {
        Verification::Passed => 0,
        Verification::Failed => 1,
        Verification::TimedOut => 2,
    };
    wire::frame(15, [("status", status.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage};
    use koine_dialect::Session;
    use koine_model::refusal::Field;
    use koine_model::{Command, Refusal};
    use serde_json::{Value, json};

    #[test]
    fn the_address_may_be_missing() {
        let check = |request: Value, expected: &str| {
            let said = Stage::stranger().says(&request);
            let [Said::Ran(Command::Account(account::Command::VerifyEmail { email }))] = said.as_slice()
            else {
                panic!("{said:?}")
            };
            assert_eq!(email, expected);
        };
        check(json!({"code": 14}), "");
        check(json!({"code": 14, "email": null}), "");
        check(json!({"code": 14, "email": "ann@h"}), "ann@h");
    }

    #[test]
    fn the_answer_comes_at_once_or_later() {
        let status = |status: u8| Said::Frame(json!({"code": 15, "status": status}));
        let answered = |outcome: Outcome| {
            let mut stage = Stage::stranger();
            stage.says(&json!({"code": 14}));
            stage.hears_answer(outcome)
        };
        assert_eq!(answered(Ok(account::Reply::Verified.into())), [status(0)]);
        assert_eq!(answered(Ok(Reply::Done)), []);
        assert_eq!(answered(Err(Refusal::Unusable(Field::Email))), [status(1)]);
        let told = |outcome| Stage::stranger().with(|client, out| client.verified(outcome, out));
        assert_eq!(told(Verification::Passed), [status(0)]);
        assert_eq!(told(Verification::Failed), [status(1)]);
        assert_eq!(told(Verification::TimedOut), [status(2)]);
    }
}
