//! People, conversations and messages, made of bytes.

use super::person;
use crate::input::Input;
use koine_model::account::{Face, Handle, Profile};
use koine_model::conversation::{Attendee, Conversation, Digest, Invitation, Kind, Overview, Reach, Shelf};
use koine_model::media::{Blob, Blobs, Media};
use koine_model::message::{Act, Deed, Letter, Markup, Message, Part, Quote, Reaction};
use koine_model::session::{Session, SessionId};
use koine_model::{AccountId, ConversationId, MediaId, Place, Seq, Timestamp};
use std::sync::Arc;

pub(super) fn profile(input: &mut Input<'_>) -> Profile {
    Profile {
        id: account_id(input),
        handle: handle(input),
        nick: input.text(),
        email: input.text(),
        phone: input.text(),
        status: input.text(),
        avatar: input.flag().then(|| blob(input)),
        created: timestamp(input),
        deleted: input.flag(),
    }
}

pub(super) fn face(input: &mut Input<'_>) -> Face {
    Face { id: account_id(input), handle: handle(input), nick: input.text() }
}

/// Few people, so that one meets the same again.
pub(super) fn account_id(input: &mut Input<'_>) -> AccountId {
    let last = if input.flag() { AccountId::LAST.number() - AccountId::FIRST.number() } else { 3 };
    let number = AccountId::FIRST.number() + u32::from(input.byte()).min(last);
    AccountId::new(number).unwrap_or(AccountId::LAST)
}

fn handle(input: &mut Input<'_>) -> Handle {
    let typed = input.text();
    Handle::parse(&typed).unwrap_or_else(|_| Handle::parse("ann").expect("it is a handle"))
}

pub(super) fn conversation_id(input: &mut Input<'_>) -> ConversationId {
    ConversationId::new(u32::from(input.byte() % 4) + 1).expect("it is positive")
}

pub(super) fn place(input: &mut Input<'_>) -> Place {
    let seq = if input.flag() { input.number() % Message::LAST_SEQ } else { u32::from(input.byte()) };
    Place { conversation: conversation_id(input), seq: Seq::new(seq + 1) }
}

pub(super) fn seq(input: &mut Input<'_>) -> Seq {
    place(input).seq
}

pub(super) fn session_id(input: &mut Input<'_>) -> SessionId {
    SessionId(u64::from(input.number()) + 1)
}

pub(super) fn session(input: &mut Input<'_>) -> Session {
    Session {
        id: session_id(input),
        label: input.text(),
        dialect: input.text(),
        created: timestamp(input),
        used: timestamp(input),
        online: input.flag(),
        current: input.flag(),
    }
}

pub(super) fn shelf(input: &mut Input<'_>) -> Shelf {
    Shelf {
        conversation: Arc::new(conversation(input)),
        pair: input.several(2, profile),
        member_count: input.number(),
        last_seq: seq(input),
        last: input.flag().then(|| letter(input)),
        reach: input.choose(&[None, Some(Reach::Sent), Some(Reach::Delivered), Some(Reach::Read)]),
        read: seq(input),
        delivered: seq(input),
        unread: u32::from(input.byte()),
        words: input.flag(),
    }
}

pub(super) fn attendee(input: &mut Input<'_>) -> Attendee {
    Attendee { profile: profile(input), online: input.flag(), read: seq(input), delivered: seq(input) }
}

pub(super) fn timestamp(input: &mut Input<'_>) -> Timestamp {
    let high = i64::from(input.number());
    Timestamp(if input.flag() { high << 32 } else { high * 1000 })
}

fn kind(input: &mut Input<'_>) -> Kind {
    input.choose(&[Kind::Direct, Kind::Group])
}

fn conversation(input: &mut Input<'_>) -> Conversation {
    Conversation {
        id: conversation_id(input),
        kind: kind(input),
        name: input.text(),
        avatar: input.flag().then(|| blob(input)),
        leader: account_id(input),
        created: timestamp(input),
    }
}

pub(super) fn overview(input: &mut Input<'_>) -> Overview {
    let members = input.several(4, person);
    let more = u32::from(input.byte());
    let member_count = u32::try_from(members.len()).unwrap_or(0) + more;
    Overview { conversation: conversation(input), members, member_count }
}

pub(super) fn digest(input: &mut Input<'_>) -> Digest {
    Digest {
        conversation: Arc::new(conversation(input)),
        pair: input.several(2, face).into(),
        members: input.several(4, account_id),
        last: input.flag().then(|| letter(input)),
    }
}

pub(super) fn invitation(input: &mut Input<'_>) -> Invitation {
    Invitation { conversation: conversation(input), by: face(input) }
}

fn blob(input: &mut Input<'_>) -> Blob {
    // Sizes around what travels whole, in chunks, and not at all.
    let size = u64::from(input.number()) << (input.byte() % 32);
    Blob { hash: [input.byte(); 32], size }
}

fn media(input: &mut Input<'_>) -> Media {
    let mime = input.choose(&["image/png", "text/csv", "", "application/octet-stream"]);
    Media { id: MediaId(u128::from(input.byte())), blob: blob(input), mime: mime.into(), name: input.text() }
}

fn part(input: &mut Input<'_>) -> Part {
    match input.byte() % 5 {
        0 => Part::text(input.text()),
        1 => Part::Text { text: input.text(), markup: Markup::Html },
        2 => Part::Media(media(input)),
        3 => Part::Reply { to: seq(input) },
        _ => Part::Foreign {
            dialect: input.choose(&["minioicq", "ourchat", "other"]).into(),
            payload: input.shared(),
            text: input.text(),
        },
    }
}

pub(super) fn letter(input: &mut Input<'_>) -> Letter {
    let mut conversation = conversation(input);
    let place = place(input);
    conversation.id = place.conversation;
    let mut parts = input.several(4, part);
    if parts.is_empty() {
        parts.push(match input.byte() % 4 {
            0 => Part::text("hi"),
            1 => Part::Removed,
            _ => Part::Act(act(input)),
        });
    }
    let mut blobs = Blobs::default();
    for part in &parts {
        if let Part::Media(media) = part
            && input.flag()
        {
            blobs.add(media.blob, input.shared());
        }
    }
    let sender = face(input);
    let mut message = Message::new(place, sender.id, timestamp(input), parts);
    message.edited = input.flag().then(|| timestamp(input));
    message.reactions = input.several(2, |input| Reaction {
        emoji: input.text(),
        people: vec![account_id(input), account_id(input)],
    });
    let quote = |input: &mut Input<'_>| Quote {
        seq: seq(input),
        at: timestamp(input),
        sender: Arc::new(face(input)),
        excerpt: input.text(),
    };
    let about = input.flag().then(|| Arc::new(quote(input)));
    let pair = input.several(2, face).into();
    let (sender, conversation) = (Arc::new(sender), Arc::new(conversation));
    Letter { message, sender, conversation, pair, blobs, about }
}

fn act(input: &mut Input<'_>) -> Act {
    let deed = match input.byte() % 3 {
        0 => Deed::Edited(input.text()),
        1 => Deed::Deleted,
        _ => Deed::Reacted { emoji: input.text(), on: input.flag() },
    };
    Act { target: seq(input), deed }
}
