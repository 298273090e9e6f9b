//! The messages of the dialect whose document is our own: read out of the tables of its page.
//!
//! Requests and events are the first cells of the rows below ``| `do` |`` and ``| `event` |``; the codes of errors are what is set in
//! code at the beginning of the section `## Errors`.

use super::Speaker;
use koine_testkit::transcripts::{self, Said as Step};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a page or a transcript names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Named {
    /// A request, by its `do`.
    Request(String),
    /// What a request is answered with, by the request's `do`.
    Answer(String),
    /// An event.
    Event(String),
    /// The code of an error.
    Code(String),
}

/// Codes that no conversation brings about: what has to happen first is not in a client's hand. Unit tests show them.
pub const OUT_OF_REACH: &[&str] =
    &["nick_taken", "unverified", "too_many_sessions", "quota", "disabled", "busy", "failed"];

/// Everything that the page names and a transcript must show.
pub fn documented(page: &str) -> BTreeSet<Named> {
    let mut named = BTreeSet::new();
    for request in column(page, "| `do` |") {
        named.insert(Named::Request(request.clone()));
        named.insert(Named::Answer(request));
    }
    named.extend(column(page, "| `event` |").into_iter().map(Named::Event));
    // Said in prose, where the connection is explained.
    named.extend(["hello", "bad_frame"].map(|event| Named::Event(event.to_owned())));
    let errors = page.split_once("\n## Errors").map_or("", |(_, section)| section);
    let codes = errors.split("\n\n").find(|paragraph| paragraph.starts_with("`bad_request`")).unwrap_or("");
    // What follows the list explains fields, in sentences.
    let codes = codes.split_once(". ").map_or(codes, |(codes, _)| codes);
    let codes = codes.split('`').skip(1).step_by(2).filter(|code| !OUT_OF_REACH.contains(code));
    named.extend(codes.map(|code| Named::Code(code.to_owned())));
    named
}

/// The first cells of the tables that have this head.
fn column(page: &str, head: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        inside = line.starts_with(head) || (inside && line.starts_with('|'));
        if inside && !line.starts_with(head) {
            let cell = line.strip_prefix("| `").and_then(|rest| rest.split_once('`')).map(|(cell, _)| cell);
            cells.extend(cell.map(str::to_owned));
        }
    }
    cells
}

/// Everything that a transcript shows of `dialect`.
pub fn shown(transcript: &str, dialect: &str) -> Result<BTreeSet<Named>, String> {
    let mut connections = std::collections::HashMap::new();
    let mut asked = std::collections::HashMap::new();
    let mut named = BTreeSet::new();
    for line in transcripts::parse(transcript)? {
        let (speaker, frame) = match line.said {
            Step::Connect { dialect: spoken, .. } => {
                connections.insert(line.who, spoken == dialect);
                continue;
            }
            Step::Sends(frame) => (Speaker::Client, frame),
            Step::Hears(frame) => (Speaker::Server, frame),
            _ => continue,
        };
        if connections.get(&line.who) != Some(&true) {
            continue;
        }
        let text = |field: &Value| field.as_str().map(str::to_owned);
        let number = (line.who, frame["id"].to_string());
        match speaker {
            Speaker::Client => {
                if let Some(request) = text(&frame["do"]) {
                    asked.insert(number, request.clone());
                    named.insert(Named::Request(request));
                }
            }
            Speaker::Server => {
                named.extend(text(&frame["event"]).map(Named::Event));
                named.extend(text(&frame["error"]["code"]).map(Named::Code));
                if frame.get("ok").is_some() {
                    named.extend(asked.get(&number).cloned().map(Named::Answer));
                }
            }
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "| `do` | with |\n|---|---|\n| `fly` | `to` |\n| `land` | |\n\nText with `code`.\n\n\
        | `event` | with |\n|---|---|\n| `crash` | |\n\n## Errors\n\nThe codes:\n\n`bad_request`, `busy`,\n`lost`. `field` is no code.\n";

    #[test]
    fn a_page_is_read_by_its_tables() {
        let named = |text: &str| text.to_owned();
        let expected = BTreeSet::from([
            Named::Request(named("fly")),
            Named::Request(named("land")),
            Named::Answer(named("fly")),
            Named::Answer(named("land")),
            Named::Event(named("crash")),
            Named::Event(named("hello")),
            Named::Event(named("bad_frame")),
            Named::Code(named("bad_request")),
            Named::Code(named("lost")),
        ]);
        assert_eq!(documented(PAGE), expected);
    }

    #[test]
    fn a_transcript_shows_what_was_asked_and_answered() {
        let transcript = "ann: parrot\nbob: owl\nann> {\"id\": 1, \"do\": \"fly\"}\nann< {\"id\": 1, \"ok\": {}}\n\
            ann> {\"id\": 2, \"do\": \"land\"}\nann< {\"id\": 2, \"error\": {\"code\": \"lost\"}}\nbob> {\"id\": 1, \"do\": \"hoot\"}\n\
            ann< {\"event\": \"crash\"}\n";
        let named = |text: &str| text.to_owned();
        let expected = BTreeSet::from([
            Named::Request(named("fly")),
            Named::Request(named("land")),
            Named::Answer(named("fly")),
            Named::Event(named("crash")),
            Named::Code(named("lost")),
        ]);
        assert_eq!(shown(transcript, "parrot").unwrap(), expected);
    }
}
