//! Attachments inside of what clients do not take: those of all of them together have so much room.

use super::limited;
use koine_dialect::toolbox::base64;
use koine_e2e::people::*;
use koine_testkit::peer::{Peer, Received};
use koine_testkit::transcripts::Stage;
use koine_testkit::value::Encoding;
use koine_testkit::{Process, Server};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

pub(super) const MIB: usize = 1 << 20;
/// How long something large may take, in a program that was not optimised and on the slowest machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// Those who read nothing.
const DEAF: usize = 30;

/// Ann and Bob register by mode-token, and have a chat.
pub(super) const THEY_MEET: &str = r##"
ann: mode-token
ann> {"mode": "register", "username": "ann", "password": "secret", "email": "ann@example.org"}
ann< {"mode": "register", "status": "200", "token": "$ann", "...": "*"}
bob: mode-token
bob> {"mode": "register", "username": "bob", "password": "secret", "email": "bob@example.org"}
bob< {"mode": "register", "status": "200", "token": "$bob", "...": "*"}
ann> {"mode": "createChat", "token": "$ann", "contact_value": "bob", "contact_mode": "username"}
ann< {"mode": "createChat", "status": "200", "chat_id": "#chat", "...": "*"}"##;

/// A connection that takes little in; and one from another address.
pub(super) async fn narrow(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    socket.connect(address).await.expect("a connection")
}

async fn from_elsewhere(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.2:0".parse().expect("an address")).expect("an address of this machine");
    socket.connect(address).await.expect("a connection")
}

/// A picture of so many bytes, as clients send it.
pub(super) fn picture(bytes: usize) -> String {
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.resize(bytes, b'x');
    base64::encode(&picture)
}

/// The next frame that does this, which must come.
pub(super) async fn until(peer: &mut Peer, key: &str, value: &str) -> Value {
    let found = timeout(PATIENCE, async {
        loop {
            match peer.receive(PATIENCE).await {
                Some(Received::Frame(frame)) if frame[key] == value => return frame,
                Some(Received::Frame(_)) => {}
                other => panic!("{other:?} instead of {value}"),
            }
        }
    });
    found.await.unwrap_or_else(|_| panic!("no {value}"))
}

/// Signs in by MiniOICQ over a connection that stands.
async fn signs_in(stage: &Stage<Process>, who: &str, stream: TcpStream) -> Peer {
    let mut peer = Peer::websocket_over(stream, "/", Encoding::Json).await;
    peer.send(&json!({"action": "auth.login", "user_id": stage.recall(who), "password": PASSWORD})).await;
    until(&mut peer, "action", "auth.login.success").await;
    peer
}

/// What the server's memory is and was, in bytes.
fn memory(stage: &mut Stage<Process>, which: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", stage.server().program().id()));
    let status = status.expect("the server's status");
    let line = status.lines().find_map(|line| line.strip_prefix(which)).expect("its memory");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") << 10
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn those_who_read_nothing_hold_so_much_and_others_get_everything_meanwhile() {
    const ROOM: usize = 128 * MIB;
    let room = ROOM.to_string();
    let limits =
        [("outgoing_media_bytes", room.as_str()), ("write_stall_seconds", "600"), ("ping_seconds", "600")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    let deaf: Vec<String> = (0..DEAF).map(|number| format!("deaf{number}")).collect();
    for who in deaf.iter().map(String::as_str).chain(["ann", "bob"]) {
        stage.must(&registers_by_minioicq(who, "json")).await;
    }
    let members: Vec<String> =
        deaf.iter().map(String::as_str).chain(["ann"]).map(|who| stage.recall(who).to_owned()).collect();
    let bob = stage.peer("bob");
    bob.send(&json!({"action": "chat.create", "members": members, "chat_name": "pictures"})).await;
    let chat = until(bob, "action", "chat.spawn").await["chat_id"].clone();
    for who in deaf.iter().map(String::as_str).chain(["ann"]) {
        drop(stage.leave(who));
    }
    let picture = picture(8 * MIB);
    let said = |content: &str, kind: &str| json!({"action": "message.send", "message": {"chat_id": chat, "type": kind, "content": content}});
    let bob = stage.peer("bob");
    bob.send(&said(&picture, "image")).await;
    until(bob, "action", "message.push").await;
    // From here on the peak is that of what follows.
    let before = memory(&mut stage, "VmRSS:");
    let clear = format!("/proc/{}/clear_refs", stage.server().program().id());
    std::fs::write(clear, "5").expect("a peak that can be forgotten");
    let address = stage.server().address("minioicq");
    let mut crowd = Vec::new();
    for who in &deaf {
        let stream = narrow(address).await;
        crowd.push(signs_in(&stage, who, stream).await);
    }
    // Some have what they do not take, and all the others wait.
    numbers.is_met_at_least("outgoing_media_bytes", 20).await;
    // Somebody else comes, and reads: at once everything, and what is said meanwhile.
    let begun = Instant::now();
    let mut ann = signs_in(&stage, "ann", from_elsewhere(address).await).await;
    let push = until(&mut ann, "action", "message.push").await;
    assert!(push["messages"][0]["content"] == picture.as_str(), "another picture");
    let took = begun.elapsed();
    stage.peer("bob").send(&said("after all", "text")).await;
    loop {
        let push = until(&mut ann, "action", "message.push").await;
        // She is told so as the Qt client has it.
        if push["messages"][0]["content"] == base64::encode(b"after all") {
            break;
        }
    }
    let grown = memory(&mut stage, "VmHWM:").saturating_sub(before);
    eprintln!("{} MiB more at most; who read had everything after {took:?}", grown / MIB);
    assert!(grown < ROOM, "{} MiB more", grown / MIB);
    // When the others have gone it is the turn of the last of those who waited.
    let mut last = crowd.pop().expect("many");
    drop(crowd);
    let push = until(&mut last, "action", "message.push").await;
    assert!(push["messages"][0]["content"] == picture.as_str(), "another picture");
    stage.clear().stop().await;
}

#[tokio::test]
async fn who_asks_for_history_and_reads_nothing_holds_up_nobody_but_themselves() {
    let limits =
        [("outgoing_media_bytes", "33554432"), ("write_stall_seconds", "600"), ("ping_seconds", "600")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    stage.must(THEY_MEET).await;
    let chat = stage.recall("chat").to_owned();
    let picture = picture(4 * MIB);
    let send = json!({"mode": "sendMessage", "token": stage.recall("ann"), "chat_id": chat, "content": picture, "content_type": "picture"});
    stage.peer("ann").send(&send).await;
    until(stage.peer("ann"), "status", "200").await;
    let address = stage.server().address("mode-token");
    let asks = |stage: &Stage<Process>, who: &str| json!({"mode": "getMessages", "token": stage.recall(who), "chat_id": chat});
    let mut deaf = Peer::websocket_over(narrow(address).await, "/", Encoding::Json).await;
    deaf.send(&asks(&stage, "ann")).await;
    // Once it has its place, there is none for another one of the same account, which is told so.
    let begun = Instant::now();
    let refused = loop {
        assert!(begun.elapsed() < PATIENCE, "there is room for two");
        let ask = asks(&stage, "ann");
        stage.peer("ann").send(&ask).await;
        let answer = until(stage.peer("ann"), "mode", "getMessages").await;
        if answer["status"] != "200" {
            break answer;
        }
    };
    assert_eq!(refused["status"], "500", "{refused}");
    numbers.is_met_at_least("outgoing_media_bytes", 1).await;
    // Others are not held up.
    let mut bob = Peer::websocket_over(from_elsewhere(address).await, "/", Encoding::Json).await;
    bob.send(&asks(&stage, "bob")).await;
    let answer = until(&mut bob, "mode", "getMessages").await;
    assert!(answer["messages"][0]["content"] == picture.as_str(), "another picture");
    // Nor is the account, when the connection that reads nothing has gone.
    drop(deaf);
    let ask = asks(&stage, "ann");
    stage.peer("ann").send(&ask).await;
    let answer = until(stage.peer("ann"), "mode", "getMessages").await;
    assert!(answer["messages"][0]["content"] == picture.as_str(), "another picture");
    stage.clear().stop().await;
}
