//! How far one's own messages have come among those to whom they were said.

use crate::marks;
use crate::members;
use crate::outcome::Outcome;
use crate::watermarks;
use koine_model::conversation::Reach;
use koine_model::{AccountId, ConversationId, Place, Seq};
use koine_store::ShelfRecord;
use rusqlite::Connection;
use std::collections::HashMap;

/// What may not be written yet of anybody's devices, in each conversation.
pub(crate) type Arriving = HashMap<ConversationId, HashMap<AccountId, Seq>>;

/// The last message of a shelf, where it is its owner's own.
pub(crate) fn own_last(shelf: &ShelfRecord, owner: AccountId) -> Option<Place> {
    shelf.last.as_ref().filter(|(_, sender)| sender.id == owner).map(|(message, _)| message.place)
}

/// How far the messages of `account` at `places` have come. `arriving` is of before this began to read.
pub(crate) fn all(
    connection: &Connection,
    account: AccountId,
    places: &[Place],
    arriving: &Arriving,
    most: u32,
) -> Outcome<HashMap<ConversationId, Option<Reach>>> {
    let nobody = HashMap::new();
    let mut reaches = HashMap::new();
    for place in places {
        let arriving = arriving.get(&place.conversation).unwrap_or(&nobody);
        reaches.insert(place.conversation, one(connection, account, *place, arriving, most)?);
    }
    Ok(reaches)
}

/// How far one message has come; nothing where the members do not see each other's marks.
///
/// The members are looked at one by one, since their marks lie apart; nobody else is, once one has read it.
pub(crate) fn one(
    connection: &Connection,
    account: AccountId,
    place: Place,
    arriving: &HashMap<AccountId, Seq>,
    most: u32,
) -> Outcome<Option<Reach>> {
    let Place { conversation, seq } = place;
    if !marks::are_shared(connection, conversation, most)? {
        return Ok(None);
    }
    let limit = usize::try_from(most).unwrap_or(usize::MAX);
    let (mut others, _) = members::list(connection, conversation, limit)?;
    others.retain(|other| *other != account);
    for other in &others {
        if marks::read_by(connection, conversation, *other)? >= seq {
            return Ok(Some(Reach::Read));
        }
    }
    for other in others {
        let has = arriving.get(&other).is_some_and(|arrived| *arrived >= seq)
            || watermarks::furthest(connection, other, conversation)? >= seq;
        if has {
            return Ok(Some(Reach::Delivered));
        }
    }
    Ok(Some(Reach::Sent))
}
