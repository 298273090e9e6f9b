//! Acknowledged means on disk: whatever a power cut leaves, everything that was acknowledged before is there.

#![cfg(target_os = "linux")]

use futures_util::future::join_all;
use koine_power::couple::Couple;
use koine_power::disk::{Disk, Lies, Luck};
use koine_power::examine::examine;
use koine_power::ledger::{Ledger, Notes};
use koine_power::load::Talker;
use koine_power::recorder::Recorder;
use koine_power::trace::{Record, parse};
use koine_power::visitor::Visitor;
use koine_testkit::chance::{Chance, seed};
use koine_testkit::{Ending, Process, Recipe, Server, binary};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How many talk, and how much each of them does unless `KOINE_POWER_DEEDS` says.
const TALKERS: u64 = 3;
const DEEDS: usize = 40;
/// The account of whoever registers after them and the couple.
const FIRST_VISITOR: u64 = 1_000_000_001 + TALKERS + 2;
/// For how long power cuts are tried in all, in seconds, unless `KOINE_POWER_SECONDS` says.
const SECONDS: usize = 20;
/// How many threads try them.
const THREADS: usize = 2;
/// How many contents of the disk are looked at for one moment: the first ones are always nothing and all.
const KINDS: usize = 8;

/// What one run of a server has left behind.
struct Run {
    records: Vec<Record>,
    ledger: Ledger,
    root: PathBuf,
    seed: u64,
}

#[tokio::test]
async fn whatever_a_power_cut_leaves_has_what_was_acknowledged() {
    let seed = seed("KOINE_POWER_SEED");
    eprintln!(
        "KOINE_POWER_SEED={seed} repeats the deeds and the cuts, though not how the processes are scheduled"
    );
    let run = record(seed).await;
    let syncs = run.records.iter().filter(|record| matches!(record, Record::Synced(_))).count();
    eprintln!(
        "{} records, {syncs} of them syncs; {} acknowledgements; {} moments at which the disk may stop",
        run.records.len(),
        run.ledger.promises.len() + run.ledger.standing.len() + run.ledger.uploads.len(),
        run.moments().len()
    );
    let time = Duration::from_secs(u64::try_from(number("KOINE_POWER_SECONDS", SECONDS)).expect("seconds"));
    let (tried, complaint) = run.cut_everywhere(Lies::Never, time);
    if let Some(complaint) = complaint {
        panic!("{complaint}");
    }
    let all = run.moments().len() * KINDS;
    let share = 100 * tried / all;
    eprintln!(
        "{tried} of {all} contents of the disk were opened ({share} %), drawn by KOINE_POWER_SEED={seed}; each has what was acknowledged by then"
    );
    // Otherwise there was no time to look at anything.
    assert!(tried >= 50, "only {tried} contents of the disk were looked at");
    // The disk that ignores a kind of sync is found out: so none of them is for nothing, and the test can fail.
    for lies in [Lies::AboutTheDatabase, Lies::AboutMedia, Lies::AboutFolders] {
        let (tried, complaint) = run.cut_everywhere(lies, time);
        let complaint =
            complaint.unwrap_or_else(|| panic!("a disk that lies {lies:?} is not found out in {tried} cuts"));
        eprintln!("a disk that lies {lies:?} is found out after {tried}: {complaint}");
    }
    run.start_on_the_rest().await;
}

/// Has a real server record what it does while people talk.
async fn record(seed: u64) -> Run {
    let mut chance = Chance::of(seed);
    let temporary = std::env::temp_dir().canonicalize().expect("a temporary folder");
    let tools = tempfile::tempdir_in(&temporary).expect("a temporary folder");
    let folder = tempfile::tempdir_in(&temporary).expect("a temporary folder");
    let root = folder.path().join("data");
    let recorder = Recorder::compile(tools.path());
    let mut server = Process::start_in(recorder.on(recipe(), &root), folder).await;
    let (native, http) = (server.address("native"), server.address("http"));
    let mut talkers = Vec::new();
    for talker in 1..=TALKERS {
        talkers.push(Talker::register(talker, native, http, chance.fork()).await);
    }
    let mut couple = Couple::register(TALKERS + 1, native, http, chance.fork()).await;
    let mut visitors: Vec<Visitor> = Vec::new();
    for (id, speaker) in (FIRST_VISITOR..).zip(koine_registry::speakers()) {
        let address = server.address(speaker.dialect);
        visitors.push(Visitor::register(&speaker, id, address, chance.fork()).await);
    }
    let known: Vec<_> = visitors.iter().map(Visitor::known).collect();
    let others: Vec<_> = talkers[1..].iter().map(Talker::me).collect();
    let guests: Vec<_> = known.iter().map(|known| known.id).collect();
    let group = talkers[0].gather(&others, &guests).await;
    for talker in &mut talkers[1..] {
        talker.join(group);
    }
    for (place, visitor) in visitors.iter_mut().enumerate() {
        visitor.meet(&known[(place + 1) % known.len()]).await;
        visitor.meet(&talkers[place % talkers.len()].known()).await;
    }
    let deeds = number("KOINE_POWER_DEEDS", DEEDS);
    let talking = join_all(talkers.iter_mut().map(|talker| talker.talk(deeds)));
    let visiting = join_all(visitors.iter_mut().map(|visitor| visitor.talk(deeds.div_ceil(5))));
    tokio::join!(talking, couple.change(deeds), visiting);
    // Ending in order takes the write-ahead log into the database: the disk may stop in the middle of that as well.
    server.end(Ending::InOrder).await;
    let records = parse(&recorder.trace());
    let mut notes = Notes::default();
    for own in talkers.into_iter().map(Talker::notes).chain(visitors.into_iter().map(Visitor::notes)) {
        notes.join(own);
    }
    notes.join(couple.notes());
    let ledger = Ledger::of(notes, &records);
    Run { records, ledger, root, seed }
}

/// A folder in memory, where there is such a thing: what is opened there need not survive anything.
fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder")
}

fn recipe() -> Recipe {
    Recipe {
        binary: binary().to_owned(),
        dialects: koine_registry::all(),
        environment: Vec::new(),
        authority: None,
    }
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |number| number.parse().expect("a number"))
}

impl Run {
    /// How many records there were each time before the disk was touched again: whatever was acknowledged until then must be there.
    fn moments(&self) -> Vec<usize> {
        let touching = self.records.iter().enumerate().filter(|(_, record)| record.touches_the_disk());
        touching.map(|(number, _)| number).skip(1).chain([self.records.len()]).collect()
    }

    /// Looks at all kinds of contents at all moments, in any order, as long as there is time. Tells how many it has seen, and what was
    /// wrong with the first bad one.
    fn cut_everywhere(&self, lies: Lies, time: Duration) -> (usize, Option<String>) {
        let mut cuts: Vec<_> = self
            .moments()
            .into_iter()
            .flat_map(|moment| (0..KINDS).map(move |kind| (moment, kind)))
            .collect();
        let mut chance = Chance::of(self.seed ^ 0x5eed);
        for place in (1..cuts.len()).rev() {
            cuts.swap(place, chance.below(place + 1));
        }
        let (next, tried, end) = (AtomicUsize::new(0), AtomicUsize::new(0), Instant::now() + time);
        let look = || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            while Instant::now() < end {
                let Some((moment, kind)) = cuts.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let folder = quick_folder();
                let left = folder.path().join("data");
                let luck = self.leave(lies, *moment, *kind, &left);
                tried.fetch_add(1, Ordering::Relaxed);
                if let Err(complaint) = runtime.block_on(examine(&left, &self.ledger, *moment)) {
                    // Nobody need go on.
                    next.store(cuts.len(), Ordering::Relaxed);
                    let last = &self.records[moment.saturating_sub(1)];
                    let last = format!("{last:?}").chars().take(200).collect::<String>();
                    return Some(format!(
                        "after {moment} records, the last of them {last}, with {luck:?}: {complaint}"
                    ));
                }
            }
            None
        };
        let complaint = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(look)).collect();
            threads.into_iter().filter_map(|thread| thread.join().expect("no panic")).next()
        });
        (tried.into_inner(), complaint)
    }

    /// Writes into `folder` what the disk holds at a moment. The same kind is the same each time.
    fn leave(&self, lies: Lies, moment: usize, kind: usize, folder: &Path) -> Luck {
        let mut disk = Disk::of(&self.root, lies);
        for record in &self.records[..moment] {
            disk.apply(record);
        }
        let mut chance = Chance::of(self.seed ^ (u64::try_from(moment * KINDS + kind).expect("a number")));
        let luck = match kind {
            0 => Luck::Nothing,
            1 => Luck::All,
            2 | 3 => Luck::AllBut(chance.below(disk.uncertain().max(1))),
            _ => Luck::Any(chance),
        };
        disk.write(&luck, folder);
        luck
    }

    /// The server itself starts on some of what is left, and ends in order.
    async fn start_on_the_rest(&self) {
        let moments = self.moments();
        let mut chance = Chance::of(self.seed ^ 0x57a7);
        for kind in 0..4 {
            let moment = moments[chance.below(moments.len())];
            let folder = tempfile::tempdir().expect("a temporary folder");
            self.leave(Lies::Never, moment, kind, &folder.path().join("data"));
            let mut server = Process::start_in(recipe(), folder).await;
            server.stop().await;
            assert!(!server.log().contains("ERROR"), "after {moment} records:\n{}", server.log());
        }
    }
}
