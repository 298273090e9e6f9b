//! How many there may be at once, and how fast they may go.

use super::{PATIENCE, limited};
use koine_e2e::fetch::fetch;
use koine_e2e::heard::next;
use koine_e2e::numbers::Numbers;
use koine_e2e::people::*;
use koine_testkit::peer::Peer;
use koine_testkit::transcripts::Stage;
use koine_testkit::value::Encoding;
use koine_testkit::{Process, Server};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The paces of those who have signed in.
const PACES: [&str; 3] = ["requests_per_second", "account_requests_per_second", "posts_per_second"];

/// A server with such a pace and burst, where somebody has asked twice as often as that, and all of it was answered. No other pace was met.
async fn hurried(limit: &str, burst: &str, action: &str) -> (Stage<Process>, Numbers) {
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &[(limit, "4"), (burst, "4")]).await;
    stage.must(&registers_by_technotrack("ann")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    assert_eq!(numbers.met(limit).await, 0.0, "{limit}");
    let request = json!({"action": action, "data": {"uid": "ann", "body": "hello"}});
    for _ in 0..8 {
        stage.peer("bob").send(&request).await;
    }
    for _ in 0..8 {
        while next(stage.peer("bob")).await["action"] != action {}
    }
    for other in PACES.into_iter().filter(|other| *other != limit) {
        assert_eq!(numbers.met(other).await, 0.0, "{other} is counted for {limit}");
    }
    (stage, numbers)
}

#[tokio::test]
async fn requests_and_messages_come_so_fast() {
    let (stage, numbers) = hurried("requests_per_second", "request_burst", "contactlist").await;
    numbers.is_met_at_least("requests_per_second", 1).await;
    stage.clear().stop().await;
    let (stage, numbers) =
        hurried("account_requests_per_second", "account_request_burst", "contactlist").await;
    numbers.is_met_at_least("account_requests_per_second", 1).await;
    stage.clear().stop().await;
    let (stage, numbers) = hurried("posts_per_second", "post_burst", "message").await;
    numbers.is_met_at_least("posts_per_second", 1).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn each_pace_is_counted_under_its_own_name() {
    let limits = [("http_requests_per_second", "1"), ("http_request_burst", "2")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    let http = stage.server().address("http");
    let mut refused = 0;
    for _ in 0..5 {
        let answer = fetch(http, "/").await;
        if answer.status == 429 {
            assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
            refused += 1;
        }
    }
    assert!(refused > 0, "nobody is told to wait");
    numbers.is_met("http_requests_per_second", refused).await;
    for pace in PACES {
        assert_eq!(numbers.met(pace).await, 0.0, "{pace}");
    }
    stage.clear().stop().await;
}

#[tokio::test]
async fn large_frames_of_strangers_are_few() {
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &[("stranger_large_frames", "1")]).await;
    let address = stage.server().address("mode-token");
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("a server that reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, stream.read_u8()).await.expect("in time").expect("a handshake"));
        }
        // A frame of 200,000 bytes, most of it.
        let frame =
            [b"\x81\xff\x00\x00\x00\x00\x00\x03\x0d\x40\x00\x00\x00\x00".as_slice(), &[b' '; 150_000]]
                .concat();
        stream.write_all(&frame).await.expect("a server that reads");
        held.push(stream);
    }
    // Who waits for a place asks for it once a second.
    numbers.is_met_at_least("stranger_large_frames", 1).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn connections_go_up_and_down_and_have_an_end() {
    for limit in ["connections", "connections_per_address"] {
        let (mut stage, numbers) = limited(koine_e2e::recipe(), &[(limit, "4")]).await;
        let [held, most] = ["koine_connections_held ", "koine_connections_of_one_address "];
        assert_eq!((numbers.sum(held).await, numbers.sum(most).await), (0.0, 0.0));
        stage.must(&registers_by_technotrack("ann")).await;
        stage.must(&registers_by_minioicq("bob", "json")).await;
        let _plain = TcpStream::connect(stage.server().address("http")).await.expect("a connection");
        numbers.until(held, |inside| inside == 3.0).await;
        assert_eq!(numbers.sum(most).await, 3.0);
        for (series, expected) in [
            ("koine_connections{dialect=\"technotrack\",carriage=\"tcp\"} ", 1.0),
            ("koine_connections{dialect=\"minioicq\",carriage=\"websocket\"} ", 1.0),
            ("koine_connections{", 2.0),
            ("koine_sessions{", 2.0),
            ("koine_connections_accepted_total{listener=\"http\"} ", 1.0),
            ("koine_connections_accepted_total{", 3.0),
        ] {
            assert_eq!(numbers.sum(series).await, expected, "{series}");
        }
        // What was written is in the log of the database, by its size and by its pages.
        for series in ["koine_store_wal_bytes ", "koine_store_wal_pages "] {
            assert!(numbers.sum(series).await > 0.0, "{series}");
        }
        let further = Peer::websocket(stage.server().address("native"), "/", Encoding::Json).await;
        let mut refused = TcpStream::connect(stage.server().address("ourchat")).await.expect("a connection");
        let mut told = Vec::new();
        let end = timeout(PATIENCE, refused.read_to_end(&mut told)).await.expect("it is closed");
        assert!(end.is_ok() && told.starts_with(b"HTTP/1.1 503 "), "{:?}", String::from_utf8_lossy(&told));
        if limit == "connections" {
            numbers.is_met("connections", 1).await;
        } else {
            numbers.is_met("connections_per_address", 1).await;
        }
        numbers.until(held, |inside| inside == 4.0).await;
        drop((further, stage.leave("ann")));
        numbers.until(held, |inside| inside == 2.0).await;
        numbers.until("koine_connections{", |open| open == 1.0).await;
        numbers.until("koine_sessions{", |signed_in| signed_in == 1.0).await;
        assert_eq!(numbers.sum(most).await, 2.0);
        stage.clear().stop().await;
    }
}
