//! A message's parts as words, for protocols that cannot show them otherwise.

use super::markup;
use crate::Links;
use koine_model::Place;
use koine_model::media::Media;
use koine_model::message::{Act, Deed, Markup, Message, Part};

/// What a part says in plain words; media become `[image] name URL` or `[file] name URL`.
pub fn words(part: &Part, links: &Links) -> String {
    match part {
        Part::Text { text, markup: Markup::Plain } => text.clone(),
        Part::Text { text, markup: Markup::Html } => markup::plain(text),
        Part::Media(media) => reference(media, links),
        Part::Foreign { text, .. } => text.clone(),
        Part::Reply { .. } => "↪".to_owned(),
        Part::Act(Act { deed: Deed::Edited(text), .. }) => format!("✎ {text}"),
        Part::Act(Act { deed: Deed::Reacted { emoji, .. }, .. }) => emoji.clone(),
        Part::Act(Act { deed: Deed::Deleted, .. }) | Part::Removed => "🗑".to_owned(),
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
    use koine_model::media::Blob;
    use koine_model::{AccountId, ConversationId, MediaId, Seq, Timestamp};

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
