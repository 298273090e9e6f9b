//! No, in this protocol's words: a code for the client, a text for its log, and which field it is about.

use koine_model::Refusal;
use koine_model::refusal::Field;
use serde::Serialize;
use std::borrow::Cow;

/// The codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    BadRequest,
    UnknownRequest,
    NotSignedIn,
    AlreadySignedIn,
    WrongPassword,
    UnknownAccount,
    HandleTaken,
    NickTaken,
    EmailTaken,
    UnknownConversation,
    UnknownMessage,
    NotAuthor,
    NotLeader,
    Yourself,
    Already,
    NotThere,
    NotFriends,
    Blocked,
    Empty,
    Unusable,
    TooLarge,
    KeyReused,
    TooManySessions,
    Unverified,
    NoMail,
    Maintenance,
    Disabled,
    RegistrationClosed,
    InvitationNeeded,
    BadInvitation,
    Busy,
    TooOften,
    Quota,
    Failed,
}

/// Why a request was not carried out, as the client is told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Error {
    /// For programs.
    pub(crate) code: Code,
    /// For a log, in English.
    pub(crate) message: Cow<'static, str>,
    /// The field of the request that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<Cow<'static, str>>,
    /// After how many seconds it may be tried again, where it was tried too often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<u32>,
    /// Where in the server's log there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) incident: Option<String>,
}

/// A refusal of which the request has yet to say how it calls its fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct No {
    code: Code,
    message: Cow<'static, str>,
    about: About,
    seconds: Option<u32>,
    incident: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum About {
    Nothing,
    Field(Field),
    Named(Cow<'static, str>),
}

impl No {
    pub(crate) fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), about: About::Nothing, seconds: None, incident: None }
    }

    /// It is about the field of this name.
    pub(crate) fn about(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.about = About::Named(field.into());
        self
    }

    /// The core answered something else than was asked. It does not happen, and a session must not panic if it does.
    pub(crate) fn unexpected() -> Self {
        Self::new(Code::Failed, "server error")
    }

    /// As it is told where `name` says how the request calls its fields.
    pub(crate) fn told(self, name: fn(Field) -> &'static str) -> Error {
        let field = match self.about {
            About::Nothing => None,
            About::Field(field) => Some(Cow::Borrowed(name(field))),
            About::Named(field) => Some(field),
        };
        Error {
            code: self.code,
            message: self.message,
            field,
            seconds: self.seconds,
            incident: self.incident,
        }
    }
}

/// How most requests call their fields.
pub(crate) fn usual_name(field: Field) -> &'static str {
    match field {
        Field::Handle => "handle",
        Field::Name => "name",
        Field::Secret => "password",
        Field::Email => "email",
        Field::Phone => "phone",
        Field::Status => "status",
        Field::Picture => "upload",
        Field::Message => "text",
        Field::Members => "members",
        Field::Cards => "cards",
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        let about = match refusal {
            Refusal::Empty(field) | Refusal::Unusable(field) | Refusal::TooLarge(field) => {
                About::Field(field)
            }
            Refusal::InvitationNeeded | Refusal::BadInvitation => About::Named("invitation".into()),
            _ => About::Nothing,
        };
        let seconds = match refusal {
            Refusal::TooOften { seconds } => Some(seconds),
            _ => None,
        };
        let incident = match refusal {
            Refusal::Failed(incident) => Some(incident.to_string()),
            _ => None,
        };
        Self { code: code(refusal), message: refusal.to_string().into(), about, seconds, incident }
    }
}

fn code(refusal: Refusal) -> Code {
    match refusal {
        Refusal::NotSignedIn => Code::NotSignedIn,
        Refusal::AlreadySignedIn | Refusal::SignedInElsewhere => Code::AlreadySignedIn,
        Refusal::WrongSecret => Code::WrongPassword,
        Refusal::UnknownAccount => Code::UnknownAccount,
        Refusal::HandleTaken => Code::HandleTaken,
        Refusal::NickTaken => Code::NickTaken,
        Refusal::EmailTaken => Code::EmailTaken,
        Refusal::UnknownConversation => Code::UnknownConversation,
        Refusal::UnknownMessage => Code::UnknownMessage,
        Refusal::NotAuthor => Code::NotAuthor,
        Refusal::Blocked => Code::Blocked,
        Refusal::NotLeader => Code::NotLeader,
        Refusal::Yourself => Code::Yourself,
        Refusal::Already => Code::Already,
        Refusal::NotThere => Code::NotThere,
        Refusal::NotFriends => Code::NotFriends,
        Refusal::Empty(_) => Code::Empty,
        Refusal::Unusable(_) => Code::Unusable,
        Refusal::TooLarge(_) => Code::TooLarge,
        Refusal::KeyReused => Code::KeyReused,
        Refusal::TooManyTokens => Code::TooManySessions,
        Refusal::Unverified => Code::Unverified,
        Refusal::NoMail => Code::NoMail,
        Refusal::Maintenance => Code::Maintenance,
        Refusal::Disabled => Code::Disabled,
        Refusal::RegistrationClosed => Code::RegistrationClosed,
        Refusal::InvitationNeeded => Code::InvitationNeeded,
        Refusal::BadInvitation => Code::BadInvitation,
        Refusal::Busy => Code::Busy,
        Refusal::TooOften { .. } => Code::TooOften,
        Refusal::Quota => Code::Quota,
        Refusal::Failed(_) => Code::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::Incident;
    use serde_json::{Value, json};

    fn told(refusal: Refusal) -> Value {
        serde_json::to_value(No::from(refusal).told(usual_name)).unwrap()
    }

    #[test]
    fn a_refusal_names_its_code_its_field_and_its_incident() {
        let check = |refusal, expected: Value| assert_eq!(told(refusal), expected);
        check(Refusal::Blocked, json!({"code": "blocked", "message": "that person cannot be written to"}));
        check(
            Refusal::TooLarge(Field::Picture),
            json!({"code": "too_large", "message": "the picture is too large", "field": "upload"}),
        );
        check(
            Refusal::TooOften { seconds: 8 },
            json!({"code": "too_often", "message": "too often, try again in 8 seconds", "seconds": 8}),
        );
        check(
            Refusal::Quota,
            json!({"code": "quota", "message": "your files take as much room as they may"}),
        );
        check(
            Refusal::Failed(Incident(0xbeef)),
            json!({
                "code": "failed", "message": "server error, incident 000000000000beef",
                "incident": "000000000000beef",
            }),
        );
    }
}
