//! Lines of the log that operators are told to watch for, where nothing but the server's surroundings provokes them.

use super::{PATIENCE, limited};
use koine_dialect::toolbox::base64;
use koine_e2e::fetch::fetch;
use koine_e2e::heard::next;
use koine_e2e::people::*;
use koine_testkit::transcripts::Stage;
use koine_testkit::{Process, Server};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// What nobody may find in the log.
const SECRETS: [&str; 3] = ["secret", "a text for nobody else", "hush-hush"];

/// Waits until the log has a line, and looks whether it tells too much.
async fn says(stage: &mut Stage<Process>, line: &str) {
    let begun = Instant::now();
    while !stage.server().log().contains(line) {
        assert!(begun.elapsed() < PATIENCE, "{line:?} is not in the log:\n{}", stage.server().log());
        sleep(Duration::from_millis(20)).await;
    }
    let log = stage.server().log();
    for secret in SECRETS {
        let encoded = base64::encode(secret.as_bytes());
        assert!(!log.contains(secret) && !log.contains(&encoded), "{secret} is in the log:\n{log}");
    }
}

#[tokio::test]
async fn no_files_are_left() {
    let (mut stage, _) = limited(koine_e2e::recipe(), &[]).await;
    stage.must(&registers_by_technotrack("ann")).await;
    let id = i32::try_from(stage.server().program().id()).expect("a process");
    let server = Pid::from_raw(id).expect("a process");
    let open = std::fs::read_dir(format!("/proc/{id}/fd")).expect("its files").count();
    let few = u64::try_from(open + 3).expect("a number");
    let before =
        prlimit(Some(server), Resource::Nofile, Rlimit { current: Some(few), maximum: Some(1 << 12) });
    before.expect("a limit of one's own program");
    let mut crowd = Vec::new();
    for _ in 0..8 {
        crowd.push(TcpStream::connect(stage.server().address("technotrack")).await.expect("a connection"));
    }
    says(&mut stage, "cannot accept a connection").await;
    // Who was there before notices nothing, and when some have gone there is room again.
    let request = json!({"action": "message", "data": {"uid": "ann", "body": "a text for nobody else"}});
    stage.peer("ann").send(&request).await;
    while next(stage.peer("ann")).await["action"] != "message" {}
    drop(crowd);
    let more = Rlimit { current: Some(1 << 10), maximum: Some(1 << 12) };
    prlimit(Some(server), Resource::Nofile, more).expect("a limit of one's own program");
    stage.must(&registers_by_technotrack("bob")).await;
    stage.clear().stop().await;
}

/// The files of media below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

#[tokio::test]
async fn a_file_is_gone() {
    let (mut stage, _) = limited(koine_e2e::recipe(), &[]).await;
    stage.must(&registers_by_minioicq("ann", "json")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    let attach = json!({"mime": "text/plain", "data": base64::encode(b"hush-hush")});
    let message = json!({"uid": "ann", "body": "a text for nobody else", "attach": attach});
    stage.peer("bob").send(&json!({"action": "message", "data": message})).await;
    while next(stage.peer("bob")).await["action"] != "message" {}
    let kept: Vec<PathBuf> = files(&stage.server().data().join("media"))
        .into_iter()
        .filter(|path| std::fs::read(path).is_ok_and(|bytes| bytes == b"hush-hush"))
        .collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    for path in kept {
        std::fs::remove_file(path).expect("a file");
    }
    let told = r##"cat: native
cat< {"event": "hello", "...": "*"}
cat> {"id": 1, "do": "login", "who": "bob", "password": "secret", "device": ""}
cat< {"id": 1, "ok": {"...": "*"}}
cat> {"id": 2, "do": "open", "with": "ann"}
cat< {"id": 2, "ok": {"conversation": {"id": "#room", "...": "*"}, "...": "*"}}"##;
    stage.must(told).await;
    let room: u64 = stage.recall("room").parse().expect("a number");
    stage.peer("cat").send(&json!({"id": 3, "do": "history", "conversation": room, "limit": 9})).await;
    let history = next(stage.peer("cat")).await;
    let parts =
        history["ok"]["messages"].as_array().into_iter().flatten().flat_map(|it| it["parts"].as_array());
    let url = parts.flatten().find_map(|part| part["media"]["url"].as_str());
    let url = url.unwrap_or_else(|| panic!("{history}")).to_owned();
    assert_eq!(fetch(stage.server().address("http"), &url).await.status, 404);
    says(&mut stage, "an attachment is missing from the media folder").await;
    stage.clear().stop().await;
}
