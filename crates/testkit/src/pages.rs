//! Pages for authors of clients (`docs/dialects/NAME.md`): what they show is played against a server, so that it is so.
//!
//! The blocks of a page whose fences are equal are one conversation. Blocks of another kind need another server, such as one that
//! sends mail.

use crate::transcripts::Stage;
use crate::{Server, World};
use koine_core::Surroundings;
use koine_dialect::Dialect;
use std::path::Path;
use std::sync::Arc;

/// What begins the fence of an example.
pub const EXAMPLE: &str = "transcript";

/// Plays the page of `dialect`, all of whose examples are of the same kind.
pub fn run(dialect: Arc<dyn Dialect>) {
    run_kinds(dialect, &[(EXAMPLE, Surroundings::default())]);
}

/// Plays the page of `dialect`: the examples of each kind from the first to the last, against a server in these surroundings.
///
/// Every block of the page must be of one of the `kinds`, and each kind must be on it.
pub fn run_kinds(dialect: Arc<dyn Dialect>, kinds: &[(&str, Surroundings)]) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(play(dialect, kinds));
}

async fn play(dialect: Arc<dyn Dialect>, kinds: &[(&str, Surroundings)]) {
    let page = read(dialect.name());
    let blocks = blocks(&page);
    let unknown: Vec<_> =
        blocks.iter().filter(|(fence, _)| kinds.iter().all(|(kind, _)| kind != fence)).collect();
    assert!(unknown.is_empty(), "nobody plays these blocks: {unknown:?}");
    for (kind, surroundings) in kinds {
        let examples = examples(&page, kind);
        assert!(!examples.is_empty(), "the page has lost its examples of the kind {kind}");
        let (settings, limits) = (Default::default(), Default::default());
        let world = World::start_within(vec![dialect.clone()], settings, limits, surroundings.clone()).await;
        let mut stage = Stage::new(world);
        stage.must(&examples).await;
        stage.clear().stop().await;
    }
}

/// The page of a dialect.
pub fn read(dialect: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/dialects");
    let file = docs.join(format!("{dialect}.md"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Every kind of example on a page.
pub fn kinds(page: &str) -> Vec<&str> {
    let mut kinds: Vec<_> = blocks(page).into_iter().map(|(fence, _)| fence).collect();
    kinds.retain(|fence| fence.starts_with(EXAMPLE));
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// The examples of one kind, as one transcript.
pub fn examples(page: &str, kind: &str) -> String {
    blocks(page).into_iter().filter(|(fence, _)| *fence == kind).map(|(_, lines)| lines).collect()
}

/// Every block of code, with what stands behind its fence.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(fence), false) => {
                blocks.push((fence.trim(), String::new()));
                inside = true;
            }
            (Some(_), true) => inside = false,
            (None, true) => {
                let (_, lines) = blocks.last_mut().expect("a block has begun");
                lines.push_str(line);
                lines.push('\n');
            }
            (None, false) => {}
        }
    }
    assert!(!inside, "the last block of the page has no end");
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "Hello\n```transcript\na\n```\nand\n```transcript mailing\nb\n```\n```transcript\nc\n\nd\n```\n```sh\nls\n```\n";

    #[test]
    fn the_blocks_of_one_kind_are_one_conversation() {
        assert_eq!(kinds(PAGE), ["transcript", "transcript mailing"]);
        assert_eq!(examples(PAGE, "transcript"), "a\nc\n\nd\n");
        assert_eq!(examples(PAGE, "transcript mailing"), "b\n");
        assert_eq!(examples(PAGE, "transcript of another kind"), "");
    }

    #[test]
    #[should_panic(expected = "has no end")]
    fn a_block_that_does_not_end_is_told() {
        blocks("```transcript\na\n");
    }
}
