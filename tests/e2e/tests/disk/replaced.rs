//! Somebody whose place another connection takes while the disk is slow: what was accepted of them is done, and where as much waits for them as
//! may, they are told nothing out of order.

use crate::house::House;
use koine_e2e::faults::Fault;
use koine_e2e::heard::next;
use koine_testkit::Server;
use koine_testkit::peer::{Peer, Received};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::time::sleep;

/// How long each sync takes, in milliseconds: long enough for what is to happen meanwhile.
const SYNC: u32 = 10_000;
/// A text that is as long as one may be: its frame is a large one.
const LONG: usize = 64 << 10;
/// How many of them are said at most until as much waits as may: far more than what all buffers on the way hold.
const MOST: usize = 400;
/// How many fill it again when there is room, no more than a mailbox holds, and how many posts wait for the disk then.
const MORE: usize = 15;
const POSTS: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(60);

async fn signs_in(peer: &mut Peer, action: &str, who: &str) {
    assert_eq!(next(peer).await["action"], "welcome");
    peer.send(&json!({"action": action, "data": {"login": who, "pass": "secret", "nick": who}})).await;
    while next(peer).await["action"] != "auth" {}
}

async fn says(peer: &mut Peer, to: &str, body: &str) {
    peer.send(&json!({"action": "message", "data": {"uid": to, "body": body}})).await;
}

/// Waits until a post was answered.
async fn is_answered(peer: &mut Peer) {
    loop {
        match peer.receive(PATIENCE).await {
            Some(Received::Frame(frame)) if is_answer(&frame) => return,
            Some(Received::Frame(_)) => {}
            other => panic!("{other:?} instead of an answer"),
        }
    }
}

fn is_answer(frame: &Value) -> bool {
    frame["action"] == "message"
}

#[tokio::test]
async fn answers_behind_what_was_dropped_are_dropped_too() {
    let house = House::found().await;
    let numbers = house.numbers();
    let address = house.town.server().address("technotrack");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let mut ann = Peer::stream_over(socket.connect(address).await.expect("a connection"));
    signs_in(&mut ann, "register", "ann").await;
    let mut bob = Peer::stream(address).await;
    signs_in(&mut bob, "register", "bob").await;
    let long = "x".repeat(LONG);
    // She stops reading: as much waits as may.
    let mut said = 0;
    while numbers.met("queue_bytes").await == 0.0 {
        assert!(said < MOST, "the queue is never full");
        says(&mut bob, "ann", &long).await;
        is_answered(&mut bob).await;
        said += 1;
    }
    // One more goes to the disk alone, and others together behind it. What she says herself is not heard yet.
    house.faults.switch(Fault::SlowCommits(SYNC));
    says(&mut bob, "ann", "alone").await;
    sleep(Duration::from_millis(500)).await;
    for _ in 0..MORE {
        says(&mut bob, "ann", &long).await;
    }
    for number in 0..POSTS {
        says(&mut ann, "bob", &format!("accepted {number}")).await;
    }
    // While those are on their way to the disk she reads, until there is room again and she is heard.
    is_answered(&mut bob).await;
    numbers.until("koine_store_queue ", |waiting| waiting == 0.0).await;
    let mut read = 0;
    while numbers.sum("koine_store_queue ").await < f64::from(POSTS) {
        assert!(read < said, "she is not heard");
        assert_eq!(next(&mut ann).await["action"], "ev_message");
        read += 1;
    }
    // Then there is no room for more, and she comes by another connection.
    for _ in 0..MORE {
        is_answered(&mut bob).await;
    }
    let mut other = Peer::stream(address).await;
    signs_in(&mut other, "auth", "ann").await;
    sleep(Duration::from_millis(200)).await;
    // She reads all that there is for the first one, while her posts go to the disk.
    let mut told = read;
    loop {
        match ann.receive(PATIENCE).await {
            Some(Received::Frame(frame)) => {
                assert!(!is_answer(&frame), "an answer behind what was dropped");
                told += usize::from(frame["action"] == "ev_message");
            }
            Some(Received::Closed) => break,
            other => panic!("{other:?} instead of the end"),
        }
    }
    eprintln!("{said} and {MORE} long texts were said, and {told} told");
    assert!(told < said + 1 + MORE, "nothing was dropped");
    // What was accepted is done.
    let mut heard = 0;
    while heard < POSTS {
        let frame = next(&mut bob).await;
        heard += u32::from(frame["data"]["body"] == format!("accepted {heard}"));
    }
    house.faults.switch(Fault::None);
    house.town.close().await;
}
