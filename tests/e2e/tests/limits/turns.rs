//! Two of one account who want room for attachments: it has a share, and what one of them has the other one waits for.

use super::limited;
use super::outgoing::{MIB, PATIENCE, THEY_MEET, narrow, picture, until};
use koine_e2e::people::PASSWORD;
use koine_testkit::peer::{Peer, Received};
use koine_testkit::transcripts::Stage;
use koine_testkit::value::Encoding;
use koine_testkit::{Process, Server};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// What Ann's mode-token asks for.
fn history(stage: &Stage<Process>) -> Value {
    json!({"mode": "getMessages", "token": stage.recall("ann"), "chat_id": stage.recall("chat")})
}

/// Bob sends Ann a picture.
async fn sends(stage: &mut Stage<Process>, picture: &str) {
    let send = json!({"mode": "sendMessage", "token": stage.recall("bob"), "chat_id": stage.recall("chat"), "content": picture, "content_type": "picture"});
    stage.peer("bob").send(&send).await;
    until(stage.peer("bob"), "status", "200").await;
}

/// A WebSocket that is read byte by byte.
struct Slow(TcpStream);

impl Slow {
    /// What is not read of it is kept by its machine no further than so many bytes.
    async fn connect(address: SocketAddr, unread: u32) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(unread).expect("a buffer");
        let stream = socket.connect(address).await.expect("a connection");
        let mut slow = Self(stream);
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        slow.0.write_all(request.as_bytes()).await.expect("a server that reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(slow.read(1).await);
        }
        slow
    }

    /// Sends a short text. It is masked with zeros, so that it stands in its frame as it is.
    async fn send(&mut self, text: &str) {
        let [high, low] = u16::try_from(text.len()).expect("a short text").to_be_bytes();
        // A length is written as short as it can be.
        let length = if text.len() < 126 { vec![0x80 | low] } else { vec![0x80 | 126, high, low] };
        let frame = [b"\x81".as_slice(), &length, &[0; 4], text.as_bytes()].concat();
        self.0.write_all(&frame).await.expect("a server that reads");
    }

    /// The length of the large text that begins now.
    async fn begins(&mut self) -> usize {
        let head = self.read(10).await;
        if head[..2] != [0x81, 127] {
            let rest = self.read(usize::from(head[1]).saturating_sub(8)).await;
            panic!("{} instead of something large", String::from_utf8_lossy(&[&head[2..], &rest].concat()));
        }
        let length = head.last_chunk().expect("ten bytes");
        usize::try_from(u64::from_be_bytes(*length)).expect("a length")
    }

    async fn read(&mut self, bytes: usize) -> Vec<u8> {
        let mut read = vec![0; bytes];
        timeout(PATIENCE, self.0.read_exact(&mut read)).await.expect("in time").expect("so many bytes");
        read
    }
}

/// One answer with as many attachments as an account has room for, which is taken slowly.
#[tokio::test]
async fn who_reads_slowly_gives_room_back_as_it_reads() {
    /// What of the answer is not read when the other one asks: more than any machine keeps of it on its way.
    const UNREAD: usize = 5 * MIB;
    let room = (128 * MIB).to_string();
    let limits =
        [("outgoing_media_bytes", room.as_str()), ("write_stall_seconds", "600"), ("ping_seconds", "600")];
    let (mut stage, _) = limited(koine_e2e::recipe(), &limits).await;
    stage.must(THEY_MEET).await;
    let picture = picture(8 * MIB);
    sends(&mut stage, &picture).await;
    let mut slow = Slow::connect(stage.server().address("mode-token"), 64 << 10).await;
    let ask = history(&stage);
    slow.send(&ask.to_string()).await;
    let length = slow.begins().await;
    assert!(length > 2 * picture.len(), "each message is twice in an answer");
    let mut read = slow.read(length - UNREAD).await;
    stage.peer("ann").send(&ask).await;
    let answer = until(stage.peer("ann"), "mode", "getMessages").await;
    assert!(
        answer["messages"][0]["content"] == picture.as_str(),
        "the room is not there: {}",
        answer["status"]
    );
    // The slow one has what it asked for, too, and no other bytes.
    read.extend(slow.read(UNREAD).await);
    let late: Value = serde_json::from_slice(&read).expect("JSON");
    assert!(late["messages"] == answer["messages"], "another answer");
    stage.clear().stop().await;
}

/// The next frame that brings messages, or says why it does not.
async fn about_messages(peer: &mut Peer) -> Value {
    loop {
        match peer.receive(PATIENCE).await {
            Some(Received::Frame(frame))
                if frame["action"].as_str().is_some_and(|it| it.starts_with("message.")) =>
            {
                return frame;
            }
            Some(Received::Frame(_)) => {}
            other => panic!("{other:?} instead of messages"),
        }
    }
}

/// A program that is brought what it missed and asks for something with attachments meanwhile: it is brought the one and then the other.
#[tokio::test]
async fn what_was_missed_and_what_is_asked_for_do_not_wait_for_each_other() {
    let limits =
        [("outgoing_media_bytes", "33554432"), ("write_stall_seconds", "600"), ("ping_seconds", "600")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    stage.must(THEY_MEET).await;
    let minioicq = stage.server().address("minioicq");
    let login = json!({"action": "auth.login", "user_id": "ann", "password": PASSWORD});
    let mut before = Peer::websocket(minioicq, "/", Encoding::Json).await;
    before.send(&login).await;
    let chat = until(&mut before, "action", "chat.spawn").await["chat_id"].clone();
    before.close().await;
    let picture = picture(4 * MIB);
    sends(&mut stage, &picture).await;
    // Somebody of the same account has the room, and reads nothing.
    let mut deaf =
        Peer::websocket_over(narrow(stage.server().address("mode-token")).await, "/", Encoding::Json).await;
    deaf.send(&history(&stage)).await;
    numbers.until("koine_request_seconds_count{request=\"message_history\"} ", |asked| asked >= 1.0).await;
    let mut ann = Peer::websocket(minioicq, "/", Encoding::Json).await;
    ann.send(&login).await;
    until(&mut ann, "action", "auth.login.success").await;
    // What she missed waits for room.
    numbers.is_met_at_least("outgoing_media_bytes", 1).await;
    ann.send(&json!({"action": "message.get", "chat_id": chat})).await;
    // The server has read that by the time it has answered others so often.
    for _ in 0..10 {
        numbers.page().await;
    }
    drop(deaf);
    for action in ["message.push", "message.retrieve"] {
        let told = about_messages(&mut ann).await;
        assert_eq!(told["action"], action, "{}", told["reason"]);
        assert!(told["messages"][0]["content"] == picture.as_str(), "another picture");
    }
    stage.clear().stop().await;
}
