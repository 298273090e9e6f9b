//! Every limit of the configuration, met on the real binary: what is answered, and that it is counted under its own name.
//!
//! What a limit is for, and that nobody else notices, is told by other tests, next to whatever it protects.

mod accounts;
mod depth;
mod frames;
mod full;
mod log;
mod media;
mod outgoing;
mod pace;
mod passwords;
mod readers;
mod texts;
mod times;
mod turns;

use koine_e2e::numbers::{Numbers, counted};
use koine_testkit::transcripts::Stage;
use koine_testkit::{Process, Recipe};
use std::time::Duration;

/// How long the server may take for what it does by itself, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server with these limits (and other keys, where they name their section), and its numbers.
async fn limited(recipe: Recipe, limits: &[(&str, &str)]) -> (Stage<Process>, Numbers) {
    let with = |recipe: Recipe, (name, value): &(&str, &str)| {
        let section = if name.contains("__") { "" } else { "LIMITS__" };
        recipe.with(&format!("KOINE_{section}{}", name.to_uppercase()), value)
    };
    let mut stage = koine_e2e::stage_with(limits.iter().fold(counted(recipe), with)).await;
    let numbers = Numbers::of(stage.server());
    (stage, numbers)
}

/// Somebody registers by native, and is on a connection of that name. Gives the token, which counts for uploads.
async fn registers_by_native(stage: &mut Stage<Process>, who: &str) -> String {
    let come = format!(
        r#"{who}: native
{who}< {{"event": "hello", "...": "*"}}
{who}> {{"id": 0, "do": "register", "handle": "{who}", "nick": "{who}", "password": "secret", "device": ""}}
{who}< {{"id": 0, "ok": {{"token": "${who}", "...": "*"}}}}"#
    );
    stage.must(&come).await;
    stage.recall(who).to_owned()
}

/// Each limit that the server counts is met by a test of this folder, which asks for it by name.
#[tokio::test]
async fn every_limit_that_is_counted_is_met_here() {
    let (stage, numbers) = limited(koine_e2e::recipe(), &[]).await;
    let page = numbers.page().await;
    let names = page.lines().filter_map(|line| line.strip_prefix("koine_limits_total{limit=\""));
    let names: Vec<&str> = names.filter_map(|rest| rest.split('"').next()).collect();
    assert!(names.len() >= 30, "{names:?}");
    let tests = [
        include_str!("accounts.rs"),
        include_str!("depth.rs"),
        include_str!("frames.rs"),
        include_str!("media.rs"),
        include_str!("outgoing.rs"),
        include_str!("pace.rs"),
        include_str!("passwords.rs"),
        include_str!("readers.rs"),
        include_str!("times.rs"),
    ];
    for name in names {
        // These two ask that it was met; that it was not is no proof that anything counts it.
        let asked = ["is_met", "is_met_at_least"].map(|how| format!("numbers.{how}(\"{name}\", "));
        let meets = |test: &&str| asked.iter().any(|asked| test.contains(asked));
        assert!(tests.iter().any(meets), "no test meets {name}");
        assert_eq!(numbers.met(name).await, 0.0, "{name}");
    }
    koine_testkit::Server::stop(&mut stage.clear()).await;
}
