//! Who finds no room is told so before the connection closes, in the words of what is spoken there.

use super::{PATIENCE, limited};
use koine_dialect::Carriage;
use koine_e2e::numbers::Numbers;
use koine_e2e::people::*;
use koine_testkit::transcripts::Stage;
use koine_testkit::{Process, Server};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// Of how many the server waits for the first words.
const WAITED_FOR: usize = 64;
/// How long whoever is answered at once may take.
const SHORTLY: Duration = Duration::from_millis(5);

/// Ann and bob, who take all the room that there is.
async fn full(limit: &str) -> (Stage<Process>, Numbers) {
    let (mut stage, numbers) = limited(koine_e2e::recipe().with_tls(), &[(limit, "2")]).await;
    stage.must(&registers_by_technotrack("ann")).await;
    stage.must(&registers_by_minioicq("bob", "json")).await;
    (stage, numbers)
}

#[tokio::test]
async fn who_finds_no_room_is_told_so_at_every_port() {
    for limit in ["connections", "connections_per_address"] {
        let (mut stage, numbers) = full(limit).await;
        let (server, mut times) = (stage.server(), 0);
        for dialect in koine_registry::all() {
            let name = dialect.name();
            // Each has `/ws/NAME` of the HTTP port, and most have a port of their own.
            let path = format!("/ws/{name}");
            let own = dialect.carriages().contains(&Carriage::WebSocket).then_some((name, "/"));
            for (what, path) in [("http", path.as_str())].into_iter().chain(own) {
                let said = ask(server.address(what), &handshake(path)).await;
                is_unavailable(&said, &format!("{limit}, {what}{path}"));
                times += 1;
            }
        }
        for request in
            ["GET / HTTP/1.1\r\nHost: koine\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: koine\r\n\r\n"]
        {
            is_unavailable(&ask(server.address("http"), request).await, request);
            times += 1;
        }
        // Whoever says nothing is answered all the same: on a bare stream at once, elsewhere after a while.
        let expected = json!({"action": "unknown", "data": {"status": 3, "error": "there are too many connections, try again later"}});
        let request = r#"{"action": "auth", "data": {"login": "ann", "pass": "secret"}}"#.to_owned();
        for said in [String::new(), request, handshake("/")] {
            assert_eq!(object(&ask(server.address("technotrack"), &said).await), expected, "{limit}, {said}");
        }
        is_unavailable(&ask(server.address("http"), "").await, limit);
        for said in ["", r#"{"type": "LOGIN_REQUEST", "timestamp": 1, "payload": {}}"#] {
            let mut answer = object(&ask(server.address("type-payload"), said).await);
            assert!(answer["timestamp"].take().is_number(), "{answer}");
            let payload = json!({"code": 7001, "reason": "there are too many connections, try again later"});
            assert_eq!(answer, json!({"type": "ERROR", "timestamp": null, "payload": payload}), "{said}");
        }
        times += 6;
        // Inside TLS words would cost a handshake.
        for what in ["http", "technotrack", "type-payload"] {
            let (_, address) = server.secured(what).expect("TLS");
            assert_eq!(ask(address, "\u{16}").await, b"", "{limit}, {what}");
            times += 1;
        }
        match limit {
            "connections" => numbers.is_met("connections", times).await,
            _ => numbers.is_met("connections_per_address", times).await,
        }
        assert_eq!(numbers.sum("koine_connections_held ").await, 2.0, "{limit}");
        // Who was there before notices nothing, and who goes makes room.
        stage.must("ann> {\"action\": \"contactlist\", \"data\": {}}\nann< {\"action\": \"contactlist\", \"...\": \"*\"}").await;
        stage.leave("ann").close().await;
        numbers.until("koine_connections_held ", |held| held == 1.0).await;
        stage.must(&returns_by_technotrack("ann")).await;
        stage.clear().stop().await;
    }
}

/// The server waits for the first words of a few. All others are answered at once, and nobody stays.
#[tokio::test]
async fn many_for_whom_there_is_no_room_wait_for_nothing() {
    let (mut stage, numbers) = full("connections_per_address").await;
    let http = stage.server().address("http");
    let mut silent = Vec::new();
    for _ in 0..WAITED_FOR * 2 {
        silent.push(TcpStream::connect(http).await.expect("a connection"));
    }
    numbers.is_met("connections_per_address", u32::try_from(silent.len()).expect("a number")).await;
    let mut at_once = 0;
    for stream in &silent {
        at_once += usize::from(timeout(SHORTLY, stream.peek(&mut [0])).await.is_ok());
    }
    assert!(at_once >= WAITED_FOR, "{at_once} were answered at once");
    let begun = Instant::now();
    for stream in &mut silent {
        is_unavailable(&rest(stream).await, "a silent one");
    }
    assert!(begun.elapsed() < PATIENCE, "they took {:?}", begun.elapsed());
    assert_eq!(numbers.sum("koine_connections_held ").await, 2.0);
    stage.must("ann> {\"action\": \"contactlist\", \"data\": {}}\nann< {\"action\": \"contactlist\", \"...\": \"*\"}").await;
    stage.clear().stop().await;
}

/// Says something as soon as the connection stands, and gives all that is answered.
async fn ask(address: SocketAddr, said: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // It may be closed before that is read.
    let _ = stream.write_all(said.as_bytes()).await;
    rest(&mut stream).await
}

/// Everything up to the end. A reset is one.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the server ends the connection");
    said
}

fn handshake(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

fn is_unavailable(said: &[u8], what: &str) {
    let said = String::from_utf8_lossy(said);
    let (head, body) = said.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{what}: {said:?}"));
    assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\n"), "{what}: {said}");
    assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{what}: {said}");
    assert_eq!(body, "There are too many connections: try again later.\n", "{what}");
}

fn object(said: &[u8]) -> Value {
    serde_json::from_slice(said)
        .unwrap_or_else(|_| panic!("{:?} is no object", String::from_utf8_lossy(said)))
}
