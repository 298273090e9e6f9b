//! `recovery`: have a link mailed by which somebody who has lost a password sets another one.
//!
//! The answer is the same whether or not there is such an account: what comes of it only the reader of its mail sees.

use super::{Step, Tried};
use crate::refusal::No;
use crate::wire::Fields;
use koine_model::account::{AccountRef, Command, Known};

pub(super) fn begin(mut fields: Fields) -> Tried {
    let (username, known) = (fields.text("username")?, fields.text("known_data")?);
    let known = match fields.text("known_data_type")?.as_str() {
        "email" => Known::Email(known),
        "username" => Known::Handle(known),
        _ => return Err(No::malformed("known_data_type is neither email nor username")),
    };
    // As typed: a name that nobody can have is one that nobody has, and must be answered like any other.
    Ok(Step::only(Command::Recover { who: AccountRef::Typed(username), known }))
}
