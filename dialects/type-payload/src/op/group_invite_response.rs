//! `GROUP_INVITE_RESPONSE`: accept or reject an invitation.
//!
//! It keeps the invitation's `sender` and `receiver`, so its speaker is the `receiver`. The document has no answer to it: a
//! success is silent, and a failure is told by `GROUP_INVITE_RESPONSE_ACK`. Whoever was put into a group without being
//! asked was shown a `GROUP_INVITE` all the same, and rejecting that is leaving.

use super::{Asked as Pending, Name, Outcome, Verb, code};
use crate::refusal::{DONE, Family, NO_SUCH_GROUP};
use crate::rooms::Footing;
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::conversation::{self, Command};
use koine_model::{ConversationId, Refusal, Reply};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct GroupInviteResponse {
    sender: Name,
    receiver: Name,
    group: Name,
    code: u32,
}

/// An answer to an invitation.
#[derive(Debug)]
pub(crate) struct Asked {
    echo: Echo,
    group: ConversationId,
    accept: bool,
}

impl Verb for GroupInviteResponse {
    const TYPE: &'static str = "GROUP_INVITE_RESPONSE";
    const ANSWER: &'static str = "GROUP_INVITE_RESPONSE_ACK";
    const ECHO: &'static [&'static str] = &["sender", "receiver", "group"];
    const FAMILY: Family = Family::Groups;

    fn speaker(&self) -> &str {
        self.receiver.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let _ = self.sender;
        let room = session.rooms.named(self.group.as_str()).ok_or(NO_SUCH_GROUP)?;
        let (conversation, footing, accept) = (room.id, room.footing, self.code == DONE);
        let command = match (footing, accept) {
            (Footing::Invited, accept) => Command::AnswerInvitation { conversation, accept },
            (Footing::Listed | Footing::Member, false) => Command::Leave { conversation },
            (Footing::Listed | Footing::Member, true) => return Ok(()),
        };
        session.ask(Pending::InviteAnswer(Asked { echo, group: conversation, accept }), command, out);
        Ok(())
    }
}

pub(crate) fn answer(asked: Asked, outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    match outcome {
        Ok(Reply::Conversation(conversation::Reply::Conversation(group))) if asked.accept => {
            session.rooms.enter(&group.conversation, Footing::Member);
        }
        Ok(_) => {
            session.answered.groups.push(asked.group);
            session.rooms.leave(asked.group);
        }
        Err(refusal) => {
            let gone = matches!(refusal, Refusal::NotThere | Refusal::UnknownConversation);
            let code = if gone { NO_SUCH_GROUP } else { code(Family::Groups, &Err(refusal)) };
            if gone {
                session.rooms.leave(asked.group);
            }
            out.send(asked.echo.frame(code, out.now()));
        }
    }
}
