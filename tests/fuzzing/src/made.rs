//! People, conversations, messages, answers and events, as an input chooses them.
//!
//! They keep to what the types of the model promise, and to nothing else: a core that answers oddly must not bring a session down.

use crate::input::Input;
use koine_model::account::{self, Face, Handle, Person, Profile, Verification};
use koine_model::contact::{self, Contact, Contacts};
use koine_model::conversation::{
    self, Attendee, Conversation, Digest, Invitation, Kind, Overview, Reach, Shelf,
};
use koine_model::media::{Blob, Blobs, Media};
use koine_model::message::{
    self, Act, Deed, Hit, Leaf, Letter, Markup, Message, Part, Quote, Reaction, Recent, Version,
};
use koine_model::presence::Presence;
use koine_model::refusal::{Field, Incident};
use koine_model::server;
use koine_model::session::{Session, SessionId};
use koine_model::token::Token;
use koine_model::upload::{self, Progress};
use koine_model::{
    AccountId, Command, ConversationId, Epoch, Event, MediaId, Place, Refusal, Reply, Seq, Timestamp,
};
use std::sync::Arc;

/// An answer of the right kind to `command`; now and then of any kind.
pub(crate) fn reply(command: &Command, input: &mut Input<'_>) -> Reply {
    if input.byte() == 0xff {
        return any_reply(input);
    }
    match command {
        Command::Account(command) => account_reply(command, input),
        Command::Contact(contact::Command::List | contact::Command::People) => contacts(input),
        Command::Contact(_) => contact::Reply::Contact(Box::new(person(input))).into(),
        Command::Conversation(command) => conversation_reply(command, input),
        Command::Message(command) => message_reply(command, input),
        Command::Server(server::Command::Status) => server::Reply::Status(status(input)).into(),
        Command::Upload(upload::Command::Finish { .. }) => posted(input),
        Command::Upload(upload::Command::Read { .. }) => chunk(input),
        Command::Upload(
            upload::Command::Open { .. } | upload::Command::Look { .. } | upload::Command::Extend { .. },
        ) => {
            upload::Reply::Grown { bytes: u64::from(input.number()), size: u64::from(input.number()) }.into()
        }
        Command::Upload(upload::Command::Drop { .. } | upload::Command::Taken { .. }) => Reply::Done,
        Command::Upload(_) => upload::Reply::Progress(progress(input)).into(),
    }
}

fn account_reply(command: &account::Command, input: &mut Input<'_>) -> Reply {
    use account::Command as Asked;
    match command {
        Asked::Register(_) | Asked::RegisterVerified(_) | Asked::SignIn { .. } => {
            account::Reply::Signed(Box::new(person(input))).into()
        }
        Asked::VerifyEmail { .. } if input.flag() => account::Reply::Verified.into(),
        Asked::IssueToken { .. } => {
            account::Reply::Token(Token::new(u128::from(input.number())), session_id(input)).into()
        }
        Asked::Resume { .. } => account::Reply::Resumed(Arc::new(face(input)), session_id(input)).into(),
        Asked::Sessions => account::Reply::Sessions(input.several(4, session)).into(),
        Asked::AskDelete { .. } => {
            account::Reply::Question { code: input.text(), until: timestamp(input) }.into()
        }
        Asked::Listen { have: Some(have), .. } => {
            let afresh = have.iter().filter(|_| input.flag()).map(|(id, _)| *id).collect();
            let newest = input.flag().then(|| input.several(4, conversation_id));
            account::Reply::Listening { afresh, newest, epoch: Epoch::new(u64::from(input.number())) }.into()
        }
        Asked::Find { .. } | Asked::Change(_) => account::Reply::Person(Box::new(person(input))).into(),
        Asked::Match { cards } => {
            let matches = cards.iter().map(|_| input.flag().then(|| profile(input))).collect();
            account::Reply::Matches(matches).into()
        }
        Asked::VerifyEmail { .. }
        | Asked::SignOut
        | Asked::RevokeToken { .. }
        | Asked::Listen { have: None, .. }
        | Asked::EndSession { .. }
        | Asked::ChangePassword { .. }
        | Asked::ConfirmDelete { .. }
        | Asked::Recover { .. }
        | Asked::Delete => Reply::Done,
    }
}

fn conversation_reply(command: &conversation::Command, input: &mut Input<'_>) -> Reply {
    use conversation::Command as Asked;
    match command {
        Asked::List => conversation::Reply::Conversations(input.several(4, overview)).into(),
        Asked::Digest => conversation::Reply::Digests(input.several(4, digest)).into(),
        Asked::Invitations => conversation::Reply::Invitations(input.several(4, invitation)).into(),
        Asked::Leave { .. } | Asked::Clear { .. } | Asked::Dissolve { .. } | Asked::Words { .. } => {
            Reply::Done
        }
        Asked::Shelves { .. } => conversation::Reply::Shelves(input.several(4, shelf)).into(),
        Asked::Room { .. } => {
            conversation::Reply::Room(Box::new(shelf(input)), input.several(4, attendee)).into()
        }
        Asked::AnswerInvitation { accept: false, .. } => Reply::Done,
        _ => conversation::Reply::Conversation(Box::new(overview(input))).into(),
    }
}

fn message_reply(command: &message::Command, input: &mut Input<'_>) -> Reply {
    use message::Command as Asked;
    match command {
        Asked::Post { .. } | Asked::Amend { .. } => posted(input),
        Asked::Recent { .. } => recent(input),
        Asked::History { .. } | Asked::Chronicle { .. } => {
            message::Reply::History(input.several(4, letter)).into()
        }
        Asked::Leaf { .. } => {
            let letters = input.several(4, letter);
            message::Reply::Leaf(Box::new(Leaf { letters, first: input.flag(), last: input.flag() })).into()
        }
        Asked::Versions { .. } => {
            let version = |input: &mut Input<'_>| Version { at: timestamp(input), text: input.text() };
            message::Reply::Versions(input.several(4, version)).into()
        }
        Asked::Search(_) => {
            let run = |input: &mut Input<'_>| (input.text(), input.flag());
            let hit = |input: &mut Input<'_>| Hit { letter: letter(input), snippet: input.several(3, run) };
            message::Reply::Hits { hits: input.several(4, hit), more: input.flag() }.into()
        }
        Asked::Read { .. } | Asked::Typing { .. } => Reply::Done,
    }
}

fn posted(input: &mut Input<'_>) -> Reply {
    message::Reply::Posted(place(input), timestamp(input)).into()
}

fn any_reply(input: &mut Input<'_>) -> Reply {
    match input.byte() % 12 {
        0 => Reply::Done,
        1 => account::Reply::Signed(Box::new(person(input))).into(),
        2 => account::Reply::Person(Box::new(person(input))).into(),
        3 => account::Reply::Matches(input.several(4, |input| input.flag().then(|| profile(input)))).into(),
        4 => contacts(input),
        5 => conversation::Reply::Conversation(Box::new(overview(input))).into(),
        6 => conversation::Reply::Invitations(input.several(4, invitation)).into(),
        7 => posted(input),
        8 => message::Reply::History(input.several(4, letter)).into(),
        9 => chunk(input),
        10 => upload::Reply::Progress(progress(input)).into(),
        _ => recent(input),
    }
}

/// Any refusal.
pub(crate) fn refusal(input: &mut Input<'_>) -> Refusal {
    const FIELDS: &[Field] = &[
        Field::Handle,
        Field::Name,
        Field::Secret,
        Field::Email,
        Field::Phone,
        Field::Status,
        Field::Picture,
        Field::Message,
        Field::Members,
        Field::Cards,
    ];
    match input.byte() % 33 {
        0 => Refusal::NotSignedIn,
        1 => Refusal::AlreadySignedIn,
        2 => Refusal::SignedInElsewhere,
        3 => Refusal::WrongSecret,
        4 => Refusal::UnknownAccount,
        5 => Refusal::HandleTaken,
        6 => Refusal::NickTaken,
        7 => Refusal::EmailTaken,
        8 => Refusal::UnknownConversation,
        9 => Refusal::NotLeader,
        10 => Refusal::Yourself,
        11 => Refusal::Already,
        12 => Refusal::NotThere,
        13 => Refusal::NotFriends,
        14 => Refusal::Empty(input.choose(FIELDS)),
        15 => Refusal::Unusable(input.choose(FIELDS)),
        16 => Refusal::TooLarge(input.choose(FIELDS)),
        17 => Refusal::KeyReused,
        18 => Refusal::TooManyTokens,
        19 => Refusal::Unverified,
        20 => Refusal::Maintenance,
        21 => Refusal::Busy,
        22 => Refusal::NoMail,
        23 => Refusal::UnknownMessage,
        24 => Refusal::NotAuthor,
        25 => Refusal::Blocked,
        26 => Refusal::TooOften { seconds: input.number() },
        27 => Refusal::Quota,
        28 => Refusal::Disabled,
        29 => Refusal::RegistrationClosed,
        30 => Refusal::InvitationNeeded,
        31 => Refusal::BadInvitation,
        _ => Refusal::Failed(Incident(u64::from(input.number()))),
    }
}

/// Any event.
pub(crate) fn event(input: &mut Input<'_>) -> Event {
    use conversation::Happening::{
        Declined, Dissolved, Expelled, Invited, Joined, Leads, Left, Pictured, Renamed,
    };
    match input.byte() % 9 {
        0 => Event::Message(Arc::new(letter(input))),
        1 => Event::Appeared(Arc::new(overview(input))),
        2 => {
            const ALL: &[conversation::Happening] =
                &[Joined, Invited, Declined, Left, Expelled, Leads, Renamed, Dissolved, Pictured];
            Event::Group {
                conversation: conversation_id(input),
                name: input.text().into(),
                happening: ALL[usize::from(input.byte()) % ALL.len()].clone(),
                whom: Arc::new(face(input)),
                by: Arc::new(face(input)),
            }
        }
        3 => {
            use contact::Happening::{Accepted, Declined, Removed, Requested};
            let happening = input.choose(&[Requested, Accepted, Declined, Removed]);
            Event::Contact { happening, by: Arc::new(face(input)) }
        }
        4 => Event::Presence {
            who: Arc::new(face(input)),
            presence: input.choose(&[Presence::Online, Presence::Offline]),
            status: input.text().into(),
            signed_out: input.flag(),
        },
        5 => Event::Marks {
            conversation: conversation_id(input),
            who: account_id(input),
            read: seq(input),
            delivered: seq(input),
        },
        6 => Event::Contacts,
        7 => Event::Typing { conversation: conversation_id(input), who: account_id(input) },
        _ => Event::Setting {
            conversation: conversation_id(input),
            words: input.flag(),
            cleared: input.flag(),
        },
    }
}

/// How a verification may end.
pub(crate) fn verification(input: &mut Input<'_>) -> Verification {
    input.choose(&[Verification::Passed, Verification::Failed, Verification::TimedOut])
}

/// Anybody.
pub(crate) fn person(input: &mut Input<'_>) -> Person {
    Person { profile: profile(input), picture: input.shared() }
}

fn profile(input: &mut Input<'_>) -> Profile {
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

fn face(input: &mut Input<'_>) -> Face {
    Face { id: account_id(input), handle: handle(input), nick: input.text() }
}

/// Few people, so that one meets the same again.
fn account_id(input: &mut Input<'_>) -> AccountId {
    let last = if input.flag() { AccountId::LAST.number() - AccountId::FIRST.number() } else { 3 };
    let number = AccountId::FIRST.number() + u32::from(input.byte()).min(last);
    AccountId::new(number).unwrap_or(AccountId::LAST)
}

fn handle(input: &mut Input<'_>) -> Handle {
    let typed = input.text();
    Handle::parse(&typed).unwrap_or_else(|_| Handle::parse("ann").expect("it is a handle"))
}

fn conversation_id(input: &mut Input<'_>) -> ConversationId {
    ConversationId::new(u32::from(input.byte() % 4) + 1).expect("it is positive")
}

fn place(input: &mut Input<'_>) -> Place {
    let seq = if input.flag() { input.number() % Message::LAST_SEQ } else { u32::from(input.byte()) };
    Place { conversation: conversation_id(input), seq: Seq::new(seq + 1) }
}

fn seq(input: &mut Input<'_>) -> Seq {
    place(input).seq
}

fn session_id(input: &mut Input<'_>) -> SessionId {
    SessionId(u64::from(input.number()) + 1)
}

fn session(input: &mut Input<'_>) -> Session {
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

fn shelf(input: &mut Input<'_>) -> Shelf {
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

fn attendee(input: &mut Input<'_>) -> Attendee {
    Attendee { profile: profile(input), online: input.flag(), read: seq(input), delivered: seq(input) }
}

fn timestamp(input: &mut Input<'_>) -> Timestamp {
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

fn overview(input: &mut Input<'_>) -> Overview {
    let members = input.several(4, person);
    let more = u32::from(input.byte());
    let member_count = u32::try_from(members.len()).unwrap_or(0) + more;
    Overview { conversation: conversation(input), members, member_count }
}

fn digest(input: &mut Input<'_>) -> Digest {
    Digest {
        conversation: Arc::new(conversation(input)),
        pair: input.several(2, face).into(),
        members: input.several(4, account_id),
        last: input.flag().then(|| letter(input)),
    }
}

fn invitation(input: &mut Input<'_>) -> Invitation {
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

fn letter(input: &mut Input<'_>) -> Letter {
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

fn contacts(input: &mut Input<'_>) -> Reply {
    let contact =
        |input: &mut Input<'_>| Contact { person: person(input), mutual: input.flag(), online: input.flag() };
    let people = input.several(4, contact);
    let (requests, asked) = (input.several(4, person), input.several(4, person));
    let groups = input.several(4, overview);
    let blocked = input.several(2, person);
    contact::Reply::Contacts(Box::new(Contacts { people, requests, asked, groups, blocked })).into()
}

fn recent(input: &mut Input<'_>) -> Reply {
    let (conversations, letters) = (input.several(4, overview), input.several(4, letter));
    message::Reply::Recent(Box::new(Recent { conversations, letters })).into()
}

fn status(input: &mut Input<'_>) -> server::Status {
    input.choose(&[server::Status::Running, server::Status::Maintenance])
}

fn progress(input: &mut Input<'_>) -> Progress {
    Progress { chunks: input.number(), bytes: u64::from(input.number()), total: input.number() }
}

fn chunk(input: &mut Input<'_>) -> Reply {
    upload::Reply::Chunk { offset: u64::from(input.number()), bytes: input.shared() }.into()
}
