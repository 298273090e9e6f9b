//! Everything that can be asked of the core, and everything that it answers.

use crate::{account, contact, conversation, message, server, upload};

/// A request. It names no caller: the gateway knows who is signed in on the connection.
#[derive(Clone, Debug)]
pub enum Command {
    /// About accounts.
    Account(account::Command),
    /// About contacts.
    Contact(contact::Command),
    /// About conversations.
    Conversation(conversation::Command),
    /// About messages.
    Message(message::Command),
    /// About the server itself.
    Server(server::Command),
    /// About large media.
    Upload(upload::Command),
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Reply {
    /// It is done, and there is nothing to say about it.
    Done,
    /// About accounts.
    Account(account::Reply),
    /// About contacts.
    Contact(contact::Reply),
    /// About conversations.
    Conversation(conversation::Reply),
    /// About messages.
    Message(message::Reply),
    /// About the server itself.
    Server(server::Reply),
    /// About large media.
    Upload(upload::Reply),
}

macro_rules! gathered {
    ($($noun:ident => $variant:ident),*) => {$(
        impl From<$noun::Command> for Command {
            fn from(command: $noun::Command) -> Self {
                Self::$variant(command)
            }
        }
        impl From<$noun::Reply> for Reply {
            fn from(reply: $noun::Reply) -> Self {
                Self::$variant(reply)
            }
        }
    )*};
}

gathered!(
    account => Account, contact => Contact, conversation => Conversation, message => Message, server => Server,
    upload => Upload
);
