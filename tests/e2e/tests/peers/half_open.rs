//! Those who vanish without a word: no FIN and no RST comes, and nothing is acknowledged any more. The server finds out within a
//! time that can be told, they are offline for others, and what was said to them meanwhile is told when they come back.

use super::bystanders::Bystanders;
use super::machine::Watch;
use super::{scale, town, turn};
use koine_e2e::matrix::{Client, Known, Person, Town, flavours};
use koine_e2e::stream::{Stream, text};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a peer may be silent before it is asked, and it is gone after twice that: so long that three times that is later than what
/// is allowed here.
const PING: u64 = 6;
/// Twice that, and what beats and retransmissions add: a second each, and as much again on a busy machine.
const NOTICED: Duration = Duration::from_secs(2 * PING + 4);
/// For how long they may keep a processor busy until then, all of them.
const BUSY: Duration = Duration::from_secs(1);
/// What may wait for one of them in the server, in KiB.
const COST: usize = 32;
/// What all of them together share, in KiB: messages that are on their way to others, and what the allocator keeps of that.
const SHARED: usize = 3_000;
/// How many messages are said meanwhile.
const SAID: usize = 8;
/// After so long nothing is left that their machine had taken before the cable was cut.
const REST: Duration = Duration::from_millis(50);
const SESSIONS: &str = "koine_sessions{";

#[tokio::test]
async fn who_vanishes_without_a_word_is_noticed_and_loses_nothing() {
    let _turn = turn().await;
    let ping = PING.to_string();
    let mut town =
        town(koine_e2e::recipe(), &[("ping_seconds", &ping), ("write_stall_seconds", &ping)]).await;
    let bystanders = Bystanders::of(&mut town).await;
    let watch = Watch::of(&mut town);
    let mut attempt = 0;
    bystanders
        .are_undisturbed("those who vanish", async || {
            attempt += 1;
            let native = flavours().into_iter().find(|flavour| flavour.name == "native").expect("native");
            let mut speaker = town.welcome(native, format!("speaker_{attempt}")).await;
            let sessions = watch.number(SESSIONS).await;
            // Of the ones nothing is heard and nothing is said to them; something is said to the others.
            let mut silent = crowd(&mut town, &format!("silent{attempt}")).await;
            let mut missed = crowd(&mut town, &format!("missed{attempt}")).await;
            let everybody: Vec<Known> =
                silent.iter().chain(&missed).map(|person| person.known.clone()).collect();
            let members: Vec<Known> = missed.iter().map(|person| person.known.clone()).collect();
            let group = speaker.client.make_group("stream", &members).await.expect("a group");
            for person in silent.iter_mut().chain(&mut missed) {
                // Friends are told who comes and goes.
                speaker.client.befriend(&person.known).await.expect("a request for friendship");
                person.client.befriend(&speaker.known).await.expect("an answer to it");
                person.client.line().gather(REST).await;
            }
            for person in silent.iter_mut().chain(&mut missed) {
                person.client.line().cut();
            }
            let (cut, since, memory) = (Instant::now(), watch.since_now(), watch.memory());
            let mut most = 0;
            for number in 0..SAID {
                speaker.client.say(&group.room, &text(number, "")).await.expect("it can be said");
                most = most.max(watch.memory().saturating_sub(memory));
            }
            while watch.number(SESSIONS).await > sessions {
                assert!(cut.elapsed() <= NOTICED, "they are still signed in");
                // Who listens answers what it is asked.
                speaker.client.line().gather(REST).await;
                most = most.max(watch.memory().saturating_sub(memory));
            }
            let noticed = cut.elapsed();
            watch.has_spared(
                &since,
                "those who vanish",
                BUSY * u32::try_from(scale()).expect("a small scale"),
            );
            let crowd = everybody.len();
            eprintln!("{crowd} vanished, and that was noticed after {noticed:.1?}; at most {most} KiB more");
            assert!(most <= crowd * COST + SHARED, "{most} KiB for {crowd} of them");
            // Who only asks for what is new is never shown as being there.
            let listeners = silent.iter().chain(&missed).filter(|person| !person.client.polls());
            let mut there = listeners.map(|person| person.known.id).collect();
            let told = timeout(NOTICED, sees_go(&mut *speaker.client, &mut there)).await;
            assert!(told.is_ok(), "nobody is told that {there:?} of {everybody:?} are gone");
            for person in &mut missed {
                returns(&town, person, &speaker.known).await;
            }
            speaker.leaves().await;
        })
        .await;
    bystanders.leave().await;
    town.close().await;
}

/// Some of each flavour.
async fn crowd(town: &mut Town, role: &str) -> Vec<Person> {
    let mut all = Vec::new();
    for number in 0..scale() {
        all.extend(town.welcome_all(&format!("{role}{number}")).await);
    }
    all
}

/// Waits until all of these are said to be away.
async fn sees_go(client: &mut dyn Client, there: &mut BTreeSet<u64>) {
    while !there.is_empty() {
        let presence =
            client.line().find(|frame| frame["event"] == "presence").await.expect("presence is told");
        let who = presence["who"].as_u64().expect("a number");
        match presence["online"].as_bool() {
            Some(true) => there.insert(who),
            _ => there.remove(&who),
        };
    }
}

/// Somebody comes back, and hears everything, once and in order.
async fn returns(town: &Town, person: &mut Person, speaker: &Known) {
    let name = person.flavour.name;
    let mut stream = Stream::of(speaker.clone(), name);
    town.connect(person).await;
    person.signs_in().await.unwrap_or_else(|wrong| panic!("{name} cannot sign in again: {wrong}"));
    while stream.heard() < SAID {
        let said = person.client.hear().await.unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        stream.note(&said);
    }
    person.leaves().await;
}
