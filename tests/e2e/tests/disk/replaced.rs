//! Somebody whose place another connection takes while the disk is slow: what was accepted of them is done, and where as much waits for them as
//! may, they are told nothing out of order.

use crate::house::House;
use koine_e2e::faults::Fault;
use koine_e2e::heard::next;
use koine_e2e::numbers::Numbers;
use koine_testkit::Server;
use koine_testkit::peer::{Peer, Received};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpSocket;

/// A text that is as long as one may be: its frame is a large one.
const LONG: usize = 64 << 10;
/// How many of them are said at most until as much waits as may: far more than what all buffers on the way hold.
const MOST: u32 = 400;
/// How often that is tried at most until it takes as many as the time before, but for a few: the kernel takes more from time to time.
const TRIES: u32 = 20;
const ALIKE: u32 = 2;
/// How many there is room for when she is heard, and how many are said then: no more than a mailbox holds, and enough also where the kernel takes
/// some more. So many of her posts are on their way meanwhile.
const FREE: u32 = 7;
const MORE: u32 = 15;
const POSTS: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(60);
/// Who is told nothing for so long has been told all that there is.
const SILENCE: Duration = Duration::from_secs(2);

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

/// Has `bob` say `text` until as much waits for `ann` as may, and her read it, until it takes as often as the time before. Tells how often,
/// and how many times it was so far.
async fn until_as_many_wait_as_before(
    bob: &mut Peer,
    ann: &mut Peer,
    numbers: &Numbers,
    text: &str,
) -> (u32, u32) {
    let mut before = 0;
    for time in 1..=TRIES {
        let mut said = 0;
        while numbers.met("queue_bytes").await < f64::from(time) {
            assert!(said < MOST, "the queue is never full");
            says(bob, "ann", text).await;
            is_answered(bob).await;
            said += 1;
        }
        for _ in 0..said {
            assert_eq!(next(ann).await["action"], "ev_message");
        }
        if said.abs_diff(before) <= ALIKE {
            return (said, time);
        }
        before = said;
    }
    panic!("it takes another number each time");
}

/// Lets one sync go after the other until the writer has taken all that waits, and is held with it. It may make syncs of its own meanwhile, and
/// several for one transaction.
async fn until_all_are_taken(house: &House, gone: &mut u32) {
    while house.numbers().sum("koine_store_queue ").await > 0.0 {
        *gone += 1;
        house.faults.let_go(*gone);
        house.faults.until_held(*gone + 1).await;
    }
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
    let (held, times) = until_as_many_wait_as_before(&mut bob, &mut ann, &numbers, &long).await;
    // She stops reading, and there is room for a few.
    for _ in FREE..held {
        says(&mut bob, "ann", &long).await;
        is_answered(&mut bob).await;
    }
    // The disk stands still. The writer is held with the first of them, or with something else that it had to do, before the others come: it
    // would take as many as it finds.
    house.faults.switch(Fault::HeldCommits);
    says(&mut bob, "ann", &long).await;
    house.faults.until_held(1).await;
    for _ in 1..MORE {
        says(&mut bob, "ann", &long).await;
    }
    numbers.until("koine_store_queue ", |waiting| waiting >= f64::from(MORE - 1)).await;
    let mut gone = 0;
    until_all_are_taken(&house, &mut gone).await;
    // What she says comes behind them, and is not done before they are.
    for number in 0..POSTS {
        says(&mut ann, "bob", &format!("accepted {number}")).await;
    }
    numbers.until("koine_store_queue ", |waiting| waiting >= f64::from(POSTS)).await;
    until_all_are_taken(&house, &mut gone).await;
    for _ in 0..MORE {
        is_answered(&mut bob).await;
    }
    // As much waits as may, and she comes by another connection while her posts are on their way.
    numbers.is_met("queue_bytes", times + 1).await;
    let mut other = Peer::stream(address).await;
    signs_in(&mut other, "auth", "ann").await;
    // She reads all that there is for the first one, and then they are done.
    let (mut told, mut patience) = (0, SILENCE);
    loop {
        match ann.receive(patience).await {
            Some(Received::Frame(frame)) => {
                assert!(!is_answer(&frame), "an answer behind what was dropped");
                told += u32::from(frame["action"] == "ev_message");
            }
            Some(Received::Closed) => break,
            None if patience == SILENCE => {
                house.faults.switch(Fault::None);
                patience = PATIENCE;
            }
            other => panic!("{other:?} instead of the end"),
        }
    }
    assert!(told < held - FREE + MORE, "nothing was dropped");
    // What was accepted is done.
    let mut heard = 0;
    while heard < POSTS {
        let frame = next(&mut bob).await;
        heard += u32::from(frame["data"]["body"] == format!("accepted {heard}"));
    }
    house.town.close().await;
}
