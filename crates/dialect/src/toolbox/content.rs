//! A message's parts as words, for protocols that cannot show them otherwise.

use super::{iso8601, markup};
use crate::Links;
use koine_model::Place;
use koine_model::media::Media;
use koine_model::message::{Deed, Letter, Markup, Message, Part, Quote};
use std::borrow::Cow;

/// What is shown in place of a message that was deleted.
const GONE: &str = "🗑";

/// The parts of a message as a protocol shows them that knows of no edits, deletions, reactions and answers: these are told in
/// words, as texts. At most as many as a message has, and always the same number for the same message.
///
/// `✎ new text`, `🗑 moment`, `👍 ← what it was put to`; an answer's first text begins with a line `↪ Ann: what is answered to`.
pub fn parts(letter: &Letter) -> Cow<'_, [Part]> {
    let about = letter.about.as_deref();
    match letter.message.parts.as_slice() {
        [Part::Act(act)] => Cow::Owned(vec![Part::text(deed(&act.deed, about))]),
        [Part::Removed] => Cow::Owned(vec![Part::text(GONE)]),
        [Part::Reply { .. }, rest @ ..] => Cow::Owned(answer(rest, about)),
        plain => Cow::Borrowed(plain),
    }
}

fn deed(deed: &Deed, about: Option<&Quote>) -> String {
    match deed {
        // The message was deleted afterwards, and its words with it.
        Deed::Edited(text) if text.is_empty() => format!("✎ {GONE}"),
        Deed::Edited(text) => format!("✎ {text}"),
        Deed::Deleted => match about {
            Some(quote) => format!("{GONE} {}", iso8601::spoken(quote.at)),
            None => GONE.to_owned(),
        },
        Deed::Reacted { emoji, on: true } => format!("{emoji} ← {}", excerpt(about)),
        Deed::Reacted { emoji, on: false } => format!("{emoji} ✕ ← {}", excerpt(about)),
    }
}

fn answer(parts: &[Part], about: Option<&Quote>) -> Vec<Part> {
    let line = match about {
        Some(quote) => format!("↪ {}: {}", quote.sender.nick, excerpt(about)),
        None => format!("↪ {GONE}"),
    };
    let (first, rest) = match parts.split_first() {
        Some((Part::Text { text, markup: Markup::Plain }, rest)) => {
            (Part::text(format!("{line}\n{text}")), rest)
        }
        Some((Part::Text { text, markup: Markup::Html }, rest)) => {
            let block = format!("<p>{}</p>", markup::escape(&line));
            (Part::Text { text: markup::before(text, &block), markup: Markup::Html }, rest)
        }
        _ => (Part::text(line), parts),
    };
    std::iter::once(first).chain(rest.iter().cloned()).collect()
}

fn excerpt(about: Option<&Quote>) -> &str {
    about.map(|quote| quote.excerpt.as_str()).filter(|excerpt| !excerpt.is_empty()).unwrap_or(GONE)
}

/// What one of the [`parts`] says in plain words; media become `[image] name URL` or `[file] name URL`.
pub fn words(part: &Part, links: &Links) -> String {
    match part {
        Part::Text { text, markup: Markup::Plain } => text.clone(),
        Part::Text { text, markup: Markup::Html } => markup::plain(text),
        Part::Media(media) => reference(media, links),
        Part::Foreign { text, .. } => text.clone(),
        // These are texts by now.
        Part::Reply { .. } => String::new(),
        Part::Act(act) => deed(&act.deed, None),
        Part::Removed => GONE.to_owned(),
    }
}

/// Says where an attachment can be fetched: `[image] name URL` or `[file] name URL`.
pub fn reference(media: &Media, links: &Links) -> String {
    let kind = if media.is_image() { "image" } else { "file" };
    let url = links.media(media);
    if media.name.is_empty() { format!("[{kind}] {url}") } else { format!("[{kind}] {} {url}", media.name) }
}

/// The number of one part of a message, where a protocol makes a message of each part.
///
/// Unique in the conversation, rising, the same each time, and within int32.
pub fn part_number(message: &Message, part: usize) -> u32 {
    place_number(message.place, part)
}

/// The same for a message of which only the place is known.
pub fn place_number(place: Place, part: usize) -> u32 {
    let parts = Message::MOST_PARTS;
    let offset = u32::try_from(part.min(parts - 1)).unwrap_or(0);
    place.seq.number().saturating_mul(u32::try_from(parts).unwrap_or(u32::MAX)).saturating_add(offset)
}

/// The place of the message that holds the part numbered `number`.
pub fn part_place(number: u32) -> koine_model::Seq {
    let parts = u32::try_from(Message::MOST_PARTS).unwrap_or(u32::MAX);
    koine_model::Seq::new(number.checked_div(parts).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::account::{Face, Handle};
    use koine_model::conversation::{Conversation, Kind};
    use koine_model::media::{Blob, Blobs};
    use koine_model::message::Act;
    use koine_model::{AccountId, ConversationId, MediaId, Seq, Timestamp};
    use std::sync::Arc;

    fn letter(parts: Vec<Part>, excerpt: Option<&str>) -> Letter {
        let (id, leader) = (ConversationId::new(3).unwrap(), AccountId::FIRST);
        let face = Arc::new(Face { id: leader, handle: Handle::parse("ann").unwrap(), nick: "Ann".into() });
        let quote = |excerpt: &str| Quote {
            seq: Seq::new(1),
            at: Timestamp(1_700_000_000_000),
            sender: face.clone(),
            excerpt: excerpt.into(),
        };
        let (name, created) = (String::new(), Timestamp(0));
        let place = Place { conversation: id, seq: Seq::new(2) };
        Letter {
            message: Message::new(place, leader, Timestamp(0), parts),
            sender: face.clone(),
            conversation: Arc::new(Conversation {
                id,
                kind: Kind::Group,
                name,
                avatar: None,
                leader,
                created,
            }),
            pair: Arc::new([]),
            blobs: Blobs::default(),
            about: excerpt.map(quote).map(Arc::new),
        }
    }

    fn act(deed: Deed) -> Part {
        Part::Act(Act { target: Seq::new(1), deed })
    }

    #[test]
    fn what_was_done_is_told_in_words() {
        let check = |part: Part, excerpt: Option<&str>, expected: &str| {
            assert_eq!(*parts(&letter(vec![part], excerpt)), [Part::text(expected)]);
        };
        let reacted = |on| act(Deed::Reacted { emoji: "👍".into(), on });
        check(act(Deed::Edited("new".into())), Some("old"), "✎ new");
        check(act(Deed::Edited(String::new())), Some(""), "✎ 🗑");
        check(act(Deed::Deleted), Some(""), "🗑 2023-11-14 22:13:20 UTC");
        check(act(Deed::Deleted), None, "🗑");
        check(reacted(true), Some("tea?"), "👍 ← tea?");
        check(reacted(false), Some("tea?"), "👍 ✕ ← tea?");
        check(reacted(true), Some(""), "👍 ← 🗑");
        check(Part::Removed, None, "🗑");
    }

    #[test]
    fn an_answer_begins_with_what_it_answers_to() {
        let html = |text: &str| Part::Text { text: text.into(), markup: Markup::Html };
        let check = |said: Vec<Part>, excerpt: Option<&str>, expected: &[Part]| {
            let said = std::iter::once(Part::Reply { to: Seq::new(1) }).chain(said).collect();
            assert_eq!(*parts(&letter(said, excerpt)), *expected);
        };
        check(vec![Part::text("yes")], Some("tea?"), &[Part::text("↪ Ann: tea?\nyes")]);
        check(vec![Part::text("yes")], Some(""), &[Part::text("↪ Ann: 🗑\nyes")]);
        check(vec![Part::text("yes")], None, &[Part::text("↪ 🗑\nyes")]);
        check(vec![html("<b>yes</b>")], Some("a<b"), &[html("<p>↪ Ann: a&lt;b</p><b>yes</b>")]);
        let blob = Blob { hash: [0; 32], size: 3 };
        let media = Part::Media(Media { id: MediaId(1), blob, mime: "image/png".into(), name: "x".into() });
        let both = [Part::text("↪ Ann: tea?"), media.clone(), Part::text("yes")];
        check(vec![media, Part::text("yes")], Some("tea?"), &both);
    }

    #[test]
    fn what_needs_no_words_is_borrowed() {
        let letter = letter(vec![Part::text("a"), Part::text("b")], None);
        assert!(matches!(parts(&letter), Cow::Borrowed([_, _])));
    }

    #[test]
    fn what_cannot_be_shown_is_said() {
        let links = Links::new("http://chat.example:8080/");
        let blob = Blob { hash: [0; 32], size: 3 };
        let media = |mime: &str, name: &str| {
            Part::Media(Media { id: MediaId(1), blob, mime: mime.into(), name: name.into() })
        };
        let url = "http://chat.example:8080/media/00000000000000000000000000000001";
        assert_eq!(words(&media("image/png", "cat.png"), &links), format!("[image] cat.png {url}"));
        assert_eq!(words(&media("text/csv", ""), &links), format!("[file] {url}"));
        let html = Part::Text { text: "<b>hi</b>".into(), markup: Markup::Html };
        assert_eq!(words(&html, &links), "hi");
    }

    #[test]
    fn part_numbers_stay_within_int32() {
        let place = |seq| Place { conversation: ConversationId::new(1).unwrap(), seq: Seq::new(seq) };
        let message = |seq| Message::new(place(seq), AccountId::FIRST, Timestamp(0), vec![]);
        assert_eq!(part_number(&message(1), 0), 16);
        assert_eq!(part_number(&message(1), 15), 31);
        assert!(part_number(&message(Message::LAST_SEQ), 15) <= i32::MAX as u32);
        assert_eq!(part_place(31), Seq::new(1));
    }
}
