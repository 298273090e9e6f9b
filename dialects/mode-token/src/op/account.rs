//! `setUsername`, `setEmail`, `setAvatar`: changing one's own profile. The document only wishes for them; the fields are ours.
//!
//! `{username}`, `{email}`, `{avatar}` (Base64, empty to have none) are answered with a status.

use super::{Asker, Step, Tried};
use crate::refusal::No;
use crate::wire::Fields;
use koine_model::account::{Command, Handle, HandleFault, ProfileChange};

/// People have one name here: whoever takes another one is also called so by those who show nicks.
pub(super) fn set_username(mut fields: Fields, _: Asker<'_>) -> Tried {
    let handle = handle(&fields.text("username")?)?;
    let nick = Some(handle.to_string());
    Ok(change(ProfileChange { handle: Some(handle), nick, ..ProfileChange::default() }))
}

pub(super) fn set_email(mut fields: Fields, _: Asker<'_>) -> Tried {
    let email = Some(fields.text("email")?);
    Ok(change(ProfileChange { email, ..ProfileChange::default() }))
}

pub(super) fn set_avatar(mut fields: Fields, _: Asker<'_>) -> Tried {
    let picture = Some(fields.bytes("avatar")?.into());
    Ok(change(ProfileChange { picture, ..ProfileChange::default() }))
}

/// Reads a user name that somebody wants to have.
pub(super) fn handle(username: &str) -> Result<Handle, No> {
    Handle::parse(username).map_err(|fault| {
        No::malformed(match fault {
            HandleFault::Empty => "username is missing",
            HandleFault::TooLong => "username has more than 64 characters",
            HandleFault::Unusable => "username cannot be used",
        })
    })
}

fn change(change: ProfileChange) -> Step {
    Step::only(Command::Change(Box::new(change)))
}
