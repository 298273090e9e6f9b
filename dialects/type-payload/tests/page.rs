//! The page for those who write a client: every conversation on it goes as it is written, and no message is missing.

use koine_testkit::World;
use koine_testkit::transcripts::Stage;
use koine_type_payload::TypePayload;
use std::sync::Arc;

const PAGE: &str = include_str!("../../../docs/dialects/type-payload.md");
const DOCUMENT: &str = include_str!("../../../docs/protocols/type-payload.md");

fn conversations() -> Vec<&'static str> {
    let blocks = PAGE.split("```transcript\n").skip(1);
    blocks.map(|block| block.split("\n```").next().expect("an end of the block")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_true() {
    let mut stage = Stage::new(World::start(vec![Arc::new(TypePayload)]).await);
    for conversation in conversations() {
        stage.must(conversation).await;
    }
}

#[test]
fn the_page_shows_every_message() {
    let shown = conversations().join("\n");
    let named =
        DOCUMENT.split("### Message Type: ").skip(1).map(|rest| rest.lines().next().unwrap_or_default());
    let missing: Vec<_> = named.filter(|kind| !shown.contains(&format!("\"{}\"", kind.trim()))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
