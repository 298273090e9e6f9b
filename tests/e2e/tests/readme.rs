//! The README's first conversation, typed exactly as it stands there.

use koine_dialect::{Carriage, Dialect};
use std::sync::Arc;

/// The README's blocks as a transcript: a block is somebody's terminal, `$` connects, `>` is typed, `<` is seen.
fn transcript(readme: &str, dialects: &[Arc<dyn Dialect>]) -> String {
    let mut lines = Vec::new();
    let mut who = None;
    for line in readme.lines() {
        match (line.strip_prefix("```"), who) {
            (Some(fence), None) => who = fence.strip_prefix("text "),
            (Some(_), Some(_)) => who = None,
            (None, Some(who)) => lines.push(step(who, line, dialects)),
            (None, None) => {}
        }
    }
    lines.join("\n")
}

fn step(who: &str, line: &str, dialects: &[Arc<dyn Dialect>]) -> String {
    let (sign, rest) = line.split_once(' ').unwrap_or_else(|| panic!("a line without a sign: {line}"));
    match sign {
        "$" => {
            let (carriage, port) = match rest.split_whitespace().collect::<Vec<_>>()[..] {
                ["nc", "localhost", port] => (false, port),
                ["npx", "wscat", "-c", url] => {
                    (true, url.strip_prefix("ws://localhost:").expect("a local address"))
                }
                _ => panic!("nobody can type {rest}"),
            };
            let spoken = dialects.iter().find(|dialect| dialect.default_port() == port.parse().ok());
            let spoken = spoken.unwrap_or_else(|| panic!("nothing listens on {port}"));
            assert_eq!(spoken.carriages().contains(&Carriage::WebSocket), carriage, "{line}");
            format!("{who}: {}", spoken.name())
        }
        "<" => format!("{who}< {}", rest.replace("\"…\"", "\"*\"")),
        ">" => format!("{who}> {rest}"),
        _ => panic!("an unknown sign: {line}"),
    }
}

#[tokio::test]
async fn the_first_conversation_goes_as_it_is_written() {
    let dialects = koine_registry::all();
    let transcript = transcript(include_str!("../../../README.md"), &dialects);
    assert!(transcript.lines().count() > 15, "the README has lost its conversation:\n{transcript}");
    let mut stage = koine_e2e::stage().await;
    stage.must(&transcript).await;
}
