//! `GROUP_LEADER_CHANGE`: let another member lead, for the leader. The others hear of it as an event.

use super::{Asked, Name, Outcome, Verb, code};
use crate::refusal::{Family, NO_SUCH_GROUP};
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::Reply;
use koine_model::conversation::{self, Command};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct GroupLeaderChange {
    sender: Name,
    group: Name,
    new_leader: Name,
}

impl Verb for GroupLeaderChange {
    const TYPE: &'static str = "GROUP_LEADER_CHANGE";
    const ANSWER: &'static str = "GROUP_LEADER_CHANGE_ACK";
    const ECHO: &'static [&'static str] = &["sender", "group", "newLeader"];
    const FAMILY: Family = Family::Groups;

    fn speaker(&self) -> &str {
        self.sender.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let conversation = session.rooms.joined(self.group.as_str()).ok_or(NO_SUCH_GROUP)?.id;
        let who = self.new_leader.account(Family::Groups)?;
        session.ask(Asked::LeaderChange(echo), Command::Promote { conversation, who }, out);
        Ok(())
    }
}

pub(crate) fn answer(echo: Echo, outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    out.send(echo.frame(code(Family::Groups, &outcome), out.now()));
    if let Ok(Reply::Conversation(conversation::Reply::Conversation(group))) = outcome {
        // The event that says so is no news for this client any more.
        session.rooms.lead(group.conversation.id, group.conversation.leader);
    }
}
