//! Contacts: directed edges between accounts, and requests for the edge back.

use crate::account::{AccountRef, Person};
use crate::conversation::Overview;

/// What can be asked about contacts.
#[derive(Clone, Debug)]
pub enum Command {
    /// Have `who` as a contact at once, and ask them for the same.
    ///
    /// Answered with [`Reply::Contact`]. It completes at once where they already have the caller or have asked first.
    Add {
        /// Whom.
        who: AccountRef,
    },
    /// Ask `who` to be friends: no edge stands until they accept. Answered with [`Reply::Contact`].
    Request {
        /// Whom.
        who: AccountRef,
    },
    /// Accept or decline what `who` asked. Answered with [`Reply::Contact`].
    Answer {
        /// Who had asked.
        who: AccountRef,
        /// Whether the two are friends now.
        accept: bool,
    },
    /// No longer have `who` as a contact. Answered with [`Reply::Contact`].
    Remove {
        /// Whom.
        who: AccountRef,
        /// Whether they lose the caller too.
        both: bool,
    },
    /// Have nothing to do with `who`, who is not told: no direct messages from them, no requests, no presence for them. The two are no contacts any more.
    /// Answered with [`Reply::Contact`]; once more is no fault.
    Block {
        /// Whom.
        who: AccountRef,
    },
    /// Take that back. Answered with [`Reply::Contact`]. `NotThere`.
    Unblock {
        /// Whom.
        who: AccountRef,
    },
    /// Everyone whom the caller has. Answered with [`Reply::Contacts`].
    List,
    /// The same without pictures and groups, for those who fetch them where they are shown. Answered with [`Reply::Contacts`].
    People,
}

/// Answers about contacts.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The account in question.
    Contact(Box<Person>),
    /// The caller's contacts.
    Contacts(Box<Contacts>),
}

/// Everyone whom an account has.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    /// The contacts, in the order in which they were added.
    pub people: Vec<Contact>,
    /// Those who wait for the caller's answer, oldest first.
    pub requests: Vec<Person>,
    /// Whom the caller has asked and who have not answered, oldest first.
    pub asked: Vec<Person>,
    /// The groups that the caller is a member of.
    pub groups: Vec<Overview>,
    /// Whom the caller has blocked, in that order.
    pub blocked: Vec<Person>,
}

/// One edge.
#[derive(Clone, Debug)]
pub struct Contact {
    /// The other.
    pub person: Person,
    /// Whether the other has the caller too.
    pub mutual: bool,
    /// Whether the other is there; only told of those who have the caller, too.
    pub online: bool,
}

/// What happened between two accounts, told to the one who did not do it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Happening {
    /// They ask to be friends.
    Requested,
    /// They have you as a contact, and you have them.
    Accepted,
    /// They declined what you asked.
    Declined,
    /// They took you off their list.
    Removed,
}
