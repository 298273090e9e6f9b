//! People, conversations, messages and events, as every answer and every client shows them.

use crate::wire;
use crate::wire::account::{Face, Me, Person, Session};
use crate::wire::contact::Contact;
use crate::wire::conversation::{Attendee, Brief, Conversation, Invited, New};
use crate::wire::event::{self, Act, Hello, Limits};
use crate::wire::message::{Foreign, Media, Message, Part, Reaction, Reply};
use koine_dialect::{Links, Payload, ServerFacts};
use koine_model::account::{self, Profile};
use koine_model::conversation::{self, Invitation, Kind, Overview, Shelf};
use koine_model::message::{self as model, Deed, Letter, Markup};
use koine_model::presence::Presence;
use koine_model::server::Registration;
use koine_model::{AccountId, Event, Timestamp, contact, media, session};

/// The version of this protocol.
const PROTOCOL: u32 = 1;

pub(crate) fn hello(server: &ServerFacts, now: Timestamp) -> Hello {
    Hello {
        server: "koine",
        version: server.version,
        protocol: PROTOCOL,
        time: now.0,
        limits: Limits {
            text_bytes: server.text_bytes,
            upload_bytes: server.upload_bytes,
            avatar_bytes: server.avatar_bytes,
            frame_bytes: server.frame_bytes,
            group_members: server.group_members,
        },
        registration: match server.registration {
            Registration::Open => "open",
            Registration::Invitation => "invitation",
            Registration::Closed => "closed",
        },
        recovery: server.recovery,
        epoch: server.epoch.to_string(),
    }
}

pub(crate) fn person(profile: &Profile) -> Person {
    Person {
        id: profile.id.number(),
        handle: profile.handle.to_string(),
        nick: if profile.deleted { account::Face::GONE.to_owned() } else { profile.nick.clone() },
        status: profile.status.clone(),
        avatar: Links::portrait(profile),
        deleted: profile.deleted,
    }
}

pub(crate) fn me(profile: &Profile) -> Me {
    Me {
        person: person(profile),
        email: profile.email.clone(),
        phone: profile.phone.clone(),
        created: profile.created.0,
    }
}

pub(crate) fn face(face: &account::Face) -> Face {
    Face { id: face.id.number(), handle: face.handle.to_string(), nick: face.nick.clone() }
}

pub(crate) fn session(session: session::Session) -> Session {
    Session {
        session: session.id.0,
        device: session.label,
        dialect: session.dialect,
        created: session.created.0,
        used: session.used.0,
        online: session.online,
        current: session.current,
    }
}

pub(crate) fn contact(contact: &contact::Contact) -> Contact {
    Contact { person: person(&contact.person.profile), mutual: contact.mutual, online: contact.online }
}

pub(crate) fn conversation(shelf: &Shelf, viewer: AccountId) -> Conversation {
    let direct = shelf.conversation.kind == Kind::Direct;
    Conversation {
        brief: brief(&shelf.conversation),
        other: direct.then(|| shelf.other(viewer)).flatten().map(person),
        members: shelf.member_count,
        last_seq: shelf.last_seq.number(),
        last: shelf.last.as_ref().map(message),
        reached: shelf.reach.map(Into::into),
        read: shelf.read.number(),
        delivered: shelf.delivered.number(),
        unread: shelf.unread,
        words: shelf.words,
    }
}

fn brief(conversation: &conversation::Conversation) -> Brief {
    Brief {
        id: conversation.id.number(),
        kind: conversation.kind.into(),
        name: conversation.name.clone(),
        avatar: Links::group_picture(conversation),
        leader: conversation.leader.number(),
    }
}

fn new(overview: &Overview) -> New {
    let direct = overview.conversation.kind == Kind::Direct;
    let people = overview.members.iter().filter(|_| direct).map(|member| person(&member.profile));
    New { brief: brief(&overview.conversation), members: overview.member_count, people: people.collect() }
}

pub(crate) fn invited(invitation: &Invitation) -> Invited {
    Invited { conversation: brief(&invitation.conversation), by: face(&invitation.by) }
}

pub(crate) fn attendee(attendee: &conversation::Attendee, leader: AccountId) -> Attendee {
    Attendee {
        person: person(&attendee.profile),
        leader: attendee.profile.id == leader,
        online: attendee.online,
        read: attendee.read.number(),
        delivered: attendee.delivered.number(),
    }
}

pub(crate) fn message(letter: &Letter) -> Message {
    let message = &letter.message;
    Message {
        conversation: message.place.conversation.number(),
        seq: message.place.seq.number(),
        at: message.at.0,
        sender: face(&letter.sender),
        parts: message.parts.iter().filter_map(part).collect(),
        reply: reply(letter),
        edited: message.edited.map(|at| at.0),
        deleted: message.is_removed(),
        reactions: message.reactions.iter().map(reaction).collect(),
    }
}

fn part(part: &model::Part) -> Option<Part> {
    match part {
        model::Part::Text { text, markup } => {
            Some(Part::Text { text: text.clone(), html: *markup == Markup::Html })
        }
        model::Part::Media(media) => Some(Part::Media { media: attachment(media) }),
        model::Part::Foreign { dialect, text, .. } => {
            Some(Part::Foreign { foreign: Foreign { dialect: dialect.clone(), text: text.clone() } })
        }
        // They are told in fields of the message, or in events of their own.
        model::Part::Reply { .. } | model::Part::Act(_) | model::Part::Removed => None,
    }
}

fn reply(letter: &Letter) -> Option<Reply> {
    let to = letter.message.parts.iter().find_map(|part| match part {
        model::Part::Reply { to } => Some(*to),
        _ => None,
    })?;
    let quote = letter.about.as_ref();
    Some(Reply {
        seq: to.number(),
        sender: quote.map(|quote| face(&quote.sender)),
        text: quote.map(|quote| quote.excerpt.clone()).unwrap_or_default(),
    })
}

fn reaction(reaction: &model::Reaction) -> Reaction {
    let people = reaction.people.iter().map(|person| person.number());
    Reaction { emoji: reaction.emoji.clone(), people: people.collect() }
}

fn attachment(media: &media::Media) -> Media {
    Media {
        id: media.id.to_string(),
        url: Links::media_path(media),
        thumbnail: Links::thumbnail(media),
        mime: media.mime.clone(),
        name: media.name.clone(),
        size: media.blob.size,
    }
}

/// What everybody who speaks this dialect is told of an event.
pub(crate) fn event(event: &Event) -> Payload {
    match event {
        Event::Message(letter) => entry(letter),
        Event::Appeared(overview) => {
            wire::event("appeared", &event::Appeared { conversation: new(overview) })
        }
        Event::Group { conversation, name, happening, whom, by } => {
            let body = event::Group {
                conversation: conversation.number(),
                name: name.to_string(),
                happening: happening.into(),
                whom: face(whom),
                by: face(by),
            };
            wire::event("group", &body)
        }
        Event::Contact { happening, by } => {
            wire::event("contact", &event::Contact { happening: (*happening).into(), by: face(by) })
        }
        Event::Contacts => wire::event("contacts", &event::Contacts {}),
        Event::Presence { who, presence, status, .. } => {
            let online = *presence == Presence::Online;
            let body = event::Presence { who: who.id.number(), online, status: status.to_string() };
            wire::event("presence", &body)
        }
        Event::Marks { conversation, who, read, delivered } => {
            let body = event::Marks {
                conversation: conversation.number(),
                who: who.number(),
                read: read.number(),
                delivered: delivered.number(),
            };
            wire::event("marks", &body)
        }
        Event::Typing { conversation, who } => {
            let body = event::Typing { conversation: conversation.number(), who: who.number() };
            wire::event("typing", &body)
        }
        Event::Setting { conversation, words, cleared } => {
            let conversation = conversation.number();
            wire::event("conversation", &event::Setting { conversation, words: *words, cleared: *cleared })
        }
    }
}

/// An entry of a conversation's log: a message, or what was done to one.
fn entry(letter: &Letter) -> Payload {
    let Some(done) = letter.message.act() else {
        return wire::event("message", &event::Message { message: message(letter) });
    };
    let act = Act {
        conversation: letter.message.place.conversation.number(),
        seq: letter.message.place.seq.number(),
        at: letter.message.at.0,
        by: face(&letter.sender),
        target: done.target.number(),
    };
    match &done.deed {
        Deed::Edited(text) => wire::event("edited", &event::Edited { act, text: text.clone() }),
        Deed::Deleted => wire::event("deleted", &event::Deleted { act }),
        Deed::Reacted { emoji, on } => {
            wire::event("reacted", &event::Reacted { act, emoji: emoji.clone(), on: *on })
        }
    }
}
