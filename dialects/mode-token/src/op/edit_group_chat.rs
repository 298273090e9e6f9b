//! `editGroupChat`: another name for a group, people added to it, people taken out of it.
//!
//! The changes are made one after the other, and the first that is refused is the last that is tried. Adding who is in, or
//! taking out who is not, is no refusal: it is so already.

use super::{Asker, Step, Tried};
use crate::refusal::No;
use crate::wire::Fields;
use koine_model::Refusal;
use koine_model::conversation::Command;
use std::collections::VecDeque;

pub(super) fn begin(mut fields: Fields, _: Asker<'_>) -> Tried {
    let conversation = fields.chat()?;
    let rename = fields.optional_text("chat_name")?.map(|name| Command::Rename { conversation, name });
    let added = fields.optional_people("add_members")?.unwrap_or_default();
    let removed = fields.optional_people("remove_members")?.unwrap_or_default();
    let added = added.into_iter().map(|who| Command::Add { conversation, who, invite: false });
    let removed = removed.into_iter().map(|who| Command::Expel { conversation, who });
    let changes: VecDeque<_> = rename.into_iter().chain(added).chain(removed).collect();
    if changes.is_empty() {
        return Err(No::malformed("chat_name, add_members and remove_members are all missing"));
    }
    Ok(make(changes))
}

fn make(mut changes: VecDeque<Command>) -> Step {
    match changes.pop_front() {
        None => Step::done(),
        Some(change) => Step::ask(change, |outcome| match outcome {
            Ok(_) | Err(Refusal::Already | Refusal::NotThere) => Ok(make(changes)),
            Err(refusal) => Err(refusal.into()),
        }),
    }
}
