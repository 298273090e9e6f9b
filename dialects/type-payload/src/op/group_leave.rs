//! `GROUP_LEAVE`: leave a group.
//!
//! The others hear of it as an event, so nothing is said to them here.

use super::{Asked as Pending, Name, Outcome, Verb, code};
use crate::refusal::{DONE, Family, NO_SUCH_GROUP};
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::ConversationId;
use koine_model::conversation::Command;
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct GroupLeave {
    sender: Name,
    group: Name,
}

/// A request after which the client is in the group no more.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(super) echo: Echo,
    pub(super) group: ConversationId,
}

impl Verb for GroupLeave {
    const TYPE: &'static str = "GROUP_LEAVE";
    const ANSWER: &'static str = "GROUP_LEAVE_ACK";
    const ECHO: &'static [&'static str] = &["sender", "group"];
    const FAMILY: Family = Family::Groups;

    fn speaker(&self) -> &str {
        self.sender.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let conversation = session.rooms.joined(self.group.as_str()).ok_or(NO_SUCH_GROUP)?.id;
        let asked = Pending::Group(Asked { echo, group: conversation });
        session.ask(asked, Command::Leave { conversation }, out);
        Ok(())
    }
}

pub(crate) fn answer(asked: Asked, outcome: &Outcome, session: &mut Conversing, out: &mut Outbox) {
    let code = code(Family::Groups, outcome);
    if code == DONE {
        // What happens to the group from now on, its end too, is no news for this client.
        session.rooms.leave(asked.group);
    }
    out.send(asked.echo.frame(code, out.now()));
}
