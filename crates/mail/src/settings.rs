//! Where mail goes out, and in whose name.

use lettre::message::Mailbox;

/// A server that takes mail, and what it is to be told.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub tls: Tls,
    /// User and password, where it asks for them.
    pub credentials: Option<(String, String)>,
    /// Whom mail comes from.
    pub from: String,
    /// The language of letters.
    pub language: Language,
}

/// How the connection to a mail server is kept secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tls {
    /// Not at all.
    None,
    /// It begins in the open and must turn secret, or nothing is sent.
    Starttls,
    /// From the first byte.
    Tls,
}

/// A language that letters can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// English.
    English,
    /// Russian.
    Russian,
    /// Chinese.
    Chinese,
}

/// The address from which mail is to come is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is not an address that mail can come from (such as \"koine <koine@chat.example>\")")]
pub struct SenderError(String);

impl Settings {
    /// Whether mail can come from somebody.
    pub fn check(&self) -> Result<(), SenderError> {
        self.sender().map(drop)
    }

    /// Whom mail comes from.
    pub(crate) fn sender(&self) -> Result<Mailbox, SenderError> {
        self.from.parse().map_err(|_| SenderError(self.from.clone()))
    }
}
