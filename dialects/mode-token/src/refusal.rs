//! No, in this protocol's words: a status of the document and, beyond it, a text that says why.
//!
//! What a client may not do with a chat is 423, as reading one is; a server that is busy or fails is 500.

use koine_model::Refusal;
use serde::Serialize;
use std::borrow::Cow;

/// The document's statuses. On the wire they are texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(crate) enum Status {
    #[serde(rename = "200")]
    Ok,
    #[serde(rename = "401")]
    NotAuthorized,
    #[serde(rename = "403")]
    TooManyTokens,
    #[serde(rename = "409")]
    Conflict,
    #[serde(rename = "422")]
    Malformed,
    #[serde(rename = "423")]
    NotYours,
    #[serde(rename = "500")]
    ServerError,
    #[serde(rename = "501")]
    NotImplemented,
}

/// Why a request was not carried out, as the client is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct No {
    pub(crate) status: Status,
    pub(crate) error: Cow<'static, str>,
}

impl No {
    pub(crate) fn new(status: Status, error: impl Into<Cow<'static, str>>) -> Self {
        Self { status, error: error.into() }
    }

    /// A request that cannot be read, or lacks something.
    pub(crate) fn malformed(error: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Status::Malformed, error)
    }

    /// A token that is missing, unknown, revoked or expired.
    pub(crate) fn invalid_token() -> Self {
        Self::new(Status::NotAuthorized, "the token is missing or not valid")
    }

    /// The core answered something else than was asked. It does not happen, and a session must not panic if it does.
    pub(crate) fn unexpected() -> Self {
        Self::new(Status::ServerError, "server error")
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::new(status(refusal), refusal.to_string())
    }
}

fn status(refusal: Refusal) -> Status {
    match refusal {
        Refusal::NotSignedIn
        | Refusal::WrongSecret
        | Refusal::Unverified
        | Refusal::Disabled
        | Refusal::RegistrationClosed
        | Refusal::InvitationNeeded
        | Refusal::BadInvitation => Status::NotAuthorized,
        Refusal::TooManyTokens => Status::TooManyTokens,
        Refusal::AlreadySignedIn
        | Refusal::UnknownAccount
        | Refusal::HandleTaken
        | Refusal::NickTaken
        | Refusal::EmailTaken
        | Refusal::Yourself
        | Refusal::Already
        | Refusal::NotThere
        | Refusal::NotFriends
        | Refusal::SignedInElsewhere
        | Refusal::KeyReused => Status::Conflict,
        Refusal::Empty(_) | Refusal::Unusable(_) | Refusal::TooLarge(_) | Refusal::Quota => Status::Malformed,
        Refusal::UnknownConversation
        | Refusal::UnknownMessage
        | Refusal::NotAuthor
        | Refusal::Blocked
        | Refusal::NotLeader => Status::NotYours,
        Refusal::NoMail => Status::NotImplemented,
        Refusal::Maintenance | Refusal::Busy | Refusal::TooOften { .. } | Refusal::Failed(_) => {
            Status::ServerError
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::Incident;
    use koine_model::refusal::Field;

    #[test]
    fn every_status_of_the_document_is_in_use() {
        let check = |no: No, expected: &str| {
            assert_eq!(serde_json::to_value(no.status).unwrap(), expected, "{}", no.error);
        };
        check(Refusal::NotSignedIn.into(), "401");
        check(Refusal::TooManyTokens.into(), "403");
        check(Refusal::EmailTaken.into(), "409");
        check(Refusal::UnknownAccount.into(), "409");
        check(Refusal::Empty(Field::Message).into(), "422");
        check(Refusal::UnknownConversation.into(), "423");
        check(Refusal::Failed(Incident(1)).into(), "500");
        check(Refusal::NoMail.into(), "501");
        check(Refusal::TooOften { seconds: 8 }.into(), "500");
        check(Refusal::Quota.into(), "422");
        check(No::new(Status::NotImplemented, ""), "501");
        assert_eq!(serde_json::to_value(Status::Ok).unwrap(), "200");
    }

    #[test]
    fn a_failure_tells_where_to_look() {
        let no = No::from(Refusal::Failed(Incident(0xbeef)));
        assert_eq!(no.error, "server error, incident 000000000000beef");
    }
}
