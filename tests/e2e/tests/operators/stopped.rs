//! A command that is stopped half-way by Ctrl-C: what was done and what was not is told, with a server and without.

use crate::keeping::two;
use crate::koine::{Run, command, koine};
use crate::pruning::age;
use koine_e2e::faults::{Fault, Faults};
use koine_e2e::matrix::Town;
use koine_testkit::{Ending, Server};
use rusqlite::{Connection, OpenFlags};
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;
use tempfile::TempDir;

/// How many messages there are: nine portions of those that go at once.
const ALL: u64 = 1_800;
/// How long a portion takes to get to the disk, in milliseconds.
const SLOW: u32 = 500;
/// How many media files nothing names.
const IDLE: u64 = 100;
/// How long may be waited for something, in hundredths of a second.
const PATIENCE: usize = 6_000;

/// A server that has ended, whose disk can be made slow, and on which ann has told bob something long ago.
struct House {
    faults: Faults,
    /// What puts a program under these faults, too.
    environment: Vec<(String, String)>,
    town: Town,
    data: PathBuf,
    /// Where the faults lie.
    tools: TempDir,
}

impl House {
    /// One with so many messages.
    async fn with(messages: u64) -> Self {
        let temporary = std::env::temp_dir().canonicalize().expect("a temporary folder");
        let tools = tempfile::tempdir_in(&temporary).expect("a folder");
        let folder = tempfile::tempdir_in(&temporary).expect("a folder");
        let faults = Faults::compile(tools.path());
        let recipe = faults.on(koine_e2e::recipe(), &folder.path().join("data"));
        let environment = recipe.environment.clone();
        let mut town = Town::found_in(recipe, folder).await;
        let data = town.server().data();
        let (mut ann, bob) = two(&mut town).await;
        for number in 0..messages {
            ann.tells(&bob.known, &format!("number {number}")).await.expect("a message that is taken");
        }
        town.server_mut().end(Ending::InOrder).await;
        Connection::open(data.join("koine.db"))
            .and_then(|database| database.execute("UPDATE message SET at = 0", []))
            .expect("messages that are old");
        Self { faults, environment, town, data, tools }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prune_that_is_stopped_tells_what_is_left() {
    let House { faults, environment, mut town, data, tools: _tools } = House::with(ALL).await;
    let mut left = ALL;
    town.server_mut().start_again().await;
    // Under nohup, as the tests may be themselves, a command is not to end with its terminal.
    let second =
        if ignores_the_end_of_its_terminal() { (true, Signal::TERM, 143) } else { (true, Signal::HUP, 129) };
    for (running, signal, code) in [(true, Signal::INT, 130), second, (false, Signal::TERM, 143)] {
        if !running {
            town.server_mut().end(Ending::InOrder).await;
        }
        faults.switch(Fault::SlowCommits(SLOW));
        let mut prune = command(&data, &["prune", "--older-than", "1h", "--media"]);
        prune.envs(environment.iter().map(|(name, value)| (name, value)));
        let prune = prune.spawn().expect("a program that starts");
        until(|| count(&data) < left).await;
        send(&prune, signal);
        let run = tokio::task::spawn_blocking(|| Run::of(prune)).await.expect("an end");
        faults.switch(Fault::None);
        let gone = left - count(&data);
        assert!(gone > 0 && gone.is_multiple_of(200) && gone < left, "{gone} of {left}: {run:?}");
        left -= gone;
        assert_eq!(run.stdout, format!("{gone} messages and acts of 1 conversations were taken away\n"));
        run.failed_showing(
            code,
            &[
                "koine: stopping; what is under way is finished first",
                &format!("koine: stopped: {left} messages and acts of that age are left, and media and uploads were not looked at\n"),
            ],
        );
        koine(&data, &["fsck"]).well();
    }
    // Where the command dies, the server's work stops as well.
    town.server_mut().start_again().await;
    faults.switch(Fault::SlowCommits(SLOW));
    let mut prune = command(&data, &["prune", "--older-than", "1h"]).spawn().expect("a program that starts");
    until(|| count(&data) < left).await;
    prune.kill().expect("a signal that can be sent");
    prune.wait().expect("an end");
    let stopped = "koine prune was stopped";
    // Two times were by a signal; the third command was no server's.
    until(|| town.server().log().matches(stopped).count() == 3).await;
    faults.switch(Fault::None);
    let still = count(&data);
    assert!(still > 0 && still < left, "{still} of {left}");
    let told = koine(&data, &["prune", "--older-than", "1h", "--media"]).well().to_owned();
    assert!(
        told.starts_with(&format!("{still} messages and acts of 1 conversations were taken away\n")),
        "{told}"
    );
    let log = town.close().await;
    assert!(!log.contains("panicked"), "{log}");
}

/// A server that is stopped stops the work that it does for a command, and the command says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_stops_a_prune_as_well() {
    let House { faults, mut town, data, tools: _tools, .. } = House::with(ALL).await;
    town.server_mut().start_again().await;
    faults.switch(Fault::SlowCommits(SLOW));
    let prune = command(&data, &["prune", "--older-than", "1h"]).spawn().expect("a program that starts");
    until(|| count(&data) < ALL).await;
    town.server_mut().end(Ending::InOrder).await;
    let run = tokio::task::spawn_blocking(|| Run::of(prune)).await.expect("an end");
    faults.switch(Fault::None);
    let left = count(&data);
    assert!(left > 0 && left < ALL, "{left} of {ALL}");
    assert_eq!(run.stdout, format!("{} messages and acts of 1 conversations were taken away\n", ALL - left));
    let why =
        format!("the server stops, and the command with it: {left} messages and acts of that age are left");
    run.failed_showing(1, &[&why]);
    koine(&data, &["fsck"]).well();
}

/// Also where media are looked through: what has gone is told, and the next one goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_prune_of_media_that_is_stopped_tells_so() {
    let House { faults, environment, mut town, data, tools: _tools } = House::with(1).await;
    for running in [false, true] {
        if running {
            town.server_mut().start_again().await;
        }
        let idle: Vec<PathBuf> = (0..IDLE).map(|number| idle(&data, number)).collect();
        let left = || u64::try_from(idle.iter().filter(|file| file.exists()).count()).expect("a number");
        faults.switch(Fault::Slow(200));
        let mut prune = command(&data, &["prune", "--media"]);
        prune.envs(environment.iter().map(|(name, value)| (name, value)));
        let prune = prune.spawn().expect("a program that starts");
        until(|| left() < IDLE).await;
        send(&prune, Signal::INT);
        let run = tokio::task::spawn_blocking(|| Run::of(prune)).await.expect("an end");
        faults.switch(Fault::None);
        let gone = IDLE - left();
        assert!(gone > 0 && gone < IDLE, "{gone} of {IDLE}: {run:?}");
        assert_eq!(run.stdout, format!("{gone} media files of {} bytes were taken away\n", gone * 4));
        let why = "koine: stopped: not all media were looked at, nor were uploads\n";
        run.failed_showing(130, &["koine: stopping; what is under way is finished first", why]);
        let rest = format!("{} media files of {} bytes were taken away\n", IDLE - gone, (IDLE - gone) * 4);
        assert!(koine(&data, &["prune", "--media"]).well().starts_with(&rest), "{rest}");
        koine(&data, &["fsck"]).well();
    }
    let log = town.close().await;
    assert!(!log.contains("panicked"), "{log}");
}

/// A media file that nothing names, and that is old enough to go; each in a folder of its own.
fn idle(data: &Path, number: u64) -> PathBuf {
    let shelf = format!("{number:02x}");
    let file = data.join("media").join(&shelf).join(shelf.repeat(32));
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    std::fs::write(&file, "idle").expect("a file");
    age(&file);
    file
}

/// Whoever stops it twice does not wait for a disk that takes its time, with a server and without.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_it_twice_does_not_wait() {
    // Five portions.
    let House { faults, environment, mut town, data, tools: _tools } = House::with(1_000).await;
    for running in [false, true] {
        if running {
            town.server_mut().start_again().await;
        }
        let left = count(&data);
        let mut prune = command(&data, &["prune", "--older-than", "1h"]);
        prune.envs(environment.iter().map(|(name, value)| (name, value)));
        faults.switch(Fault::SlowCommits(SLOW));
        let mut prune = prune.spawn().expect("a program that starts");
        until(|| count(&data) < left).await;
        // The portion behind the one that may be on its way already does not get to the disk.
        faults.switch(Fault::SlowCommits(60_000));
        tokio::time::sleep(Duration::from_millis(u64::from(SLOW) * 3)).await;
        send(&prune, Signal::INT);
        // The second one must find the first one heard.
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(prune.try_wait().expect("a child").is_none(), "what is under way is waited for");
        send(&prune, Signal::INT);
        let sent = tokio::time::Instant::now();
        let run = tokio::task::spawn_blocking(|| Run::of(prune)).await.expect("an end");
        assert!(sent.elapsed() < Duration::from_secs(20), "it took {:?}", sent.elapsed());
        run.failed(130, &["koine: stopping;", "it is not known what was done"]);
        assert_eq!(run.stderr.matches("stopping;").count(), 1, "{run:?}");
        faults.switch(Fault::None);
    }
    town.server_mut().end(Ending::Killed).await;
}

pub(crate) fn send(child: &Child, signal: Signal) {
    send_to(child.id(), signal);
}

pub(crate) fn send_to(id: u32, signal: Signal) {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw).expect("a process number");
    kill_process(id, signal).expect("a signal that can be sent");
}

/// How many messages there are.
fn count(data: &Path) -> u64 {
    let database = Connection::open_with_flags(data.join("koine.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let database = database.expect("a database");
    let count: i64 =
        database.query_row("SELECT count(*) FROM message", [], |row| row.get(0)).expect("a number");
    u64::try_from(count).expect("a number")
}

pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    for _ in 0..PATIENCE {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not come");
}

/// Whether this program, and so whatever it starts, takes no notice of SIGHUP.
fn ignores_the_end_of_its_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").expect("what the kernel says of this program");
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("what it ignores");
    // The first signal has the lowest bit.
    u64::from_str_radix(ignored.trim(), 16).expect("a number") & 1 != 0
}
