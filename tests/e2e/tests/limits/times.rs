//! Limits of time, and of strangers who use none of it.

use super::{PATIENCE, limited, registers_by_native};
use koine_e2e::fetch::ask;
use koine_e2e::heard::next;
use koine_e2e::people::*;
use koine_testkit::Server;
use koine_testkit::peer::{Peer, Received};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// Says something, and hears what the server says until it ends the connection.
async fn says_and_waits(address: SocketAddr, words: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(words).await.expect("a server that reads");
    let mut said = Vec::new();
    // A reset is an end, too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the server ends the connection");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn handshakes_have_their_time() {
    let (mut stage, numbers) = limited(koine_e2e::recipe().with_tls(), &[("handshake_seconds", "1")]).await;
    let http = stage.server().address("http");
    let (_, secured) = stage.server().secured("technotrack").expect("TLS");
    says_and_waits(secured, b"\x16\x03\x01").await;
    numbers.is_met("handshake_seconds", 1).await;
    for address in [http, stage.server().address("minioicq")] {
        says_and_waits(address, b"GET / HTTP/1.1\r\nHo").await;
    }
    numbers.is_met("handshake_seconds", 3).await;
    // Whoever has asked before, and asks for nothing more, has met none.
    let answered = says_and_waits(http, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answered.starts_with("HTTP/1.1 200 "), "{answered}");
    assert_eq!(numbers.met("handshake_seconds").await, 3.0);
    stage.clear().stop().await;
}

#[tokio::test]
async fn signing_in_has_its_time() {
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &[("login_seconds", "2")]).await;
    let told = says_and_waits(stage.server().address("technotrack"), b"").await;
    assert!(told.contains("took too long"), "{told}");
    numbers.is_met("login_seconds", 1).await;
    // Where WebSockets are spoken on the same port it is not known what a silent one speaks.
    assert_eq!(says_and_waits(stage.server().address("type-payload"), b"").await, "");
    numbers.is_met("login_seconds", 2).await;
    assert_eq!(numbers.sum("koine_connections_given_up_total{reason=\"too_slow\"}").await, 1.0);
    stage.clear().stop().await;
}

#[tokio::test]
async fn frames_and_uploads_have_their_time() {
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &[("frame_seconds", "1")]).await;
    stage.must(&registers_by_technotrack("bob")).await;
    stage.peer("bob").send_bytes(b"{\"action\": \"contactlist\", \"da".to_vec()).await;
    let said = next(stage.peer("bob")).await;
    assert_eq!(said["data"]["error"], "the request took too long");
    assert_eq!(stage.peer("bob").receive(PATIENCE).await, Some(Received::Closed));
    numbers.is_met("frame_seconds", 1).await;
    // What has come of a large one gives it no time to go on.
    stage.must(&registers_by_technotrack("cat")).await;
    let begun = Instant::now();
    let half = [b"{\"action\": \"contactlist\", \"filler\": \"".as_slice(), &[b'x'; 1 << 20]].concat();
    stage.peer("cat").send_bytes(half).await;
    assert_eq!(next(stage.peer("cat")).await["data"]["error"], "the request took too long");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    numbers.is_met("frame_seconds", 2).await;
    // An upload that drips: it is told so, and what has come of it stays.
    let token = registers_by_native(&mut stage, "ann").await;
    let http = stage.server().address("http");
    let headers = [
        ("Authorization", format!("Bearer {token}")),
        ("Tus-Resumable", "1.0.0".to_owned()),
        ("Upload-Length", "100000".to_owned()),
    ];
    let made = ask(http, "POST", "/api/uploads", &headers, &[]).await;
    assert_eq!(made.status, 201, "{made:?}");
    let place = made.header("location").to_owned();
    let mut stream = TcpStream::connect(http).await.expect("a connection");
    let head = format!(
        "PATCH {place} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 100000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("a server that reads");
    numbers.until("koine_uploads_receiving ", |receiving| receiving == 1.0).await;
    let (mut from, mut to) = stream.into_split();
    let begun = Instant::now();
    let drips = async {
        let mut dripped = 0;
        // It may have been given up meanwhile.
        while to.write_all(b"x").await.is_ok() {
            dripped += 1;
            sleep(Duration::from_millis(100)).await;
        }
        dripped
    };
    let mut answer = Vec::new();
    let answered = async { timeout(PATIENCE, from.read_to_end(&mut answer)).await.expect("an answer") };
    let answered = tokio::select! {
        dripped = drips => panic!("nothing is answered to {dripped} bytes"),
        answered = answered => answered,
    };
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answered.is_ok() && answer.starts_with("HTTP/1.1 408 "), "{answered:?}: {answer}");
    assert!(answer.contains("nothing came for too long"), "{answer}");
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
    numbers.is_met("frame_seconds", 3).await;
    numbers.until("koine_uploads_receiving ", |receiving| receiving == 0.0).await;
    let mut looks = TcpStream::connect(http).await.expect("a connection");
    let head = format!(
        "HEAD {place} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n\r\n"
    );
    looks.write_all(head.as_bytes()).await.expect("a server that reads");
    let mut looked = String::new();
    timeout(PATIENCE, looks.read_to_string(&mut looked)).await.expect("in time").expect("an answer");
    let offset = looked.lines().find_map(|line| line.strip_prefix("upload-offset: "));
    let offset: u32 = offset.unwrap_or_else(|| panic!("{looked}")).parse().expect("a number");
    assert!((5..100).contains(&offset), "{offset}");
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_websocket_that_answers_no_ping_is_given_up() {
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &[("ping_seconds", "1")]).await;
    let address = stage.server().address("minioicq");
    // Its program reads nothing, so that its library answers nothing.
    let silent = Peer::websocket(address, "/", koine_testkit::value::Encoding::Json).await;
    numbers.is_met("ping_seconds", 1).await;
    assert_eq!(numbers.sum("koine_connections_given_up_total{reason=\"silent\"}").await, 1.0);
    drop(silent);
    stage.clear().stop().await;
}
