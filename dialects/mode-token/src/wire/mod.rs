//! Bytes: requests in, as JSON or as Python literals; answers out, as JSON that is a Python literal too.

mod literal;
mod reply;
mod request;

pub(crate) use reply::{Body, ChatLine, Item, Members, Messages, answer, moment, new_message};
pub(crate) use request::{Fields, Request, request};
