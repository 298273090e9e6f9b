//! `FRIEND_REMOVE`: no longer be friends, on either side. The other hears of it as an event.

use super::{Asked, Name, Verb};
use crate::refusal::Family;
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::contact::Command;
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct FriendRemove {
    sender: Name,
    receiver: Name,
}

impl Verb for FriendRemove {
    const TYPE: &'static str = "FRIEND_REMOVE";
    const ANSWER: &'static str = "FRIEND_REMOVE_ACK";
    const ECHO: &'static [&'static str] = &["sender", "receiver"];
    const FAMILY: Family = Family::Friends;

    fn speaker(&self) -> &str {
        self.sender.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let who = self.receiver.account(Family::Friends)?;
        session.ask(Asked::Plain(echo, Family::Friends), Command::Remove { who, both: true }, out);
        Ok(())
    }
}
