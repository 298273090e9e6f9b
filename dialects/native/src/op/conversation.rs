//! The list of one's conversations, one of them with its members, and how one has it.

use super::{Outcome, Signed, Step, Tried, Verb, conversation_of};
use crate::refusal::No;
use crate::render;
use crate::session::Me;
use crate::wire::conversation::{self as wire, Of, One, Perhaps};
use crate::wire::{Bare, Nothing};
use koine_model::conversation::{Attendee, Command, Reply, Shelf};
use koine_model::{AccountId, ConversationId, Reply as Answer};

pub(super) use wire::{InvitationAnswer, Open, Words};

shaped! {
    /// All of one's conversations.
    All: Bare,
    /// One of them, with its members.
    Room: Of,
    /// Take it off one's own list until something more is said in it.
    Clear: Of,
    /// The groups that wait for an answer.
    Invitations: Bare,
}

impl Verb for All {
    type Answer = wire::List;
}

impl Signed for All {
    fn begin(self, me: Me) -> Tried<wire::List> {
        Ok(Step::ask(Command::Shelves { only: None }, move |outcome| match outcome? {
            Answer::Conversation(Reply::Shelves(shelves)) => {
                let conversations = shelves.iter().map(|shelf| render::conversation(shelf, me.id));
                Ok(Step::Say(wire::List { conversations: conversations.collect() }))
            }
            _ => Err(No::unexpected()),
        }))
    }
}

impl Verb for Room {
    type Answer = wire::Room;
}

impl Signed for Room {
    fn begin(self, me: Me) -> Tried<wire::Room> {
        let conversation = conversation_of(self.0.conversation)?;
        Ok(Step::ask(Command::Room { conversation }, move |outcome| {
            let (shelf, attendees) = room(outcome)?;
            let leader = shelf.conversation.leader;
            let members = attendees.iter().map(|attendee| render::attendee(attendee, leader)).collect();
            Ok(Step::Say(wire::Room { conversation: render::conversation(&shelf, me.id), members }))
        }))
    }
}

fn room(outcome: Outcome) -> Result<(Box<Shelf>, Vec<Attendee>), No> {
    match outcome? {
        Answer::Conversation(Reply::Room(shelf, attendees)) => Ok((shelf, attendees)),
        _ => Err(No::unexpected()),
    }
}

impl Verb for Open {
    type Answer = One;
}

impl Signed for Open {
    fn begin(self, me: Me) -> Tried<One> {
        Ok(then_shown(Command::Open { with: self.with.reference()? }, me))
    }
}

/// Asks for a change of a conversation, and shows the conversation as it is then.
pub(super) fn then_shown(command: Command, me: Me) -> Step<One> {
    Step::ask(command, move |outcome| match outcome? {
        Answer::Conversation(Reply::Conversation(overview)) => {
            Ok(shown(overview.conversation.id, me.id, |conversation| One { conversation }))
        }
        _ => Err(No::unexpected()),
    })
}

fn shown<A: serde::Serialize + 'static>(
    conversation: ConversationId,
    viewer: AccountId,
    answer: impl FnOnce(wire::Conversation) -> A + Send + 'static,
) -> Step<A> {
    Step::ask(Command::Room { conversation }, move |outcome| {
        let (shelf, _) = room(outcome)?;
        Ok(Step::Say(answer(render::conversation(&shelf, viewer))))
    })
}

impl Verb for Clear {
    type Answer = Nothing;
}

impl Signed for Clear {
    fn begin(self, _: Me) -> Tried<Nothing> {
        Ok(Step::only(Command::Clear { conversation: conversation_of(self.0.conversation)? }))
    }
}

impl Verb for Words {
    type Answer = Nothing;
}

impl Signed for Words {
    fn begin(self, _: Me) -> Tried<Nothing> {
        let conversation = conversation_of(self.conversation)?;
        Ok(Step::only(Command::Words { conversation, on: self.on }))
    }
}

impl Verb for Invitations {
    type Answer = wire::Invitations;
}

impl Signed for Invitations {
    fn begin(self, _: Me) -> Tried<wire::Invitations> {
        Ok(Step::ask(Command::Invitations, |outcome| match outcome? {
            Answer::Conversation(Reply::Invitations(invitations)) => {
                let invitations = invitations.iter().map(render::invited).collect();
                Ok(Step::Say(wire::Invitations { invitations }))
            }
            _ => Err(No::unexpected()),
        }))
    }
}

impl Verb for InvitationAnswer {
    type Answer = Perhaps;
}

impl Signed for InvitationAnswer {
    fn begin(self, me: Me) -> Tried<Perhaps> {
        let conversation = conversation_of(self.conversation)?;
        let command = Command::AnswerInvitation { conversation, accept: self.accept };
        Ok(Step::ask(command, move |outcome| match outcome? {
            Answer::Done => Ok(Step::Say(Perhaps { conversation: None })),
            Answer::Conversation(Reply::Conversation(overview)) => {
                let perhaps = |conversation| Perhaps { conversation: Some(conversation) };
                Ok(shown(overview.conversation.id, me.id, perhaps))
            }
            _ => Err(No::unexpected()),
        }))
    }
}
