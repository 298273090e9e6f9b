//! x

pub mod websocket;
