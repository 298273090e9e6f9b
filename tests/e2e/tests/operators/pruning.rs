//! `koine prune`, beside a running server and without one.

use crate::keeping::{blobs, file, two};
use crate::koine::koine;
use koine_e2e::matrix::Town;
use koine_testkit::Ending;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

#[tokio::test]
async fn media_that_nothing_names_go_after_a_day() {
    let mut town = Town::found().await;
    let data = town.server().data();
    let (mut ann, bob) = two(&mut town).await;
    let room = ann.room_with(&bob.known).await.expect("a conversation");
    ann.client.send(&room, &file("letter.txt", b"dear bob")).await.expect("a file that is taken");
    let named = blobs(&data).pop().expect("a media file");
    age(&named);
    let nothing =
        ["0 media files of 0 bytes were taken away", "0 uploads that were given up were taken away", ""];
    for running in [true, false] {
        if !running {
            town.server_mut().end(Ending::InOrder).await;
        }
        let idle = data.join("media/ab").join("ab".repeat(32));
        fs::create_dir_all(idle.parent().expect("a folder")).expect("a folder");
        fs::write(&idle, "idle").expect("a file");
        assert_eq!(koine(&data, &["prune", "--media"]).well(), nothing.join("\n"), "it is new");
        age(&idle);
        let told = koine(&data, &["prune", "--media", "--dry-run"]).well().to_owned();
        assert_eq!(told, "1 media files of 4 bytes would be taken away\n");
        assert!(idle.exists());
        let told = koine(&data, &["prune", "--media"]).well().to_owned();
        assert!(told.starts_with("1 media files of 4 bytes were taken away\n"), "{told}");
        assert!(!idle.exists() && named.exists());
    }
    koine(&data, &["fsck"]).well();
}

#[tokio::test]
async fn what_is_young_stays_and_nonsense_is_refused() {
    let mut town = Town::found().await;
    let data = town.server().data();
    let (mut ann, mut bob) = two(&mut town).await;
    ann.tells(&bob.known, "still young").await.expect("a message that is taken");
    let told = koine(&data, &["prune", "--older-than", "1h"]).well().to_owned();
    assert_eq!(told, "0 messages and acts of 0 conversations were taken away\n");
    let told = koine(&data, &["prune", "--older-than", "365d", "--dry-run"]).well().to_owned();
    assert_eq!(told, "0 messages and acts of 0 conversations would be taken away\n");
    bob.hears_from(&ann.known, "still young").await.expect("a message that stays");
    koine(&data, &["prune"]).failed(2, &["--older-than <AGE>", "--media"]);
    koine(&data, &["prune", "--dry-run"]).failed(2, &["<--older-than <AGE>|--media>"]);
    koine(&data, &["prune", "--older-than", "365"])
        .failed(2, &["an age is a whole number with h, d, w or y"]);
    koine(&data, &["prune", "--older-than", "0d"]).failed(2, &["would take away everything"]);
    koine(&data.join("nowhere"), &["prune", "--media"]).failed(1, &["there is no data folder"]);
    town.close().await;
}

/// Makes a file as old as nothing is kept for.
pub(crate) fn age(path: &Path) {
    let now = UNIX_EPOCH + UNIX_EPOCH.elapsed().expect("a clock");
    let file = File::options().write(true).open(path).expect("a file");
    file.set_modified(now - Duration::from_secs(48 * 60 * 60)).expect("a moment");
}
