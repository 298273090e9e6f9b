//! The load generator is stopped amid a scene: nothing of it is left.

#![forbid(unsafe_code)]

use koine_testkit::program::{Program, Signal};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(60);

/// The process that another one has started, once there is one.
async fn child_of(parent: u32) -> u32 {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let children = std::fs::read_to_string(&path).expect("a process that runs");
        if let Some(child) = children.split_whitespace().next() {
            return child.parse().expect("a process number");
        }
        assert!(Instant::now() < deadline, "it starts no server");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Stops it in the way that is given, a moment after its server was started; tells the exit code.
async fn stopped_by(signal: Signal, arguments: &[&str]) -> Option<i32> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_koine-load"));
    command.arg("--server").arg(koine_testkit::binary()).arg("--folder").arg(folder.path());
    let mut load = Program::start(command.arg("--quiet").args(arguments));
    let server = child_of(load.id()).await;
    sleep(Duration::from_millis(300)).await;
    assert_ne!(folder.path().read_dir().expect("a folder").count(), 0);
    load.signal(signal);
    let ended = load.ended(PATIENCE).await.expect("an end in time");
    assert_eq!(load.stderr(), "koine-load: it was stopped\n");
    assert!(!Path::new(&format!("/proc/{server}")).exists(), "its server runs on");
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0, "its data are still there");
    ended.code()
}

#[tokio::test]
async fn its_server_ends_with_it_and_its_folder_is_gone() {
    let pairs = ["pairs", "--pairs", "2", "--seconds", "600"];
    assert_eq!(stopped_by(Signal::Interrupt, &pairs).await, Some(130));
    assert_eq!(stopped_by(Signal::Terminate, &pairs).await, Some(143));
    // Before the scene begins as well.
    let storing = ["pairs", "--stored", "100000000", "--seconds", "1"];
    assert_eq!(stopped_by(Signal::Interrupt, &storing).await, Some(130));
}
