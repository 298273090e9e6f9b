//! Those who send a byte now and then, wherever bytes can be sent: each is ended by the limit of time that stands there.

use super::by_hand::{client_hello, dribble, frame, handshake, read_until, shake_hands};
use super::bystanders::Bystanders;
use super::machine::Watch;
use super::{scale, town, turn};
use futures_util::future::{LocalBoxFuture, join_all};
use koine_testkit::tls::Pipe;
use koine_testkit::{Process, Server};
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

/// How many there are of each kind.
const EACH: usize = 10;
/// How long each waits between two bytes. The limits are short as well.
const PACE: Duration = Duration::from_millis(150);
/// The limits, in seconds, from which the times below follow.
const LIMITS: [(&str, &str); 3] =
    [("handshake_seconds", "2"), ("login_seconds", "3"), ("frame_seconds", "2")];
/// The sooner of them, less what the beat of a second costs.
const SOONEST: Duration = Duration::from_millis(900);
/// All of them one after the other, and what a busy machine adds.
const LATEST: Duration = Duration::from_secs(10);

/// What somebody does who dribbles; tells after how long that was ended.
type Kind = (&'static str, fn(&Process, usize) -> LocalBoxFuture<'_, Duration>);

const KINDS: [Kind; 10] = [
    ("the head of an HTTP request", |server, _| {
        Box::pin(async {
            by_bytes(server, "http", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Y: ").await
        })
    }),
    ("the body of an HTTP request", |server, _| {
        Box::pin(async {
            let mut pipe = Pipe::open(server.address("http")).await;
            let head = "POST /recover/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n";
            pipe.write_all(head.as_bytes()).await.expect("a server that reads");
            dribble(pipe, b"", PACE).await
        })
    }),
    ("a WebSocket's handshake", |server, _| {
        Box::pin(async {
            by_bytes(server, "minioicq", handshake("/").replace("Host", "X-Y: z\r\nHost").as_bytes()).await
        })
    }),
    ("a frame, by a stranger", |server, _| {
        Box::pin(async {
            let mut pipe = Pipe::open(server.address("minioicq")).await;
            shake_hands(&mut pipe).await;
            dribble(pipe, &frame(&"x".repeat(1000)), PACE).await
        })
    }),
    ("a frame, by somebody", |server, number| {
        Box::pin(async move {
            let mut pipe = Pipe::open(server.address("native")).await;
            shake_hands(&mut pipe).await;
            let name = format!("dribbler_{number}");
            let register = json!({"id": 1, "do": "register", "handle": name, "nick": name, "password": "secret", "device": "x"});
            pipe.write_all(&frame(&register.to_string())).await.expect("a server that reads");
            read_until(&mut pipe, b"\"session\":").await;
            dribble(pipe, &frame(&"x".repeat(1000)), PACE).await
        })
    }),
    ("an object, by a stranger", |server, _| {
        Box::pin(async {
            by_bytes(server, "technotrack", b"{\"action\": \"auth\", \"data\": {\"login\": \"").await
        })
    }),
    ("an object, by somebody", |server, number| {
        Box::pin(async move {
            let mut pipe = Pipe::open(server.address("technotrack")).await;
            let data = json!({"login": format!("drib_{number}"), "pass": "secret", "nick": format!("drib_{number}")});
            let register = json!({"action": "register", "data": data}).to_string();
            pipe.write_all(register.as_bytes()).await.expect("a server that reads");
            read_until(&mut pipe, b"\"auth\"").await;
            dribble(pipe, b"{\"action\": \"contactlist\", \"data\": {\"filler\": \"", PACE).await
        })
    }),
    ("where HTTP and objects are told apart by the first bytes", |server, _| {
        Box::pin(async {
            by_bytes(server, "type-payload", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Y: ").await
        })
    }),
    ("the beginning of TLS", |server, _| {
        Box::pin(async {
            let (_, address) = server.secured("technotrack").expect("TLS");
            dribble(Pipe::open(address).await, &client_hello(), PACE).await
        })
    }),
    ("the head of an HTTP request, inside TLS", |server, _| {
        Box::pin(async {
            let (authority, address) = server.secured("http").expect("TLS");
            let pipe = authority.connect(address).await;
            dribble(pipe, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Y: ", PACE).await
        })
    }),
];

async fn by_bytes(server: &Process, what: &str, bytes: &[u8]) -> Duration {
    dribble(Pipe::open(server.address(what)).await, bytes, PACE).await
}

#[tokio::test]
async fn who_sends_a_byte_now_and_then_is_ended_by_the_limit_of_time() {
    let _turn = turn().await;
    let mut town = town(koine_e2e::recipe().with_tls(), &LIMITS).await;
    let bystanders = Bystanders::of(&mut town).await;
    let watch = Watch::of(&mut town);
    let mut number = 0;
    bystanders
        .are_undisturbed("those who send a byte now and then", async || {
            let sockets = watch.sockets();
            let memory = watch.memory();
            let all = KINDS.iter().flat_map(|kind| std::iter::repeat_n(kind, EACH * scale()));
            let all: Vec<_> = all
                .map(|(_, begin)| {
                    number += 1;
                    begin(town.server(), number)
                })
                .collect();
            let crowd = all.len();
            let ended = join_all(all).await;
            for ((name, _), ended) in KINDS.iter().zip(ended.chunks(EACH * scale())) {
                let (first, last) = (ended.iter().min().expect("some"), ended.iter().max().expect("some"));
                eprintln!("  {name}: ended after {first:.1?} to {last:.1?}");
                assert!(*first >= SOONEST && *last <= LATEST, "{name}: {ended:.1?}");
            }
            watch.settles(sockets).await;
            // The states of TLS are the largest; rustls reads into buffers of its own.
            let cost = watch.memory().saturating_sub(memory);
            eprintln!("{crowd} cost {cost} KiB");
            assert!(cost <= crowd * 64, "{crowd} cost {cost} KiB");
        })
        .await;
    bystanders.leave().await;
    town.close().await;
}

/// What could be the beginning of either carriage is waited for, and not looked at again and again.
#[tokio::test]
async fn who_stops_amid_the_first_bytes_costs_no_processor_time() {
    const CROWD: usize = 900;
    let _turn = turn().await;
    let mut town = town(koine_e2e::recipe(), &[]).await;
    let watch = Watch::of(&mut town);
    let address = town.server().address("type-payload");
    let mut all = Vec::new();
    for _ in 0..CROWD {
        let mut one = TcpStream::connect(address).await.expect("a connection");
        one.write_all(b"GE").await.expect("a server that reads");
        all.push(one);
    }
    sleep(Duration::from_millis(300)).await;
    let busy = watch.busy();
    sleep(Duration::from_secs(1)).await;
    let busy = watch.busy() - busy;
    eprintln!("{CROWD} who stop amid the first bytes keep it busy for {busy:?} in a second");
    assert!(busy < Duration::from_millis(100), "{CROWD} of them kept it busy for {busy:?} in a second");
    // Whoever goes on after all is answered.
    let mut one = Pipe::from(all.pop().expect("one"));
    let rest = handshake("/");
    one.write_all(&rest.as_bytes()[2..]).await.expect("a server that reads");
    read_until(&mut one, b"\r\n\r\n").await;
    drop(all);
    town.close().await;
}
