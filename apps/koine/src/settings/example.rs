//! Keeps `koine.example.toml` true: it shows every key, with the default that the server really has.
//!
//! Its dialects must be those that `serve` knows, on their own ports, since nothing else in this crate may name them.

use super::tests::{load_text, settings_of};
use super::{KnownDialect, Settings};
use toml::{Table, Value};

const EXAMPLE: &str = include_str!("../../../../koine.example.toml");

#[test]
fn as_it_stands_it_changes_nothing() {
    assert_eq!(load_text(EXAMPLE, &known()).unwrap(), defaults());
}

#[test]
fn with_every_comment_taken_away_it_changes_nothing() {
    assert_eq!(load_text(&uncommented(), &known()).unwrap(), defaults());
}

#[test]
fn it_shows_every_key() {
    let shown: Table = toml::from_str(&uncommented()).unwrap();
    let all: Table = toml::from_str(&defaults().to_toml().unwrap()).unwrap();
    assert_eq!(keys(&shown), keys(&all));
}

#[test]
fn every_key_is_explained() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| is_key(line)) {
        let of_dialect = lines[..index].iter().rev().find(|it| it.starts_with('['));
        let block: Vec<&&str> = lines[..index].iter().rev().take_while(|it| it.starts_with('#')).collect();
        let explained = block.iter().any(|it| !is_key(it));
        assert!(explained || of_dialect.is_some_and(|it| it.starts_with("[dialects.")), "{line}");
    }
}

fn defaults() -> Settings {
    settings_of(&[], &known())
}

fn known() -> Vec<KnownDialect> {
    let known: Vec<_> = crate::serve::dialects().iter().map(|it| KnownDialect::of(it.as_ref())).collect();
    if known.is_empty() { shown_dialects() } else { known }
}

/// The dialects that the example has, with the ports it gives them: for a build that has no dialects yet.
fn shown_dialects() -> Vec<KnownDialect> {
    let example: Table = toml::from_str(&uncommented()).unwrap();
    let dialects = example["dialects"].as_table().unwrap().clone();
    dialects
        .into_iter()
        .map(|(name, section)| {
            let listen = section.get("listen").and_then(Value::as_str);
            let port = listen.map(|listen| listen.rsplit_once(':').unwrap().1.parse().unwrap());
            KnownDialect { name, port }
        })
        .collect()
}

fn uncommented() -> String {
    EXAMPLE
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|_| is_key(line)).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect()
}

fn is_key(line: &str) -> bool {
    let Some((key, _)) = line.strip_prefix("# ").and_then(|it| it.split_once(" = ")) else { return false };
    key.chars().all(|it| it.is_ascii_lowercase() || it == '_')
}

fn keys(table: &Table) -> Vec<String> {
    let below = |(name, value): (&String, &Value)| match value {
        Value::Table(inner) => keys(inner).into_iter().map(|it| format!("{name}.{it}")).collect(),
        _ => vec![name.clone()],
    };
    table.iter().flat_map(below).collect()
}
