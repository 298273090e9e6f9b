//! What people are to each other is the same in every dialect: friends, groups and who leads them, who is there, who is gone.

use koine_testkit::{Process, Recipe};
use std::path::Path;

#[test]
fn as_the_server_is_delivered() {
    play("agreements", &koine_e2e::recipe());
}

#[test]
fn where_nothing_is_accepted_for_anybody() {
    play("agreements/asking", &koine_e2e::recipe().with("KOINE_FRIENDS__AUTO_ACCEPT", "false"));
}

/// Plays the scenes of a folder, a few at a time.
fn play(folder: &str, recipe: &Recipe) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes").join(folder);
    koine_testkit::transcripts::run_folder(&folder, 4, async || Process::start(recipe.clone()).await);
}
