//! Accounts: requests about them, and people as answers show them.

use super::contact::Contact;
use super::conversation::{Conversation, Invited};
use koine_model::AccountId;
use koine_model::account::AccountRef;
use koine_model::refusal::Refusal;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// How a request names a person.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a person's number, handle or e-mail address")]
pub(crate) enum Who {
    /// By number.
    Number(u64),
    /// By number, handle or e-mail address.
    Text(String),
}

impl Who {
    /// As the core names people. A number that nobody can have is one that nobody has.
    pub(crate) fn reference(self) -> Result<AccountRef, Refusal> {
        match self {
            Self::Number(number) => {
                let id = u32::try_from(number).ok().and_then(AccountId::new);
                id.map(AccountRef::Id).ok_or(Refusal::UnknownAccount)
            }
            Self::Text(text) => Ok(AccountRef::Typed(text)),
        }
    }
}

/// For fields that may be `null` and must be there.
pub(crate) fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// Make an account, and sign in.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Register {
    /// The unique name; without it, one is made of the nick.
    pub(crate) handle: Option<String>,
    /// The name that is shown.
    pub(crate) nick: String,
    /// The password.
    pub(crate) password: String,
    /// The e-mail address.
    pub(crate) email: Option<String>,
    /// The code of an invitation, where `hello` says that registration is by invitation.
    pub(crate) invitation: Option<String>,
    /// The name of the device, for its owner.
    pub(crate) device: String,
}

/// Sign in, and have a token.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Login {
    /// Who.
    pub(crate) who: Who,
    /// The password.
    pub(crate) password: String,
    /// The name of the device, for its owner.
    pub(crate) device: String,
}

/// Sign in by a token.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Resume {
    /// The token.
    pub(crate) token: String,
}

/// Have a link mailed for a new password.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Recover {
    /// Whose password was lost.
    pub(crate) who: Who,
    /// The e-mail address of the account.
    pub(crate) email: String,
}

/// End one of one's own sessions.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SessionEnd {
    /// Which.
    pub(crate) session: u64,
}

/// Have another password.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Password {
    /// The password until now.
    pub(crate) old: String,
    /// The password from now on.
    pub(crate) new: String,
}

/// Change one's own profile; what is not named stays.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Profile {
    /// The name that is shown.
    pub(crate) nick: Option<String>,
    /// The unique name.
    pub(crate) handle: Option<String>,
    /// The e-mail address; empty takes it away.
    pub(crate) email: Option<String>,
    /// The phone number; empty takes it away.
    pub(crate) phone: Option<String>,
    /// A line about how one is doing.
    pub(crate) status: Option<String>,
}

/// Have another picture.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Avatar {
    /// The upload that is the picture; `null` for none.
    #[serde(deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(required, extend("type" = ["string", "null"])))]
    pub(crate) upload: Option<String>,
}

/// Look somebody up.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Find {
    /// Whom.
    pub(crate) who: Who,
}

/// Ask to delete one's own account.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AccountDelete {
    /// The password.
    pub(crate) password: String,
}

/// Delete one's own account.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AccountDeleteConfirm {
    /// What was told when it was asked for.
    pub(crate) confirm: String,
}

/// Be told what happens, and what was missed.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Listen {
    /// The last `seq` that the client has of each conversation, by the conversation's number.
    #[serde(default)]
    pub(crate) have: BTreeMap<u32, u32>,
    /// The `epoch` in which that was told. If it is not the server's, the client begins afresh with each of these conversations.
    pub(crate) epoch: Option<String>,
    /// How many conversations the answer may hold at most: those in which something happened last. All where it is missing.
    pub(crate) newest: Option<u32>,
}

/// A person.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Person {
    /// Their number.
    pub(crate) id: u32,
    /// Their unique name.
    pub(crate) handle: String,
    /// The name that is shown.
    pub(crate) nick: String,
    /// A line about how they are doing.
    pub(crate) status: String,
    /// Where their picture is on the HTTP port.
    pub(crate) avatar: String,
    /// Whether the account is gone.
    pub(crate) deleted: bool,
}

/// As much of a person as a message shows of its sender.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Face {
    /// Their number.
    pub(crate) id: u32,
    /// Their unique name.
    pub(crate) handle: String,
    /// The name that is shown.
    pub(crate) nick: String,
}

/// Oneself.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Me {
    /// What everybody knows.
    #[serde(flatten)]
    pub(crate) person: Person,
    /// The e-mail address, or nothing.
    pub(crate) email: String,
    /// The phone number, or nothing.
    pub(crate) phone: String,
    /// When the account was made.
    pub(crate) created: i64,
}

/// Signed in, with a token that is not told again.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Signed {
    /// As whom.
    pub(crate) me: Me,
    /// What proves it from now on.
    pub(crate) token: String,
    /// The session that the token stands for.
    pub(crate) session: u64,
}

/// Signed in by a token.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Resumed {
    /// As whom.
    pub(crate) me: Me,
    /// The session that the token stands for.
    pub(crate) session: u64,
}

/// Where the account is signed in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Sessions {
    /// Each device.
    pub(crate) sessions: Vec<Session>,
}

/// A device that is signed in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Session {
    /// Its number.
    pub(crate) session: u64,
    /// The name that it gave itself.
    pub(crate) device: String,
    /// The dialect that it speaks.
    pub(crate) dialect: String,
    /// When it signed in.
    pub(crate) created: i64,
    /// When it was last seen, to the hour.
    pub(crate) used: i64,
    /// Whether it is connected.
    pub(crate) online: bool,
    /// Whether it is the one that asks.
    pub(crate) current: bool,
}

/// Oneself, as one is now.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Myself {
    /// Oneself.
    pub(crate) me: Me,
}

/// Somebody.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Somebody {
    /// Who.
    pub(crate) person: Person,
}

/// What to say if one is sure.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Question {
    /// What to repeat.
    pub(crate) confirm: String,
    /// Until when it counts.
    pub(crate) until: i64,
}

/// All that is no log.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Snapshot {
    /// Oneself.
    pub(crate) me: Me,
    /// One's conversations, by number.
    pub(crate) conversations: Vec<Conversation>,
    /// Whether there are others, for which `newest` has no room: `conversations` tells of all.
    pub(crate) others: bool,
    /// Whom one has.
    pub(crate) contacts: Vec<Contact>,
    /// Who waits for an answer.
    pub(crate) requests: Vec<Person>,
    /// Whom one has asked, and who have not answered.
    pub(crate) asked: Vec<Person>,
    /// Whom one has blocked.
    pub(crate) blocked: Vec<Person>,
    /// The groups that wait for an answer.
    pub(crate) invitations: Vec<Invited>,
    /// The conversations of which nothing old is told: their end is to be read anew.
    pub(crate) afresh: Vec<u32>,
    /// The server's epoch, as in `hello`.
    pub(crate) epoch: String,
}
