//! What was said, as frames and as entries of a history.

use crate::wire;
use koine_dialect::toolbox::content;
use koine_dialect::{Flavour, Links, Payload};
use koine_model::AccountId;
use koine_model::conversation::Kind;
use koine_model::message::{Letter, Part};
use serde::Serialize;
use serde_json::{Value, json};

/// All clients of this dialect get the same bytes.
pub(crate) const FLAVOUR: Flavour = Flavour("type-payload");

#[derive(Serialize)]
struct Text<'a> {
    sender: &'a str,
    receiver: &'a str,
    content: &'a str,
}

/// To whom a message went: a person, or a group as this client knows it.
pub(crate) fn receiver(letter: &Letter, me: AccountId, shown: Option<&str>) -> String {
    match letter.conversation.kind {
        Kind::Group => shown.unwrap_or(&letter.conversation.name).to_owned(),
        // To whoever the sender was not, whichever of the two is looking.
        Kind::Direct => {
            let other = letter.other(letter.message.sender).or(letter.other(me));
            other.map_or(String::new(), |face| face.handle.to_string())
        }
    }
}

/// The texts of a message, one frame each.
pub(crate) fn texts(letter: &Letter, receiver: &str, links: &Links) -> Vec<Payload> {
    letter.message.parts.iter().map(|part| text(letter, receiver, &content::words(part, links))).collect()
}

/// One text of a message.
pub(crate) fn text(letter: &Letter, receiver: &str, words: &str) -> Payload {
    let text = Text { sender: letter.sender.handle.as_str(), receiver, content: words };
    wire::write("TEXT_MESSAGE", letter.message.at, text)
}

/// A message as entries of a history, one for each of its parts.
pub(crate) fn entries(letter: &Letter, receiver: &str, links: &Links) -> Vec<Value> {
    let entry = |part: &Part| {
        let line = json!({
            "timestamp": letter.message.at.seconds(),
            "sender": letter.sender.handle.as_str(),
            "receiver": receiver,
            "content": "",
        });
        let Value::Object(mut line) = line else { return line };
        if let Part::Media(media) = part {
            line.insert("mediaId".into(), media.id.to_string().into());
            line.insert("mediaType".into(), media.mime.as_str().into());
            line.insert("mediaSize".into(), media.blob.size.into());
        } else {
            line.insert("content".into(), content::words(part, links).into());
        }
        Value::Object(line)
    };
    letter.message.parts.iter().map(entry).collect()
}
