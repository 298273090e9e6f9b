//! People, chats and messages as every answer shows them.

use crate::NAME;
use crate::wire::{ChatLine, Item, Members, moment, new_message};
use koine_dialect::toolbox::{base64, content};
use koine_dialect::{Links, Payload};
use koine_model::AccountId;
use koine_model::account::Face;
use koine_model::conversation::Digest;
use koine_model::message::{Letter, Message, Part};

/// The user name, which is all that people are called by here.
pub(crate) fn name(face: &Face) -> String {
    if face.nick == Face::GONE { face.nick.clone() } else { face.handle.to_string() }
}

/// An item for each part of a message: the protocol's messages hold one.
pub(crate) fn items(letter: &Letter, links: &Links) -> Vec<Item> {
    let message = &letter.message;
    let item = |(index, part): (usize, &Part)| {
        let (content_type, content) = shown(part, letter, links);
        Item {
            message_id: content::part_number(message, index),
            from_id: message.sender.number(),
            from_name: name(&letter.sender),
            content,
            content_type,
            content_time: moment(message.at),
        }
    };
    content::parts(letter).iter().take(Message::MOST_PARTS).enumerate().map(item).collect()
}

/// What a subscriber is told of a message: the same bytes for everyone.
pub(crate) fn told(letter: &Letter, links: &Links) -> Payload {
    new_message(letter.message.place.conversation, letter.message.at, items(letter, links))
}

/// A line of the list of chats, as `viewer` sees it.
pub(crate) fn line(digest: &Digest, viewer: AccountId, links: &Links) -> ChatLine {
    let (chat_type, chat_name, chat_members) = match digest.other(viewer) {
        Some(other) => ("personal", name(other), Members::Other(other.id.number())),
        None => {
            let numbers: Vec<_> = digest.members.iter().map(ToString::to_string).collect();
            ("group", digest.conversation.name.clone(), Members::All(numbers.join(",")))
        }
    };
    let last = digest.last.as_ref();
    let text = last.and_then(|letter| Some(content::words(content::parts(letter).last()?, links)));
    ChatLine {
        chat_id: digest.conversation.id.number(),
        chat_members,
        chat_name,
        chat_type,
        last_message_time: last.map(|letter| moment(letter.message.at)).unwrap_or_default(),
        last_message_text: text.unwrap_or_default(),
        last_message_sender: last.map(|letter| name(&letter.sender)).unwrap_or_default(),
    }
}

/// The `content_type` and the `content` of a part.
fn shown(part: &Part, letter: &Letter, links: &Links) -> (&'static str, String) {
    match part {
        Part::Foreign { dialect, payload, .. } if dialect == NAME => {
            ("sticker", String::from_utf8_lossy(payload).into_owned())
        }
        Part::Media(media) if media.is_image() => match letter.blobs.find(&media.blob) {
            Some(bytes) => ("picture", base64::encode(bytes)),
            None => ("text", content::reference(media, links)),
        },
        other => ("text", content::words(other, links)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::account::Handle;
    use koine_model::conversation::{Conversation, Kind};
    use koine_model::media::{Blob, Blobs, Media};
    use koine_model::message::Markup;
    use koine_model::message::{Act, Deed, Quote};
    use koine_model::{ConversationId, MediaId, Place, Seq, Timestamp};
    use std::sync::Arc;

    fn face(id: AccountId, handle: &str, nick: &str) -> Face {
        Face { id, handle: Handle::parse(handle).unwrap(), nick: nick.into() }
    }

    fn media(number: u8, mime: &str) -> Part {
        let blob = Blob { hash: [number; 32], size: 3 };
        Part::Media(Media { id: MediaId(number.into()), blob, mime: mime.into(), name: "x".into() })
    }

    fn letter(parts: Vec<Part>, pair: Vec<Face>) -> Letter {
        let kind = if pair.is_empty() { Kind::Group } else { Kind::Direct };
        let id = ConversationId::new(3).unwrap();
        let (leader, created) = (AccountId::FIRST, Timestamp(0));
        let conversation = Conversation { id, kind, name: "tea".into(), avatar: None, leader, created };
        let mut blobs = Blobs::default();
        blobs.add(Blob { hash: [1; 32], size: 3 }, "abc".into());
        let place = Place { conversation: id, seq: Seq::new(2) };
        Letter {
            message: Message::new(place, leader, Timestamp(1000), parts),
            sender: Arc::new(face(leader, "ann", "Ann")),
            conversation: Arc::new(conversation),
            pair: pair.into(),
            blobs,
            about: None,
        }
    }

    #[test]
    fn each_part_has_its_type_and_its_number() {
        let sticker = |dialect: &str| Part::Foreign {
            dialect: dialect.into(),
            payload: "cat-7".into(),
            text: "[sticker] cat-7".into(),
        };
        let html = Part::Text { text: "<b>hi</b>".into(), markup: Markup::Html };
        let parts = vec![
            Part::text("hi"),
            html,
            media(1, "image/png"),
            media(2, "image/png"),
            media(1, "text/csv"),
            sticker(NAME),
            sticker("other"),
        ];
        let letter = letter(parts, Vec::new());
        let links = Links::new("http://h");
        let shown: Vec<_> = items(&letter, &links)
            .into_iter()
            .map(|item| (item.message_id, item.content_type, item.content))
            .collect();
        let url = |number: u8| format!("x http://h/media/{number:032x}");
        let expected = [
            (32, "text", "hi".to_owned()),
            (33, "text", "hi".to_owned()),
            (34, "picture", "YWJj".to_owned()),
            (35, "text", format!("[image] {}", url(2))),
            (36, "text", format!("[file] {}", url(1))),
            (37, "sticker", "cat-7".to_owned()),
            (38, "text", "[sticker] cat-7".to_owned()),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_line_tells_who_and_what_was_last() {
        let links = Links::new("http://h");
        let (ann, bob) = (face(AccountId::FIRST, "ann", "Ann"), face(AccountId::LAST, "bob", "Bob"));
        let digest = |pair: Vec<Face>, last: bool| {
            let letter = letter(vec![Part::text("one"), Part::text("two")], pair);
            Digest {
                conversation: letter.conversation.clone(),
                pair: letter.pair.clone(),
                members: vec![AccountId::FIRST, AccountId::LAST],
                last: last.then_some(letter),
            }
        };
        let personal = line(&digest(vec![ann.clone(), bob.clone()], true), ann.id, &links);
        assert_eq!(
            personal,
            ChatLine {
                chat_id: 3,
                chat_members: Members::Other(AccountId::LAST.number()),
                chat_name: "bob".into(),
                chat_type: "personal",
                last_message_time: "1970-01-01 00:00:01".into(),
                last_message_text: "two".into(),
                last_message_sender: "ann".into(),
            }
        );
        let group = line(&digest(Vec::new(), false), ann.id, &links);
        assert_eq!(
            (group.chat_members, group.chat_name, group.chat_type, group.last_message_time),
            (Members::All("1000000001,2147483647".into()), "tea".into(), "group", String::new())
        );
        let gone = face(AccountId::LAST, "bob", Face::GONE);
        assert_eq!(
            line(&digest(vec![ann.clone(), gone], false), ann.id, &links).chat_name,
            "deleted account"
        );
    }

    #[test]
    fn what_was_done_to_messages_is_told_in_words() {
        let check = |parts: Vec<Part>, expected: &str| {
            let mut letter = letter(parts, Vec::new());
            let (seq, at, sender) = (Seq::new(1), letter.message.at, letter.sender.clone());
            letter.about = Some(Arc::new(Quote { seq, at, sender, excerpt: "tea?".into() }));
            let links = Links::new("http://h");
            let shown: Vec<_> =
                items(&letter, &links).into_iter().map(|item| (item.message_id, item.content)).collect();
            assert_eq!(shown, [(32, expected.to_owned())]);
            let (conversation, pair) = (letter.conversation.clone(), letter.pair.clone());
            let digest = Digest { conversation, pair, members: Vec::new(), last: Some(letter) };
            assert_eq!(line(&digest, AccountId::FIRST, &links).last_message_text, expected);
        };
        let act = |deed| vec![Part::Act(Act { target: Seq::new(1), deed })];
        check(act(Deed::Edited("new".into())), "✎ new");
        check(act(Deed::Reacted { emoji: "👍".into(), on: true }), "👍 ← tea?");
        check(vec![Part::Removed], "🗑");
        check(vec![Part::Reply { to: Seq::new(1) }, Part::text("yes")], "↪ Ann: tea?\nyes");
    }
}
