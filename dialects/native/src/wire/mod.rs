//! Frames: what a request begins with, and how answers, errors and events are written.
//!
//! The shapes are in the other files, one family of messages in each. What they are made from is in `render`.

pub(crate) mod account;
pub(crate) mod contact;
pub(crate) mod conversation;
pub(crate) mod event;
pub(crate) mod message;

use crate::refusal::{Code, Error, No};
use bytes::Bytes;
use koine_dialect::{Nesting, Payload};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt::Write;

#[cfg(test)]
pub(crate) use schemars::JsonSchema as Described;

/// What has a schema. It is made in the tests alone, and checked against `docs/native.schema.json` there.
#[cfg(not(test))]
pub(crate) trait Described {}

#[cfg(not(test))]
impl<T> Described for T {}

/// What every request begins with, wherever in the object it stands.
#[derive(Deserialize)]
pub(crate) struct Head<'a> {
    /// The client's number for it.
    pub(crate) id: u64,
    /// What is to be done.
    #[serde(rename = "do", borrow)]
    pub(crate) verb: Cow<'a, str>,
}

/// Why a frame cannot be asked what it wants.
#[derive(Debug)]
pub(crate) enum Headless {
    /// It can be answered at least.
    Numbered(u64, No),
    /// Not even that: it is no object, or has no number.
    Nameless(String),
}

impl<'a> Head<'a> {
    /// Reads no more of a frame than is needed to know what the rest must look like.
    pub(crate) fn read(text: &'a str, nesting: &Nesting) -> Result<Self, Headless> {
        if !nesting.bears(text) {
            const WHY: &str = "the frame is nested too deeply";
            // What is passed over is not gone into, however deep it is.
            return Err(match serde_json::from_str(text) {
                Ok(Numbered { id }) => Headless::Numbered(id, No::new(Code::BadRequest, WHY)),
                Err(_) => Headless::Nameless(WHY.to_owned()),
            });
        }
        serde_json::from_str(text).map_err(|error| match serde_json::from_str(text) {
            Ok(Numbered { id }) => {
                let no = read::<Whole>(text).err();
                Headless::Numbered(id, no.unwrap_or_else(|| No::new(Code::BadRequest, reason(&error))))
            }
            Err(error) => {
                let reason = reason(&error);
                Headless::Nameless(format!("this is no JSON object with a number called id: {reason}"))
            }
        })
    }
}

/// The number and the name of a request that begins with both, as most do: they are read without going through the rest, which is
/// read once then. Nothing where the rest may have them again; that it is right at all is not looked at here.
pub(crate) fn beginning(text: &str) -> Option<(u64, &str)> {
    let (id, rest) = text.strip_prefix(r#"{"id":"#)?.split_once(',')?;
    let (verb, rest) = rest.strip_prefix(r#""do":""#)?.split_once('"')?;
    // A name of a field may be spelt with escapes, too.
    let again = [r#""id""#, r#""do""#, r"\u"].iter().any(|sign| rest.contains(sign));
    let id = id.parse().ok().filter(|_| !again && !verb.contains('\\'))?;
    Some((id, verb))
}

/// What can be answered.
#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

/// A request that says what it wants.
#[derive(Deserialize)]
struct Whole {
    #[serde(rename = "do")]
    _verb: String,
}

/// Reads a request as what its `do` says that it is; the refusal names the field that is wrong.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, No> {
    serde_json::from_str(text).map_err(|_| {
        // Once more, and slower, to learn where.
        let mut reader = serde_json::Deserializer::from_str(text);
        match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            Err(error) => malformed(&error),
            Ok(_) => No::new(Code::BadRequest, "there is more than one object in this frame"),
        }
    })
}

fn malformed(error: &serde_path_to_error::Error<serde_json::Error>) -> No {
    let reason = reason(error.inner());
    let path = error.path().to_string();
    // A key of a map that is none has no name.
    let above = Some(path.strip_suffix(".?").unwrap_or(&path).to_owned()).filter(|path| path != ".");
    // What is missing has no place of its own: the path is that of what it is missing from.
    let missing = reason.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let field = match (above, missing) {
        (Some(above), Some(missing)) => Some(format!("{above}.{missing}")),
        (None, Some(missing)) => Some(missing.to_owned()),
        (above, None) => above,
    };
    let no = No::new(Code::BadRequest, reason);
    match field {
        Some(field) => no.about(field),
        None => no,
    }
}

/// What a reader of JSON complains of, without the place, and no longer than anybody reads.
fn reason(error: &serde_json::Error) -> String {
    const LONGEST: usize = 200;
    let text = error.to_string();
    let complaint = text.rsplit_once(" at line ").map_or(text.as_str(), |(complaint, _)| complaint);
    complaint.chars().take(LONGEST).collect()
}

/// The answer to the request numbered `id`; `body` is a JSON object.
pub(crate) fn answer(id: u64, body: &str) -> Payload {
    Payload::text(numbered(id, "ok", body))
}

/// The refusal of the request numbered `id`.
pub(crate) fn refusal(id: u64, error: &Error) -> Payload {
    Payload::text(numbered(id, "error", &json(error)))
}

/// A frame for the request numbered `id`, with `body` under this name.
fn numbered(id: u64, name: &str, body: &str) -> String {
    // As long as the frame will be: what is exactly full is handed over as it is.
    let digits = usize::try_from(id.checked_ilog10().unwrap_or(0)).unwrap_or(0);
    let length = [r#"{"id":0,"":}"#.len(), digits, name.len(), body.len()];
    let mut frame = String::with_capacity(length.into_iter().fold(0, usize::saturating_add));
    // It cannot fail: the text takes all that there is memory for.
    let _ = write!(frame, r#"{{"id":{id},"{name}":{body}}}"#);
    frame
}

/// An event of this name: `body`, which is an object, with the name before its fields.
pub(crate) fn event(name: &'static str, body: &impl Serialize) -> Payload {
    // A message of a few lines fits.
    const USUAL: usize = 512;
    let mut frame = Vec::with_capacity(USUAL);
    frame.extend_from_slice(br#"{"event":""#);
    frame.extend_from_slice(name.as_bytes());
    frame.push(b'"');
    let begin = frame.len();
    // It cannot fail: see `json`.
    let _ = serde_json::to_writer(&mut frame, body);
    // By hand: flattened by serde, each field goes through an adapter, which is half of the work of telling a message.
    match frame.get_mut(begin..) {
        Some([brace, b'}']) => {
            *brace = b'}';
            frame.pop();
        }
        Some([brace, ..]) => *brace = b',',
        _ => {}
    }
    // It may wait for many clients, and counts for what it is long. A copy costs less than giving back the end of what was taken.
    let is_roomy = frame.capacity().saturating_sub(frame.len()) > frame.len() / 2;
    Payload::Text(if is_roomy { Bytes::copy_from_slice(&frame) } else { frame.into() })
}

/// A value as it is written.
pub(crate) fn json(value: &impl Serialize) -> String {
    // It cannot fail: there is no map with keys that are no texts, and nothing of ours refuses to be written.
    serde_json::to_string(value).unwrap_or_default()
}

/// An answer of which there is nothing to say.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Nothing {}

/// A request that has nothing to say beyond its name.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Bare {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_frame_is_as_long_as_was_reckoned() {
        for id in [0, 9, 10, 99, 100, 12_345, u64::MAX] {
            let frame = numbered(id, "ok", r#"{"a":1}"#);
            let expected = format!(r#"{{"id":{id},"ok":{{"a":1}}}}"#);
            assert_eq!(frame, expected);
            // Exactly full, whatever the allocator rounds up to.
            assert_eq!(frame.capacity(), frame.len(), "{frame}");
        }
    }
}
