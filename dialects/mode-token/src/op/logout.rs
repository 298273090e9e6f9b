//! `logout`: make the token worthless, on every connection. Other tokens of the account stay.

use super::{Asker, Step, Tried};
use crate::wire::Fields;
use koine_model::account::Command;

pub(super) fn begin(_: Fields, asker: Asker<'_>) -> Tried {
    let token = asker.token;
    Ok(Step::ask(Command::RevokeToken { token }, move |outcome| {
        outcome?;
        Ok(Step::LoggedOut(token))
    }))
}
