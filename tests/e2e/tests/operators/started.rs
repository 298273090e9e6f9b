//! A start that is stopped while the data are opened, or brought to another schema: it ends soon, and the next one is fine.

use crate::koine::{Run, command, koine};
use crate::stopped::{send, send_to, until};
use koine_e2e::faults::{Fault, Faults};
use koine_testkit::program::Program;
use koine_testkit::{Process, Recipe, Server};
use rustix::process::Signal;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a sync takes at first, in milliseconds: what comes before the sign does not take long, and what comes behind it long enough.
const SLOW: u32 = 1_000;
/// And then: a disk that is slower than anybody waits for.
const STANDS_STILL: u32 = 120_000;
/// How long an end may take then, on the slowest machine.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_new_folder() {
    is_stopped_and_starts_again(None, Fault::SlowCommits, "koine.db").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_before_a_change_of_schema() {
    is_stopped_and_starts_again(Some(9), Fault::Slow, "koine.db.v9.bak.unfinished").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_schema() {
    is_stopped_and_starts_again(Some(9), Fault::SlowCommits, "koine.db.v9.bak").await;
}

/// By each signal, a server and a command. `schema` is that of the data, `slow` what is wrong with the disk, and `sign` the file that is there
/// just before the disk is waited for.
async fn is_stopped_and_starts_again(schema: Option<u32>, slow: fn(u32) -> Fault, sign: &str) {
    let temporary = std::env::temp_dir().canonicalize().expect("a temporary folder");
    let tools = tempfile::tempdir_in(&temporary).expect("a folder");
    let faults = Faults::compile(tools.path());
    for signal in [Signal::TERM, Signal::INT] {
        for is_server in [true, false] {
            let folder = tempfile::tempdir_in(&temporary).expect("a folder");
            let data = folder.path().join("data");
            let recipe = faults.on(koine_e2e::recipe(), &data);
            fs::create_dir(&data).expect("a folder");
            if let Some(schema) = schema {
                older(&data, schema);
            }
            faults.switch(slow(SLOW));
            let waits = async {
                until(|| data.join(sign).exists()).await;
                faults.switch(slow(STANDS_STILL));
                sleep(Duration::from_millis(u64::from(SLOW))).await;
            };
            match is_server {
                true => stop_a_server(&recipe, &data, signal, waits).await,
                false => stop_a_command(&recipe, &data, signal, waits).await,
            }
            faults.switch(Fault::None);
            let mut server = Process::start_in(recipe, folder).await;
            // Of older data, only the database is there.
            let found = koine(&data, &["fsck"]).stdout;
            let damages = found.lines().filter(|line| line.starts_with("damage: "));
            let damages: Vec<_> = damages.filter(|line| !line.contains(" is missing: ")).collect();
            assert!(damages.is_empty() && (schema.is_some() || found.contains(" is sound: ")), "{found}");
            let left =
                fs::read_dir(&data).expect("a folder").map(|entry| entry.expect("an entry").file_name());
            let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("unfinished")).collect();
            assert!(left.is_empty(), "{left:?}");
            if let Some(schema) = schema {
                assert!(data.join(format!("koine.db.v{schema}.bak")).is_file());
            }
            server.stop().await;
        }
    }
}

async fn stop_a_server(recipe: &Recipe, data: &Path, signal: Signal, waits: impl Future<Output = ()>) {
    let mut server = Program::start(&mut recipe.command(data));
    waits.await;
    assert_eq!(server.ended(Duration::ZERO).await, None, "{}", server.stderr());
    send_to(server.id(), signal);
    let sent = Instant::now();
    let status = server.ended(SOON).await.expect("an end");
    assert!(sent.elapsed() < SOON, "it took {:?}", sent.elapsed());
    eprintln!("it ends after {:?}", sent.elapsed());
    assert_eq!((status.code(), server.stdout().as_str()), (Some(0), ""), "{}", server.stderr());
    for words in ["stopping while the data are opened", "stopped before the data were open"] {
        assert!(server.stderr().contains(words), "{}", server.stderr());
    }
}

/// A command ends as by a kill: it has done nothing yet.
async fn stop_a_command(recipe: &Recipe, data: &Path, signal: Signal, waits: impl Future<Output = ()>) {
    let mut list = command(data, &["account", "list"]);
    list.envs(recipe.environment.iter().map(|(name, value)| (name, value)));
    let mut list = list.spawn().expect("a program that starts");
    waits.await;
    assert!(list.try_wait().expect("a child").is_none());
    send(&list, signal);
    let sent = Instant::now();
    let mut status = None;
    until(|| {
        status = list.try_wait().expect("a child");
        status.is_some()
    })
    .await;
    assert!(sent.elapsed() < SOON, "it took {:?}", sent.elapsed());
    assert_eq!(status.and_then(|status| status.signal()), Some(signal.as_raw()));
    assert_eq!(Run::of(list).stdout, "");
}

/// Data of an older schema, as the server of that time has left them.
fn older(data: &Path, schema: u32) {
    let old = format!("../../crates/store/sqlite/fixtures/schema_{schema}.sql");
    let old = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(old)).expect("a schema");
    let database = rusqlite::Connection::open(data.join("koine.db")).expect("a database");
    database.pragma_update(None, "journal_mode", "WAL").expect("a log");
    database.execute_batch(&old).expect("a database of that schema");
}
