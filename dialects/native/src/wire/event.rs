//! Events: what a client is told without having asked. What depends on who is told is not in them.

use super::account::Face;
use super::conversation::New;
use super::message::Message as Said;
use koine_model::{contact, conversation};
use serde::Serialize;

/// `hello`: the first thing that is said on a connection.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Hello {
    /// What the server is.
    pub(crate) server: &'static str,
    /// The version of the program.
    pub(crate) version: &'static str,
    /// The version of this protocol.
    pub(crate) protocol: u32,
    /// What time it is there.
    pub(crate) time: i64,
    /// How much it takes.
    pub(crate) limits: Limits,
    /// Who may register: `open` is everybody, `invitation` whoever has one, `closed` nobody.
    pub(crate) registration: &'static str,
    /// Whether `recover` can be asked: the server sends mail.
    pub(crate) recovery: bool,
    /// In which life of the server's data the numbers of conversations and `seq` count: another one after a backup was brought back.
    pub(crate) epoch: String,
}

/// How much the server takes. Sizes are bytes.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Limits {
    /// The text of a message.
    pub(crate) text_bytes: u64,
    /// An attachment.
    pub(crate) upload_bytes: u64,
    /// A picture of a person or a group.
    pub(crate) avatar_bytes: u64,
    /// A frame.
    pub(crate) frame_bytes: u64,
    /// How many members a group may have.
    pub(crate) group_members: u64,
}

/// `bad_frame`: what was sent is no request.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BadFrame {
    /// Why, in English, for a log.
    pub(crate) message: String,
}

/// `message`: something was said.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "MessageEvent"))]
pub(crate) struct Message {
    /// What.
    pub(crate) message: Said,
}

/// `edited`: a message has other words.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Edited {
    #[serde(flatten)]
    pub(crate) act: Act,
    /// The words; nothing when the message was deleted later.
    pub(crate) text: String,
}

/// `deleted`: a message is gone.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Deleted {
    #[serde(flatten)]
    pub(crate) act: Act,
}

/// `reacted`: somebody put an emoji to a message, or took theirs away.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Reacted {
    #[serde(flatten)]
    pub(crate) act: Act,
    /// Which emoji.
    pub(crate) emoji: String,
    /// Whether it is there now.
    pub(crate) on: bool,
}

/// What was done to a message, where in the log it stands.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Act {
    /// Where.
    pub(crate) conversation: u32,
    /// The place of what was done.
    pub(crate) seq: u32,
    /// When.
    pub(crate) at: i64,
    /// By whom.
    pub(crate) by: Face,
    /// The place of the message.
    pub(crate) target: u32,
}

/// `marks`: somebody has got or read more.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Marks {
    /// Where.
    pub(crate) conversation: u32,
    /// Who, by number.
    pub(crate) who: u32,
    /// How far they have read.
    pub(crate) read: u32,
    /// How far it has arrived on any device of theirs.
    pub(crate) delivered: u32,
}

/// `typing`: somebody is writing something.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Typing {
    /// Where.
    pub(crate) conversation: u32,
    /// Who, by number.
    pub(crate) who: u32,
}

/// `appeared`: a conversation is on the list now.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Appeared {
    /// Which.
    pub(crate) conversation: New,
}

/// `group`: a group changed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Group {
    /// Which.
    pub(crate) conversation: u32,
    /// Its name, as it is now.
    pub(crate) name: String,
    /// What happened.
    pub(crate) happening: Change,
    /// To whom.
    pub(crate) whom: Face,
    /// Who did it.
    pub(crate) by: Face,
}

/// What happened to a group.
#[derive(Serialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    Joined,
    Invited,
    Declined,
    Left,
    Expelled,
    Leads,
    Renamed,
    Picture,
    Dissolved,
}

impl From<&conversation::Happening> for Change {
    fn from(happening: &conversation::Happening) -> Self {
        use conversation::Happening;
        match happening {
            Happening::Joined => Self::Joined,
            Happening::Invited => Self::Invited,
            Happening::Declined => Self::Declined,
            Happening::Left => Self::Left,
            Happening::Expelled => Self::Expelled,
            Happening::Leads => Self::Leads,
            Happening::Renamed => Self::Renamed,
            Happening::Pictured => Self::Picture,
            Happening::Dissolved => Self::Dissolved,
        }
    }
}

/// `contact`: somebody did something about the two.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ContactEvent"))]
pub(crate) struct Contact {
    /// What.
    pub(crate) happening: Tie,
    /// Who.
    pub(crate) by: Face,
}

/// What happened between two people.
#[derive(Serialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tie {
    Requested,
    Accepted,
    Declined,
    Removed,
}

impl From<contact::Happening> for Tie {
    fn from(happening: contact::Happening) -> Self {
        use contact::Happening;
        match happening {
            Happening::Requested => Self::Requested,
            Happening::Accepted => Self::Accepted,
            Happening::Declined => Self::Declined,
            Happening::Removed => Self::Removed,
        }
    }
}

/// `contacts`: whom one has, has asked or has blocked was changed on one of one's devices. `contacts` tells how it is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ContactsEvent"))]
pub(crate) struct Contacts {}

/// `presence`: a contact came or went, or is doing otherwise.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Presence {
    /// Who, by number.
    pub(crate) who: u32,
    /// Whether they are there.
    pub(crate) online: bool,
    /// A line about how they are doing.
    pub(crate) status: String,
}

/// `conversation`: how oneself has a conversation was changed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Setting {
    /// Which.
    pub(crate) conversation: u32,
    /// Whether one's other dialects are told in words of what is done to messages.
    pub(crate) words: bool,
    /// Whether it was just taken off the list.
    pub(crate) cleared: bool,
}

/// `bye`: the connection closes.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Bye {
    /// Why.
    pub(crate) why: Why,
}

/// Why a connection closes.
#[derive(Serialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Why {
    /// The session was ended.
    Ended,
    /// The password was changed on another connection of this session: its token signs in again.
    Again,
    /// The account is gone.
    Deleted,
    /// The server stops.
    Stopping,
    /// Nobody signed in in time, or a frame was not finished in time.
    Late,
}
