//! `createGroupChat`: a chat of several people, who are in it at once. Its maker leads it.

use super::{Asker, Step, Tried, create_chat};
use crate::refusal::No;
use crate::wire::Fields;
use koine_model::conversation::Command;

pub(super) fn begin(mut fields: Fields, _: Asker<'_>) -> Tried {
    let name = fields.text("chat_name")?;
    let members = fields.optional_people("members")?.ok_or_else(|| No::malformed("members is missing"))?;
    Ok(Step::ask(Command::Create { name, members, invite: false }, create_chat::chat))
}
