//! What one client asks for costs the server little, and a client that is merely slow is served.

use koine_e2e::people::*;
use koine_testkit::peer::{Peer, Received};
use koine_testkit::transcripts::Stage;
use koine_testkit::value::Encoding;
use koine_testkit::{Process, Server};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

const PATIENCE: Duration = Duration::from_secs(60);

/// A link that carries at most 800 KB a second from the server to the client.
#[allow(clippy::disallowed_methods, reason = "the link ends with the test's runtime")]
async fn slow_link(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        let Ok((client, _)) = listener.accept().await else { return };
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(16 << 10).expect("a small buffer");
        let (mut from_server, mut to_server) = socket.connect(server).await.expect("the server").into_split();
        let (mut from_client, mut to_client) = client.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
        let mut buffer = vec![0; 32 << 10];
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            if to_client.write_all(&buffer[..read]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    });
    address
}

async fn frame(peer: &mut Peer, action: &str) -> Value {
    loop {
        match peer.receive(PATIENCE).await {
            Some(Received::Frame(frame)) if frame["action"] == action => return frame,
            Some(Received::Frame(_)) => {}
            other => panic!("{other:?} instead of {action}"),
        }
    }
}

#[tokio::test]
async fn a_slow_link_gets_a_large_picture_though_it_takes_longer_than_a_ping_may() {
    let recipe = koine_e2e::recipe().with("KOINE_LIMITS__PING_SECONDS", "1");
    let mut stage = koine_e2e::stage_with(recipe).await;
    stage.must(&registers_by_technotrack("bob")).await;
    stage.must(&registers_by_minioicq("ann", "msgpack")).await;
    drop(stage.leave("ann"));
    let picture = "A".repeat(4 << 20);
    let message = json!({"uid": "ann", "body": "", "attach": {"mime": "image/png", "data": picture}});
    stage.peer("bob").send(&json!({"action": "message", "data": message})).await;
    stage.must(r#"bob< {"action": "message", "data": {"status": 0, "error": "OK"}}"#).await;
    let link = slow_link(stage.server().address("minioicq")).await;
    stage.enter("ann", Peer::websocket(link, "/", Encoding::MessagePack).await);
    stage.must(&signs_in_by_minioicq("ann", "msgpack")).await;
    let push = frame(stage.peer("ann"), "message.push").await;
    assert_eq!(push["messages"][0]["content"], picture.as_str());
    stage.clear().stop().await;
}

/// The most memory that the server has had, in KiB.
fn peak(stage: &mut Stage<Process>) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", stage.server().program().id()));
    let status = status.expect("the server's status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[tokio::test]
async fn many_chats_with_people_who_have_large_pictures_are_told_of_in_bounded_memory() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_minioicq("ann", "json")).await;
    stage.must(&registers_by_minioicq("bob", "json")).await;
    drop(stage.leave("bob"));
    let picture = "A".repeat(4 << 20);
    stage.peer("ann").send(&json!({"action": "avatar.set", "avatar": picture})).await;
    frame(stage.peer("ann"), "avatar.set.ack").await;
    let bob = stage.recall("bob").to_owned();
    for number in 0..40 {
        let create = json!({"action": "chat.create", "members": [bob], "chat_name": format!("{number}")});
        stage.peer("ann").send(&create).await;
        frame(stage.peer("ann"), "chat.spawn").await;
    }
    stage.peer("ann").send(&json!({"action": "user.sync"})).await;
    let sync = frame(stage.peer("ann"), "user.sync").await;
    assert_eq!(sync["chats"].as_array().map(Vec::len), Some(40));
    stage.must(&returns_by_minioicq("bob", "json")).await;
    for _ in 0..40 {
        frame(stage.peer("bob"), "chat.spawn").await;
    }
    // Forty times four megabytes, in Base64, would be well above two hundred.
    let peak = peak(&mut stage);
    assert!(peak < 160 << 10, "the server took {peak} KiB");
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_frame_of_nothing_but_brackets_and_an_endless_address_book_are_refused() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_technotrack("ann")).await;
    let brackets =
        format!(r#"{{"action": "import", "data": {{"contacts": [{}{{}}]}}}}"#, "{},".repeat(6 << 20));
    stage.peer("ann").send_bytes(brackets.into_bytes()).await;
    stage.must(r#"ann< {"action": "unknown", "data": {"status": 3, "error": "*"}}"#).await;
    stage.must("ann< closed").await;
    stage.must(&returns_by_technotrack("ann")).await;
    let card = json!({"myid": "1", "name": "", "phone": "", "email": "x@y"});
    let book = json!({"action": "import", "data": {"contacts": vec![card; 5_001]}});
    stage.peer("ann").send(&book).await;
    stage.must(r#"ann< {"action": "import", "data": {"status": 3, "error": "*", "list": []}}"#).await;
    let peak = peak(&mut stage);
    assert!(peak < 160 << 10, "the server took {peak} KiB");
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_stranger_cannot_have_a_large_frame_kept_for_them() {
    let mut stage = koine_e2e::stage().await;
    let half = format!(r#"{{"action": "register", "data": {{"login": "{}"#, "x".repeat(70 << 10));
    stage.must("ann: technotrack\nann< {\"action\": \"welcome\", \"...\": \"*\"}").await;
    stage.peer("ann").send_bytes(half.into_bytes()).await;
    stage.must(r#"ann< {"action": "unknown", "data": {"status": 3, "error": "*"}}"#).await;
    stage.must("ann< closed").await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_picture_may_be_the_first_thing_that_a_connection_says_where_each_request_brings_its_proof() {
    let mut stage = koine_e2e::stage().await;
    let register = r##"
ann: mode-token
ann> {"mode": "register", "username": "ann", "password": "secret", "email": "ann@example.org"}
ann< {"mode": "register", "status": "200", "token": "$ann", "...": "*"}
bob: mode-token
bob> {"mode": "register", "username": "bob", "password": "secret", "email": "bob@example.org"}
bob< {"mode": "register", "status": "200", "token": "$bob", "...": "*"}
ann> {"mode": "createChat", "token": "$ann", "contact_value": "bob", "contact_mode": "username"}
ann< {"mode": "createChat", "status": "200", "chat_id": "#chat", "...": "*"}
other: mode-token"##;
    stage.must(register).await;
    let (token, chat) = (stage.recall("ann").to_owned(), stage.recall("chat").to_owned());
    let picture = "iVBORw0KGgoA".to_owned() + &"A".repeat(200 << 10);
    let send = json!({"mode": "sendMessage", "token": token, "chat_id": chat, "content": picture, "content_type": "picture"});
    stage.peer("other").send(&send).await;
    stage.must(r#"other< {"mode": "sendMessage", "status": "200", "...": "*"}"#).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn bytes_that_may_not_be_posted_are_not_kept() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_minioicq("ann", "json")).await;
    let message = json!({"chat_id": "999", "type": "image", "content": "A".repeat(4 << 10)});
    stage.peer("ann").send(&json!({"action": "message.send", "message": message})).await;
    stage.must(r#"ann< {"action": "message.send.fail", "reason": "Chat not found"}"#).await;
    let media = stage.server().data().join("media");
    // When the unfinished uploads were last looked at is written down there, too.
    let mut kept = files(&media);
    kept.retain(|path| !path.ends_with("partial/swept"));
    assert_eq!(kept, Vec::<std::path::PathBuf>::new());
    stage.clear().stop().await;
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

#[tokio::test]
async fn downloads_that_nobody_reads_are_given_up() {
    let recipe = koine_e2e::recipe().with("KOINE_LIMITS__WRITE_STALL_SECONDS", "1");
    let mut stage = koine_e2e::stage_with(recipe).await;
    stage.must(&registers_by_minioicq("ann", "json")).await;
    stage.peer("ann").send(&json!({"action": "avatar.set", "avatar": "A".repeat(4 << 20)})).await;
    frame(stage.peer("ann"), "avatar.set.ack").await;
    let path = format!("/avatar/{}", stage.recall("ann"));
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4 << 10).expect("a small buffer");
    let mut deaf = socket.connect(stage.server().address("http")).await.expect("the server");
    deaf.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.expect("a request");
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mut taken = Vec::new();
    let end = tokio::time::timeout(PATIENCE, deaf.read_to_end(&mut taken)).await.expect("an end");
    assert!(
        end.is_err() || taken.len() < 3 << 20,
        "the whole picture was kept for somebody who did not read"
    );
    stage.clear().stop().await;
}
