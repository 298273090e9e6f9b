//! People, conversations, messages, answers and events, as an input chooses them.
//!
//! They keep to what the types of the model promise, and to nothing else: a core that answers oddly must not bring a session down.

mod nouns;

use crate::input::Input;
use koine_model::account::{self, Person, Verification};
use koine_model::contact::{self, Contact, Contacts};
use koine_model::conversation;
use koine_model::message::{self, Hit, Leaf, Recent, Version};
use koine_model::presence::Presence;
use koine_model::refusal::{Field, Incident};
use koine_model::server;
use koine_model::token::Token;
use koine_model::upload::{self, Progress};
use koine_model::{Command, Epoch, Event, Refusal, Reply};
use nouns::{
    account_id, attendee, conversation_id, digest, face, invitation, letter, overview, place, profile, seq,
    session, session_id, shelf, timestamp,
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
