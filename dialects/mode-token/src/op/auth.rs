//! `auth`: a user name and a password for a token.
//!
//! Each `auth` makes another token; none of them knows the connection on which it was made.

use super::{Outcome, Step, Tried};
use crate::refusal::{No, Status};
use crate::wire::{Body, Fields};
use koine_model::account::{AccountRef, Command, Handle, Reply};
use koine_model::secret::Secret;
use koine_model::{Refusal, Reply as Answer};

pub(super) fn begin(mut fields: Fields) -> Tried {
    let (username, password) = (fields.text("username")?, fields.text("password")?);
    // A name that nobody can have is a name that nobody has.
    let handle = Handle::parse(&username).map_err(|_| wrong())?;
    let command = Command::SignIn { who: AccountRef::Handle(handle), secret: Secret::plain(password) };
    Ok(Step::ask(command, |outcome| match outcome {
        Err(Refusal::UnknownAccount | Refusal::WrongSecret) => Err(wrong()),
        other => with_a_token(other),
    }))
}

/// Whoever has just proven who they are gets a token.
pub(super) fn with_a_token(outcome: Outcome) -> Tried {
    outcome?;
    Ok(Step::ask(Command::IssueToken { label: String::new() }, |outcome| match outcome? {
        Answer::Account(Reply::Token(token, _)) => Ok(Step::Say(Body::Token { token: token.expose() })),
        _ => Err(No::unexpected()),
    }))
}

/// Which of the two is wrong is not told to strangers.
fn wrong() -> No {
    No::new(Status::NotAuthorized, "wrong user name or password")
}
