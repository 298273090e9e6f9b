//! Bytes: requests in, replies and events out.
//!
//! Nothing stands between two objects, and every documented field is in every reply.

mod braces;
mod reply;
mod request;

pub(crate) use reply::{Attach, EvMessage, event, refusal, reply, unreadable, welcome};
pub(crate) use request::{Malformed, Request, read, request};
