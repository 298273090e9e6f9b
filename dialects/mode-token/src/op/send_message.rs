//! `sendMessage`: say something in a chat or a group.
//!
//! The content is a text, a picture in Base64, or a sticker, which is whatever the clients agree on.

use super::{Asker, Step, Tried};
use crate::NAME;
use crate::refusal::No;
use crate::wire::{Body, Fields};
use koine_dialect::toolbox::{content, sniff};
use koine_model::Reply as Answer;
use koine_model::conversation::ConversationRef;
use koine_model::media::Upload;
use koine_model::message::{Command, DraftPart, Part, Reply};

pub(super) fn begin(mut fields: Fields, _: Asker<'_>) -> Tried {
    let chat = fields.chat()?;
    let part = part(&mut fields)?;
    let command = Command::Post { to: ConversationRef::Id(chat), parts: vec![part], key: None };
    Ok(Step::ask(command, |outcome| match outcome? {
        Answer::Message(Reply::Posted(place, ..)) => {
            Ok(Step::Say(Body::Sent { message_id: content::place_number(place, 0) }))
        }
        _ => Err(No::unexpected()),
    }))
}

fn part(fields: &mut Fields) -> Result<DraftPart, No> {
    let kind = fields.text("content_type")?;
    match kind.trim() {
        "text" => fields.text("content").map(|text| DraftPart::Ready(Part::text(text))),
        "picture" => {
            let bytes = fields.bytes("content")?;
            if bytes.is_empty() {
                return Err(No::malformed("content is missing"));
            }
            let mime = match sniff::mime(&bytes) {
                picture if picture.starts_with("image/") => picture,
                // What was sent as a picture stays one, even where nobody knows of what kind.
                _ => "image/x-unknown",
            };
            Ok(DraftPart::Upload(Upload { mime: mime.to_owned(), name: String::new(), bytes: bytes.into() }))
        }
        "sticker" => fields.text("content").map(|content| DraftPart::Ready(sticker(content))),
        _ => Err(No::malformed("content_type is none of text, picture and sticker")),
    }
}

/// A sticker comes back to clients of this protocol as it went; others are shown its name, if it is short enough to be one.
fn sticker(content: String) -> Part {
    let is_name = content.chars().count() <= LONGEST_NAME && !content.chars().any(char::is_control);
    let text = if is_name { format!("[sticker] {content}") } else { "[sticker]".to_owned() };
    Part::Foreign { dialect: NAME.to_owned(), payload: content.into_bytes().into(), text }
}

/// The longest name of a sticker, in characters.
const LONGEST_NAME: usize = 64;
