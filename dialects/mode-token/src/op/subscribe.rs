//! `subscribe`: be told of messages on this connection from now on, as `newMessage`. Ours; without it nothing is ever told.

use super::{Asker, Step, Tried};
use crate::wire::Fields;
use koine_model::AccountId;
use koine_model::account::Command;
use koine_model::token::Token;

/// Its name, under which its end is told as well.
pub(crate) const MODE: &str = "subscribe";

/// For whom a connection listens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Subscription {
    pub(crate) account: AccountId,
    /// It must still be valid whenever something is told.
    pub(crate) token: Token,
}

pub(super) fn begin(_: Fields, asker: Asker<'_>) -> Tried {
    let subscription = Subscription { account: asker.face.id, token: asker.token };
    Ok(Step::ask(Command::Listen { have: None, epoch: None, newest: None }, move |outcome| {
        outcome?;
        Ok(Step::Subscribed(subscription))
    }))
}
