//! `REGISTER_REQUEST`: make an account. It is not signed in by that.

use super::{Asked, Name, Verb};
use crate::refusal::{self, Family};
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::Refusal;
use koine_model::account::{Command, Handle, Registration};
use koine_model::refusal::Field;
use koine_model::secret::Secret;
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Register {
    username: Name,
    password_hash: Name,
}

impl Verb for Register {
    const TYPE: &'static str = "REGISTER_REQUEST";
    const ANSWER: &'static str = "REGISTER_RESPONSE";
    const ECHO: &'static [&'static str] = &[];
    const FAMILY: Family = Family::Register;
    const OPEN: bool = true;

    fn speaker(&self) -> &str {
        self.username.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let handle = Handle::parse(self.username.as_str())
            .map_err(|_| refusal::code(Family::Register, Refusal::Unusable(Field::Handle)))?;
        let registration = Registration {
            nick: handle.to_string(),
            handle: Some(handle),
            nick_is_unique: false,
            secret: Secret::classify(self.password_hash.as_str()),
            email: String::new(),
            phone: String::new(),
            sign_in: false,
            invitation: None,
        };
        session.ask(Asked::Plain(echo, Family::Register), Command::Register(Box::new(registration)), out);
        Ok(())
    }
}
