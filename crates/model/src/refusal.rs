//! No, and why: the closed list that every dialect words in its own way.

use std::fmt;

/// Why a request was not carried out. Dialects match it without a `_` arm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The connection is nobody yet.
    NotSignedIn,
    /// The connection is somebody already.
    AlreadySignedIn,
    /// The account has a live session on this device, which allows but one.
    SignedInElsewhere,
    /// The password is not theirs.
    WrongSecret,
    /// Nobody has that number, handle or address.
    UnknownAccount,
    /// Somebody has that handle, or it cannot be given away.
    HandleTaken,
    /// Somebody has that nick, and the dialect wants it unique.
    NickTaken,
    /// Somebody has that e-mail address.
    EmailTaken,
    /// No conversation of that number that the caller may know of.
    UnknownConversation,
    /// No message at that place that the caller may know of, or none that is there still.
    UnknownMessage,
    /// The message is somebody else's.
    NotAuthor,
    /// The other has blocked the caller, or the caller the other.
    Blocked,
    /// The caller does not lead the group.
    NotLeader,
    /// Something that cannot be done with oneself.
    Yourself,
    /// It is so already: a contact, a member.
    Already,
    /// It is not so: no such contact, request, invitation or member.
    NotThere,
    /// They are not friends, and must be.
    NotFriends,
    /// A field that must not be empty.
    Empty(Field),
    /// A field that cannot be used as it is.
    Unusable(Field),
    /// More than the server takes.
    TooLarge(Field),
    /// The same key was used for another message.
    KeyReused,
    /// The account has as many live tokens as it may have.
    TooManyTokens,
    /// The e-mail address must be verified first.
    Unverified,
    /// The server sends no mail, and this needs it.
    NoMail,
    /// The server is under maintenance, and only operators may sign in.
    Maintenance,
    /// An operator has disabled the account.
    Disabled,
    /// Nobody may register.
    RegistrationClosed,
    /// Whoever registers needs an invitation.
    InvitationNeeded,
    /// The invitation is none, or one that is used up, out of date or revoked.
    BadInvitation,
    /// Too much at once; it may be said again later.
    Busy,
    /// It was done too often; it may be tried again after so many seconds, not before.
    TooOften {
        /// Until then, at least one.
        seconds: u32,
    },
    /// What the account has sent takes as much room as it may.
    Quota,
    /// The server failed; the log knows more under this number.
    Failed(Incident),
}

/// Which part of a request a refusal is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// The unique name.
    Handle,
    /// The shown name, of a person or a group.
    Name,
    /// The password.
    Secret,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
    /// The status line.
    Status,
    /// The picture.
    Picture,
    /// The message's parts.
    Message,
    /// The members of a group.
    Members,
    /// The entries of an address book.
    Cards,
}

/// Names an entry of the log, so that a client can be told where to look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Incident(pub u64);

impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSignedIn => f.write_str("not logged in"),
            Self::AlreadySignedIn => f.write_str("already logged in"),
            Self::SignedInElsewhere => f.write_str("already logged in elsewhere"),
            Self::WrongSecret => f.write_str("wrong password"),
            Self::UnknownAccount => f.write_str("no such user"),
            Self::HandleTaken => f.write_str("that user name is taken"),
            Self::NickTaken => f.write_str("that nickname is taken"),
            Self::EmailTaken => f.write_str("that e-mail address is taken"),
            Self::UnknownConversation => f.write_str("no such conversation"),
            Self::UnknownMessage => f.write_str("no such message"),
            Self::NotAuthor => f.write_str("that message is somebody else's"),
            Self::Blocked => f.write_str("that person cannot be written to"),
            Self::NotLeader => f.write_str("only the leader may do that"),
            Self::Yourself => f.write_str("that cannot be done with yourself"),
            Self::Already => f.write_str("it is so already"),
            Self::NotThere => f.write_str("there is no such thing"),
            Self::NotFriends => f.write_str("not friends"),
            Self::Empty(field) => write!(f, "the {field} is empty"),
            Self::Unusable(field) => write!(f, "the {field} cannot be used"),
            Self::TooLarge(field) => write!(f, "the {field} is too large"),
            Self::KeyReused => f.write_str("that key belongs to another message"),
            Self::TooManyTokens => f.write_str("too many tokens, log out somewhere first"),
            Self::Unverified => f.write_str("that e-mail address is not verified"),
            Self::NoMail => f.write_str("the server sends no mail"),
            Self::Maintenance => f.write_str("the server is under maintenance, try again later"),
            Self::Disabled => f.write_str("this account is disabled, ask those who run the server"),
            Self::RegistrationClosed => f.write_str("registration is closed on this server"),
            Self::InvitationNeeded => f.write_str(
                "registration needs an invitation: register on the web page of this server with its code",
            ),
            Self::BadInvitation => f.write_str("that invitation is not valid, or not any more"),
            Self::Busy => f.write_str("too much at once, try again later"),
            Self::TooOften { seconds } => write!(f, "too often, try again in {seconds} seconds"),
            Self::Quota => f.write_str("your files take as much room as they may"),
            Self::Failed(incident) => write!(f, "server error, incident {incident}"),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Handle => "user name",
            Self::Name => "name",
            Self::Secret => "password",
            Self::Email => "e-mail address",
            Self::Phone => "phone number",
            Self::Status => "status",
            Self::Picture => "picture",
            Self::Message => "message",
            Self::Members => "list of members",
            Self::Cards => "address book",
        })
    }
}
