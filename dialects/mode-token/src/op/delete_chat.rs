//! `deleteChat`: a personal chat goes from the caller's list until something more is said in it; a group is left.

use super::{Asker, Step, Tried};
use crate::refusal::No;
use crate::wire::Fields;
use koine_model::Reply as Answer;
use koine_model::conversation::{Command, Kind, Reply};

pub(super) fn begin(mut fields: Fields, _: Asker<'_>) -> Tried {
    let conversation = fields.chat()?;
    Ok(Step::ask(Command::Find { conversation }, move |outcome| match outcome? {
        Answer::Conversation(Reply::Conversation(overview)) => {
            Ok(Step::only(match overview.conversation.kind {
                Kind::Direct => Command::Clear { conversation },
                Kind::Group => Command::Leave { conversation },
            }))
        }
        _ => Err(No::unexpected()),
    }))
}
