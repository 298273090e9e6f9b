//! Thousands that connect and say nothing: they cost little, they are sent away in time, and by default one address cannot have them.

use super::by_hand::PATIENCE;
use super::bystanders::Bystanders;
use super::machine::{Watch, open_files};
use super::{scale, town, turn, turn_alone};
use koine_testkit::Server;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

/// How many there are.
const CROWD: usize = 5_000;
/// What one of them may cost the server, in KiB, on average over the ports: most are read from by an HTTP library, which has a buffer
/// of 8 KiB for each; the rest is the state of a connection before anybody speaks, and what the allocator adds.
const COST: usize = 16;
/// For how long one of them may keep a processor busy, coming and going.
const BUSY: Duration = Duration::from_micros(500);
/// How long a connection may stand on which nothing is said, in seconds, where there are so many: the first are there still when the last has come,
/// also on a machine that needs ten times as long for it as a quiet one.
const SILENCE: u64 = 6;

#[tokio::test]
async fn thousands_who_say_nothing_cost_little_and_are_sent_away() {
    let _turn = turn_alone().await;
    let times = scale().min(3);
    let crowd = CROWD * times;
    open_files(crowd + 1000);
    let allowed = SILENCE * u64::try_from(times).expect("a small number");
    let silence = allowed.to_string();
    let limits = [
        ("connections_per_address", "20000"),
        ("connections", "20000"),
        ("login_seconds", silence.as_str()),
        ("handshake_seconds", silence.as_str()),
    ];
    let mut town = town(koine_e2e::recipe().with_tls(), &limits).await;
    let bystanders = Bystanders::of(&mut town).await;
    let watch = Watch::of(&mut town);
    let server = town.server();
    let mut ports: Vec<SocketAddr> =
        server.dialects().iter().map(|dialect| server.address(dialect.name())).collect();
    ports.push(server.address("http"));
    ports.extend(["http", "technotrack"].iter().filter_map(|what| Some(server.secured(what)?.1)));
    bystanders
        .are_undisturbed("thousands who say nothing", async || {
            let (sockets, memory, since) = (watch.sockets(), watch.memory(), watch.since_now());
            let begun = Instant::now();
            let mut all = Vec::with_capacity(crowd);
            for port in ports.iter().cycle().take(crowd) {
                all.push(TcpStream::connect(port).await.expect("a connection"));
            }
            let connected = begun.elapsed();
            while watch.sockets() < sockets + crowd {
                assert!(begun.elapsed() < PATIENCE, "{} of {crowd} were let in", watch.sockets() - sockets);
                sleep(Duration::from_millis(10)).await;
            }
            let cost = watch.memory().saturating_sub(memory);
            eprintln!("{crowd} connected within {connected:.1?} and cost {cost} KiB");
            assert!(cost <= crowd * COST, "{cost} KiB");
            for one in &mut all {
                let mut said = Vec::new();
                // A reset is an end, too.
                let _ = timeout(PATIENCE, one.read_to_end(&mut said))
                    .await
                    .expect("the server ends the connection");
            }
            assert!(
                begun.elapsed() >= Duration::from_secs(allowed) - Duration::from_secs(1),
                "{:?}",
                begun.elapsed()
            );
            eprintln!("the last was sent away after {:.1?}", begun.elapsed());
            watch.settles(sockets).await;
            watch.has_spared(
                &since,
                "thousands who say nothing",
                BUSY * u32::try_from(crowd).expect("a crowd"),
            );
        })
        .await;
    bystanders.leave().await;
    town.close().await;
}

#[tokio::test]
async fn by_default_one_address_has_a_thousand_connections() {
    const MOST: usize = 1_000;
    let _turn = turn().await;
    open_files(MOST + 1000);
    let mut town = town(koine_e2e::recipe(), &[]).await;
    let watch = Watch::of(&mut town);
    let address = town.server().address("technotrack");
    let mut all = Vec::new();
    for _ in 0..MOST {
        let mut one = TcpStream::connect(address).await.expect("a connection");
        assert!(is_greeted(&mut one).await, "{} were let in", all.len());
        all.push(one);
    }
    for _ in 0..10 {
        let mut further = TcpStream::connect(address).await.expect("a connection");
        assert!(!is_greeted(&mut further).await, "one more was let in");
    }
    assert_eq!(watch.number("koine_limits_total{limit=\"connections_per_address\"}").await, 10.0);
    // Elsewhere nobody notices.
    let elsewhere = TcpSocket::new_v4().expect("a socket");
    elsewhere.bind("127.0.0.2:0".parse().expect("an address")).expect("an address of this machine");
    let mut other = elsewhere.connect(address).await.expect("a connection");
    assert!(is_greeted(&mut other).await);
    // Who goes makes room.
    all.truncate(MOST - 1);
    let begun = Instant::now();
    while !is_greeted(&mut TcpStream::connect(address).await.expect("a connection")).await {
        assert!(begun.elapsed() < PATIENCE, "no room is made");
    }
    town.close().await;
}

/// Whether the server bids whoever comes welcome, and does not say that there is no room.
async fn is_greeted(stream: &mut TcpStream) -> bool {
    let mut said = [0; 256];
    let read = timeout(PATIENCE, stream.read(&mut said)).await.expect("a word or an end");
    let said = String::from_utf8_lossy(&said[..read.unwrap_or(0)]).into_owned();
    assert!(said.is_empty() || said.contains("welcome") != said.contains("too many connections"), "{said}");
    said.contains("welcome")
}
