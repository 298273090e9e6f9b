//! Frames: one JSON object each.

mod ids;
mod request;

pub(crate) use ids::{Ocid, SessionId};
pub(crate) use request::{Malformed, Request};

use koine_dialect::Payload;
use serde::Serialize;
use serde_json::{Map, Value};

/// A frame of `code` with `fields`.
pub(crate) fn frame<const COUNT: usize>(code: u8, fields: [(&str, Value); COUNT]) -> Payload {
    let mut object = Map::new();
    object.insert("code".to_owned(), code.into());
    object.extend(fields.into_iter().map(|(key, value)| (key.to_owned(), value)));
    Payload::text(Value::Object(object).to_string())
}

/// A frame of which `body` is the whole.
pub(crate) fn whole(body: &impl Serialize) -> Payload {
    // Nothing that is sent has a key that is no text, which is all that can fail.
    Payload::text(serde_json::to_string(body).unwrap_or_default())
}
