//! Everyone talks to everyone: one small client for each flavour of each dialect, all of one shape.
//!
//! A client only knows what its protocol says; what went wrong is returned in words, to stand in a cell of the matrix.

mod flavour;
mod line;
mod minioicq;
mod mode_token;
mod native;
mod ourchat;
mod page;
mod person;
mod secret;
mod table;
mod technotrack;
mod town;
mod type_payload;

pub use flavour::{Flavour, flavours};
pub use line::Line;
pub use page::is_written_down;
pub use person::Person;
pub use secret::Form;
pub use table::{Cell, Table, both};
pub use town::Town;

use std::net::SocketAddr;
use std::pin::Pin;

/// What a client does takes time, and may go wrong.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + 'a>>;

/// How others know somebody.
#[derive(Clone, Debug)]
pub struct Known {
    /// The handle, which is the nick as well.
    pub handle: String,
    /// The number.
    pub id: u64,
}

impl Known {
    /// Whether a protocol that says `who` means this person.
    pub fn is(&self, who: &str) -> bool {
        who == self.handle || who == self.id.to_string()
    }
}

/// Who said what, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// The conversation, as the protocol calls it; empty where the protocol does not say.
    pub room: String,
    /// The handle or the number, whichever the protocol has.
    pub from: String,
    /// The number of the message; empty where the protocol has none.
    pub id: String,
    /// What was said.
    pub content: Content,
}

/// What a message holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// Words.
    Text(String),
    /// A picture or another file.
    File(File),
}

/// A picture or another file. What a protocol does not tell of it is empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its MIME type.
    pub mime: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} ({}, {} bytes)", self.name, self.mime, self.bytes.len())
    }
}

/// Whether somebody was let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// They are in.
    In,
    /// The password was wrong.
    WrongPassword,
}

/// A group, as whoever made it knows it.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name, which is the same for everybody.
    pub name: String,
    /// What its maker's protocol calls it.
    pub room: String,
}

/// Somebody's program. It keeps what a program keeps between two connections.
pub trait Client {
    /// The connection, so that it can be ended and opened again.
    fn line(&mut self) -> &mut Line;

    /// Is told where the server's HTTP port is, for protocols that fetch and send files there.
    fn finds_http(&mut self, _: SocketAddr) {}

    /// What it sends for the password.
    fn secret(&mut self) -> &mut &'static str;

    /// Makes the account, and signs in.
    fn register(&mut self) -> Soon<'_, ()>;

    /// Signs in on a connection on which nobody is.
    fn sign_in(&mut self) -> Soon<'_, Entry>;

    /// What the protocol calls the conversation with somebody.
    fn meet<'a>(&'a mut self, other: &'a Known) -> Soon<'a, String>;

    /// Says something. It is on the server when this is done.
    fn say<'a>(&'a mut self, room: &'a str, text: &'a str) -> Soon<'a, ()>;

    /// The next thing that is told: what others say, and what its own user says elsewhere.
    fn hear(&mut self) -> Soon<'_, Said>;

    /// Whether it asks for what is new, instead of being told. A question must not be given up half-way.
    fn polls(&self) -> bool {
        false
    }

    /// How many times [`Client::hear`] tells what this client has said itself.
    fn echoes(&self) -> usize {
        0
    }

    /// Whether the protocol can tell what its own user says elsewhere.
    fn hears_own(&self) -> bool {
        true
    }

    /// Whether the protocol has words for pictures and for other files.
    fn sends(&self) -> Sends;

    /// What the protocol tells of the pictures and other files that it shows.
    fn shows(&self) -> Shows;

    /// Sends a picture or another file. It is on the server when this is done.
    fn send<'a>(&'a mut self, room: &'a str, file: &'a File) -> Soon<'a, ()>;

    /// Whether the protocol has words for making a group.
    fn makes_groups(&self) -> bool {
        true
    }

    /// Whether [`Client::befriend`] asks the server for something.
    fn makes_friends(&self) -> bool {
        false
    }

    /// Sees to it that both are friends, where only friends can be in a group.
    fn befriend<'a>(&'a mut self, _: &'a Known) -> Soon<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Makes a group of this name, unless the protocol names it itself.
    fn make_group<'a>(&'a mut self, name: &'a str, others: &'a [Known]) -> Soon<'a, Group>;

    /// Finds the group into which it was put, or accepts the invitation; tells what the protocol calls it.
    fn join<'a>(&'a mut self, name: &'a str) -> Soon<'a, String>;
}

/// What a protocol can send beside words.
#[derive(Clone, Copy, Debug)]
pub struct Sends {
    /// Pictures.
    pub pictures: bool,
    /// Other files.
    pub files: bool,
    /// The names of either.
    pub names: bool,
    /// The MIME types of either. A picture's is known from its bytes.
    pub types: bool,
}

/// What a protocol tells of a picture or another file beside its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Shows {
    /// Its name, where the sender has told one.
    pub names: bool,
    /// Its MIME type.
    pub types: bool,
}
