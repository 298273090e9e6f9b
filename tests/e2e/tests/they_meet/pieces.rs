//! What comes between the pieces of a message, and behind the last of them.

use super::limits::{closes, people, websocket_by_hand};
use koine_e2e::heard::next;
use koine_testkit::Server;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(20);
/// Time enough for whatever need not wait.
const SHORTLY: Duration = Duration::from_millis(700);
/// A ping, masked with zeros, and its answer.
const PING: &[u8] = b"\x89\x80\x00\x00\x00\x00";
const PONG: &[u8] = b"\x8a\x00";

/// A piece of a text message that is not its last one, masked with zeros.
fn piece(text: &[u8]) -> Vec<u8> {
    // A length is written as short as it can be; those between are not needed here.
    let length = match u8::try_from(text.len()) {
        Ok(length @ 0..126) => vec![0x80 | length],
        _ => [&[0x80 | 127][..], &u64::try_from(text.len()).expect("a length").to_be_bytes()].concat(),
    };
    [b"\x01".as_slice(), &length, &[0; 4], text].concat()
}

/// A whole text message, masked with zeros.
fn message(text: &str) -> Vec<u8> {
    let mut frame = piece(text.as_bytes());
    frame[0] = 0x81;
    frame
}

async fn is_ponged(stream: &mut TcpStream) {
    stream.write_all(PING).await.expect("a server that reads");
    let mut pong = [0; PONG.len()];
    timeout(PATIENCE, stream.read_exact(&mut pong)).await.expect("in time").expect("an answer");
    assert_eq!(pong, PONG);
}

#[tokio::test]
async fn a_ping_amid_the_pieces_does_not_give_the_room_of_a_large_message_away() {
    let mut stage = people(&[("KOINE_LIMITS__STRANGER_LARGE_FRAMES", "1")]).await;
    let address = stage.server().address("mode-token");
    let mut half = websocket_by_hand(address).await;
    half.write_all(&piece(&vec![b'x'; 0x02_0000])).await.expect("a server that reads");
    is_ponged(&mut half).await;
    stage.must("large: mode-token").await;
    let large = json!({"mode": "nonsense", "filler": "x".repeat(0x03_0000)});
    stage.peer("large").send(&large).await;
    assert_eq!(stage.peer("large").receive(Duration::from_secs(2)).await, None);
    drop(half);
    assert_eq!(next(stage.peer("large")).await["mode"], "nonsense");
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_ping_amid_the_pieces_does_not_begin_the_time_of_a_message_anew() {
    let mut stage = people(&[("KOINE_LIMITS__FRAME_SECONDS", "2")]).await;
    let mut half = websocket_by_hand(stage.server().address("mode-token")).await;
    half.write_all(&piece(b"abcd")).await.expect("a server that reads");
    let begun = Instant::now();
    loop {
        sleep(Duration::from_millis(250)).await;
        assert!(begun.elapsed() < Duration::from_secs(8), "its time does not end");
        half.write_all(PING).await.expect("a server that reads");
        let mut said = [0; PONG.len()];
        timeout(PATIENCE, half.read_exact(&mut said)).await.expect("in time").expect("a word");
        if said != PONG {
            break;
        }
    }
    assert!(begun.elapsed() > Duration::from_millis(900), "{:?}", begun.elapsed());
    stage.clear().stop().await;
}

#[tokio::test]
async fn whoever_says_it_all_too_fast_and_closes_its_side_is_still_answered() {
    let limits = [("KOINE_LIMITS__REQUESTS_PER_SECOND", "10"), ("KOINE_LIMITS__REQUEST_BURST", "10")];
    let mut stage = people(&limits).await;
    let mut stream = TcpStream::connect(stage.server().address("technotrack")).await.expect("a connection");
    let login = json!({"action": "auth", "data": {"login": "bob", "pass": "secret"}}).to_string();
    let request = json!({"action": "contactlist", "data": {}}).to_string();
    let all = login + &request.repeat(30);
    stream.write_all(all.as_bytes()).await.expect("a server that reads");
    stream.shutdown().await.expect("a side that can be closed");
    let mut answered = String::new();
    let read = timeout(PATIENCE, stream.read_to_string(&mut answered)).await;
    read.expect("an end").expect("no reset");
    assert_eq!(answered.matches(r#""action":"contactlist""#).count(), 30, "{answered}");
    stage.clear().stop().await;
}

/// Room for a large message is waited for no longer than somebody may stay who has not signed in, whether or not more is to come.
#[tokio::test]
async fn a_stranger_who_waits_for_room_is_a_stranger_no_longer_than_others() {
    let limits = [("KOINE_LIMITS__STRANGER_LARGE_FRAMES", "1"), ("KOINE_LIMITS__LOGIN_SECONDS", "3")];
    let mut stage = people(&limits).await;
    let address = stage.server().address("mode-token");
    let begun = Instant::now();
    let mut waits = websocket_by_hand(address).await;
    let mut waits_and_is_done = websocket_by_hand(address).await;
    sleep(2 * SHORTLY).await;
    // It came later, and so it is there when the time of the others is over.
    let mut half = websocket_by_hand(address).await;
    half.write_all(&piece(&vec![b'x'; 0x02_0000])).await.expect("a server that reads");
    is_ponged(&mut half).await;
    let large = message(&json!({"mode": "nonsense", "filler": "x".repeat(0x02_8000)}).to_string());
    waits.write_all(&large).await.expect("a server that reads");
    waits_and_is_done.write_all(&large).await.expect("a server that reads");
    waits_and_is_done.shutdown().await.expect("a side that can be closed");
    assert_eq!(closes(&mut waits).await, Some(1008));
    assert_eq!(closes(&mut waits_and_is_done).await, Some(1008));
    assert!(begun.elapsed() >= Duration::from_millis(1900), "{:?}", begun.elapsed());
    assert_eq!(closes(&mut half).await, Some(1008));
    stage.clear().stop().await;
}
