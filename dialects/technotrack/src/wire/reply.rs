//! The frames that the server sends.

use super::braces;
use crate::op::{NoFields, Verb};
use crate::refusal::{No, Status};
use koine_dialect::Payload;
use koine_model::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
struct Envelope<'a, D> {
    action: &'a str,
    data: D,
}

#[derive(Serialize)]
struct Answer<'a, F> {
    status: Status,
    error: &'a str,
    #[serde(flatten)]
    fields: F,
}

#[derive(Serialize)]
struct Welcome {
    action: &'static str,
    message: &'static str,
    time: i64,
}

/// A message that somebody sent.
#[derive(Serialize)]
pub(crate) struct EvMessage<'a> {
    pub(crate) from: &'a str,
    pub(crate) nick: &'a str,
    pub(crate) body: &'a str,
    /// Seconds since 1970.
    pub(crate) time: i64,
    pub(crate) attach: Attach,
}

/// An attachment; both fields are empty where there is none.
#[derive(Serialize, Default)]
pub(crate) struct Attach {
    pub(crate) mime: String,
    pub(crate) data: String,
}

/// The answer to a request: its fields, or the refusal with all of them empty.
pub(crate) fn reply<V: Verb>(result: Result<V::Fields, No>) -> Payload {
    match result {
        Ok(fields) => answer(V::ACTION, Status::Ok, "OK", fields),
        Err(no) => answer(V::ACTION, no.status, &no.error, V::Fields::default()),
    }
}

/// The refusal of a request that the document does not know.
pub(crate) fn refusal(action: &str, no: &No) -> Payload {
    answer(action, no.status, &no.error, NoFields {})
}

/// The refusal of what is no request at all.
pub(crate) fn unreadable(error: &'static str) -> Payload {
    refusal("unknown", &No::malformed(error))
}

/// What the server says first.
pub(crate) fn welcome(now: Timestamp) -> Payload {
    braces::frame(&Welcome { action: "welcome", message: "Welcome to koine", time: now.seconds() })
}

/// Tells of a message.
pub(crate) fn event(message: &EvMessage<'_>) -> Payload {
    braces::frame(&Envelope { action: "ev_message", data: message })
}

fn answer<F: Serialize>(action: &str, status: Status, error: &str, fields: F) -> Payload {
    braces::frame(&Envelope { action, data: Answer { status, error, fields } })
}
