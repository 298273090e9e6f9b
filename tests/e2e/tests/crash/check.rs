//! The truth compared with the ledger, and with what everybody has heard.

use crate::actor::Actor;
use crate::audit::Truth;
use crate::ledger::{Ledger, Room, content};
use koine_e2e::fetch::path_of;
use koine_e2e::matrix::{Content, Said};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// What other dialects say of deeds: edits, deletions, reactions.
const DEEDS: [&str; 10] = ["✎ ", "🗑", "👍 ←", "🎉 ←", "🍵 ←", "🐈 ←", "👍 ✕ ←", "🎉 ✕ ←", "🍵 ✕ ←", "🐈 ✕ ←"];

/// Every acknowledged word is there once, where and by whom it was said, in the order in which it was.
pub(crate) fn words(ledger: &Ledger, truth: &Truth) {
    let mut found: BTreeMap<String, (u64, &Room, &str, u64)> = BTreeMap::new();
    for (number, log, entry, first) in truth.first_wordings(ledger) {
        let place = (number, &log.room, entry.from.as_str(), entry.seq);
        let twice = found.insert(first.clone(), place);
        assert_eq!(twice, None, "{first} is there twice: also at {place:?}");
    }
    let words = ledger.words.borrow();
    let known: BTreeSet<&str> = words.iter().map(|word| word.content.as_str()).collect();
    for first in found.keys() {
        assert!(known.contains(first.as_str()), "nobody has said {first}");
    }
    let mut last: BTreeMap<(&str, &Room), u64> = BTreeMap::new();
    for word in words.iter() {
        let Some((_, room, from, seq)) = found.get(&word.content) else {
            assert!(!word.acknowledged || word.withdrawn, "acknowledged and lost: {word:?}");
            continue;
        };
        assert_eq!((*room, *from), (&word.room, word.from.as_str()), "{word:?} is elsewhere");
        let before = last.insert((&word.from, &word.room), *seq).unwrap_or(0);
        assert!(before < *seq, "{word:?} is at {seq}, and what was said before it at {before}");
    }
}

/// Every acknowledged group is there with everybody in it; one that is there without having been acknowledged, too.
pub(crate) fn groups(ledger: &Ledger, truth: &Truth) {
    for group in ledger.groups.borrow().iter() {
        let room = Room::Group(group.name.clone());
        match truth.logs.values().find(|log| log.room == room) {
            Some(log) => assert_eq!(log.members, group.members, "{}", group.name),
            None => assert!(!group.acknowledged, "acknowledged and lost: {group:?}"),
        }
    }
}

/// Whoever was asked to be a friend is one, or has the request.
pub(crate) fn friends(ledger: &Ledger, truth: &Truth) {
    for ((one, other), acknowledged) in ledger.friends.borrow().iter() {
        let (ones, others) = (truth.seen_by(one), truth.seen_by(other));
        let are_friends = (ones.contacts.contains(other), others.contacts.contains(one));
        assert_eq!(are_friends.0, are_friends.1, "half a friendship: {one} and {other}");
        let is_there = are_friends.0 || others.requests.contains(one);
        assert!(is_there || !acknowledged, "acknowledged and lost: {one} has asked {other}");
    }
}

/// Everybody has heard everything that others said: on each connection in order and without a hole. What comes again on the next
/// connection is the same, since it is known by what it says.
pub(crate) async fn heard(actor: &mut Actor, ledger: &Ledger, truth: &mut Truth, http: SocketAddr) {
    while let Some(missing) = missing(actor, ledger, truth, http).await {
        let name = &actor.person.known.handle;
        assert!(missing.starts_with("file "), "{name} never hears: {missing}");
        // Where files come piece by piece, the last texts may be quicker.
        let more = actor.hear_more().await;
        more.unwrap_or_else(|wrong| panic!("{} never gets {missing}: {wrong}", actor.person.known.handle));
    }
}

/// The first that was not heard of what others said.
async fn missing(actor: &Actor, ledger: &Ledger, truth: &mut Truth, http: SocketAddr) -> Option<String> {
    let me = &actor.person.known;
    let mut connections = Vec::new();
    for connection in &actor.heard {
        let mut contents = Vec::new();
        for said in connection.iter().filter(|said| !me.is(&said.from)) {
            let content = readable(said, truth, http).await;
            contents.push((said, ledger.first_wording(&content)));
        }
        connections.push(contents);
    }
    let (mut places, mut logs) = (BTreeMap::new(), BTreeMap::<u64, Vec<String>>::new());
    for (number, log, entry, first) in truth.first_wordings(ledger) {
        if log.members.contains(&me.handle) && entry.from != me.handle {
            let log = logs.entry(number).or_default();
            places.insert(first.clone(), (number, log.len(), entry.from.clone()));
            log.push(first);
        }
    }
    let withdrawn =
        |first: &str| ledger.words.borrow().iter().any(|word| word.content == first && word.withdrawn);
    let mut known: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
    for connection in &connections {
        let mut last: BTreeMap<(u64, bool), usize> = BTreeMap::new();
        for (said, first) in connection {
            let Some((number, place, from)) = places.get(first) else {
                let is_deed = DEEDS.iter().any(|deed| first.starts_with(deed));
                assert!(is_deed || withdrawn(first), "{}: nobody has said {said:?}", me.handle);
                continue;
            };
            let is_right = *from == said.from || ledger.number_of(from).is_some_and(|id| said.from == id);
            assert!(is_right, "{}: {said:?} is from {from}", me.handle);
            let known = known.entry(*number).or_default();
            // A file may still be on its way, piece by piece, when what was said after it is told.
            let is_file = |place: usize| logs[number][place].starts_with("file ");
            if let Some(before) = last.insert((*number, is_file(*place)), *place) {
                assert!(before < *place, "{}: {said:?} came after what was said later", me.handle);
            }
            let log = &logs[number];
            let hole = (0..*place).find(|place| !known.contains(place) && !is_file(*place));
            assert_eq!(hole.map(|place| &log[place]), None, "{}: a hole before {said:?}", me.handle);
            known.insert(*place);
        }
    }
    logs.iter().find_map(|(number, log)| {
        let is_known = |place: usize| known.get(number).is_some_and(|known| known.contains(&place));
        log.iter().enumerate().find(|(place, _)| !is_known(*place)).map(|(_, first)| first.clone())
    })
}

/// What the ledger would call what was heard: what a link leads to is a file.
async fn readable(said: &Said, truth: &mut Truth, http: SocketAddr) -> String {
    match &said.content {
        Content::Text(text) if text.starts_with("[image] ") || text.starts_with("[file] ") => {
            let (_, url) = text.rsplit_once(' ').expect("a link");
            // The port may have been another one when the link was made.
            let port = url.split(['/', ':']).nth(4).and_then(|port| port.parse().ok());
            let then = SocketAddr::new(http.ip(), port.unwrap_or_else(|| panic!("{url} has no port")));
            let mark = truth.file(&path_of(then, url), http).await;
            mark.unwrap_or_else(|wrong| panic!("{text} leads nowhere: {wrong}"))
        }
        said => content(said),
    }
}
