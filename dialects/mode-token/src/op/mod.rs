//! The modes of the protocol, one a file, and the table by which they are found.
//!
//! A mode reads its fields and asks the core; what it makes of the reply it says in a closure beside the question, so that a
//! mode that must ask twice reads from top to bottom.

mod account;
mod auth;
mod create_chat;
mod create_group_chat;
mod delete_chat;
mod delete_group_chat;
mod edit_group_chat;
mod get_chats;
mod get_messages;
mod logout;
mod recovery;
mod register;
mod send_message;
mod subscribe;

pub(crate) use subscribe::{MODE as SUBSCRIBE, Subscription};

use crate::refusal::No;
use crate::wire::{Body, Fields};
use koine_dialect::Links;
use koine_model::account::Face;
use koine_model::token::Token;
use koine_model::{Command, Refusal, Reply};
use std::sync::Arc;

/// What became of a command.
pub(crate) type Outcome = Result<Reply, Refusal>;

/// What is made of a command's outcome.
pub(crate) type Then = Box<dyn FnOnce(Outcome) -> Tried + Send>;

/// A step towards the answer, or the refusal that is the answer.
pub(crate) type Tried = Result<Step, No>;

/// What is done next about a request.
pub(crate) enum Step {
    /// It is answered.
    Say(Body),
    /// The core is asked.
    Ask(Box<Command>, Then),
    /// It is answered, and the connection is told what happens from now on.
    Subscribed(Subscription),
    /// It is answered, and what this token has begun ends.
    LoggedOut(Token),
}

impl Step {
    /// Success, of which there is nothing to say.
    pub(crate) fn done() -> Self {
        Self::Say(Body::Empty {})
    }

    /// Asks the core.
    pub(crate) fn ask(
        command: impl Into<Command>,
        then: impl FnOnce(Outcome) -> Tried + Send + 'static,
    ) -> Self {
        Self::Ask(Box::new(command.into()), Box::new(then))
    }

    /// Asks for something of which nothing is said but that it was done.
    pub(crate) fn only(command: impl Into<Command>) -> Self {
        Self::ask(command, |outcome| {
            outcome?;
            Ok(Self::done())
        })
    }
}

/// Who asks, as the token of the request has proven.
pub(crate) struct Asker<'a> {
    pub(crate) face: Arc<Face>,
    pub(crate) token: Token,
    pub(crate) links: &'a Links,
}

/// One mode.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    /// Its name, which the answer repeats.
    pub(crate) name: &'static str,
    pub(crate) begin: Begin,
}

/// How a mode begins.
#[derive(Clone, Copy)]
pub(crate) enum Begin {
    /// For anyone.
    Open(fn(Fields) -> Tried),
    /// For whoever has a token.
    Signed(fn(Fields, Asker<'_>) -> Tried),
}

const MODES: &[Mode] = &[
    open("checkConnection", |_| Ok(Step::done())),
    signed("checkToken", |_, _| Ok(Step::done())),
    open("auth", auth::begin),
    open("register", register::begin),
    open("recovery", recovery::begin),
    signed("logout", logout::begin),
    signed("setUsername", account::set_username),
    signed("setEmail", account::set_email),
    signed("setAvatar", account::set_avatar),
    // The document names it the one way in its heading and the other in its example.
    signed("createChat", create_chat::begin),
    signed("createPersonalChat", create_chat::begin),
    signed("getChats", get_chats::begin),
    signed("getMessages", get_messages::begin),
    signed("sendMessage", send_message::begin),
    signed("deleteChat", delete_chat::begin),
    signed("createGroupChat", create_group_chat::begin),
    signed("editGroupChat", edit_group_chat::begin),
    signed("deleteGroupChat", delete_group_chat::begin),
    signed(subscribe::MODE, subscribe::begin),
];

/// The mode of this name.
pub(crate) fn find(name: &str) -> Option<Mode> {
    MODES.iter().find(|mode| mode.name == name).copied()
}

const fn open(name: &'static str, begin: fn(Fields) -> Tried) -> Mode {
    Mode { name, begin: Begin::Open(begin) }
}

const fn signed(name: &'static str, begin: fn(Fields, Asker<'_>) -> Tried) -> Mode {
    Mode { name, begin: Begin::Signed(begin) }
}
