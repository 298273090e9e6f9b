//! ourchat: JSON text in WebSocket messages, each of which names itself by a number, `code`.
//!
//! README.md says which document this follows and what it cannot show. One code, one file in `op/`.

#![forbid(unsafe_code)]
// What a peer sends meets this code first: nothing here may panic, wrap around or cut off silently.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::as_conversions,
        clippy::arithmetic_side_effects
    )
)]

mod client;
mod flavour;
mod op;
mod picture;
mod refusal;
mod render;
mod session;
mod wire;

#[cfg(test)]
mod rehearsal;

use koine_dialect::client::Speaker;
use koine_dialect::{Carriage, Dialect, Opening, Session};
use koine_model::device::{Device, Sessions};

/// The dialect. There is nothing to configure.
#[derive(Clone, Copy, Debug, Default)]
pub struct OurChat;

/// The dialect's name, under which it also keeps what only its own clients understand.
const NAME: &str = "ourchat";

/// How its clients speak.
pub const SPEAKER: Speaker = Speaker {
    name: NAME,
    dialect: NAME,
    carriage: Carriage::WebSocket,
    client: || Box::new(client::Program::default()),
};

impl Dialect for OurChat {
    fn name(&self) -> &'static str {
        NAME
    }

    fn device(&self) -> Device {
        Device::plain(self.name(), Sessions::Several)
    }

    fn carriages(&self) -> &'static [Carriage] {
        &[Carriage::WebSocket]
    }

    fn default_port(&self) -> Option<u16> {
        Some(7777)
    }

    fn embeds_media(&self) -> bool {
        false
    }

    fn open(&self, opening: Opening) -> Box<dyn Session> {
        Box::new(session::Client::new(opening.links, opening.nesting))
    }
}
