//! Acknowledged means on disk: whatever a power cut leaves, everything that was acknowledged before is there.

#![cfg(target_os = "linux")]

use futures_util::future::join_all;
use koine_power::couple::Couple;
use koine_power::cuts::{Cuts, KINDS, Time, Tried, number, quick_folder};
use koine_power::disk::{Disk, Lies};
use koine_power::examine::{examine, offsets};
use koine_power::house::House;
use koine_power::ledger::{Ledger, Notes, Promise, Standing};
use koine_power::load::{Talker, go_on};
use koine_power::recorder::{Recorder, recipe};
use koine_power::trace::{Record, parse};
use koine_power::visitor::Visitor;
use koine_testkit::chance::{Chance, seed};
use koine_testkit::{Ending, Process, Server};
use std::collections::BTreeSet;
use std::time::Duration;

/// How many talk, and how much each of them does unless `KOINE_POWER_DEEDS` says.
const TALKERS: u64 = 3;
const DEEDS: usize = 40;
/// The account of whoever registers after them and the couple.
const FIRST_VISITOR: u64 = 1_000_000_001 + TALKERS + 2;
/// The number of the first connection of the house.
const HOUSE: u64 = 1_000;
/// For how long power cuts are tried at least, in seconds, unless `KOINE_POWER_SECONDS` says.
const SECONDS: usize = 20;
/// For how long they are tried at most, in seconds, so that each moment gets its turn, unless `KOINE_POWER_SECONDS` is more.
const MOST_SECONDS: usize = 60;
/// Beside the first, there is a second life more for each so many of those seconds.
const SECONDS_PER_LIFE: usize = 150;
/// Who comes in a second life, and how much they do there.
const NEWCOMER: u64 = TALKERS + 7;
const NEW_DEEDS: usize = 5;
/// How many moments are looked at for one that has a part of an upload.
const MOST_BEGINS: usize = 40;
/// What share of the moments must have been tried, in percent, unless `KOINE_POWER_SHARE` says. On two cores there is time for each of
/// them, mostly in less than `MOST_SECONDS`; a machine on which much else runs may be four times as slow.
const SHARE: usize = 25;

/// What one run of a server has left behind.
struct Run {
    cuts: Cuts,
    ledger: Ledger,
    /// Those who talk: their numbers, and what signs them in.
    people: Vec<(u64, String)>,
}

#[tokio::test]
async fn whatever_a_power_cut_leaves_has_what_was_acknowledged() {
    let seed = seed("KOINE_POWER_SEED");
    eprintln!(
        "KOINE_POWER_SEED={seed} repeats the deeds and the cuts, though not how the processes are scheduled"
    );
    let run = record(seed).await;
    let records = &run.cuts.records;
    let syncs = records.iter().filter(|record| matches!(record, Record::Synced(_))).count();
    eprintln!(
        "{} records, {syncs} of them syncs; {} acknowledgements; {} moments at which the disk may stop",
        records.len(),
        run.ledger.promises.len() + run.ledger.standing.len() + run.ledger.uploads.len(),
        run.cuts.moments().len()
    );
    let wanted = [Promise::KINDS, Standing::OF_A_COUPLE, Standing::OF_A_HOUSE];
    let wanted: BTreeSet<_> = wanted.into_iter().flatten().copied().collect();
    assert_eq!(run.ledger.kinds(), wanted, "each kind of deed was acknowledged");
    let wanted = number("KOINE_POWER_SECONDS", SECONDS);
    let seconds = |number: usize| Duration::from_secs(u64::try_from(number).expect("seconds"));
    let time = Time { least: seconds(wanted), most: seconds(wanted.max(MOST_SECONDS)) };
    let tried = run.cut_everywhere(Lies::Never, time);
    if let Some(complaint) = tried.complaint {
        panic!("{complaint}");
    }
    eprintln!("{}, drawn by KOINE_POWER_SEED={seed}; each has what was acknowledged by then", tried.told());
    let share = number("KOINE_POWER_SHARE", SHARE);
    assert!(tried.share() >= share, "less than {share} % of the moments: {}", tried.told());
    // The disk that ignores a kind of sync is found out: so none of them is for nothing, and the test can fail.
    for lies in [Lies::AboutTheDatabase, Lies::AboutMedia, Lies::AboutFolders] {
        let Tried { contents, complaint, .. } = run.cut_everywhere(lies, time);
        let complaint = complaint
            .unwrap_or_else(|| panic!("a disk that lies {lies:?} is not found out in {contents} cuts"));
        eprintln!("a disk that lies {lies:?} is found out after {contents}: {complaint}");
    }
    run.start_on_the_rest().await;
    for life in 0..=wanted / SECONDS_PER_LIFE {
        run.live_on(life, time).await;
    }
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
    let data = server.data();
    let mut house = House::open(HOUSE, native, http, data, chance.fork()).await;
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
    tokio::join!(talking, couple.change(deeds), house.change(deeds.div_ceil(2)), visiting);
    // Ending in order takes the write-ahead log into the database: the disk may stop in the middle of that as well.
    server.end(Ending::InOrder).await;
    let records = parse(&recorder.trace());
    let people = talkers.iter().map(|talker| (talker.me(), talker.token().to_owned())).collect();
    let mut notes = Notes::default();
    for own in talkers.into_iter().map(Talker::notes).chain(visitors.into_iter().map(Visitor::notes)) {
        notes.join(own);
    }
    notes.join(couple.notes());
    notes.join(house.notes());
    let ledger = Ledger::of(notes, &records);
    Run { cuts: Cuts { before: Disk::of(&root, Lies::Never), records, seed }, ledger, people }
}

impl Run {
    /// Looks at what is left of the moments.
    fn cut_everywhere(&self, lies: Lies, time: Time) -> Tried {
        let asked = |records| self.ledger.asked(records);
        self.cuts.everywhere(lies, time, asked, |runtime, left, records| {
            runtime.block_on(examine(left, &self.ledger, records))
        })
    }

    /// The server itself starts on some of what is left, and ends in order.
    async fn start_on_the_rest(&self) {
        let moments = self.cuts.moments();
        let mut chance = Chance::of(self.cuts.seed ^ 0x57a7);
        for kind in 0..4 {
            let moment = moments[chance.below(moments.len())];
            let folder = tempfile::tempdir().expect("a temporary folder");
            self.cuts.leave_at(moment, kind, &folder.path().join("data"));
            let mut server = Process::start_in(recipe(), folder).await;
            server.stop().await;
            assert!(!server.log().contains("ERROR"), "after {moment} records:\n{}", server.log());
        }
    }

    /// The server starts on what is left of a moment at which uploads were under way, with a log that nobody has taken in. They are gone on
    /// with, somebody new talks, and the power goes a second time.
    async fn live_on(&self, life: usize, time: Time) {
        let (moment, kind) = self.second_begin(life).await;
        let temporary = std::env::temp_dir().canonicalize().expect("a temporary folder");
        let tools = tempfile::tempdir_in(&temporary).expect("a temporary folder");
        let folder = tempfile::tempdir_in(&temporary).expect("a temporary folder");
        let root = folder.path().join("data");
        self.cuts.leave_at(moment, kind, &root);
        let before = Disk::of(&root, Lies::Never).holding(&root);
        let log = std::fs::metadata(root.join("koine.db-wal")).map_or(0, |log| log.len());
        let recorder = Recorder::compile(tools.path());
        let mut server = Process::start_in(recorder.on(recipe(), &root), folder).await;
        let (native, http) = (server.address("native"), server.address("http"));
        let chance = Chance::of(self.cuts.seed ^ 0x11fe);
        let mut newcomer = Talker::register(NEWCOMER, native, http, chance).await;
        for upload in self.ledger.under_way(moment) {
            let (_, token) = self.people.iter().find(|(id, _)| *id == upload.account).expect("whose it is");
            let offset = go_on(http, token, upload).await;
            eprintln!("an upload of {} bytes is gone on with from {offset}", upload.bytes.len());
        }
        newcomer.gather(&[self.people[0].0], &[]).await;
        newcomer.talk(NEW_DEEDS).await;
        server.end(Ending::InOrder).await;
        assert!(!server.log().contains("ERROR"), "after {moment} records:\n{}", server.log());
        let records = parse(&recorder.trace());
        let ledger = self.ledger.lived_on(moment, Ledger::of(newcomer.notes(), &records));
        let seed = self.cuts.seed;
        let second = Self { cuts: Cuts { before, records, seed }, ledger, people: Vec::new() };
        let tried = second.cut_everywhere(Lies::Never, Time { least: Duration::ZERO, ..time });
        eprintln!(
            "a second life after {moment} records and kind {kind}, with a log of {log} bytes: {}",
            tried.told()
        );
        if let Some(complaint) = tried.complaint {
            panic!("in a life after {moment} records and kind {kind}: {complaint}");
        }
        let share = number("KOINE_POWER_SHARE", SHARE);
        assert!(tried.share() >= share, "less than {share} % of the moments: {}", tried.told());
        let lied = second.cut_everywhere(Lies::AboutTheDatabase, time);
        lied.complaint.expect("a disk that lies is found out in a second life as well");
    }

    /// A moment at which those whom the newcomer needs were there, and what is left of it: where there is such a moment, one that has only a
    /// part of an upload.
    async fn second_begin(&self, life: usize) -> (usize, usize) {
        let is_gathered = |moment| {
            let mut promises = self.ledger.until(moment);
            promises.any(|promise| matches!(promise, Promise::Group(..)))
        };
        let moments: Vec<_> = self
            .cuts
            .moments()
            .into_iter()
            .filter(|moment| is_gathered(*moment) && !self.ledger.under_way(*moment).is_empty())
            .collect();
        assert!(!moments.is_empty(), "nobody was uploading anything");
        let mut chance = Chance::of(self.cuts.seed ^ 0x2d ^ u64::try_from(life).expect("a number"));
        let mut begin = (0, 0);
        for _ in 0..MOST_BEGINS {
            begin = (moments[chance.below(moments.len())], chance.below(KINDS));
            let folder = quick_folder();
            let left = folder.path().join("data");
            self.cuts.leave_at(begin.0, begin.1, &left);
            let parts = offsets(&left, &self.ledger, begin.0).await.expect("a folder that opens");
            if parts.iter().any(|(offset, length)| (1..*length).contains(offset)) {
                break;
            }
        }
        begin
    }
}
