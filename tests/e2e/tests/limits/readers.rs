//! Those who read more slowly than others speak.

use super::{limited, registers_by_native};
use koine_e2e::heard::next;
use koine_e2e::people::*;
use koine_testkit::Server;
use koine_testkit::peer::Peer;
use koine_testkit::tls::Pipe;
use koine_testkit::value::Encoding;
use serde_json::json;
use tokio::net::TcpSocket;

/// How many messages are said at most, and how long they are: far more than what all buffers on the way hold.
const MOST: usize = 600;
const LONG: usize = 40_000;

#[tokio::test]
async fn who_reads_nothing_is_held_up_and_then_given_up() {
    let limits = [("queue_bytes", "65536"), ("write_stall_seconds", "5")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    let token = registers_by_native(&mut stage, "ann").await;
    drop(stage.leave("ann"));
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let narrow = socket.connect(stage.server().address("native")).await.expect("a connection");
    let mut deaf = Peer::websocket_over(Pipe::from(narrow), "/", Encoding::Json).await;
    next(&mut deaf).await;
    for (id, request) in
        [json!({"do": "resume", "token": token}), json!({"do": "listen", "have": {}})].iter_mut().enumerate()
    {
        request["id"] = json!(id);
        deaf.send(request).await;
        while next(&mut deaf).await["id"] != id {}
    }
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
