//! technotrack: JSON objects on a bare TCP stream, as a phone app from a 2016 Android course speaks them.
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

mod card;
mod client;
mod op;
mod peer;
mod refusal;
mod render;
mod session;
mod sid;
mod wire;

#[cfg(test)]
mod rehearsal;

use koine_dialect::client::Speaker;
use koine_dialect::{Carriage, Dialect, Opening, Payload, Session};
use koine_model::Timestamp;
use koine_model::device::{Device, Sessions};

/// The dialect. There is nothing to configure.
#[derive(Clone, Copy, Debug, Default)]
pub struct Technotrack;

const NAME: &str = "technotrack";

/// A client in use takes what one read returns for one object.
const CARRIAGE: Carriage = Carriage::JsonStream { one_frame_a_write: true };

/// How its clients speak.
pub const SPEAKER: Speaker = Speaker {
    name: NAME,
    dialect: NAME,
    carriage: CARRIAGE,
    client: || Box::new(client::Program::default()),
};

impl Dialect for Technotrack {
    fn name(&self) -> &'static str {
        NAME
    }

    fn device(&self) -> Device {
        Device::plain(self.name(), Sessions::ReplaceOlder)
    }

    fn carriages(&self) -> &'static [Carriage] {
        &[CARRIAGE]
    }

    fn default_port(&self) -> Option<u16> {
        Some(7788)
    }

    fn embeds_media(&self) -> bool {
        true
    }

    fn no_room(&self, _: Timestamp) -> Option<Payload> {
        Some(wire::unreadable("there are too many connections, try again later"))
    }

    fn open(&self, opening: Opening) -> Box<dyn Session> {
        Box::new(session::Conversing::new(opening.nonce, opening.links, opening.nesting))
    }
}
