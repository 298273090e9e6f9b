//! `getMessages`: what was said in a chat, oldest first.
//!
//! With `min_message_id` the oldest that are newer than it, so that a client that asks again with the last one it has got comes
//! through everything; without, the newest, so that a client that never gives one sees what was said last. Large ones are fewer.

use super::{Asker, Step, Tried};
use crate::refusal::No;
use crate::render;
use crate::wire::{Body, Fields, Item, Messages};
use koine_dialect::toolbox::content;
use koine_model::Reply as Answer;
use koine_model::conversation::ConversationRef;
use koine_model::message::{Command, Order, Reply, Span};

/// How many messages one answer holds.
const LIMIT: usize = 500;
/// How much of pictures and texts one answer holds, in bytes. It holds them twice, and more would keep a connection busy for long.
const ROOM: usize = 8 << 20;

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
            Ok(Step::Say(Body::Messages(Messages(within(new.collect(), order)))))
        }
        _ => Err(No::unexpected()),
    }))
}

/// As many items from the wanted end as there is room for; one there always is.
fn within(mut items: Vec<Item>, order: Order) -> Vec<Item> {
    let mut room = ROOM;
    let mut fits = |item: &Item| {
        let had_all = room == ROOM;
        let left = room.checked_sub(item.content.len());
        // What does not fit leaves no room for what follows it either: there must be no gap.
        room = left.unwrap_or(0);
        had_all || left.is_some_and(|left| left > 0)
    };
    match order {
        Order::Oldest => {
            let kept = items.iter().take_while(|item| fits(item)).count();
            items.truncate(kept);
        }
        Order::Newest => {
            let kept = items.iter().rev().take_while(|item| fits(item)).count();
            items.drain(..items.len().saturating_sub(kept));
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_answers_are_cut_at_the_other_end() {
        let items = |sizes: &[usize]| -> Vec<Item> {
            let numbered = (1..).zip(sizes);
            let item = |(message_id, size): (u32, &usize)| Item {
                message_id,
                from_id: 1,
                from_name: String::new(),
                content: "x".repeat(*size),
                content_type: "text",
                content_time: String::new(),
            };
            numbered.map(item).collect()
        };
        let check = |sizes: &[usize], order, expected: &[u32]| {
            let kept: Vec<u32> = within(items(sizes), order).iter().map(|item| item.message_id).collect();
            assert_eq!(kept, expected, "{sizes:?} {order:?}");
        };
        check(&[], Order::Oldest, &[]);
        check(&[1, 2, 3], Order::Oldest, &[1, 2, 3]);
        check(&[1, 2, 3], Order::Newest, &[1, 2, 3]);
        check(&[1, ROOM, 1], Order::Oldest, &[1]);
        check(&[1, ROOM, 1], Order::Newest, &[3]);
        check(&[2 * ROOM, 1], Order::Oldest, &[1]);
        check(&[1, ROOM / 2, ROOM / 2], Order::Newest, &[3]);
        check(&[0, ROOM / 2, ROOM / 4], Order::Newest, &[1, 2, 3]);
    }
}
