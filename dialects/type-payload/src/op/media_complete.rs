//! The end of a transfer, either way.
//!
//! Towards the sender, the server is the receiver: it says `MEDIA_MESSAGE_COMPLETE` when the message is on disk. Towards a
//! recipient it is the sender, and the client's acknowledgements move the transfer on.

use super::{Asked, Name, Outcome, code};
use crate::outgoing::{self, Acknowledged};
use crate::refusal::{DONE, Family};
use crate::session::Conversing;
use koine_dialect::Outbox;
use koine_dialect::toolbox::lenient::Word;
use koine_model::upload::Command;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Makes a message of a transfer that is whole.
pub(crate) fn finish(id: &str, session: &mut Conversing, out: &mut Outbox) {
    let Some(transfer) = session.uploads.find(id) else { return };
    let command = Command::Finish {
        key: id.to_owned(),
        to: transfer.to.clone(),
        mime: transfer.mime.clone(),
        name: String::new(),
    };
    session.ask(Asked::MediaFinish(id.to_owned()), command, out);
}

pub(crate) fn answer(id: String, outcome: &Outcome, session: &mut Conversing, out: &mut Outbox) {
    let Some(transfer) = session.uploads.find(&id) else { return };
    let echo = transfer.echo.under("MEDIA_MESSAGE_COMPLETE");
    let code = code(Family::Media, outcome);
    if code == DONE {
        session.uploads.complete(id);
    } else {
        session.uploads.end(&id);
    }
    out.send(echo.frame(code, out.now()));
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Acknowledgement {
    media_id: Name,
    chunk_index: Word,
    code: Value,
}

impl Acknowledgement {
    /// What cannot be read as a code is a no: a client that says no in its own way must not hold up what follows.
    fn code(&self) -> u32 {
        match Word::deserialize(&self.code).as_ref().map(Word::as_str) {
            Ok("") => DONE,
            Ok(code) => code.parse().unwrap_or(u32::MAX),
            Err(_) => u32::MAX,
        }
    }
}

/// What a recipient acknowledges with a frame of this type.
pub(crate) fn acknowledged(kind: &str) -> Option<fn(u64) -> Acknowledged> {
    match kind {
        "MEDIA_MESSAGE_ACK" => Some(|_| Acknowledged::Offer),
        "MEDIA_MESSAGE_DATA_ACK" => Some(Acknowledged::Chunk),
        "MEDIA_MESSAGE_COMPLETE" => Some(|_| Acknowledged::Everything),
        _ => None,
    }
}

/// A recipient has answered. What belongs to nothing that is on its way is let pass.
pub(crate) fn acknowledge(
    what: fn(u64) -> Acknowledged,
    payload: Map<String, Value>,
    session: &mut Conversing,
    out: &mut Outbox,
) {
    if let Ok(said) = Acknowledgement::deserialize(Value::Object(payload)) {
        let chunk = said.chunk_index.as_str().parse().unwrap_or(0);
        outgoing::acknowledge(said.media_id.as_str(), what(chunk), said.code(), session, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_code_is_read_in_whatever_form_it_comes() {
        let code = |payload: Value| Acknowledgement::deserialize(payload).map(|said| said.code()).ok();
        assert_eq!(code(json!({"mediaId": "m"})), Some(DONE));
        for done in [json!(0), json!("0"), json!(0.0), json!(""), json!(null)] {
            assert_eq!(code(json!({"mediaId": "m", "code": done})), Some(DONE), "{done}");
        }
        for (no, expected) in [(json!(5101), 5101), (json!("5101"), 5101), (json!(1.0), 1)] {
            assert_eq!(code(json!({"code": no})), Some(expected), "{no}");
        }
        // Each of these is a no: were it let pass, the client would wait for ever, and what follows with it.
        for odd in [
            json!(-1),
            json!("no"),
            json!(4_294_967_296_u64),
            json!(0.5),
            json!(true),
            json!([]),
            json!({"a": 0}),
        ] {
            assert_eq!(code(json!({"mediaId": "m", "code": odd})), Some(u32::MAX), "{odd}");
        }
    }
}
