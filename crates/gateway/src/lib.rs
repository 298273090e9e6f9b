//! Between the sockets and the core: listeners, frames, the driver of sessions, HTTP, and an end in good order.
//!
//! Which dialects there are, and what they say, the gateway does not know: it moves frames in and answers and events out.

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

pub mod websocket;

mod connection;
mod full;
mod house;
mod http;
mod listen;
mod metrics;
mod pulse;
mod settings;
mod strangers;
mod tend;
mod tls;
mod wire;

pub use listen::{Gateway, Listening, StartError};
pub use settings::{Listen, Settings, Spoken, WebFile};
pub use tls::{CertificateError, TlsFiles};
