//! Clients that stop reading: nobody else is disturbed, and nothing is lost to them.

use koine_e2e::heard::{Heard, PATIENCE, QUIET, bodies, next};
use koine_e2e::people::*;
use koine_testkit::peer::{Peer, Received};
use koine_testkit::tls::Pipe;
use koine_testkit::transcripts::Stage;
use koine_testkit::value::Encoding;
use koine_testkit::{Ending, Process, Recipe, Server};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

/// How many messages flow to whoever does not read; together they are more than all buffers on the way hold.
const SAID: usize = 3000;

#[tokio::test]
async fn by_minioicq() {
    let mut stage = crowd().await;
    stage.must(&registers_by_minioicq("ann", "msgpack")).await;
    let address = stage.server().address("minioicq");
    let deaf = Peer::websocket_over(narrow(address).await, "/", Encoding::MessagePack).await;
    stage.enter("ann", deaf);
    stage.must(&signs_in_by_minioicq("ann", "msgpack")).await;
    let mut deaf = stage.leave("ann");
    talk_to_the_deaf(&mut stage).await;
    // It never said that anything has arrived, so everything comes to the next connection.
    stage.must(&returns_by_minioicq("ann", "msgpack")).await;
    let mut ann = Heard::default();
    while ann.in_chats() < SAID {
        let frame = next(stage.peer("ann")).await;
        ann.note(&frame);
    }
    let chat = ann.chats().pop().expect("one chat");
    let texts: Vec<String> = ann.in_chat(&chat).iter().map(|text| head(text)).collect();
    assert_eq!(texts, expected());
    // The first one was given up before it was offered everything.
    let mut offered = Heard::default();
    assert!(offered.listen(&mut deaf).await, "it was not given up");
    assert!(offered.in_chats() < SAID, "the buffers held everything");
    stage.clear().stop().await;
}

#[tokio::test]
async fn by_technotrack() {
    let mut stage = crowd().await;
    let narrow = narrow(stage.server().address("technotrack")).await;
    a_bare_stream_goes_deaf(stage, narrow.into()).await;
}

/// What TLS holds back, and records that have come in part, count as nothing that has arrived.
#[tokio::test]
async fn by_technotrack_inside_tls() {
    let mut stage = crowd_of(koine_e2e::recipe().with_tls()).await;
    let (authority, address) = stage.server().secured("technotrack").expect("TLS");
    let narrow = authority.secure(narrow(address).await).await.expect("a TLS handshake");
    a_bare_stream_goes_deaf(stage, narrow.into()).await;
}

async fn a_bare_stream_goes_deaf(mut stage: Stage<Process>, narrow: Pipe) {
    stage.must(&registers_by_technotrack("ann")).await;
    stage.enter("ann", Peer::stream_over(narrow));
    stage.must(&signs_in_by_technotrack("ann")).await;
    let mut deaf = stage.leave("ann");
    talk_to_the_deaf(&mut stage).await;
    stage.must(&returns_by_technotrack("ann")).await;
    // What its kernel took counts as arrived: it is read from there, and the rest comes to the next connection.
    let mut heard: Vec<String> = Vec::new();
    loop {
        match deaf.receive(PATIENCE).await {
            Some(Received::Frame(frame)) => {
                heard.extend(bodies(&[frame], "ann").iter().map(|body| head(body)))
            }
            Some(Received::Closed) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(heard.len() < SAID, "the buffers held everything");
    assert_eq!(heard, expected()[..heard.len()]);
    let mut missing = heard.len();
    while missing < SAID {
        let frame = next(stage.peer("ann")).await;
        for body in bodies(&[frame], "ann") {
            let place: usize = head(&body).parse().expect("a number");
            // Some may come again, none may be left out.
            assert!(place <= missing, "{place} came when {missing} was due");
            missing = missing.max(place + 1);
        }
    }
    assert!(stage.peer("ann").receive(QUIET).await.is_none());
    stage.clear().stop().await;
}

#[tokio::test]
async fn nobody_waits_for_them_at_the_end() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_technotrack("ann")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    let deaf = Peer::stream_over(narrow(stage.server().address("technotrack")).await);
    stage.enter("ann", deaf);
    stage.must(&signs_in_by_technotrack("ann")).await;
    let attach = json!({"mime": "application/octet-stream", "data": "AAAA".repeat(2_000_000)});
    for said in ["one", "two"] {
        let message = json!({"uid": "ann", "body": said, "attach": attach});
        stage.peer("bob").send(&json!({"action": "message", "data": message})).await;
        assert_eq!(next(stage.peer("bob")).await["data"]["status"], 0);
        assert_eq!(next(stage.peer("bob")).await["data"]["body"], said);
    }
    // Half a request is no reason to stay either.
    let mut half = TcpStream::connect(stage.server().address("http")).await.expect("a connection");
    half.write_all(b"GET /healthz HT").await.expect("a server that reads");
    let began = tokio::time::Instant::now();
    stage.server().end(Ending::InOrder).await;
    // Sooner than a connection that still takes something would have to be through.
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    stage.server().start_again().await;
    stage.must(&returns_by_technotrack("ann")).await;
    for said in ["one", "two"] {
        let frame = next(stage.peer("ann")).await;
        assert_eq!((&frame["data"]["body"], &frame["data"]["attach"]), (&json!(said), &attach));
    }
    stage.clear().stop().await;
}

/// Bob and eve, on a server that soon gives up whoever does not read.
async fn crowd() -> Stage<Process> {
    crowd_of(koine_e2e::recipe()).await
}

async fn crowd_of(recipe: Recipe) -> Stage<Process> {
    let recipe =
        recipe.with("KOINE_LIMITS__WRITE_STALL_SECONDS", "2").with("KOINE_LIMITS__QUEUE_BYTES", "65536");
    let mut stage = koine_e2e::stage_with(recipe).await;
    stage.must(&registers_by_technotrack("bob")).await;
    stage.must(&registers_by_minioicq("eve", "json")).await;
    stage
}

/// Bob talks to ann, who does not read, and now and then to eve, who does.
async fn talk_to_the_deaf(stage: &mut Stage<Process>) {
    let padding = "x".repeat(4000);
    let mut frames = 0;
    for said in 0..SAID {
        let body = format!("{said} {padding}");
        stage.peer("bob").send(&json!({"action": "message", "data": {"uid": "ann", "body": body}})).await;
        frames += 2;
        if said % 50 == 49 {
            for _ in 0..std::mem::take(&mut frames) {
                let frame = next(stage.peer("bob")).await;
                assert!(frame["action"] == "ev_message" || frame["data"]["status"] == 0, "{frame}");
            }
        }
        if said % 500 == 499 {
            eve_hears(stage, &said.to_string()).await;
        }
    }
    // The server has given up on ann by now, and goes on with the others.
    tokio::time::sleep(Duration::from_millis(500)).await;
    eve_hears(stage, "after all").await;
}

async fn eve_hears(stage: &mut Stage<Process>, text: &str) {
    stage.peer("bob").send(&json!({"action": "message", "data": {"uid": "eve", "body": text}})).await;
    let waited = tokio::time::timeout(Duration::from_secs(5), async {
        assert_eq!(next(stage.peer("bob")).await["data"]["status"], 0);
        assert_eq!(next(stage.peer("bob")).await["data"]["body"], text);
        while next(stage.peer("eve")).await["action"] != "message.push" {}
    });
    waited.await.expect("the others are not disturbed");
}

/// A connection that takes little in.
async fn narrow(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    socket.connect(address).await.expect("a connection")
}

fn expected() -> Vec<String> {
    (0..SAID).map(|said| said.to_string()).collect()
}

/// The number before the padding.
fn head(text: &str) -> String {
    text.split(' ').next().unwrap_or_default().to_owned()
}
