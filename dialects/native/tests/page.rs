//! The conversation on the page for people who write a client, typed against a real server.

use koine_testkit::transcripts::Stage;
use koine_testkit::{Server, World};
use std::sync::Arc;

const PAGE: &str = include_str!("../../../docs/native.md");

#[tokio::test]
async fn what_the_page_shows_is_what_happens() {
    let blocks: Vec<&str> =
        PAGE.split("```transcript\n").skip(1).filter_map(|it| it.split("\n```").next()).collect();
    assert!(blocks.len() >= 5, "the page has lost its conversation");
    let world = World::start(vec![Arc::new(koine_native::Native)]).await;
    let mut stage = Stage::new(world);
    for block in blocks {
        stage.must(block).await;
    }
    stage.clear().stop().await;
}
