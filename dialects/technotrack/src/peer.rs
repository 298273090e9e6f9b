//! What a `uid` names: a person by their login, or a group as `group:ID`.

use crate::refusal::No;
use koine_model::ConversationId;
use koine_model::account::{AccountRef, Handle, HandleFault};
use koine_model::conversation::ConversationRef;
use std::fmt;

/// Whom a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Person(Handle),
    Group(ConversationId),
}

impl Peer {
    /// Reads a `uid`. A name that nobody can have is a user who is not found.
    pub(crate) fn parse(uid: &str) -> Result<Self, No> {
        match Handle::parse(uid) {
            Ok(handle) => Ok(Self::Person(handle)),
            Err(HandleFault::Empty) => Err(No::empty("the user id is empty")),
            Err(HandleFault::TooLong) => Err(No::user_not_found()),
            Err(HandleFault::Unusable) => group(uid.trim()).map(Self::Group).ok_or_else(No::user_not_found),
        }
    }

    /// The conversation with it.
    pub(crate) fn conversation(self) -> ConversationRef {
        match self {
            Self::Person(handle) => ConversationRef::With(AccountRef::Handle(handle)),
            Self::Group(id) => ConversationRef::Id(id),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(handle) => handle.fmt(f),
            Self::Group(id) => write!(f, "{}{id}", Handle::GROUP_PREFIX),
        }
    }
}

fn group(uid: &str) -> Option<ConversationId> {
    let (prefix, number) = uid.split_at_checked(Handle::GROUP_PREFIX.len())?;
    prefix.eq_ignore_ascii_case(Handle::GROUP_PREFIX).then(|| ConversationId::parse(number)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Status;

    #[test]
    fn a_uid_is_a_login_or_a_group() {
        let group = |number| Peer::Group(ConversationId::new(number).unwrap());
        let person = |login: &str| Peer::Person(Handle::parse(login).unwrap());
        let check = |uid: &str, expected: Result<Peer, Status>| {
            assert_eq!(Peer::parse(uid).map_err(|no| no.status), expected, "{uid}");
        };
        check(" Ann ", Ok(person("ann")));
        check("groupie", Ok(person("groupie")));
        check("group:7", Ok(group(7)));
        check("GROUP:7", Ok(group(7)));
        check(" ", Err(Status::EmptyField));
        for nobody in
            ["group:", "group:0", "group:x", "group:-7", "group:99999999999", "a\nb", &"x".repeat(65)]
        {
            check(nobody, Err(Status::UserNotFound));
        }
        assert_eq!(group(7).to_string(), "group:7");
        assert_eq!(person("Ann").to_string(), "Ann");
    }
}
