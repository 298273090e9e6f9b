//! No, in this protocol's words: a status where the answer has one, else an error with its details.

use crate::wire;
use koine_dialect::Payload;
use koine_model::Refusal;

/// What a request is told that cannot be begun.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct No(String);

impl No {
    /// No, because of this.
    pub(crate) fn new(details: impl Into<String>) -> Self {
        Self(details.into())
    }

    /// The core answered something else than was asked. It does not happen, and a session must not panic if it does.
    pub(crate) fn unexpected() -> Self {
        Self::new("server error")
    }

    /// The frame that says so.
    pub(crate) fn frame(self) -> Payload {
        wire::frame(18, [("details", self.0.into())])
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.to_string())
    }
}

impl From<wire::Malformed> for No {
    fn from(malformed: wire::Malformed) -> Self {
        Self(malformed.to_string())
    }
}

/// What a refused request of one of the four kinds with a status is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Statuses {
    pub(crate) registration: Registration,
    pub(crate) login: u8,
    pub(crate) new_session: u8,
}

/// What a refused registration is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Registration {
    /// A status of its answer.
    Status(u8),
    /// The address must be verified first, which is a message of its own.
    Verify,
}

/// How each request that has a status of its own words `refusal`.
///
/// Registering: 1 "server error", 2 "e-mail already in use". Logging in: 1 "incorrect account or password", 2 "server error".
/// A new session: 1 "server error", 2 "reached the session creation limit".
pub(crate) fn statuses(refusal: Refusal) -> Statuses {
    let failed = Statuses { registration: Registration::Status(1), login: 2, new_session: 1 };
    match refusal {
        Refusal::WrongSecret | Refusal::UnknownAccount | Refusal::Empty(_) | Refusal::Disabled => {
            Statuses { login: 1, ..failed }
        }
        Refusal::EmailTaken => Statuses { registration: Registration::Status(2), ..failed },
        Refusal::Unverified => Statuses { registration: Registration::Verify, ..failed },
        Refusal::TooLarge(_) => Statuses { login: 1, new_session: 2, ..failed },
        Refusal::NotSignedIn
        | Refusal::AlreadySignedIn
        | Refusal::HandleTaken
        | Refusal::NickTaken
        | Refusal::UnknownConversation
        | Refusal::UnknownMessage
        | Refusal::NotAuthor
        | Refusal::Blocked
        | Refusal::NotLeader
        | Refusal::Yourself
        | Refusal::Already
        | Refusal::NotThere
        | Refusal::NotFriends
        | Refusal::Unusable(_)
        | Refusal::KeyReused
        | Refusal::SignedInElsewhere
        | Refusal::NoMail
        | Refusal::Maintenance
        | Refusal::RegistrationClosed
        | Refusal::InvitationNeeded
        | Refusal::BadInvitation
        | Refusal::TooManyTokens
        | Refusal::Busy
        | Refusal::TooOften { .. }
        | Refusal::Quota
        | Refusal::Failed(_) => failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::refusal::Field;

    #[test]
    fn every_status_of_the_document_is_in_use() {
        let registration = |refusal| statuses(refusal).registration;
        assert_eq!(registration(Refusal::Busy), Registration::Status(1));
        assert_eq!(registration(Refusal::EmailTaken), Registration::Status(2));
        assert_eq!(registration(Refusal::Unverified), Registration::Verify);
        assert_eq!(statuses(Refusal::WrongSecret).login, 1);
        assert_eq!(statuses(Refusal::UnknownAccount).login, 1);
        assert_eq!(statuses(Refusal::Maintenance).login, 2);
        assert_eq!(statuses(Refusal::TooOften { seconds: 8 }).login, 2);
        assert_eq!(statuses(Refusal::UnknownAccount).new_session, 1);
        assert_eq!(statuses(Refusal::TooLarge(Field::Members)).new_session, 2);
    }
}
