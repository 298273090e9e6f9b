//! `FRIEND_REQUEST_RESPONSE`: accept or reject what somebody asked.
//!
//! It keeps the request's `sender` and `receiver`, so its speaker is the `receiver`. The document has no answer to it: a
//! success is silent, and a failure is told by `FRIEND_REQUEST_RESPONSE_ACK`.

use super::{Asked, Name, Outcome, Verb};
use crate::refusal::{DONE, Family};
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::Reply;
use koine_model::contact::{self, Command};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct FriendRequestResponse {
    sender: Name,
    receiver: Name,
    code: u32,
}

impl Verb for FriendRequestResponse {
    const TYPE: &'static str = "FRIEND_REQUEST_RESPONSE";
    const ANSWER: &'static str = "FRIEND_REQUEST_RESPONSE_ACK";
    const ECHO: &'static [&'static str] = &["sender", "receiver"];
    const FAMILY: Family = Family::Friends;

    fn speaker(&self) -> &str {
        self.receiver.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let who = self.sender.account(Family::Friends)?;
        let accept = self.code == DONE;
        session.ask(Asked::FriendAnswer(echo), Command::Answer { who, accept }, out);
        Ok(())
    }
}

pub(crate) fn answer(echo: Echo, outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    match outcome {
        Ok(Reply::Contact(contact::Reply::Contact(asker))) => {
            let asker = asker.profile.id;
            session.asking.retain(|known| *known != asker);
            session.answered.askers.push(asker);
        }
        Ok(_) => {}
        Err(_) => out.send(echo.frame(super::code(Family::Friends, &outcome), out.now())),
    }
}
