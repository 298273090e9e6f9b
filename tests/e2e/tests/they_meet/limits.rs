//! Peers that send too much, too slowly, or nonsense: they are sent away, and nobody else notices.

use koine_e2e::fetch::fetch;
use koine_e2e::heard::{next, rest};
use koine_e2e::people::*;
use koine_testkit::peer::{Peer, Received};
use koine_testkit::transcripts::Stage;
use koine_testkit::{Process, Server};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_dialect_has_a_bound_of_its_own() {
    let mut stage = people(&[("KOINE_DIALECTS__TECHNOTRACK__FRAME_BYTES", "70000")]).await;
    let huge = "x".repeat(60_000);
    stage.must(&registers_by_minioicq("big", "json")).await;
    let frame = json!({"action": "nothing", "filler": format!("{huge}{huge}")});
    stage.peer("big").send(&frame).await;
    assert_ne!(next(stage.peer("big")).await["reason"], "The message is too large");
    stage.peer("bob").send(&json!({"action": "nothing", "filler": huge.clone()})).await;
    assert_ne!(next(stage.peer("bob")).await["data"]["error"], "the request is too large");
    stage.peer("bob").send(&json!({"action": "nothing", "filler": format!("{huge}{huge}")})).await;
    assert_eq!(
        next(stage.peer("bob")).await["data"],
        json!({"status": 3, "error": "the request is too large"})
    );
    assert_eq!(stage.peer("bob").receive(PATIENCE).await, Some(Received::Closed));
    unharmed(stage).await;
}

#[tokio::test]
async fn huge_frames() {
    let mut stage = people(&[("KOINE_LIMITS__FRAME_BYTES", "65536")]).await;
    let huge = "x".repeat(100_000);
    for encoding in ["msgpack", "json"] {
        stage.must(&format!("big: minioicq {encoding}")).await;
        // The server knows by the first frame in which form to answer.
        stage.must("big> {\"action\": \"heartbeat\"}\nbig< {\"action\": \"heartbeat.ack\"}").await;
        let peer = stage.peer("big");
        peer.send(
            &json!({"action": "message.send", "message": {"chat_id": "1", "type": "text", "content": huge}}),
        )
        .await;
        assert_eq!(next(peer).await, json!({"action": "error", "reason": "The message is too large"}));
        assert_eq!(peer.receive(PATIENCE).await, Some(Received::Closed));
        assert_eq!(peer.close_code(), Some(1009));
    }
    stage.must("big: technotrack\nbig< {\"action\": \"welcome\", \"...\": \"*\"}").await;
    let peer = stage.peer("big");
    peer.send(&json!({"action": "message", "data": {"uid": "bob", "body": huge}})).await;
    assert_eq!(next(peer).await["data"], json!({"status": 3, "error": "the request is too large"}));
    assert_eq!(peer.receive(PATIENCE).await, Some(Received::Closed));
    // Who announces more than fits is sent away before it is sent.
    let mut stream = websocket_by_hand(stage.server().address("minioicq")).await;
    stream.write_all(b"\x82\xff\x00\x00\x00\x10\x00\x00\x00\x00abcd").await.expect("a server that reads");
    assert_eq!(closes(&mut stream).await, Some(1009));
    unharmed(stage).await;
}

/// A field in each dialect that is nested deeper than any reader follows, and then nearly as deep as a stranger's frame may be long:
/// the answer is the dialect's own for what cannot be read, and nothing else happens.
#[tokio::test]
async fn deeply_nested_frames() {
    let mut stage = people(&[]).await;
    for levels in [200, 20_000] {
        let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (what, request) in [
            ("minioicq", r#"{"action": "auth.login", "user_id": DEEP, "password": "x"}"#),
            ("mode-token", r#"{"mode": "auth", "username": DEEP, "password": "x"}"#),
            ("native", r#"{"id": 1, "do": "login", "who": DEEP, "password": "x", "device": ""}"#),
            ("ourchat", r#"{"code": 6, "account": DEEP, "password": "x"}"#),
            ("technotrack", r#"{"action": "auth", "data": {"login": DEEP, "pass": "x"}}"#),
            (
                "type-payload",
                r#"{"type": "LOGIN_REQUEST", "timestamp": 1, "payload": {"username": DEEP, "passwordHash": "x"}}"#,
            ),
        ] {
            stage.must(&format!("deep: {what}")).await;
            let peer = stage.peer("deep");
            if matches!(what, "native" | "technotrack") {
                next(peer).await;
            }
            peer.send_bytes(request.replace("DEEP", &deep).into_bytes()).await;
            let answer = next(peer).await.to_string();
            assert!(answer.contains("nested too deeply"), "{what}: {answer}");
        }
        stage.must("deep: minioicq msgpack").await;
        let peer = stage.peer("deep");
        let mut frame = b"\x82\xa6action\xaaauth.login\xa7user_id".to_vec();
        frame.extend(std::iter::repeat_n(0x91, levels));
        frame.push(0xc0);
        peer.send_bytes(frame).await;
        let answer = next(peer).await.to_string();
        assert!(answer.contains("nested too deeply"), "{answer}");
    }
    unharmed(stage).await;
}

#[tokio::test]
async fn slow_frames_and_strangers() {
    let mut stage = people(&[
        ("KOINE_LIMITS__FRAME_SECONDS", "2"),
        ("KOINE_LIMITS__LOGIN_SECONDS", "3"),
        ("KOINE_LIMITS__HANDSHAKE_SECONDS", "1"),
    ])
    .await;
    // Half a request, and then silence.
    stage.must("slow: technotrack").await;
    stage.must(&signs_in_by_technotrack("bob").replace("bob<", "slow<").replace("bob>", "slow>")).await;
    stage.must("slow>> {\"action\": \"contactlist\", \"da").await;
    // Nobody signs in, and yet it is not silent.
    stage.must("stranger: minioicq json\nvisitor: technotrack\nvisitor< {\"action\": \"welcome\", \"...\": \"*\"}").await;
    let mut half_http = TcpStream::connect(stage.server().address("http")).await.expect("a connection");
    half_http.write_all(b"GET /healthz HTTP/1.1\r\nHo").await.expect("a server that reads");
    let mut half_hands = TcpStream::connect(stage.server().address("minioicq")).await.expect("a connection");
    half_hands.write_all(b"GET / HTTP/1.1\r\nUpgrade: webso").await.expect("a server that reads");
    let mut half_frame = websocket_by_hand(stage.server().address("minioicq")).await;
    half_frame.write_all(b"\x81\xfe\x01\x00abcdhalf").await.expect("a server that reads");
    for _ in 0..8 {
        stage.must("stranger> {\"action\": \"heartbeat\"}\nstranger< {\"action\": \"heartbeat.ack\"}").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let slow = next(stage.peer("slow")).await;
    assert_eq!(slow["data"], json!({"status": 3, "error": "the request took too long"}));
    assert_eq!(stage.peer("slow").receive(PATIENCE).await, Some(Received::Closed));
    ends(&mut half_http).await;
    ends(&mut half_hands).await;
    assert_eq!(closes(&mut half_frame).await, Some(1008));
    for (who, why) in [("stranger", "Timed out"), ("visitor", "took too long")] {
        let last = next(stage.peer(who)).await;
        assert!(last.to_string().contains(why), "{who}: {last}");
        assert_eq!(stage.peer(who).receive(PATIENCE).await, Some(Received::Closed), "{who}");
    }
    assert_eq!(stage.peer("stranger").close_code(), Some(1008));
    unharmed(stage).await;
}

#[tokio::test]
async fn garbage_on_every_port() {
    let mut stage = people(&[]).await;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for what in ["http", "minioicq", "technotrack"] {
        let address = stage.server().address(what);
        for round in 0..40 {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let length = random.below(3000);
            let mut bytes: Vec<u8> = (0..length).map(|_| random.byte()).collect();
            if round % 4 == 1 {
                bytes.splice(0..0, *b"GET /ws/minioicq HTTP/1.1\r\n");
            }
            if round % 4 == 2 {
                bytes.splice(0..0, *b"{\"action\": \"auth\", ");
            }
            // It may well close before it has read everything.
            let _ = stream.write_all(&bytes).await;
            if round % 2 == 0 {
                let _ = stream.shutdown().await;
                ends(&mut stream).await;
            }
        }
    }
    // Behind a handshake, too: frames of every kind, whole and broken.
    for _ in 0..60 {
        let mut stream = websocket_by_hand(stage.server().address("minioicq")).await;
        for _ in 0..random.below(6) {
            let length = random.below(126);
            let first =
                if random.byte().is_multiple_of(3) { random.byte() } else { 0x81 + random.byte() % 2 };
            let mut bytes = vec![first, 0x80 | u8::try_from(length).expect("a short frame"), 0, 0, 0, 0];
            bytes.extend((0..length).map(|_| random.byte()));
            let _ = stream.write_all(&bytes).await;
        }
        let _ = stream.shutdown().await;
        ends(&mut stream).await;
    }
    for _ in 0..60 {
        let mut peer = Peer::stream(stage.server().address("technotrack")).await;
        let mut text =
            json!({"action": "message", "data": {"uid": "bob", "body": "hi"}}).to_string().into_bytes();
        for _ in 0..1 + random.below(3) {
            let place = random.below(text.len());
            text[place] = random.byte();
        }
        peer.send_bytes(text).await;
        drop(peer.receive(Duration::from_millis(2)).await);
    }
    assert_eq!(fetch(stage.server().address("http"), "/readyz").await.status, 200);
    unharmed(stage).await;
}

/// Ann and bob, on a server that is as patient and generous as the variables say.
pub(super) async fn people(variables: &[(&str, &str)]) -> Stage<Process> {
    let recipe = variables.iter().fold(koine_e2e::recipe(), |recipe, (name, value)| recipe.with(name, value));
    let mut stage = koine_e2e::stage_with(recipe).await;
    stage.must(&registers_by_minioicq("ann", "msgpack")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    stage
}

/// Whoever was there before still is, and talks.
async fn unharmed(mut stage: Stage<Process>) {
    // Another session of bob's may have taken the place of the first one.
    if rest(stage.peer("bob")).await.1 {
        stage.must(&returns_by_technotrack("bob")).await;
    }
    stage.must("bob> {\"action\": \"message\", \"data\": {\"uid\": \"ann\", \"body\": \"alive?\"}}").await;
    while next(stage.peer("ann")).await["action"] != "message.push" {}
    stage.clear().stop().await;
}

/// A WebSocket whose frames are written by hand.
pub(super) async fn websocket_by_hand(address: SocketAddr) -> TcpStream {
    let (stream, head) = shake_hands(address, "/", "").await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream
}

/// Asks for a WebSocket, with `headers` more. Tells the head of the answer.
pub(super) async fn shake_hands(address: SocketAddr, path: &str, headers: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Upgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("a server that reads");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(PATIENCE, stream.read_u8()).await.expect("in time").expect("a handshake"));
    }
    (stream, String::from_utf8_lossy(&head).into_owned())
}

/// Reads until the server ends the connection.
async fn ends(stream: &mut TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    // A reset is an end, too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the server ends the connection");
    said
}

/// The code of the WebSocket close frame with which the server ends the connection.
pub(super) async fn closes(stream: &mut TcpStream) -> Option<u16> {
    let said = ends(stream).await;
    let code = said.last_chunk::<4>().filter(|frame| frame[..2] == [0x88, 2])?;
    Some(u16::from_be_bytes([code[2], code[3]]))
}

/// Numbers without a pattern that are the same each time.
struct Random(u64);

impl Random {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u8::try_from(self.0 >> 56).expect("eight bits")
    }

    fn below(&mut self, end: usize) -> usize {
        (usize::from(self.byte()) << 8 | usize::from(self.byte())) % end
    }
}
