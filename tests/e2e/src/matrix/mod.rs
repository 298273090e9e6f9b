//! Everyone talks to everyone: one small client for each flavour of each dialect, all of one shape.
//!
//! A client only knows what its protocol says; what went wrong is returned in words, to stand in a cell of the matrix.

mod line;
mod minioicq;
mod mode_token;
mod ourchat;
mod table;
mod technotrack;
mod type_payload;

pub use line::Line;
pub use table::{MARKS, Table};

use koine_testkit::value::Encoding;
use std::pin::Pin;

/// What a client does takes time, and may go wrong.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + 'a>>;

/// Everybody's password.
pub const PASSWORD: &str = "secret";
/// What the clients that hash send for it: its SHA-256.
pub const PASSWORD_HASHED: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

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

/// Who said what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// The handle or the number, whichever the protocol has.
    pub from: String,
    /// The words.
    pub text: String,
}

/// Somebody's program. It keeps what a program keeps between two connections.
pub trait Client {
    /// The connection, so that it can be ended and opened again.
    fn line(&mut self) -> &mut Line;

    /// Makes the account, and signs in.
    fn register(&mut self) -> Soon<'_, ()>;

    /// Signs in on a connection that is fresh.
    fn sign_in(&mut self) -> Soon<'_, ()>;

    /// Says something to somebody. It is on the server when this is done.
    fn say<'a>(&'a mut self, to: &'a Known, text: &'a str) -> Soon<'a, ()>;

    /// The next thing that somebody else says.
    fn hear(&mut self) -> Soon<'_, Said>;
}

/// One way to speak one dialect.
pub struct Flavour {
    /// The name in the matrix.
    pub name: &'static str,
    /// The dialect's name in the registry.
    pub dialect: &'static str,
    /// Whether it comes by WebSocket.
    pub websocket: bool,
    /// How its frames are encoded.
    pub encoding: Encoding,
    /// Makes the program of the person of this name.
    pub client: fn(Known) -> Box<dyn Client>,
}

/// Every flavour there is. A dialect of the registry that is not here fails the matrix.
pub fn flavours() -> Vec<Flavour> {
    let json = Encoding::Json;
    vec![
        Flavour {
            name: "minioicq msgpack",
            dialect: "minioicq",
            websocket: true,
            encoding: Encoding::MessagePack,
            client: |me| Box::new(minioicq::MiniOicq::documented(me)),
        },
        Flavour {
            name: "minioicq json",
            dialect: "minioicq",
            websocket: true,
            encoding: json,
            client: |me| Box::new(minioicq::MiniOicq::qt(me)),
        },
        Flavour {
            name: "mode-token",
            dialect: "mode-token",
            websocket: true,
            encoding: json,
            client: |me| Box::new(mode_token::ModeToken::new(me)),
        },
        Flavour {
            name: "ourchat",
            dialect: "ourchat",
            websocket: true,
            encoding: json,
            client: |me| Box::new(ourchat::OurChat::new(me)),
        },
        Flavour {
            name: "technotrack",
            dialect: "technotrack",
            websocket: false,
            encoding: json,
            client: |me| Box::new(technotrack::Technotrack::new(me)),
        },
        Flavour {
            name: "type-payload raw",
            dialect: "type-payload",
            websocket: false,
            encoding: json,
            client: |me| Box::new(type_payload::TypePayload::new(me)),
        },
        Flavour {
            name: "type-payload ws",
            dialect: "type-payload",
            websocket: true,
            encoding: json,
            client: |me| Box::new(type_payload::TypePayload::new(me)),
        },
    ]
}
