//! People, chats and messages as every message of the protocol shows them.
//!
//! Fields that the document and the clients name differently are sent under both names.

use crate::flavour::Form;
use crate::wire::Value;
use bytes::Bytes;
use koine_dialect::Links;
use koine_dialect::toolbox::{content, iso8601};
use koine_model::AccountId;
use koine_model::account::Person;
use koine_model::conversation::{Kind, Overview};
use koine_model::message::{Letter, Message, Part};

/// The fields of a named list; an action or an item of a list is made of them.
pub(crate) type Fields = Vec<(&'static str, Value)>;

/// A person, in every place where one is shown.
pub(crate) fn user(person: &Person) -> Fields {
    let profile = &person.profile;
    vec![
        ("user_id", profile.id.into()),
        ("user_name", profile.nick.as_str().into()),
        ("nick", profile.nick.as_str().into()),
        ("avatar", Value::Picture(person.picture.clone())),
    ]
}

/// A chat as `viewer` sees it: the direct one is named after the other person and has their picture.
pub(crate) fn chat(overview: &Overview, viewer: AccountId) -> Fields {
    let conversation = &overview.conversation;
    let other = overview.other(viewer);
    let name = other.map_or(conversation.name.as_str(), |person| person.profile.nick.as_str());
    // The picture of a group does not come with its overview, so a group wears its leader's.
    let face = other.or_else(|| leader(overview));
    vec![
        ("chat_id", conversation.id.into()),
        ("name", name.into()),
        ("chat_name", name.into()),
        ("avatar", Value::Picture(face.map_or_else(Bytes::new, |person| person.picture.clone()))),
        ("owner_id", conversation.leader.into()),
        ("created", iso8601::write(conversation.created).into()),
        ("members", Value::list(overview.members.iter().map(|person| Value::Map(user(person))))),
    ]
}

/// Whether all members see a chat alike, so that one frame serves them all.
pub(crate) fn is_alike_for_all(overview: &Overview) -> bool {
    overview.conversation.kind == Kind::Group
}

/// A chat that the client has not seen yet.
pub(crate) fn spawn(overview: &Overview, viewer: AccountId) -> Value {
    Value::action("chat.spawn", chat(overview, viewer))
}

/// Messages as they happen.
pub(crate) fn push(letter: &Letter, form: Form, links: &Links) -> Value {
    let messages = parts(letter, form, links).into_iter().map(|(_, message)| message);
    Value::action("message.push", [("messages", Value::list(messages))])
}

/// A message for each part of `letter`, and its number: the protocol's messages hold one part.
pub(crate) fn parts(letter: &Letter, form: Form, links: &Links) -> Vec<(u32, Value)> {
    let message = |(index, part): (usize, &Part)| {
        let number = content::part_number(&letter.message, index);
        let content = form.content(part, &letter.blobs, links);
        let mut fields: Fields = vec![
            ("chat_id", letter.message.place.conversation.into()),
            ("message_id", Value::Id(number)),
            ("sender", letter.message.sender.into()),
            ("sender_id", letter.message.sender.into()),
            ("time", iso8601::write(letter.message.at).into()),
            ("type", content.kind.into()),
            ("content", content.content.into()),
        ];
        if !content.file_name.is_empty() {
            fields.push(("file_name", content.file_name.into()));
        }
        (number, Value::Map(fields))
    };
    content::parts(letter).iter().take(Message::MOST_PARTS).enumerate().map(message).collect()
}

fn leader(overview: &Overview) -> Option<&Person> {
    overview.members.iter().find(|person| person.profile.id == overview.conversation.leader)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{direct, group, letter, links, person};
    use koine_model::Seq;
    use koine_model::message::{Act, Deed, Quote};
    use serde_json::{Value as Json, json};
    use std::sync::Arc;

    fn json(value: &Value) -> Json {
        serde_json::to_value(value).unwrap()
    }

    #[test]
    fn a_direct_chat_is_named_after_the_other() {
        let (ann, bob) = (person(1, "Ann"), person(2, "Bob"));
        let overview = direct(3, &ann, &bob);
        let seen = json(&spawn(&overview, ann.profile.id));
        assert_eq!(
            seen,
            json!({
                "action": "chat.spawn", "chat_id": 3, "name": "Bob", "chat_name": "Bob", "avatar": "Qm9i",
                "owner_id": 1_000_000_001, "created": "1970-01-01T00:00:01.000Z",
                "members": [
                    {"user_id": 1_000_000_001, "user_name": "Ann", "nick": "Ann", "avatar": "QW5u"},
                    {"user_id": 1_000_000_002, "user_name": "Bob", "nick": "Bob", "avatar": "Qm9i"},
                ],
            })
        );
        assert_eq!(json(&spawn(&overview, bob.profile.id))["name"], "Ann");
        assert_eq!(json(&spawn(&direct(3, &ann, &ann), ann.profile.id))["name"], "Ann");
    }

    #[test]
    fn a_group_has_its_name_and_its_leaders_picture() {
        let (ann, bob) = (person(1, "Ann"), person(2, "Bob"));
        let seen = json(&spawn(&group(4, "tea", &[&ann, &bob]), bob.profile.id));
        assert_eq!((&seen["name"], &seen["avatar"]), (&json!("tea"), &json!("QW5u")));
        let leaderless = group(4, "tea", &[]);
        assert_eq!(json(&spawn(&leaderless, bob.profile.id))["avatar"], "");
    }

    #[test]
    fn each_part_is_a_message_of_its_own() {
        let letter = letter(3, 5, &person(1, "Ann"), vec![Part::text("one"), Part::text("two")]);
        let pushed = json(&push(&letter, Form::Json, &links()));
        let message = |id: u32, text: &str| {
            json!({
                "chat_id": 3, "message_id": id, "sender": 1_000_000_001, "sender_id": 1_000_000_001,
                "time": "1970-01-01T00:00:05.000Z", "type": "text", "content": text,
            })
        };
        assert_eq!(
            pushed,
            json!({"action": "message.push", "messages": [message(80, "one"), message(81, "two")]})
        );
    }

    #[test]
    fn what_was_done_to_messages_is_told_in_words() {
        let check = |parts: Vec<Part>, expected: &str| {
            let mut letter = letter(3, 5, &person(1, "Ann"), parts);
            let (seq, at, sender) = (Seq::new(1), letter.message.at, letter.sender.clone());
            letter.about = Some(Arc::new(Quote { seq, at, sender, excerpt: "tea?".into() }));
            let pushed = json(&push(&letter, Form::Json, &links()));
            let [message] = pushed["messages"].as_array().unwrap().as_slice() else { panic!("one message") };
            assert_eq!((&message["message_id"], &message["content"]), (&json!(80), &json!(expected)));
        };
        let act = |deed| vec![Part::Act(Act { target: Seq::new(1), deed })];
        check(act(Deed::Edited("new".into())), "✎ new");
        check(act(Deed::Reacted { emoji: "👍".into(), on: true }), "👍 ← tea?");
        check(vec![Part::Removed], "🗑");
        check(vec![Part::Reply { to: Seq::new(1) }, Part::text("yes")], "↪ Ann: tea?\nyes");
    }
}
