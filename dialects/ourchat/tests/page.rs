//! The page for authors of clients, played from its first block to its last, so that what stands there is so.

use koine_core::Surroundings;
use koine_dialect::Dialect;
use koine_testkit::transcripts::Stage;
use koine_testkit::{Pigeons, Server, World};
use std::sync::Arc;

const PAGE: &str = include_str!("../../../docs/dialects/ourchat.md");

/// The blocks of the page that are introduced by `fence`.
fn blocks(fence: &str) -> String {
    let blocks = PAGE.split("\n```").filter_map(|block| block.strip_prefix(fence)?.strip_prefix('\n'));
    blocks.map(|block| format!("{block}\n")).collect()
}

async fn play(fence: &str, surroundings: Surroundings) {
    let dialects: Vec<Arc<dyn Dialect>> = vec![Arc::new(koine_ourchat::OurChat)];
    let world = World::start_within(dialects, Default::default(), Default::default(), surroundings).await;
    let mut stage = Stage::new(world);
    stage.must(&blocks(fence)).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn what_the_page_says_is_so() {
    play("transcript", Surroundings::default()).await;
}

#[tokio::test]
async fn so_it_is_where_addresses_are_verified() {
    let mailer: Arc<Pigeons> = Arc::default();
    play("transcript verifying", Surroundings { mailer: Some(mailer), ..Surroundings::default() }).await;
}

#[test]
fn every_code_has_an_example() {
    let all = format!("{}{}", blocks("transcript"), blocks("transcript verifying"));
    let missing: Vec<u8> =
        (0..=18).filter(|code| *code != 3 && !all.contains(&format!("{{\"code\": {code}"))).collect();
    assert_eq!(missing, [0; 0]);
}
