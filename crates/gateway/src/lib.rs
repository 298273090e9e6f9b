//! Between the sockets and the core: listeners, frames, the driver of sessions, HTTP, and an end in good order.
//!
//! Which dialects there are, and what they say, the gateway does not know: it moves frames in and answers and events out.

pub mod websocket;

mod connection;
mod http;
mod kernel;
mod listen;
mod pulse;
mod settings;
mod wire;

pub use listen::{BindError, Gateway, Listening};
pub use settings::{Settings, Spoken};
