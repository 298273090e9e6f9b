//! `USER_STATUS_UPDATE`: say how one is doing. The friends hear of it as an event.
//!
//! What is said stays with the account until it says something else; `online` takes it away. The document has no answer: a
//! success is silent, and a failure is told by `USER_STATUS_UPDATE_ACK`.

use super::{Asked, Name, Verb};
use crate::refusal::Family;
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::account::{Command, ProfileChange};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct UserStatusUpdate {
    username: Name,
    status: Name,
}

impl Verb for UserStatusUpdate {
    const TYPE: &'static str = "USER_STATUS_UPDATE";
    const ANSWER: &'static str = "USER_STATUS_UPDATE_ACK";
    const ECHO: &'static [&'static str] = &["username", "status"];
    const FAMILY: Family = Family::Own;

    fn speaker(&self) -> &str {
        self.username.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let said = self.status.as_str().trim();
        let status = Some(if said == "online" { String::new() } else { said.to_owned() });
        let change = ProfileChange { status, ..ProfileChange::default() };
        session.ask(Asked::Quiet(echo, Family::Own), Command::Change(Box::new(change)), out);
        Ok(())
    }
}
