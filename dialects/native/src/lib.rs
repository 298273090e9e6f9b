//! native: koine's own protocol, in which everything can be said that the server can do.
//!
//! JSON over WebSocket: numbered requests, each answered once and in order, and events. `docs/native.md` is its document.

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
mod op;
mod refusal;
mod render;
mod session;
mod wire;

#[cfg(test)]
mod rehearsal;
#[cfg(test)]
mod schema;

use koine_dialect::client::Speaker;
use koine_dialect::{Carriage, Dialect, Opening, Session};
use koine_model::device::{Device, Sessions, Tokens};

/// The native dialect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

const NAME: &str = "native";

/// How its clients speak.
pub const SPEAKER: Speaker = Speaker {
    name: NAME,
    dialect: NAME,
    carriage: Carriage::WebSocket,
    client: || Box::new(client::Program::default()),
};

impl Dialect for Native {
    fn name(&self) -> &'static str {
        NAME
    }

    fn device(&self) -> Device {
        Device {
            answers_requests: true,
            listens: false,
            shows_acts: true,
            shows_marks: true,
            tokens: Tokens::LONG,
            ..Device::plain(NAME, Sessions::Several)
        }
    }

    fn carriages(&self) -> &'static [Carriage] {
        &[Carriage::WebSocket]
    }

    fn default_port(&self) -> Option<u16> {
        // Its clients come to `/ws/native` of the HTTP port, where the media are, too.
        None
    }

    fn embeds_media(&self) -> bool {
        false
    }

    fn uploads_by_http(&self) -> bool {
        true
    }

    fn open(&self, opening: Opening) -> Box<dyn Session> {
        Box::new(session::Client::new(&opening))
    }
}
