//! Those who are signed in and stop reading: they are given up, they cost a bounded amount of memory, and what was said to them is
//! told on their next connection.

use super::by_hand::PATIENCE;
use super::bystanders::Bystanders;
use super::machine::Watch;
use super::{scale, town, turn_alone};
use koine_e2e::matrix::{Flavour, Known, Person, Town, flavours};
use koine_e2e::stream::{Stream, text};
use koine_testkit::Server;
use koine_testkit::peer::Peer;
use koine_testkit::tls::Pipe;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

/// How many messages are said, and how long they are: together more than what all buffers on the way hold.
const SAID: usize = 100;
const LONG: usize = 40_000;
/// What may wait for one of them in the server, in KiB: `queue_bytes`, one message that did not fit any more, and a batch of them that
/// was just read from the store.
const COST: usize = 1_000;
/// What all of them together share, in KiB: messages that are on their way to others, and what the allocator keeps of that.
const SHARED: usize = 14_000;
/// For how long one message to one of them may keep a processor busy.
const BUSY: Duration = Duration::from_millis(3);
/// For how long all of them may, until they are given up.
const WAITING: Duration = Duration::from_millis(150);
/// For how long all that is asked for and not read may.
const ASKED: Duration = Duration::from_secs(1);
/// How many pictures are asked for and not read.
const DOWNLOADS: usize = 20;

const LIMITS: [(&str, &str); 2] = [("write_stall_seconds", "1"), ("queue_bytes", "65536")];

#[tokio::test]
async fn who_stops_reading_is_given_up_and_loses_nothing() {
    let _turn = turn_alone().await;
    let mut town = town(koine_e2e::recipe(), &LIMITS).await;
    let bystanders = Bystanders::of(&mut town).await;
    let watch = Watch::of(&mut town);
    let mut attempt = 0;
    bystanders.are_undisturbed("those who stop reading", async || {
        attempt += 1;
        let flavours = flavours();
        let native = *flavours.iter().find(|flavour| flavour.name == "native").expect("native");
        let mut speaker = town.welcome(native, format!("speaker_{attempt}")).await;
        let mut zombies = Vec::new();
        // Who asks for what is new is told nothing that it could leave unread: that is another scene.
        for flavour in flavours.into_iter().filter(|flavour| flavour.dialect != "mode-token") {
            for number in 0..scale() {
                let handle = format!("z{attempt}{number}_{}", flavour.name.replace([' ', '-'], "_"));
                zombies.push(Zombie::rise(&mut town, flavour, handle, &speaker.known).await);
            }
        }
        let members: Vec<Known> = zombies.iter().map(|zombie| zombie.person.known.clone()).collect();
        let group = speaker.client.make_group("stream", &members).await.expect("a group");
        let given_up = watch.number(GIVEN_UP).await;
        let (memory, since) = (watch.memory(), watch.since_now());
        let padding = "x".repeat(LONG);
        let mut most = 0;
        for number in 0..SAID {
            speaker.client.say(&group.room, &text(number, &padding)).await.expect("it can be said");
            most = most.max(watch.memory().saturating_sub(memory));
        }
        // What is said costs something; waiting for those who read none of it does not.
        let many = u32::try_from(SAID * zombies.len()).expect("a number");
        watch.has_spared(&since, "what is said to those who stop reading", BUSY * many);
        let since = watch.since_now();
        let crowd = f64::from(u32::try_from(zombies.len()).expect("a number"));
        let took = watch.until(GIVEN_UP, |number| number >= given_up + crowd).await;
        eprintln!("{crowd} stopped reading and were given up {took:.1?} after the last message; at most {most} KiB more");
        assert!(most <= zombies.len() * COST + SHARED, "{most} KiB for {} of them", zombies.len());
        watch.has_spared(&since, "those who stop reading", WAITING * u32::try_from(scale()).expect("a small scale"));
        for zombie in &mut zombies {
            zombie.return_to(&town).await;
        }
        speaker.leaves().await;
    })
    .await;
    bystanders.leave().await;
    town.close().await;
}

/// The metric that counts them.
const GIVEN_UP: &str = "koine_connections_given_up_total{reason=\"not_reading\"}";

/// Somebody who does not read any more.
struct Zombie {
    person: Person,
    stream: Stream,
}

impl Zombie {
    /// Registers, signs in on a connection that takes little in, and from then on reads nothing.
    async fn rise(town: &mut Town, flavour: Flavour, handle: String, speaker: &Known) -> Self {
        let stream = Stream::of(speaker.clone(), handle.clone());
        let mut person = town.welcome(flavour, handle).await;
        person.leaves().await;
        let pipe = Pipe::from(narrow(town.server().address(flavour.dialect)).await);
        let peer = match flavour.websocket {
            true => Peer::websocket_over(pipe, "/", flavour.encoding).await,
            false => Peer::stream_over(pipe),
        };
        person.client.line().open(peer);
        person.signs_in().await.expect("somebody who can sign in");
        Self { person, stream }
    }

    /// Reads what its machine has taken, where nothing else says that it has not arrived; then signs in again, and hears all the rest.
    async fn return_to(&mut self, town: &Town) {
        let name = self.person.flavour.name;
        if !self.person.flavour.websocket {
            while let Ok(said) = self.person.client.hear().await {
                self.stream.note(&said);
            }
        }
        let before = self.stream.heard();
        assert!(before < SAID, "{name}: the buffers held everything");
        self.stream.begin_again();
        town.connect(&mut self.person).await;
        self.person.signs_in().await.expect("somebody who can sign in again");
        let mut first = None;
        while self.stream.heard() < SAID {
            let said = self.person.client.hear().await.unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
            let number = self.stream.note(&said);
            first.get_or_insert(number);
        }
        eprintln!("  {name}: {before} were read after all, and the next connection began with {first:?}");
        self.person.leaves().await;
    }
}

/// Who asks for much, in a protocol that only answers, and reads nothing of it.
#[tokio::test]
async fn who_asks_for_much_and_reads_nothing_is_given_up() {
    let _turn = turn_alone().await;
    let mut town = town(koine_e2e::recipe(), &LIMITS).await;
    let bystanders = Bystanders::of(&mut town).await;
    let watch = Watch::of(&mut town);
    let find = |name| flavours().into_iter().find(|flavour| flavour.name == name).expect("a flavour");
    let mut speaker = town.welcome(find("mode-token"), "speaker".to_owned()).await;
    let listener = town.welcome(find("minioicq json"), "listener".to_owned()).await;
    let room = speaker.room_with(&listener.known).await.expect("a room");
    for number in 0..20 {
        speaker.client.say(&room, &text(number, &"x".repeat(LONG))).await.expect("it can be said");
    }
    let addresses = [town.server().address("mode-token"), town.server().address("http")];
    bystanders
        .are_undisturbed("those who ask for much and read nothing", async || {
            let (sockets, memory, given_up) = (watch.sockets(), watch.memory(), watch.number(GIVEN_UP).await);
            let since = watch.since_now();
            let mut deaf = greedy(addresses[0], &room).await;
            let mut downloads = Vec::new();
            for _ in 0..DOWNLOADS {
                let mut download = narrow(addresses[1]).await;
                // Again and again on one connection, since a page is smaller than what the buffers hold.
                let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(500);
                let _ = timeout(Duration::from_millis(20), download.write_all(request.as_bytes())).await;
                downloads.push(download);
            }
            watch.until(GIVEN_UP, |number| number > given_up).await;
            let cost = watch.memory().saturating_sub(memory);
            eprintln!("one who asks and {DOWNLOADS} who fetch cost {cost} KiB");
            assert!(cost <= COST + DOWNLOADS * 512 + SHARED, "{cost} KiB");
            // The one is gone, as are the others.
            let begun = Instant::now();
            while deaf.receive(PATIENCE).await != Some(koine_testkit::peer::Received::Closed) {
                assert!(begun.elapsed() < PATIENCE, "it is not given up");
            }
            watch.settles(sockets).await;
            watch.has_spared(&since, "those who ask for much and read nothing", ASKED);
        })
        .await;
    speaker.leaves().await;
    bystanders.leave().await;
    town.close().await;
}

/// Somebody who asks for everything forty times over, on a connection that takes little in.
async fn greedy(address: SocketAddr, room: &str) -> Peer {
    let mut peer =
        Peer::websocket_over(narrow(address).await, "/", koine_testkit::value::Encoding::Json).await;
    peer.send(&json!({"mode": "auth", "username": "speaker", "password": "secret"})).await;
    let Some(koine_testkit::peer::Received::Frame(answer)) = peer.receive(PATIENCE).await else {
        panic!("no answer")
    };
    let token: &Value = &answer["token"];
    for _ in 0..40 {
        let ask = json!({"mode": "getMessages", "token": token, "chat_id": room, "min_message_id": 0});
        peer.send(&ask).await;
    }
    peer
}

/// A connection that takes little in.
async fn narrow(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    socket.connect(address).await.expect("a connection")
}
