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
    content::parts(letter).iter().map(|part| text(letter, receiver, &content::words(part, links))).collect()
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
    content::parts(letter).iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{ann, bob, letter};
    use koine_model::Seq;
    use koine_model::message::{Act, Deed, Quote};
    use std::sync::Arc;

    #[test]
    fn what_was_done_to_messages_is_told_in_words() {
        let check = |parts: Vec<Part>, expected: &str| {
            let mut letter = letter(&ann(), &[&ann(), &bob()], parts);
            let (seq, at, sender) = (Seq::new(1), letter.message.at, letter.sender.clone());
            letter.about = Some(Arc::new(Quote { seq, at, sender, excerpt: "tea?".into() }));
            let links = Links::new("http://h");
            let frames = texts(&letter, "bob", &links);
            let [frame] = frames.as_slice() else { panic!("one frame") };
            let frame: Value = serde_json::from_slice(frame.bytes()).unwrap();
            assert_eq!(frame["payload"]["content"], json!(expected));
            let entries = entries(&letter, "bob", &links);
            assert_eq!(entries.iter().map(|entry| &entry["content"]).collect::<Vec<_>>(), [expected]);
        };
        let act = |deed| vec![Part::Act(Act { target: Seq::new(1), deed })];
        check(act(Deed::Edited("new".into())), "✎ new");
        check(act(Deed::Reacted { emoji: "👍".into(), on: true }), "👍 ← tea?");
        check(vec![Part::Removed], "🗑");
        check(vec![Part::Reply { to: Seq::new(1) }, Part::text("yes")], "↪ Ann: tea?\nyes");
    }
}
