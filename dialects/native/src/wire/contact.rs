//! Contacts, requests, and people with whom one has nothing to do.

use super::account::{Person, Who};
use serde::{Deserialize, Serialize};

/// A request that is about one person.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct About {
    /// Who.
    pub(crate) who: Who,
}

/// Accept or decline what somebody asked.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Answer {
    /// Who had asked.
    pub(crate) who: Who,
    /// Whether the two are contacts now.
    pub(crate) accept: bool,
}

/// Everyone whom one has.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Contacts {
    /// The contacts.
    pub(crate) contacts: Vec<Contact>,
    /// Who waits for an answer.
    pub(crate) requests: Vec<Person>,
    /// Whom one has asked, and who have not answered.
    pub(crate) asked: Vec<Person>,
    /// Whom one has blocked.
    pub(crate) blocked: Vec<Person>,
}

/// Somebody whom one has.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Contact {
    /// Who.
    pub(crate) person: Person,
    /// Whether they have the caller, too.
    pub(crate) mutual: bool,
    /// Whether they are there.
    pub(crate) online: bool,
}
