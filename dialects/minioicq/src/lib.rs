//! MiniOICQ: MessagePack in binary WebSocket messages as its document has it, JSON in text messages as its
//! Qt client speaks it.
//!
//! What is said in other dialects' terms elsewhere (delivery, accounts, who may do what) is the core's; here
//! are only the words. `README.md` tells what is degraded and how.

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
mod refusal;
mod render;
mod session;
#[cfg(test)]
mod testing;
mod wire;

use koine_dialect::client::Speaker;
use koine_dialect::{Carriage, Dialect, Opening, Session};
use koine_model::device::{Device, Sessions};

/// The MiniOICQ dialect.
#[derive(Clone, Copy, Debug, Default)]
pub struct MiniOicq;

const NAME: &str = "minioicq";

/// How clients speak that follow the document.
pub const SPEAKER: Speaker = Speaker {
    name: "minioicq",
    dialect: NAME,
    carriage: Carriage::WebSocket,
    client: || Box::new(client::Program::documented()),
};

/// How the Qt client speaks.
pub const QT_SPEAKER: Speaker =
    Speaker { name: "minioicq-qt", client: || Box::new(client::Program::qt()), ..SPEAKER };

impl Dialect for MiniOicq {
    fn name(&self) -> &'static str {
        NAME
    }

    fn device(&self) -> Device {
        Device::plain(NAME, Sessions::ReplaceOlder)
    }

    fn carriages(&self) -> &'static [Carriage] {
        &[Carriage::WebSocket]
    }

    fn default_port(&self) -> Option<u16> {
        Some(58765)
    }

    fn embeds_media(&self) -> bool {
        true
    }

    fn open(&self, opening: Opening) -> Box<dyn Session> {
        Box::new(session::Session::new(opening.links, opening.nesting))
    }
}
