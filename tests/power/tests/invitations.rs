//! Whoever is let in by an invitation is let in, and has used it once: whatever a power cut leaves.

#![cfg(target_os = "linux")]

use koine_power::cuts::{Cuts, Time, number};
use koine_power::disk::{Disk, Lies};
use koine_power::examine::examine;
use koine_power::gate::Gate;
use koine_power::ledger::{Ledger, Promise, Standing};
use koine_power::recorder::{Recorder, recipe};
use koine_power::trace::parse;
use koine_testkit::chance::{Chance, seed};
use koine_testkit::{Ending, Process, Server};
use std::collections::BTreeSet;
use std::time::Duration;

/// For how long power cuts are tried at least, in seconds, unless `KOINE_POWER_SECONDS` says, or there are no more.
const SECONDS: usize = 5;
/// For how long they are tried at most, in seconds, so that each moment gets its turn, unless `KOINE_POWER_SECONDS` is more.
const MOST_SECONDS: usize = 60;
/// There is a round of people for each so many deeds (`KOINE_POWER_DEEDS`) that others would do.
const DEEDS: usize = 40;
const DEEDS_PER_ROUND: usize = 20;
/// What share of the moments must have been tried, in percent, unless `KOINE_POWER_SHARE` says.
const SHARE: usize = 25;

#[tokio::test]
async fn a_use_of_an_invitation_outlives_a_power_cut_and_counts_once() {
    let seed = seed("KOINE_POWER_SEED");
    eprintln!("KOINE_POWER_SEED={seed}");
    let mut chance = Chance::of(seed);
    let temporary = std::env::temp_dir().canonicalize().expect("a temporary folder");
    let tools = tempfile::tempdir_in(&temporary).expect("a temporary folder");
    let folder = tempfile::tempdir_in(&temporary).expect("a temporary folder");
    let root = folder.path().join("data");
    let recorder = Recorder::compile(tools.path());
    let recipe = recipe().with("KOINE_REGISTRATION__MODE", "invitation");
    let mut server = Process::start_in(recorder.on(recipe, &root), folder).await;
    let (native, http) = (server.address("native"), server.address("http"));
    let mut gate = Gate::open(native, http, server.data(), chance.fork()).await;
    for _ in 0..number("KOINE_POWER_DEEDS", DEEDS).div_ceil(DEEDS_PER_ROUND) {
        gate.round().await;
    }
    server.end(Ending::InOrder).await;
    let records = parse(&recorder.trace());
    let refused = gate.refused();
    let ledger = Ledger::of(gate.notes(), &records);
    let wanted: BTreeSet<_> = Promise::OF_A_GATE.iter().chain(Standing::OF_A_GATE).copied().collect();
    assert_eq!(ledger.kinds(), wanted, "each kind of deed was acknowledged");
    assert!(refused > 0, "more have tried than the invitations were good for");
    let cuts = Cuts { before: Disk::of(&root, Lies::Never), records, seed };
    let wanted = number("KOINE_POWER_SECONDS", SECONDS);
    let seconds = |number: usize| Duration::from_secs(u64::try_from(number).expect("seconds"));
    let time = Time { least: seconds(wanted), most: seconds(wanted.max(MOST_SECONDS)) };
    let cut_everywhere = |lies| {
        let asked = |records| ledger.asked(records);
        cuts.everywhere(lies, time, asked, |runtime, left, records| {
            runtime.block_on(examine(left, &ledger, records))
        })
    };
    let tried = cut_everywhere(Lies::Never);
    if let Some(complaint) = tried.complaint {
        panic!("KOINE_POWER_SEED={seed}: {complaint}");
    }
    let let_in = ledger.promises.len();
    eprintln!("{let_in} were let in and {refused} were not; {}", tried.told());
    let share = number("KOINE_POWER_SHARE", SHARE);
    assert!(tried.share() >= share, "less than {share} % of the moments: {}", tried.told());
    let lied = cut_everywhere(Lies::AboutTheDatabase);
    let complaint = lied.complaint.expect("a disk that lies is found out");
    eprintln!("a disk that lies is found out after {}: {complaint}", lied.contents);
}
