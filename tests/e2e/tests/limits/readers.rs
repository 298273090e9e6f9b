//! Those who read more slowly than others speak.

use super::{limited, registers_by_native};
use koine_e2e::heard::next;
use koine_e2e::people::*;
use koine_testkit::peer::Peer;
use koine_testkit::tls::Pipe;
use koine_testkit::transcripts::Stage;
use koine_testkit::value::Encoding;
use koine_testkit::{Process, Server};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

/// How many messages are said at most, and how long they are: far more than what all buffers on the way hold.
const MOST: usize = 600;
const LONG: usize = 40_000;

/// Somebody who listens, by native and over a connection that holds little; and the number of the session.
async fn comes_by_a_narrow_way(stage: &mut Stage<Process>, token: &str) -> (Peer, Value) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let narrow = socket.connect(stage.server().address("native")).await.expect("a connection");
    let mut deaf = Peer::websocket_over(Pipe::from(narrow), "/", Encoding::Json).await;
    next(&mut deaf).await;
    let mut session = Value::Null;
    for (id, request) in
        [json!({"do": "resume", "token": token}), json!({"do": "listen", "have": {}})].iter_mut().enumerate()
    {
        request["id"] = json!(id);
        deaf.send(request).await;
        loop {
            let mut said = next(&mut deaf).await;
            if said["id"] == id {
                if id == 0 {
                    session = said["ok"]["session"].take();
                }
                break;
            }
        }
    }
    (deaf, session)
}

#[tokio::test]
async fn who_reads_nothing_is_held_up_and_then_given_up() {
    let limits = [("queue_bytes", "65536"), ("write_stall_seconds", "5")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    let token = registers_by_native(&mut stage, "ann").await;
    drop(stage.leave("ann"));
    let (mut deaf, _) = comes_by_a_narrow_way(&mut stage, &token).await;
    stage.must(&registers_by_technotrack("bob")).await;
    assert_eq!(numbers.sum("koine_mailbox_overflows_total ").await, 0.0);
    let message = json!({"action": "message", "data": {"uid": "ann", "body": "x".repeat(LONG)}});
    // It stops reading for a while: as much waits as may, which is counted.
    let mut said = 0;
    while numbers.met("queue_bytes").await == 0.0 {
        assert!(said < MOST, "the queue is never full");
        stage.peer("bob").send(&message).await;
        while next(stage.peer("bob")).await["action"] != "message" {}
        said += 1;
    }
    // Then it reads everything, and stops again, which is counted again.
    let mut heard = 0;
    while heard < said {
        heard += usize::from(next(&mut deaf).await["event"] == "message");
    }
    let once = numbers.met("queue_bytes").await;
    let (mut said, mut waited) = (0, false);
    while numbers.sum("koine_mailbox_overflows_total ").await == 0.0
        || numbers.met("queue_bytes").await == once
    {
        assert!(said < MOST, "neither the queue nor the mailbox is ever full again");
        // Many at once, so that there is little time in between.
        for _ in 0..10 {
            stage.peer("bob").send(&message).await;
        }
        for _ in 0..10 {
            while next(stage.peer("bob")).await["action"] != "message" {}
        }
        said += 10;
        waited |= numbers.sum("koine_mailbox_events ").await > 0.0;
    }
    assert!(waited, "nothing was seen to wait in a mailbox");
    numbers.is_met_at_least("queue_bytes", 2).await;
    numbers.is_met("write_stall_seconds", 1).await;
    assert_eq!(numbers.sum("koine_connections_given_up_total{reason=\"not_reading\"}").await, 1.0);
    numbers.until("koine_mailbox_events ", |waiting| waiting == 0.0).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn who_reads_nothing_and_is_signed_out_keeps_nothing_for_long() {
    // By far longer than the test may take.
    let limits = [("queue_bytes", "65536"), ("write_stall_seconds", "600"), ("ping_seconds", "600")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    let token = registers_by_native(&mut stage, "ann").await;
    drop(stage.leave("ann"));
    let (deaf, session) = comes_by_a_narrow_way(&mut stage, &token).await;
    stage.must(&registers_by_technotrack("bob")).await;
    let message = json!({"action": "message", "data": {"uid": "ann", "body": "x".repeat(LONG)}});
    let mut said = 0;
    while numbers.met("queue_bytes").await == 0.0 {
        assert!(said < MOST, "the queue is never full");
        stage.peer("bob").send(&message).await;
        while next(stage.peer("bob")).await["action"] != "message" {}
        said += 1;
    }
    stage.must("ann: native").await;
    let login = json!({"do": "login", "who": "ann", "password": PASSWORD, "device": "phone"});
    let end = json!({"do": "session.end", "session": session});
    let ann = stage.peer("ann");
    for (id, mut request) in [login, end].into_iter().enumerate() {
        request["id"] = json!(id);
        ann.send(&request).await;
        let answer = loop {
            let said = next(ann).await;
            if said["id"] == id {
                break said;
            }
        };
        assert!(answer["ok"].is_object(), "{answer}");
    }
    numbers.until("koine_connections_given_up_total{reason=\"not_reading\"}", |gone| gone == 1.0).await;
    // It is no limit that somebody met, who was to go anyway.
    assert_eq!(numbers.met("write_stall_seconds").await, 0.0);
    drop(deaf);
    stage.clear().stop().await;
}
