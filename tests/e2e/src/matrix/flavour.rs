//! The list of all flavours: a sixth dialect takes part by its entry here.

use super::minioicq::MiniOicq;
use super::mode_token::ModeToken;
use super::native::Native;
use super::ourchat::OurChat;
use super::technotrack::Technotrack;
use super::type_payload::TypePayload;
use super::{Client, Form, Known};
use koine_testkit::value::Encoding;

/// One way to speak one dialect.
#[derive(Clone, Copy)]
pub struct Flavour {
    /// The name in the matrix.
    pub name: &'static str,
    /// The dialect's name in the registry.
    pub dialect: &'static str,
    /// Whether it comes by WebSocket.
    pub websocket: bool,
    /// How its frames are encoded.
    pub encoding: Encoding,
    /// In which forms its clients send a password.
    pub forms: &'static [Form],
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
            forms: &[Form::Plain],
            client: |me| Box::new(MiniOicq::documented(me)),
        },
        Flavour {
            name: "minioicq json",
            dialect: "minioicq",
            websocket: true,
            encoding: json,
            forms: &[Form::Plain],
            client: |me| Box::new(MiniOicq::qt(me)),
        },
        Flavour {
            name: "mode-token",
            dialect: "mode-token",
            websocket: true,
            encoding: json,
            forms: &[Form::Plain],
            client: |me| Box::new(ModeToken::new(me)),
        },
        Flavour {
            name: "native",
            dialect: "native",
            websocket: true,
            encoding: json,
            forms: &[Form::Plain],
            client: |me| Box::new(Native::new(me)),
        },
        Flavour {
            name: "ourchat",
            dialect: "ourchat",
            websocket: true,
            encoding: json,
            forms: &[Form::Sha256],
            client: |me| Box::new(OurChat::new(me)),
        },
        Flavour {
            name: "technotrack",
            dialect: "technotrack",
            websocket: false,
            encoding: json,
            forms: &[Form::Plain, Form::Md5],
            client: |me| Box::new(Technotrack::new(me)),
        },
        Flavour {
            name: "type-payload raw",
            dialect: "type-payload",
            websocket: false,
            encoding: json,
            forms: &[Form::Sha256, Form::Md5],
            client: |me| Box::new(TypePayload::new(me)),
        },
        Flavour {
            name: "type-payload ws",
            dialect: "type-payload",
            websocket: true,
            encoding: json,
            forms: &[Form::Sha256, Form::Md5],
            client: |me| Box::new(TypePayload::new(me)),
        },
    ]
}
