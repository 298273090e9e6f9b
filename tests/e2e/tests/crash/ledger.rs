//! What was said and done, and what of it was acknowledged, as the programs outside of the server know it.

use crate::tally::Tally;
use koine_e2e::matrix::{Content, Known};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// A conversation, whatever protocols call it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Room {
    /// That of two people, by their handles in alphabetical order.
    Direct(String, String),
    /// The group of this name.
    Group(String),
}

impl Room {
    /// The conversation of the two.
    pub(crate) fn of(one: &str, other: &str) -> Self {
        let (low, high) = if one < other { (one, other) } else { (other, one) };
        Self::Direct(low.to_owned(), high.to_owned())
    }
}

/// Something that was said. No two are alike.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// The handle of whoever said it.
    pub(crate) from: String,
    /// Where.
    pub(crate) room: Room,
    /// The text, or the mark of a file.
    pub(crate) content: String,
    /// Whether the server has said that it has it.
    pub(crate) acknowledged: bool,
    /// Whether its author has asked for it to be withdrawn.
    pub(crate) withdrawn: bool,
}

/// A group that was made.
#[derive(Clone, Debug)]
pub(crate) struct Grouping {
    pub(crate) name: String,
    /// The handles of everybody in it.
    pub(crate) members: BTreeSet<String>,
    pub(crate) acknowledged: bool,
}

/// Everything that is known outside of the server.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) words: RefCell<Vec<Word>>,
    pub(crate) groups: RefCell<Vec<Grouping>>,
    /// Who has asked whom to be friends, and whether that was answered.
    pub(crate) friends: RefCell<BTreeMap<(String, String), bool>>,
    /// What a text was at first that was edited later.
    pub(crate) wordings: RefCell<BTreeMap<String, String>>,
    /// Everybody's number, by handle.
    numbers: RefCell<BTreeMap<String, String>>,
    /// How much was acknowledged.
    pub(crate) acknowledged: Cell<usize>,
    /// What of it was of which kind.
    pub(crate) tally: RefCell<Tally>,
    /// Whether the server is dead or about to die: nobody expects answers any more.
    pub(crate) killed: Cell<bool>,
}

impl Ledger {
    /// Something is about to be said. Gives its place in the ledger.
    pub(crate) fn begin(&self, from: &Known, room: Room, content: &str) -> usize {
        let mut words = self.words.borrow_mut();
        words.push(Word {
            from: from.handle.clone(),
            room,
            content: content.to_owned(),
            acknowledged: false,
            withdrawn: false,
        });
        words.len() - 1
    }

    /// It was said, and the server has it.
    pub(crate) fn acknowledge(&self, word: usize) {
        self.words.borrow_mut()[word].acknowledged = true;
    }

    /// One more thing was acknowledged, to somebody of this kind.
    pub(crate) fn count(&self, who: &'static str, what: &'static str) {
        self.acknowledged.set(self.acknowledged.get() + 1);
        self.tally.borrow_mut().add(who, what);
    }

    /// How many messages were acknowledged, and how many were sent.
    pub(crate) fn messages(&self) -> (usize, usize) {
        let words = self.words.borrow();
        (words.iter().filter(|word| word.acknowledged).count(), words.len())
    }

    /// A group is about to be made, and was.
    pub(crate) fn group(&self, name: &str, members: impl Iterator<Item = String>, acknowledged: bool) {
        let mut groups = self.groups.borrow_mut();
        groups.retain(|group| group.name != name);
        groups.push(Grouping { name: name.to_owned(), members: members.collect(), acknowledged });
    }

    /// Somebody's number is known.
    pub(crate) fn number(&self, known: &Known) {
        self.numbers.borrow_mut().insert(known.handle.clone(), known.id.to_string());
    }

    /// The number of whoever has this handle.
    pub(crate) fn number_of(&self, handle: &str) -> Option<String> {
        self.numbers.borrow().get(handle).cloned()
    }

    /// What a text was at first.
    pub(crate) fn first_wording(&self, text: &str) -> String {
        self.wordings.borrow().get(text).cloned().unwrap_or_else(|| text.to_owned())
    }
}

/// What the ledger calls these bytes.
pub(crate) fn mark(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("file {:016x} of {} bytes", hasher.finish(), bytes.len())
}

/// What the ledger calls what was heard.
pub(crate) fn content(content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::File(file) => mark(&file.bytes),
    }
}
