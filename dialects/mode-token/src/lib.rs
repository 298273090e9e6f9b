//! mode-token: one request, one answer, each request with its token; JSON or Python literals over WebSocket.
//!
//! The client polls, so nothing is sent that was not asked for. `README.md` tells what is degraded and how.

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

use koine_dialect::client::Speaker;
use koine_dialect::{Carriage, Dialect, Opening, Session};
use koine_model::device::{Device, Sessions};

/// The mode-token dialect.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModeToken;

const NAME: &str = "mode-token";

/// How its clients speak.
pub const SPEAKER: Speaker = Speaker {
    name: NAME,
    dialect: NAME,
    carriage: Carriage::WebSocket,
    client: || Box::new(client::Program::default()),
};

impl Dialect for ModeToken {
    fn name(&self) -> &'static str {
        NAME
    }

    fn device(&self) -> Device {
        Device { listens: false, ..Device::plain(NAME, Sessions::Several) }
    }

    fn carriages(&self) -> &'static [Carriage] {
        &[Carriage::WebSocket]
    }

    fn default_port(&self) -> Option<u16> {
        Some(5000)
    }

    fn embeds_media(&self) -> bool {
        true
    }

    fn signs_in_first(&self) -> bool {
        // Each request brings its token, also the one with a picture that is a connection's first.
        false
    }

    fn open(&self, opening: Opening) -> Box<dyn Session> {
        Box::new(session::Conversing::new(opening.links, opening.nesting))
    }
}
