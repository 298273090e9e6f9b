//! `deleteGroupChat`: remove a group, with all that was said in it, for everyone. For its leader.

use super::{Asker, Step, Tried};
use crate::wire::Fields;
use koine_model::conversation::Command;

pub(super) fn begin(mut fields: Fields, _: Asker<'_>) -> Tried {
    Ok(Step::only(Command::Dissolve { conversation: fields.chat()? }))
}
