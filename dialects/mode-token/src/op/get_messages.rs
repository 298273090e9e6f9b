//! `getMessages`: what was said in a chat, oldest first.
//!
//! With `min_message_id` the oldest that are newer than it, so that a client that asks again with the last one it has got comes
//! through everything; without, the newest, so that a client that never gives one sees what was said last.

use super::{Asker, Step, Tried};
use crate::refusal::No;
use crate::render;
use crate::wire::{Body, Fields, Messages};
use koine_dialect::toolbox::content;
use koine_model::Reply as Answer;
use koine_model::conversation::ConversationRef;
use koine_model::message::{Command, Order, Reply, Span};

/// How many messages one answer holds.
const LIMIT: usize = 500;

pub(super) fn begin(mut fields: Fields, asker: Asker<'_>) -> Tried {
    let (chat, newest_known) = (fields.chat()?, fields.optional_number("min_message_id")?);
    let links = asker.links.clone();
    let (span, order) = match newest_known {
        None => (Span::ALL, Order::Newest),
        Some(number) => {
            // The number may be that of a part amid its message, whose other parts are not known yet.
            let after = content::part_place(number).previous();
            (Span { after, ..Span::ALL }, Order::Oldest)
        }
    };
    let command = Command::History { of: ConversationRef::Id(chat), span, order, limit: LIMIT };
    Ok(Step::ask(command, move |outcome| match outcome? {
        Answer::Message(Reply::History(letters)) => {
            let items = letters.iter().flat_map(|letter| render::items(letter, &links));
            let new = items.filter(|item| newest_known.is_none_or(|known| item.message_id > known));
            Ok(Step::Say(Body::Messages(Messages(new.collect()))))
        }
        _ => Err(No::unexpected()),
    }))
}
