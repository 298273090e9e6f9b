//! Code 4: make an account, and be logged in with it. Answered with `{"code": 5, "status", "ocid"}`, or with
//! `{"code": 13}` when the address must be verified first, and then nothing is registered.
//!
//! `ocid` is there when it has worked. The desktop client sends no `name`: what stands before the "@" is the name then.

use super::{Asked, Outcome, Standing, Verb};
use crate::refusal::{No, Registration as Refused, statuses};
use crate::session::Client;
use crate::wire;
use koine_dialect::Outbox;
use koine_dialect::toolbox::lenient::Word;
use koine_model::Reply;
use koine_model::account::{self, Registration};
use koine_model::secret::Secret;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Register {
    email: Word,
    password: Word,
    #[serde(default)]
    name: Word,
}

impl Verb for Register {
    const CODE: u32 = 4;
    const STANDING: Standing = Standing::Anyone;

    fn submit(self, client: &mut Client, out: &mut Outbox) -> Result<(), No> {
        let email = self.email.as_str().trim().to_owned();
        if email.is_empty() {
            return Err(No::new("the e-mail address is empty"));
        }
        let name = self.name.as_str().trim();
        let before_at = email.split('@').next().unwrap_or_default();
        let nick = [name, before_at].into_iter().find(|name| !name.is_empty()).unwrap_or(&email).to_owned();
        let registration = Registration {
            handle: None,
            nick,
            nick_is_unique: false,
            secret: Secret::classify(self.password.as_str()),
            email,
            phone: String::new(),
            sign_in: true,
            invitation: None,
        };
        client.ask(Asked::Register, account::Command::RegisterVerified(Box::new(registration)), out);
        Ok(())
    }
}

pub(crate) fn answer(outcome: Outcome, out: &mut Outbox) {
    out.send(match outcome {
        Ok(Reply::Account(account::Reply::Signed(person))) => {
            wire::frame(5, [("status", 0.into()), ("ocid", person.profile.id.to_string().into())])
        }
        Ok(_) => wire::frame(5, [("status", 1.into())]),
        Err(refusal) => match statuses(refusal).registration {
            Refused::Status(status) => wire::frame(5, [("status", status.into())]),
            Refused::Verify => wire::frame(13, []),
        },
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann, error};
    use koine_model::secret::Form;
    use koine_model::{Command, Refusal};
    use serde_json::{Value, json};

    fn request(name: Value) -> Value {
        json!({"code": 4, "email": " ann@h ", "password": "a".repeat(64), "name": name})
    }

    #[test]
    fn a_name_is_made_of_the_address() {
        let check = |name: Value, expected: &str| {
            let said = Stage::stranger().says(&request(name));
            let [Said::Ran(Command::Account(account::Command::RegisterVerified(registration)))] =
                said.as_slice()
            else {
                panic!("{said:?}")
            };
            assert_eq!((registration.nick.as_str(), registration.email.as_str()), (expected, "ann@h"));
            assert_eq!(registration.secret.form(), Form::Sha256);
            assert!(registration.handle.is_none() && registration.sign_in);
        };
        check(json!("Ann Lee"), "Ann Lee");
        check(json!(" "), "ann");
        check(json!(null), "ann");
        error(&Stage::stranger().says(&json!({"code": 4, "email": " ", "password": "x"})));
    }

    #[test]
    fn the_answer_is_a_status() {
        let check = |outcome: Outcome, expected: Value| {
            let mut stage = Stage::stranger();
            stage.says(&request(json!("Ann")));
            assert_eq!(stage.hears_answer(outcome), [Said::Frame(expected)]);
        };
        let signed = account::Reply::Signed(Box::new(ann()));
        check(Ok(signed.into()), json!({"code": 5, "status": 0, "ocid": "1000000001"}));
        check(Err(Refusal::EmailTaken), json!({"code": 5, "status": 2}));
        check(Err(Refusal::Maintenance), json!({"code": 5, "status": 1}));
        check(Err(Refusal::Unverified), json!({"code": 13}));
        check(Ok(Reply::Done), json!({"code": 5, "status": 1}));
    }
}
