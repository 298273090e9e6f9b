//! type-payload: `{"type", "timestamp", "payload"}` objects, on a bare stream or by WebSocket, on one port.
//!
//! README.md says which document this follows and what it cannot show. One request, one file in `op/`.

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
mod incoming;
mod op;
mod outgoing;
mod refusal;
mod render;
mod rooms;
mod session;
mod telling;
mod wire;

#[cfg(test)]
mod rehearsal;

use koine_dialect::client::Speaker;
use koine_dialect::{Carriage, Dialect, Opening, Payload, Session};
use koine_model::Timestamp;
use koine_model::device::{Device, Sessions};

/// The dialect. There is nothing to configure.
#[derive(Clone, Copy, Debug, Default)]
pub struct TypePayload;

const NAME: &str = "type-payload";

/// How its clients speak over bare TCP.
pub const SPEAKER: Speaker = Speaker {
    name: NAME,
    dialect: NAME,
    carriage: Carriage::JsonStream { one_frame_a_write: false },
    client: || Box::new(client::Program::default()),
};

/// How its clients speak over WebSocket.
pub const WEBSOCKET_SPEAKER: Speaker =
    Speaker { name: "type-payload-ws", carriage: Carriage::WebSocket, ..SPEAKER };

impl Dialect for TypePayload {
    fn name(&self) -> &'static str {
        NAME
    }

    fn device(&self) -> Device {
        Device { answers_requests: true, ..Device::plain(self.name(), Sessions::RefuseNewer) }
    }

    fn carriages(&self) -> &'static [Carriage] {
        &[Carriage::JsonStream { one_frame_a_write: false }, Carriage::WebSocket]
    }

    fn default_port(&self) -> Option<u16> {
        Some(9100)
    }

    fn embeds_media(&self) -> bool {
        // Media come in chunks, which the session asks for one after the other.
        false
    }

    fn no_room(&self, now: Timestamp) -> Option<Payload> {
        Some(wire::error(now, "there are too many connections, try again later"))
    }

    fn open(&self, opening: Opening) -> Box<dyn Session> {
        Box::new(session::Conversing::new(opening.links, opening.nesting))
    }
}
