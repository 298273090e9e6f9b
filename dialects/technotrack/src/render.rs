//! What was said, as `ev_message` frames.
//!
//! The bytes depend on the message alone: everyone who is told of it, its sender too, gets the same.

use crate::peer::Peer;
use crate::wire::{Attach, EvMessage, event};
use koine_dialect::toolbox::{base64, content};
use koine_dialect::{Links, Payload};
use koine_model::conversation::Kind;
use koine_model::message::{Letter, Part};

/// The frames of a message, in the order of its parts.
///
/// An `ev_message` holds one text and one attachment: an attachment joins the text right before it.
pub(crate) fn message(letter: &Letter, links: &Links) -> Vec<Payload> {
    let line = Line::of(letter);
    let mut frames = Vec::new();
    let mut said: Option<String> = None;
    for part in content::parts(letter).iter() {
        match attach(part, letter) {
            Some(attach) => frames.push(line.frame(said.take().unwrap_or_default(), attach)),
            None => {
                if let Some(earlier) = said.replace(content::words(part, links)) {
                    frames.push(line.frame(earlier, Attach::default()));
                }
            }
        }
    }
    frames.extend(said.map(|body| line.frame(body, Attach::default())));
    frames
}

/// The attachment that a part is, if the bytes of it are at hand.
fn attach(part: &Part, letter: &Letter) -> Option<Attach> {
    let Part::Media(media) = part else { return None };
    let bytes = letter.blobs.find(&media.blob)?;
    Some(Attach { mime: media.mime.clone(), data: base64::encode(bytes) })
}

/// What all frames of a message share.
struct Line {
    from: String,
    nick: String,
    prefix: String,
    time: i64,
}

impl Line {
    fn of(letter: &Letter) -> Self {
        let (sender, conversation) = (&letter.sender, &letter.conversation);
        let time = letter.message.at.seconds();
        match conversation.kind {
            Kind::Direct => Self {
                from: sender.handle.to_string(),
                nick: sender.nick.clone(),
                prefix: String::new(),
                time,
            },
            // A group is a contact here, and who spoke in it must be said by the text.
            Kind::Group => Self {
                from: Peer::Group(conversation.id).to_string(),
                nick: conversation.name.clone(),
                prefix: format!("{}: ", sender.nick),
                time,
            },
        }
    }

    fn frame(&self, body: String, attach: Attach) -> Payload {
        let body = format!("{}{body}", self.prefix);
        event(&EvMessage { from: &self.from, nick: &self.nick, body: &body, time: self.time, attach })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{ann, bob, json_of, letter};
    use bytes::Bytes;
    use koine_model::MediaId;
    use koine_model::Seq;
    use koine_model::account::Person;
    use koine_model::media::{Blob, Media};
    use koine_model::message::Markup;
    use koine_model::message::{Act, Deed, Quote};
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn picture(number: u8) -> Part {
        let blob = Blob { hash: [number; 32], size: 3 };
        Part::Media(Media {
            id: MediaId(number.into()),
            blob,
            mime: "image/png".into(),
            name: "cat.png".into(),
        })
    }

    fn frames(pair: &[&Person], parts: Vec<Part>) -> Vec<Value> {
        let mut letter = letter(&ann(), pair, parts);
        letter.blobs.add(Blob { hash: [1; 32], size: 3 }, Bytes::from_static(b"abc"));
        message(&letter, &Links::new("http://h")).iter().map(json_of).collect()
    }

    fn check(parts: Vec<Part>, expected: &[(&str, &str)]) {
        let frames = frames(&[&ann(), &bob()], parts);
        let shown: Vec<(&str, &str)> = frames
            .iter()
            .map(|frame| {
                let data = &frame["data"];
                (data["body"].as_str().unwrap(), data["attach"]["data"].as_str().unwrap())
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn all_documented_fields_are_there() {
        let expected = json!({"action": "ev_message", "data": {
            "from": "ann", "nick": "Ann", "body": "hi {you}", "time": 12, "attach": {"mime": "", "data": ""},
        }});
        assert_eq!(frames(&[&ann(), &bob()], vec![Part::text("hi {you}")]), [expected]);
    }

    #[test]
    fn a_group_is_a_contact_whose_texts_begin_with_the_author() {
        let expected = json!({"action": "ev_message", "data": {
            "from": "group:7", "nick": "tea", "body": "Ann: hi", "time": 12, "attach": {"mime": "image/png", "data": "YWJj"},
        }});
        assert_eq!(frames(&[], vec![Part::text("hi"), picture(1)]), [expected]);
        assert_eq!(frames(&[], vec![picture(1)])[0]["data"]["body"], json!("Ann: "));
    }

    #[test]
    fn parts_stay_in_order() {
        let text = Part::text;
        check(vec![text("a"), picture(1)], &[("a", "YWJj")]);
        check(vec![picture(1), text("a")], &[("", "YWJj"), ("a", "")]);
        check(vec![text("a"), text("b"), picture(1), picture(1)], &[("a", ""), ("b", "YWJj"), ("", "YWJj")]);
    }

    #[test]
    fn what_cannot_be_shown_is_said() {
        let html = Part::Text { text: "<b>hi</b> &amp; bye".into(), markup: Markup::Html };
        let foreign = Part::Foreign { dialect: "x".into(), payload: Bytes::new(), text: "[poll]".into() };
        check(vec![html, foreign], &[("hi & bye", ""), ("[poll]", "")]);
        let link = "[image] cat.png http://h/media/00000000000000000000000000000002";
        check(vec![Part::text("a"), picture(2)], &[("a", ""), (link, "")]);
    }

    #[test]
    fn what_was_done_to_messages_is_told_in_words() {
        let check = |parts: Vec<Part>, expected: &str| {
            let mut letter = letter(&ann(), &[&ann(), &bob()], parts);
            let (seq, at, sender) = (Seq::new(1), letter.message.at, letter.sender.clone());
            letter.about = Some(Arc::new(Quote { seq, at, sender, excerpt: "tea?".into() }));
            let frames = message(&letter, &Links::new("http://h"));
            let [frame] = frames.as_slice() else { panic!("one frame") };
            assert_eq!(json_of(frame)["data"]["body"], json!(expected));
        };
        let act = |deed| vec![Part::Act(Act { target: Seq::new(1), deed })];
        check(act(Deed::Edited("new".into())), "✎ new");
        check(act(Deed::Reacted { emoji: "👍".into(), on: true }), "👍 ← tea?");
        check(vec![Part::Removed], "🗑");
        check(vec![Part::Reply { to: Seq::new(1) }, Part::text("yes")], "↪ Ann: tea?\nyes");
    }
}
