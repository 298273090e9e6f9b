//! Accounts: who somebody is, and what they may ask about that.

use crate::invite::InviteCode;
use crate::session::{Session, SessionId};
use crate::{AccountId, ConversationId, Epoch, Seq, Timestamp, media::Blob, secret::Secret, token::Token};
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// The unique name by which protocols without numbers know an account.
///
/// 1 to 64 characters in Unicode's composed form; two that differ only in letter case are the same.
#[derive(Clone)]
pub struct Handle {
    shown: String,
    key: String,
}

/// Why a text cannot be a handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HandleFault {
    /// Nothing is left after white space is taken off.
    Empty,
    /// More than 64 characters.
    TooLong,
    /// Control characters, or the form `group:…`, which names groups.
    Unusable,
}

impl Handle {
    /// The most characters that a handle has.
    pub const LONGEST: usize = 64;
    /// What a group's name starts with where groups and people share one list.
    pub const GROUP_PREFIX: &'static str = "group:";

    /// Reads a handle as somebody typed it: white space at the ends does not count.
    pub fn parse(text: &str) -> Result<Self, HandleFault> {
        let shown: String = text.trim().nfc().take(Self::LONGEST + 1).collect();
        if shown.is_empty() {
            return Err(HandleFault::Empty);
        }
        if shown.chars().count() > Self::LONGEST {
            return Err(HandleFault::TooLong);
        }
        let key: String = shown.to_lowercase().nfc().collect();
        if shown.chars().any(char::is_control) || key.starts_with(Self::GROUP_PREFIX) {
            return Err(HandleFault::Unusable);
        }
        Ok(Self { shown, key })
    }

    /// As its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// As it is compared.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether it could be mistaken for an account's number.
    pub fn looks_like_id(&self) -> bool {
        self.shown.len() == 10 && self.shown.bytes().all(|byte| byte.is_ascii_digit())
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Handle {}

impl std::hash::Hash for Handle {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({:?})", self.shown)
    }
}

/// An account as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its number.
    pub id: AccountId,
    /// Its unique name.
    pub handle: Handle,
    /// The name that is shown; not unique.
    pub nick: String,
    /// E-mail address, or nothing.
    pub email: String,
    /// Phone number as it was given, or nothing.
    pub phone: String,
    /// A line about how the person is doing, or nothing.
    pub status: String,
    /// The picture, where the person has set one.
    pub avatar: Option<Blob>,
    /// When the account was made.
    pub created: Timestamp,
    /// Whether the account was deleted; what is left of it is its number and its handle.
    pub deleted: bool,
}

/// A profile together with the bytes of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub profile: Profile,
    /// The picture that was set, or the one that is drawn for those without (a PNG).
    ///
    /// Empty where pictures were not asked for, or where the answer had no room for this one.
    pub picture: Bytes,
}

impl Person {
    /// Whether the picture is one that the person has set.
    pub fn has_own_picture(&self) -> bool {
        self.profile.avatar.is_some()
    }
}

/// As much of an account as a message shows of its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// Its number.
    pub id: AccountId,
    /// Its unique name.
    pub handle: Handle,
    /// The name that is shown, [`Face::GONE`] for one that is gone.
    pub nick: String,
}

impl Face {
    /// How somebody is called whose account was deleted.
    pub const GONE: &'static str = "deleted account";
}

/// How a request names an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountRef {
    /// By number.
    Id(AccountId),
    /// By handle.
    Handle(Handle),
    /// As typed into a login field: a number, else an e-mail address, else a handle.
    Typed(String),
}

/// What is needed to make an account.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The handle; without one, it is made of the nick.
    pub handle: Option<Handle>,
    /// The name that is shown.
    pub nick: String,
    /// Whether a nick that somebody else has is refused.
    pub nick_is_unique: bool,
    /// The password.
    pub secret: Secret,
    /// E-mail address, or nothing.
    pub email: String,
    /// Phone number, or nothing.
    pub phone: String,
    /// Whether the connection is signed in as the new account.
    pub sign_in: bool,
    /// The invitation, where the dialect has a field for it. It counts where registration is by invitation.
    pub invitation: Option<InviteCode>,
}

/// What changes about a profile; `None` keeps what is there.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The unique name.
    pub handle: Option<Handle>,
    /// The name that is shown.
    pub nick: Option<String>,
    /// E-mail address; empty takes it away.
    pub email: Option<String>,
    /// Phone number; empty takes it away.
    pub phone: Option<String>,
    /// The line about how the person is doing.
    pub status: Option<String>,
    /// The bytes of the picture; empty takes it away.
    pub picture: Option<Bytes>,
    /// The picture, as the caller has uploaded it before under this key; instead of `picture`.
    pub uploaded_picture: Option<String>,
}

/// One entry of somebody's address book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// E-mail address, or nothing.
    pub email: String,
    /// Phone number, or nothing.
    pub phone: String,
}

/// What somebody who has lost the password of an account says to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Its e-mail address.
    Email(String),
    /// Its handle, as it was typed.
    Handle(String),
}

/// What became of the verification of an e-mail address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verification {
    /// Somebody who reads its mail has opened the link.
    Passed,
    /// The mail could not be sent.
    Failed,
    /// Nobody has opened the link in time.
    TimedOut,
}

/// What can be asked about accounts.
#[derive(Clone, Debug)]
pub enum Command {
    /// Make an account. Answered with [`Reply::Signed`].
    Register(Box<Registration>),
    /// Make an account as [`Command::Register`] does, whose e-mail address must be verified where the server can do that.
    RegisterVerified(Box<Registration>),
    /// Have an e-mail address verified, for a registration. Answered with [`Reply::Verified`] where there is nothing to do;
    /// with `Reply::Done` when a link is on its way by mail, and then the session is told what became of it.
    VerifyEmail {
        /// The address.
        email: String,
    },
    /// Have a link mailed to whoever has lost the password of an account, for a new one. Answered with `Reply::Done`, whether or
    /// not there is such an account: what comes of it only its owner sees.
    Recover {
        /// Whose password.
        who: AccountRef,
        /// What must be so of the account.
        known: Known,
    },
    /// Prove to be somebody. Answered with [`Reply::Signed`].
    SignIn {
        /// Who.
        who: AccountRef,
        /// The proof.
        secret: Secret,
    },
    /// Be nobody again on this connection. Answered with `Reply::Done`.
    SignOut,
    /// Have a token of one's own, for this device. Answered with [`Reply::Token`].
    IssueToken {
        /// The name of the device for its owner; may be empty.
        label: String,
    },
    /// Where the account is signed in. Answered with [`Reply::Sessions`].
    Sessions,
    /// End one of one's own sessions: its token is worthless, its connections end. Answered with `Reply::Done`. `NotThere`.
    EndSession {
        /// Which.
        session: SessionId,
    },
    /// Have another password. All other sessions and tokens of the account end. Answered with `Reply::Done` once it is on disk. `WrongSecret`.
    ChangePassword {
        /// The password until now.
        old: Secret,
        /// The password from now on, as it is and no hash of it.
        new: Secret,
    },
    /// Ask to delete one's own account. Nothing happens yet; answered with [`Reply::Question`]. `WrongSecret`.
    AskDelete {
        /// The password.
        secret: Secret,
    },
    /// Yes, delete it. Answered with `Reply::Done`; the connection is nobody afterwards. `NotThere` for a code that is wrong or too old.
    ConfirmDelete {
        /// What the question told.
        code: String,
    },
    /// Prove to be somebody by a token of this device. Answered with [`Reply::Resumed`].
    Resume {
        /// The proof.
        token: Token,
    },
    /// Make one of one's own tokens worthless. Answered with `Reply::Done`, also when it was so before.
    RevokeToken {
        /// Which.
        token: Token,
    },
    /// Where signing in does not begin to listen: be told what happens from now on. Answered with `Reply::Done`.
    ///
    /// What was said before is not told, but for the conversations of which `have` tells how far the caller has them: of these, exactly what
    /// lies behind. Answered with `Reply::Done`, or with [`Reply::Listening`] where there is a `have`.
    Listen {
        /// The last place that the caller has of each conversation.
        have: Option<Vec<(ConversationId, Seq)>>,
        /// In which epoch it was told of them. If that is not the server's, it begins afresh with each; a caller that does not know is
        /// taken at its word.
        epoch: Option<Epoch>,
        /// How many conversations of its list the caller wants to begin with, where it says what it has; all where nothing is named.
        newest: Option<u32>,
    },
    /// Look somebody up. Answered with [`Reply::Person`].
    Find {
        /// Whom.
        who: AccountRef,
    },
    /// Which accounts do these cards belong to? Answered with [`Reply::Matches`], in their order.
    Match {
        /// The cards.
        cards: Vec<Card>,
    },
    /// Change one's own profile. Answered with [`Reply::Person`].
    Change(Box<ProfileChange>),
    /// Delete one's own account. Answered with `Reply::Done`; the connection is nobody afterwards.
    Delete,
}

/// Answers about accounts.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Registered or signed in, as this person.
    Signed(Box<Person>),
    /// The token, which is not told again, and the session that it stands for.
    Token(Token, SessionId),
    /// The token is this account's, and stands for this session.
    Resumed(Arc<Face>, SessionId),
    /// Where the account is signed in.
    Sessions(Vec<Session>),
    /// What to say if one is sure, until when.
    Question {
        /// The code to repeat.
        code: String,
        /// Until when it counts.
        until: Timestamp,
    },
    /// From now on, the session is told what happens.
    Listening {
        /// Conversations of which too much was missed, or of which the caller has what was never said: nothing old is told of them.
        afresh: Vec<ConversationId>,
        /// As many of the caller's list as it wants to begin with: those to which an entry was added last. `None` where that is all of it.
        newest: Option<Vec<ConversationId>>,
        /// The server's epoch.
        epoch: Epoch,
    },
    /// The person who was asked for.
    Person(Box<Person>),
    /// The e-mail address counts as verified.
    Verified,
    /// For each card the account that it belongs to, if any.
    Matches(Vec<Option<Profile>>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_ignore_letter_case_in_every_script() {
        assert_eq!(Handle::parse(" Аня ").unwrap(), Handle::parse("аНЯ").unwrap());
        assert_eq!(Handle::parse("é").unwrap(), Handle::parse("e\u{301}").unwrap());
        assert_ne!(Handle::parse("ann").unwrap(), Handle::parse("anna").unwrap());
    }

    #[test]
    fn what_cannot_be_a_handle_is_told_why() {
        let check = |text: &str, fault| assert_eq!(Handle::parse(text).err(), Some(fault), "{text}");
        check("  ", HandleFault::Empty);
        check(&"x".repeat(65), HandleFault::TooLong);
        check("a\nb", HandleFault::Unusable);
        check("Group:7", HandleFault::Unusable);
        assert!(Handle::parse(&"猫".repeat(64)).is_ok());
    }
}
