//! `USER_LOGOUT`: be nobody again, on the same connection. The friends hear of it as an event.
//!
//! The document has no answer: a success is silent, and a failure is told by `USER_LOGOUT_ACK`.

use super::{Asked, Name, Outcome, Verb, code};
use crate::refusal::Family;
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::account::Command;
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct UserLogout {
    username: Name,
}

impl Verb for UserLogout {
    const TYPE: &'static str = "USER_LOGOUT";
    const ANSWER: &'static str = "USER_LOGOUT_ACK";
    const ECHO: &'static [&'static str] = &["username"];
    const FAMILY: Family = Family::Own;

    fn speaker(&self) -> &str {
        self.username.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        session.ask(Asked::Logout(echo), Command::SignOut, out);
        Ok(())
    }
}

pub(crate) fn answer(echo: Echo, outcome: &Outcome, session: &mut Conversing, out: &mut Outbox) {
    match outcome {
        Ok(_) => session.forget(out),
        Err(_) => out.send(echo.frame(code(Family::Own, outcome), out.now())),
    }
}
