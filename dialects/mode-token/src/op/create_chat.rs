//! `createChat`, also as `createPersonalChat`: the chat with somebody, which is made when it is not there.

use super::{Asker, Outcome, Step, Tried};
use crate::refusal::No;
use crate::wire::{Body, Fields};
use koine_model::account::{AccountRef, Handle};
use koine_model::conversation::{Command, Reply};
use koine_model::{AccountId, Refusal, Reply as Answer};

pub(super) fn begin(mut fields: Fields, asker: Asker<'_>) -> Tried {
    let with = contact(&mut fields)?;
    let is_asker = match &with {
        AccountRef::Id(id) => *id == asker.face.id,
        AccountRef::Handle(handle) => *handle == asker.face.handle,
        AccountRef::Typed(_) => false,
    };
    if is_asker {
        return Err(Refusal::Yourself.into());
    }
    Ok(Step::ask(Command::Open { with }, chat))
}

/// Tells the number of the chat that was opened or made.
pub(super) fn chat(outcome: Outcome) -> Tried {
    match outcome? {
        Answer::Conversation(Reply::Conversation(overview)) => {
            Ok(Step::Say(Body::Chat { chat_id: overview.conversation.id.number() }))
        }
        _ => Err(No::unexpected()),
    }
}

/// A contact that nobody can be is one that was not found.
fn contact(fields: &mut Fields) -> Result<AccountRef, No> {
    let mode = fields.text("contact_mode")?;
    match mode.trim() {
        "id" => {
            let id = AccountId::new(fields.number("contact_value")?);
            id.map(AccountRef::Id).ok_or_else(|| Refusal::UnknownAccount.into())
        }
        "username" => {
            let handle = Handle::parse(&fields.text("contact_value")?);
            handle.map(AccountRef::Handle).map_err(|_| Refusal::UnknownAccount.into())
        }
        _ => Err(No::malformed("contact_mode is neither id nor username")),
    }
}
