//! A connection that breaks in the middle of a stream of messages, again and again, on every flavour of every dialect:
//! what is heard over all connections is complete, in order, and what comes again is the same.

use futures_util::future::join_all;
use koine_e2e::matrix::{Entry, Known, Person, Town, flavours};
use koine_e2e::stream::{Stream, text};
use koine_testkit::chance::{Chance, seed};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How many messages the stream has.
const STREAM: usize = 400;
/// How often each connection must have been broken for the test to mean anything.
const CUTS: usize = 5;
/// How long everything may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// After so long, nothing is left that the kernel had taken before the cable was cut.
const REST: Duration = Duration::from_millis(30);

#[tokio::test]
async fn what_is_heard_over_broken_connections_is_whole() {
    let seed = seed("KOINE_RECONNECT_SEED");
    eprintln!("KOINE_RECONNECT_SEED={seed} repeats the cuts, though not how the processes are scheduled");
    let mut chance = Chance::of(seed);
    let mut town = Town::found().await;
    let mut people = town.welcome_all("listener").await;
    let own = flavours().into_iter().find(|flavour| flavour.name == "native").expect("native");
    let mut speaker = town.welcome(own, "speaker".to_owned()).await;
    let members: Vec<Known> = people.iter().map(|person| person.known.clone()).collect();
    let stream = speaker.client.make_group("stream", &members).await.expect("a group");
    let listeners: Vec<_> =
        people.iter_mut().map(|person| Listener::new(person, &speaker.known, chance.fork())).collect();
    let town = &town;
    let listening = join_all(listeners.into_iter().map(|listener| listener.hear_the_stream(town)));
    let talking = talk(&mut speaker, &stream.room, chance.fork());
    let together = async { futures_util::future::join(talking, listening).await.1 };
    let cuts = timeout(PATIENCE, together).await.expect("everything is heard in time");
    for (person, cuts) in people.iter().zip(cuts) {
        eprintln!("{}: {cuts} cuts", person.flavour.name);
        assert!(cuts >= CUTS, "{} was cut {cuts} times only", person.flavour.name);
    }
}

/// Says everything, in bursts.
async fn talk(speaker: &mut Person, room: &str, mut chance: Chance) {
    let mut said = 0;
    while said < STREAM {
        let burst = (1 + chance.below(20)).min(STREAM - said);
        for number in said..said + burst {
            speaker.client.say(room, &text(number, "")).await.expect("it can be said");
        }
        said += burst;
        sleep(Duration::from_millis(u64::try_from(chance.below(240)).expect("a short time"))).await;
    }
}

/// Somebody whose connection breaks.
struct Listener<'a> {
    person: &'a mut Person,
    chance: Chance,
    cuts: usize,
    stream: Stream,
}

impl<'a> Listener<'a> {
    fn new(person: &'a mut Person, speaker: &Known, chance: Chance) -> Self {
        let stream = Stream::of(speaker.clone(), person.flavour.name);
        Self { person, chance, cuts: 0, stream }
    }

    /// Listens until all was heard; tells how often the connection broke.
    async fn hear_the_stream(mut self, town: &Town) -> usize {
        while self.stream.heard() < STREAM {
            let until = self.stream.heard() + 1 + self.chance.below(30);
            while self.stream.heard() < until.min(STREAM) {
                let said = self.person.client.hear().await;
                let said = said.unwrap_or_else(|wrong| panic!("{}: {wrong}", self.person.flavour.name));
                self.stream.note(&said);
            }
            if self.stream.heard() < STREAM {
                self.break_off().await;
                self.return_to(town).await;
            }
        }
        self.person.leaves().await;
        self.cuts
    }

    /// Breaks the connection off. What this machine has taken by then was heard.
    async fn break_off(&mut self) {
        let line = self.person.client.line();
        if !self.person.flavour.websocket {
            // What the kernel has taken counts as arrived in protocols without acknowledgements, so it is read.
            line.cut();
            line.gather(REST).await;
        }
        line.vanish();
        while let Ok(said) = self.person.client.hear().await {
            self.stream.note(&said);
        }
        self.cuts += 1;
        self.stream.begin_again();
        sleep(Duration::from_millis(u64::try_from(self.chance.below(60)).expect("a short time"))).await;
    }

    /// Connects and signs in. Where somebody can be signed in once only, the server must have noticed first.
    async fn return_to(&mut self, town: &Town) {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            town.connect(self.person).await;
            match self.person.client.sign_in().await {
                Ok(Entry::In) => return,
                other => assert!(Instant::now() < deadline, "{}: {other:?}", self.person.flavour.name),
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}
