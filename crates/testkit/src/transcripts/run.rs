//! Playing a folder of transcripts, each against a fresh server.

use super::play::{Failure, Stage};
use crate::World;
use crate::server::Server;
use futures_util::StreamExt;
use koine_core::Limits;
use koine_core::limits::RateLimits;
use koine_dialect::Dialect;
use koine_gateway::Settings;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Plays every transcript of `crate_folder`'s `tests/transcripts`, each against a fresh server that speaks `dialects`.
///
/// With `UPDATE_EXPECT=1` the expectations of those that fail are rewritten; with `TRANSCRIPT=offline` only those
/// whose path contains that are played.
pub fn run(crate_folder: &str, dialects: Vec<Arc<dyn Dialect>>) {
    run_beside(crate_folder, dialects, &[]);
}

/// The same, where other tests play the folders `others` in it, each against a server of another kind. Any further folder fails: its
/// transcripts would count as played, and nobody would play them.
pub fn run_beside(crate_folder: &str, dialects: Vec<Arc<dyn Dialect>>, others: &[&str]) {
    let folder = Path::new(crate_folder).join("tests/transcripts");
    let inside = folders(&folder);
    let told: BTreeSet<String> = others.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(
        inside,
        told,
        "the folders in {} are not those that tests play: write a test that calls run_folder for each, and name it here",
        folder.display()
    );
    run_folder(&folder, 1, async || World::start(dialects.clone()).await);
}

/// Plays every transcript of `crate_folder`'s `tests/transcripts/limited`, each against a server that lets little be done: after
/// one wrong password whoever tries must wait, an address makes two accounts, the attachments of an account take twenty bytes, and
/// one of them, or a picture, has at most thirty, so that it can be too large by itself.
pub fn run_limited(crate_folder: &str, dialects: Vec<Arc<dyn Dialect>>) {
    let rates = RateLimits {
        failed_logins: 1,
        login_delay_seconds: 900,
        registrations_per_address: 2,
        ..RateLimits::default()
    };
    let limits =
        Limits { rates, media_quota_bytes: Some(20), media_bytes: 30, avatar_bytes: 30, ..Limits::default() };
    let folder = Path::new(crate_folder).join("tests/transcripts/limited");
    run_folder(&folder, 1, async || {
        World::start_with(dialects.clone(), Settings::default(), limits.clone()).await
    });
}

/// Plays every transcript of `folder`, each against a server of its own that `start` starts, and so many at a time.
pub fn run_folder<S: Server>(folder: &Path, abreast: usize, start: impl AsyncFn() -> S) {
    let wanted = std::env::var("TRANSCRIPT").unwrap_or_default();
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder of transcripts")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .filter(|path| path.to_string_lossy().contains(&wanted))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no transcripts", folder.display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let played = futures_util::stream::iter(&files).map(|file| run_file(file, &start));
    let failures: Vec<String> = runtime.block_on(
        played.buffered(abreast).filter_map(async |failure: Option<String>| failure).collect::<Vec<String>>(),
    );
    assert!(
        failures.is_empty(),
        "{} of {} transcripts failed:\n{}",
        failures.len(),
        files.len(),
        failures.join("\n")
    );
}

/// The names of the folders in `folder`.
fn folders(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("a folder of transcripts");
    let paths = entries.map(|entry| entry.expect("an entry of a folder").path());
    let folders = paths.filter(|path| path.is_dir());
    folders.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect()
}

async fn run_file<S: Server>(file: &PathBuf, start: &impl AsyncFn() -> S) -> Option<String> {
    let text = std::fs::read_to_string(file).expect("a transcript");
    let mut stage = Stage::new(start().await);
    let played = stage.play(&text).await;
    let mut server = stage.clear();
    let log = server.log();
    server.stop().await;
    let Failure { message, rewritten } = played.err()?;
    if let (Ok(_), Some(rewritten)) = (std::env::var("UPDATE_EXPECT"), rewritten) {
        std::fs::write(file, rewritten).expect("a transcript that can be written");
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Some(format!("{name}: {message}\n{log}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "are not those that tests play")]
    fn a_folder_that_nobody_plays_is_no_good() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("tests/transcripts/forgotten")).unwrap();
        run(&folder.path().to_string_lossy(), Vec::new());
    }

    #[test]
    #[should_panic(expected = "are not those that tests play")]
    fn a_folder_that_is_not_there_is_not_played() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("tests/transcripts")).unwrap();
        run_beside(&folder.path().to_string_lossy(), Vec::new(), &["gone"]);
    }
}
