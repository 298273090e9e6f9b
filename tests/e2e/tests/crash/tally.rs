//! What was acknowledged, by whom it was done and of which kind, over all rounds of a run.
//!
//! A server loses nothing of what nobody does. So whatever can be done must have been acknowledged at least once.

use crate::circle::{KINDS, speakers};
use koine_e2e::matrix::{Known, flavours};
use std::collections::BTreeMap;
use std::fmt;

/// How often each was acknowledged.
#[derive(Default)]
pub(crate) struct Tally(BTreeMap<&'static str, BTreeMap<&'static str, usize>>);

/// Whoever it was.
const ANYBODY: &str = "anybody";
/// What people of each flavour do.
pub(crate) const TEXT: &str = "text";
pub(crate) const FILE: &str = "file";
pub(crate) const GROUP: &str = "group";
pub(crate) const FRIENDSHIP: &str = "friendship";
pub(crate) const ACCOUNT: &str = "account";
/// What authors do as well.
pub(crate) const AUTHOR: &str = "the authors";
pub(crate) const EDIT: &str = "edit";
pub(crate) const DELETION: &str = "deletion";
pub(crate) const REACTION: &str = "reaction";
pub(crate) const REACTION_OFF: &str = "reaction taken off";
pub(crate) const READ: &str = "read mark";
pub(crate) const STATUS: &str = "status";
pub(crate) const BEGINNING: &str = "upload begun";
pub(crate) const PIECE: &str = "piece of an upload";
pub(crate) const UPLOAD: &str = "upload";
/// The circles, and what a deed counts as that was under way when the server died.
pub(crate) const CIRCLE: &str = "the circles";
pub(crate) const UNHEARD: &str = "unanswered, done";
pub(crate) const UNDONE: &str = "unanswered, not done";

/// From so many rounds on it is certain, on a slow machine as well, that what everybody begins with was acknowledged.
const SOME: usize = 5;
/// From so many on, all that can be done.
const ALL: usize = 50;

impl Tally {
    /// One more of them.
    pub(crate) fn add(&mut self, who: &'static str, what: &'static str) {
        *self.0.entry(who).or_default().entry(what).or_default() += 1;
    }

    /// All of another round.
    pub(crate) fn join(&mut self, other: &Self) {
        for (who, deeds) in &other.0 {
            for (what, times) in deeds {
                *self.0.entry(who).or_default().entry(what).or_default() += times;
            }
        }
    }

    /// What was never acknowledged and must have been in so many rounds.
    pub(crate) fn missing(&self, rounds: usize) -> Vec<(&'static str, &'static str)> {
        let mut demanded = Vec::new();
        if rounds >= SOME {
            demanded.extend(begun());
        }
        if rounds >= ALL {
            demanded.extend(drawn());
        }
        demanded.retain(|(who, what)| self.times(who, what) == 0);
        demanded.sort_unstable();
        demanded.dedup();
        if rounds >= SOME && !self.0.contains_key(CIRCLE) {
            demanded.push((CIRCLE, "anything"));
        }
        demanded
    }

    /// What was acknowledged in the circles, and is never demanded.
    pub(crate) fn unknown(&self) -> Option<&'static str> {
        let known: Vec<_> = drawn().into_iter().filter(|(who, _)| *who == CIRCLE).collect();
        self.0.get(CIRCLE)?.keys().copied().find(|what| !known.contains(&(CIRCLE, what)))
    }

    fn times(&self, who: &str, what: &str) -> usize {
        let theirs = self.0.iter().filter(|(known, _)| **known == who || who == ANYBODY);
        theirs.filter_map(|(_, deeds)| deeds.get(what)).sum()
    }
}

/// What is certain where everybody begins with it. Some have nobody left whom they could ask for a friendship, and groups are made once.
fn begun() -> Vec<(&'static str, &'static str)> {
    let all = by_flavours().into_iter();
    let certain =
        all.filter(|(_, what)| [TEXT, FILE].contains(what)).chain([(ANYBODY, GROUP), (ANYBODY, FRIENDSHIP)]);
    let authors = [TEXT, EDIT, DELETION, REACTION, READ, STATUS, BEGINNING, PIECE, UPLOAD];
    certain.chain(authors.map(|what| (AUTHOR, what))).collect()
}

/// What is certain only after many tries.
fn drawn() -> Vec<(&'static str, &'static str)> {
    let circles = KINDS.into_iter().chain(speakers().into_iter().map(|speaker| speaker.name));
    let circles = circles.chain([UNHEARD, UNDONE]).map(|what| (CIRCLE, what));
    by_flavours().into_iter().chain(circles).chain([(AUTHOR, REACTION_OFF)]).collect()
}

/// Whatever a flavour can do, as its client says.
fn by_flavours() -> Vec<(&'static str, &'static str)> {
    let mut all = Vec::new();
    for flavour in flavours() {
        let client = (flavour.client)(Known { handle: String::new(), id: 0 });
        let (draws, groups, friends) =
            (client.sends().pictures, client.makes_groups(), client.makes_friends());
        // Who makes friends makes groups of friends.
        let can = [(FILE, draws), (GROUP, groups && !friends), (FRIENDSHIP, friends)];
        let can = can.into_iter().filter(|(_, can)| *can).map(|(what, _)| what);
        all.extend([TEXT, ACCOUNT].into_iter().chain(can).map(|what| (flavour.name, what)));
    }
    all
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[test]
fn whatever_is_never_acknowledged_is_noticed() {
    let mut tally = Tally::default();
    assert_eq!(tally.missing(SOME - 1), []);
    assert!(tally.missing(SOME).len() < tally.missing(ALL).len());
    let anybody = [(CIRCLE, "anything"), (ANYBODY, GROUP), (ANYBODY, FRIENDSHIP)];
    for (who, what) in tally.missing(ALL).into_iter().filter(|missing| !anybody.contains(missing)) {
        assert!(tally.missing(ALL).contains(&(who, what)), "{who}: {what}");
        tally.add(who, what);
        assert!(!tally.missing(ALL).contains(&(who, what)), "{who}: {what}");
    }
    assert_eq!((tally.missing(ALL), tally.unknown()), (Vec::new(), None));
    tally.add(CIRCLE, "something new");
    assert_eq!(tally.unknown(), Some("something new"));
}
