//! WebSocket (RFC 6455) from a server's side, as pure functions of bytes.
//!
//! Left out: sockets, time limits, answering pings and closes (the session driver does), and every
//! extension; permessage-deflate is declined by not being answered in the handshake.

pub mod handshake;

mod close_code;
mod decode;
mod encode;
mod error;
mod event;
mod header;
mod mask;
mod message;
mod utf8;

#[cfg(test)]
mod tests;

pub use close_code::CloseCode;
pub use decode::Decoder;
pub use encode::{Head, close, frame, head, ping, pong};
pub use error::ProtocolError;
pub use event::{Closing, Event};
pub use header::Opcode;
