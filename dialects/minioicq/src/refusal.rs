//! How the core's no, and the dialect's own, are worded.

use crate::op::Verb;
use crate::wire::Value;
use koine_dialect::Fault;
use koine_model::Refusal;
use std::borrow::Cow;

/// What stands in a failure's `reason`.
pub(crate) type Reason = Cow<'static, str>;

/// What requests before login are told.
pub(crate) const NOT_LOGGED_IN: &str = "Not logged in";
/// What requests about a chat are told that is not there for them.
pub(crate) const CHAT_NOT_FOUND: &str = "Chat not found";
/// What a request is told whose answer makes no sense. The core answers every command with its own kind of reply.
pub(crate) const UNEXPECTED: &str = "Server error";

/// A failure of whatever kind.
pub(crate) fn failure(action: &'static str, reason: impl Into<Reason>) -> Value {
    Value::action(action, [("reason", Value::Text(reason.into().into_owned()))])
}

/// The failure of a request of which nothing is known.
pub(crate) fn error(reason: impl Into<Reason>) -> Value {
    failure("error", reason)
}

/// How `V` is told that its command was refused.
pub(crate) fn refused<V: Verb>(refusal: Refusal) -> Value {
    let action = if refusal == Refusal::NotSignedIn { V::STRANGER } else { V::FAILURE };
    failure(action, words(refusal))
}

/// The reason for a refusal. The first four are the document's and the notes' own words.
pub(crate) fn words(refusal: Refusal) -> Reason {
    match refusal {
        Refusal::UnknownAccount => "User not found".into(),
        Refusal::WrongSecret => "Incorrect password".into(),
        Refusal::UnknownConversation => CHAT_NOT_FOUND.into(),
        Refusal::NotSignedIn => NOT_LOGGED_IN.into(),
        Refusal::AlreadySignedIn
        | Refusal::SignedInElsewhere
        | Refusal::HandleTaken
        | Refusal::NickTaken
        | Refusal::EmailTaken
        | Refusal::UnknownMessage
        | Refusal::NotAuthor
        | Refusal::Blocked
        | Refusal::NotLeader
        | Refusal::Yourself
        | Refusal::Already
        | Refusal::NotThere
        | Refusal::NotFriends
        | Refusal::Empty(_)
        | Refusal::Unusable(_)
        | Refusal::TooLarge(_)
        | Refusal::KeyReused
        | Refusal::TooManyTokens
        | Refusal::Unverified
        | Refusal::NoMail
        | Refusal::Maintenance
        | Refusal::Disabled
        | Refusal::RegistrationClosed
        | Refusal::InvitationNeeded
        | Refusal::BadInvitation
        | Refusal::Busy
        | Refusal::TooOften { .. }
        | Refusal::Quota
        | Refusal::Failed(_) => capitalised(&refusal.to_string()).into(),
    }
}

/// What is said before the connection closes on a frame that is none.
pub(crate) fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Malformed => "Malformed frame",
        Fault::TooLarge => "The message is too large",
        Fault::TooSlow => "Timed out",
    }
}

fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::Incident;
    use koine_model::refusal::Field;

    #[test]
    fn reasons_are_worded() {
        let check = |refusal, expected: &str| assert_eq!(words(refusal), expected);
        check(Refusal::UnknownAccount, "User not found");
        check(Refusal::WrongSecret, "Incorrect password");
        check(Refusal::UnknownConversation, "Chat not found");
        check(Refusal::TooLarge(Field::Picture), "The picture is too large");
        check(Refusal::TooOften { seconds: 8 }, "Too often, try again in 8 seconds");
        check(Refusal::Quota, "Your files take as much room as they may");
        check(Refusal::Failed(Incident(255)), "Server error, incident 00000000000000ff");
    }
}
