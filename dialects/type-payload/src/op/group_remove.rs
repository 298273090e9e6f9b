//! `GROUP_REMOVE`: remove a group, for its leader. The others hear of it as an event.

use super::group_leave::Asked;
use super::{Asked as Pending, Name, Verb};
use crate::refusal::{Family, NO_SUCH_GROUP};
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::conversation::Command;
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct GroupRemove {
    sender: Name,
    group: Name,
}

impl Verb for GroupRemove {
    const TYPE: &'static str = "GROUP_REMOVE";
    const ANSWER: &'static str = "GROUP_REMOVE_ACK";
    const ECHO: &'static [&'static str] = &["sender", "group"];
    const FAMILY: Family = Family::Groups;

    fn speaker(&self) -> &str {
        self.sender.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let conversation = session.rooms.joined(self.group.as_str()).ok_or(NO_SUCH_GROUP)?.id;
        let asked = Pending::Group(Asked { echo, group: conversation });
        session.ask(asked, Command::Dissolve { conversation }, out);
        Ok(())
    }
}
