//! One damage of each kind, and what a check says of it. No rule of it is without one.

mod conversations;
mod log;
mod people;

use crate::lived_in::{damages, live_in, sqlite};
use koine_store::Store;
use koine_store_sqlite::{Depth, RULES};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// Every kind of damage is found, and named so that it can be found again.
#[tokio::test]
async fn damages_are_found() {
    let mut bench = Bench::new().await;
    people::damage(&mut bench);
    conversations::damage(&mut bench);
    log::damage(&mut bench);
    bench.finds("PRAGMA user_version = 0", "the database is empty");
    let untested: Vec<String> =
        RULES.iter().map(|rule| words(rule)).filter(|words| !bench.met.contains(words)).collect();
    assert_eq!(untested, [""; 0], "each rule needs a damage that it finds");
}

/// No two rules say the same, so that a finding tells which one was broken.
#[test]
fn each_rule_has_its_own_words() {
    let all: BTreeSet<String> = RULES.iter().map(|rule| words(rule)).collect();
    assert_eq!(all.len(), RULES.len());
    assert!(all.iter().all(|words| words.len() > 20), "{all:?}");
}

/// Where copies of a sound folder are damaged.
struct Bench {
    place: TempDir,
    sound: PathBuf,
    number: u32,
    /// The words of those rules that have found what was expected of them.
    met: BTreeSet<String>,
}

impl Bench {
    async fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let sound = place.path().join("sound");
        live_in(&sound).await.close().await;
        assert_eq!(damages(&sound, Depth::Bytes), [""; 0]);
        Self { place, sound, number: 0, met: BTreeSet::new() }
    }

    /// What is found after these statements contains the words `expected`, which are one rule's or none's.
    #[track_caller]
    fn finds(&mut self, statements: &str, expected: &str) {
        let mut found = self.after(statements);
        let all = format!("{found:?}");
        found.retain(|text| text.contains(expected));
        assert!(!found.is_empty(), "{statements}: {all}, and nothing of {expected:?}");
        let rules: BTreeSet<String> = RULES
            .iter()
            .map(|rule| words(rule))
            .filter(|words| found.iter().any(|text| is_said_by(words, text)))
            .collect();
        assert!(rules.len() <= 1, "{expected:?} may be said by any of {rules:?}");
        for words in rules {
            // Without this rule nothing of it would be found.
            assert!(found.iter().all(|text| is_said_by(&words, text)), "{words}: {found:?}");
            self.met.insert(words);
        }
    }

    /// Nothing is found after these statements.
    #[track_caller]
    fn is_sound(&mut self, statements: &str) {
        assert_eq!(self.after(statements), [""; 0], "{statements}");
    }

    fn after(&mut self, statements: &str) -> Vec<String> {
        self.number += 1;
        let data = self.place.path().join(self.number.to_string());
        fs::create_dir(&data).unwrap();
        fs::copy(self.sound.join("koine.db"), data.join("koine.db")).unwrap();
        sqlite(&data, statements);
        let found = damages(&data, Depth::Rows);
        fs::remove_dir_all(&data).unwrap();
        found
    }
}

/// The sentence of a rule: its first text between quotation marks, of which two stand for one.
fn words(rule: &str) -> String {
    let (_, rest) = rule.split_once('\'').unwrap();
    let mut words = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(char) = chars.next() {
        if char == '\'' && chars.next_if_eq(&'\'').is_none() {
            return words;
        }
        words.push(char);
    }
    panic!("it ends nowhere: {rule}");
}

/// Whether the rule with these words can have said the text: `%d` stands for a number, `%s` for anything.
fn is_said_by(words: &str, text: &str) -> bool {
    let Some((before, rest)) = words.split_once('%') else { return words == text };
    let Some(text) = text.strip_prefix(before) else { return false };
    match rest.split_at(1) {
        ("d", rest) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let after = digits.trim_start_matches(|char: char| char.is_ascii_digit());
            after.len() < digits.len() && is_said_by(rest, after)
        }
        ("s", rest) => text.char_indices().any(|(at, _)| is_said_by(rest, &text[at..])),
        other => panic!("{other:?} is unknown here"),
    }
}
