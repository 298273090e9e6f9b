//! No, in this protocol's words: a status code and a text.
//!
//! The document has no code for a server that fails or is busy; those are 3 with a text that says so.

use koine_model::Refusal;
use serde::Serialize;
use std::borrow::Cow;

/// The document's error codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(into = "u8")]
pub(crate) enum Status {
    Ok,
    AlreadyExist,
    InvalidPass,
    InvalidData,
    EmptyField,
    AlreadyRegister,
    NeedAuth,
    NeedRegister,
    UserNotFound,
}

impl From<Status> for u8 {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => 0,
            Status::AlreadyExist => 1,
            Status::InvalidPass => 2,
            Status::InvalidData => 3,
            Status::EmptyField => 4,
            Status::AlreadyRegister => 5,
            Status::NeedAuth => 6,
            Status::NeedRegister => 7,
            Status::UserNotFound => 8,
        }
    }
}

/// Why a request was not carried out, as the client is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct No {
    pub(crate) status: Status,
    pub(crate) error: Cow<'static, str>,
}

impl No {
    /// A request that cannot be read.
    pub(crate) fn malformed(error: &'static str) -> Self {
        Self { status: Status::InvalidData, error: Cow::Borrowed(error) }
    }

    /// A field without which nothing can be done.
    pub(crate) fn empty(error: &'static str) -> Self {
        Self { status: Status::EmptyField, error: Cow::Borrowed(error) }
    }

    pub(crate) fn not_signed_in() -> Self {
        Refusal::NotSignedIn.into()
    }

    pub(crate) fn already_registered() -> Self {
        Refusal::AlreadySignedIn.into()
    }

    pub(crate) fn user_not_found() -> Self {
        Refusal::UnknownAccount.into()
    }

    /// A login that nobody has, where somebody wants to be its owner.
    pub(crate) fn not_registered() -> Self {
        Self { status: Status::NeedRegister, error: Cow::Borrowed("that login is not registered") }
    }

    /// The core answered something else than was asked. It does not happen, and a session must not panic if it does.
    pub(crate) fn unexpected() -> Self {
        Self::malformed("server error")
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self { status: status(refusal), error: Cow::Owned(refusal.to_string()) }
    }
}

fn status(refusal: Refusal) -> Status {
    match refusal {
        Refusal::NotSignedIn => Status::NeedAuth,
        Refusal::AlreadySignedIn | Refusal::SignedInElsewhere => Status::AlreadyRegister,
        Refusal::WrongSecret | Refusal::Disabled => Status::InvalidPass,
        Refusal::UnknownAccount | Refusal::UnknownConversation | Refusal::NotThere => Status::UserNotFound,
        Refusal::HandleTaken
        | Refusal::NickTaken
        | Refusal::EmailTaken
        | Refusal::Already
        | Refusal::Yourself => Status::AlreadyExist,
        Refusal::Empty(_) => Status::EmptyField,
        Refusal::NotLeader
        | Refusal::UnknownMessage
        | Refusal::NotAuthor
        | Refusal::Blocked
        | Refusal::NotFriends
        | Refusal::Unusable(_)
        | Refusal::TooLarge(_)
        | Refusal::KeyReused
        | Refusal::TooManyTokens
        | Refusal::Unverified
        | Refusal::NoMail
        | Refusal::Maintenance
        | Refusal::RegistrationClosed
        | Refusal::InvitationNeeded
        | Refusal::BadInvitation
        | Refusal::Busy
        | Refusal::TooOften { .. }
        | Refusal::Quota
        | Refusal::Failed(_) => Status::InvalidData,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::Incident;
    use koine_model::refusal::Field;

    #[test]
    fn every_code_of_the_document_is_in_use() {
        let check = |refusal: Refusal, expected: u8| {
            assert_eq!(u8::from(No::from(refusal).status), expected, "{refusal}")
        };
        check(Refusal::NickTaken, 1);
        check(Refusal::WrongSecret, 2);
        check(Refusal::TooLarge(Field::Message), 3);
        check(Refusal::TooOften { seconds: 8 }, 3);
        check(Refusal::Empty(Field::Name), 4);
        check(Refusal::AlreadySignedIn, 5);
        check(Refusal::NotSignedIn, 6);
        check(Refusal::UnknownAccount, 8);
        assert_eq!(u8::from(No::not_registered().status), 7);
        assert_eq!(u8::from(Status::Ok), 0);
    }

    #[test]
    fn a_failure_tells_where_to_look() {
        let no = No::from(Refusal::Failed(Incident(0xbeef)));
        assert_eq!(
            (no.status, no.error.as_ref()),
            (Status::InvalidData, "server error, incident 000000000000beef")
        );
    }
}
