//! The longest frame of each dialect, over every transport that it has: one byte more is answered in its words, and is the end.

use super::{PATIENCE, limited};
use koine_e2e::heard::next;
use koine_e2e::people::*;
use koine_testkit::Server;
use koine_testkit::peer::{Peer, Received};
use koine_testkit::value::Encoding;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

/// How frames travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Transport {
    Stream,
    /// On the dialect's own port.
    WebSocket,
    /// On the HTTP port.
    Path,
}

/// A dialect over a transport.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) dialect: &'static str,
    pub(super) transport: Transport,
    pub(super) encoding: Encoding,
}

/// Every dialect over every transport, in each encoding.
pub(super) fn ways(server: &impl Server) -> Vec<Way> {
    use koine_dialect::Carriage;
    let mut ways = Vec::new();
    for dialect in server.dialects() {
        let encodings: &[Encoding] = match dialect.name() {
            "minioicq" => &[Encoding::Json, Encoding::MessagePack],
            _ => &[Encoding::Json],
        };
        let transports = dialect.carriages().iter().flat_map(|carriage| match carriage {
            Carriage::WebSocket => [Transport::WebSocket, Transport::Path].as_slice(),
            Carriage::JsonStream { .. } => &[Transport::Stream],
        });
        for transport in transports {
            let way = |encoding: &Encoding| Way {
                dialect: dialect.name(),
                transport: *transport,
                encoding: *encoding,
            };
            ways.extend(encodings.iter().map(way));
        }
    }
    ways
}

impl Way {
    /// A stranger who comes this way, and has heard the greeting, where there is one.
    pub(super) async fn stranger(self, server: &impl Server) -> Peer {
        let own: SocketAddr = server.address(self.dialect);
        let mut peer = match self.transport {
            Transport::Stream => Peer::stream(own).await,
            Transport::WebSocket => Peer::websocket(own, "/", self.encoding).await,
            Transport::Path => {
                Peer::websocket(server.address("http"), &format!("/ws/{}", self.dialect), self.encoding).await
            }
        };
        match self.dialect {
            "technotrack" | "native" => drop(next(&mut peer).await),
            // It is answered in the encoding in which it is asked.
            "minioicq" => {
                peer.send(&json!({"action": "heartbeat"})).await;
                assert_eq!(next(&mut peer).await, json!({"action": "heartbeat.ack"}));
            }
            _ => {}
        }
        peer
    }

    /// A frame of exactly so many bytes that means nothing.
    fn frame(self, length: usize) -> Vec<u8> {
        let mut frame = match self.encoding {
            Encoding::Json => br#"{"filler": ""#.to_vec(),
            // A map of one field, whose value is a text of as many bytes as a number of 32 bits says.
            Encoding::MessagePack => {
                let text = u32::try_from(length - 13).expect("a length").to_be_bytes();
                [b"\x81\xa6filler\xdb".as_slice(), &text].concat()
            }
        };
        let end: &[u8] = if self.encoding == Encoding::Json { b"\"}" } else { b"" };
        frame.resize(length - end.len(), b'x');
        frame.extend_from_slice(end);
        frame
    }
}

/// The bounds of the dialects, each its own.
const BOUNDS: [(&str, usize); 6] = [
    ("minioicq", 70_000),
    ("mode_token", 80_000),
    ("native", 90_000),
    ("ourchat", 100_000),
    ("technotrack", 110_000),
    ("type_payload", 120_000),
];

#[tokio::test]
async fn each_dialect_has_a_bound_of_its_own_over_each_transport() {
    let keys =
        BOUNDS.map(|(dialect, bytes)| (format!("dialects__{dialect}__frame_bytes"), bytes.to_string()));
    let mut settings: Vec<(&str, &str)> =
        keys.iter().map(|(key, bytes)| (key.as_str(), bytes.as_str())).collect();
    settings.push(("stranger_frame_bytes", "1048576"));
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &settings).await;
    let ways = ways(stage.server());
    assert_eq!(ways.len(), 14, "{ways:?}");
    let mut times = 0;
    for way in ways {
        let bound = BOUNDS.iter().find(|(dialect, _)| dialect.replace('_', "-") == way.dialect);
        let bound = bound.unwrap_or_else(|| panic!("{} has no bound here", way.dialect)).1;
        let mut peer = way.stranger(stage.server()).await;
        peer.send_bytes(way.frame(bound)).await;
        let answer = next(&mut peer).await.to_string();
        assert!(!answer.contains("too large"), "{way:?}: {answer}");
        let mut peer = way.stranger(stage.server()).await;
        peer.send_bytes(way.frame(bound + 1)).await;
        let expected = match way.dialect {
            "minioicq" => json!({"action": "error", "reason": "The message is too large"}),
            "mode-token" => {
                json!({"mode": "unknown", "status": "422", "error_msg": "the message is too large"})
            }
            "native" => json!({"event": "bad_frame", "message": "the frame is too large"}),
            "ourchat" => json!({"code": 18, "details": "the message is too large"}),
            "technotrack" => {
                json!({"action": "unknown", "data": {"status": 3, "error": "the request is too large"}})
            }
            "type-payload" => json!({"code": 7001, "reason": "the object is too large"}),
            other => panic!("how does {other} say that a frame is too large?"),
        };
        let mut said = next(&mut peer).await;
        match way.dialect {
            "mode-token" => drop(said.as_object_mut().and_then(|said| said.remove("timestamp"))),
            "type-payload" => {
                assert_eq!(said["type"], "ERROR");
                said = said["payload"].take();
            }
            _ => {}
        }
        assert_eq!(said, expected, "{way:?}");
        assert_eq!(peer.receive(PATIENCE).await, Some(Received::Closed), "{way:?}");
        let code = (way.transport != Transport::Stream).then_some(1009);
        assert_eq!(peer.close_code(), code, "{way:?}");
        times += 1;
    }
    numbers.is_met("frame_bytes", times).await;
    numbers.gives_up("too_large", times).await;
    assert_eq!(numbers.met("stranger_frame_bytes").await, 0.0);
    stage.clear().stop().await;
}

#[tokio::test]
async fn strangers_have_a_lower_bound() {
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &[("stranger_frame_bytes", "4096")]).await;
    stage.must(&registers_by_technotrack("bob")).await;
    let mut times = 0;
    for way in ways(stage.server()) {
        let mut peer = way.stranger(stage.server()).await;
        peer.send_bytes(way.frame(5_000)).await;
        let answer = next(&mut peer).await.to_string();
        // In this one each request brings its own proof.
        let is_bounded = way.dialect != "mode-token";
        assert_eq!(answer.contains("too large"), is_bounded, "{way:?}: {answer}");
        times += u32::from(is_bounded);
    }
    // Whoever has signed in has not.
    stage.peer("bob").send(&json!({"action": "nothing", "filler": "x".repeat(5_000)})).await;
    assert!(!next(stage.peer("bob")).await.to_string().contains("too large"));
    numbers.is_met("stranger_frame_bytes", times).await;
    numbers.gives_up("too_large", times).await;
    assert_eq!(numbers.met("frame_bytes").await, 0.0);
    stage.clear().stop().await;
}

#[tokio::test]
async fn large_frames_have_so_much_room_in_all() {
    let (mut stage, numbers) =
        limited(koine_e2e::recipe(), &[("large_frames_bytes", "1048576"), ("frame_seconds", "600")]).await;
    for who in ["ann", "bob", "cat"] {
        stage.must(&registers_by_technotrack(who)).await;
    }
    let large = json!({"action": "nothing", "filler": "x".repeat(300_000)});
    let most = large.to_string().into_bytes()[..250_000].to_vec();
    stage.peer("ann").send_bytes(most).await;
    // Once her frame has its place, there is none for another one.
    let mut answered = 0;
    loop {
        stage.peer("bob").send(&large).await;
        match stage.peer("bob").receive(Duration::from_secs(3)).await {
            Some(Received::Frame(_)) => answered += 1,
            other => break assert_eq!(other, None),
        }
        // One of his may have been first.
        sleep(Duration::from_millis(200)).await;
        assert!(answered < 20, "there is room for two");
    }
    numbers.is_met_at_least("large_frames_bytes", 1).await;
    // What is small needs none.
    stage.peer("cat").send(&json!({"action": "nothing", "filler": "x".repeat(30_000)})).await;
    next(stage.peer("cat")).await;
    drop(stage.leave("ann"));
    next(stage.peer("bob")).await;
    stage.clear().stop().await;
}

/// A connection whose client has closed its side stays for as long as something waits to be written to it. What has come of a frame that
/// never will be whole does not: its room is for others.
#[tokio::test]
async fn a_frame_that_will_never_be_whole_is_forgotten_when_its_client_has_closed_its_side() {
    let limits = [
        ("large_frames_bytes", "1048576"),
        ("frame_seconds", "600"),
        ("write_stall_seconds", "600"),
        // More than what waits for her, so that she is read from all the same.
        ("queue_bytes", "67108864"),
    ];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    for who in ["ann", "bob", "cat"] {
        stage.must(&registers_by_technotrack(who)).await;
    }
    drop(stage.leave("ann"));
    let attach = json!({"mime": "application/octet-stream", "data": "AAAA".repeat(3 << 20)});
    let message = json!({"uid": "ann", "body": "look", "attach": attach});
    stage.peer("cat").send(&json!({"action": "message", "data": message})).await;
    assert_eq!(next(stage.peer("cat")).await["data"]["status"], 0);
    // She comes back, and reads nothing more than that she is signed in.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let narrow = socket.connect(stage.server().address("technotrack")).await.expect("a connection");
    let narrow = narrow.into_std().expect("a socket");
    let twin = narrow.try_clone().expect("the same socket");
    stage.enter("ann", Peer::stream_over(TcpStream::from_std(narrow).expect("a socket")));
    stage.must(&signs_in_by_technotrack("ann")).await;
    let large = json!({"action": "nothing", "filler": "x".repeat(300_000)});
    let most = large.to_string().into_bytes()[..250_000].to_vec();
    stage.peer("ann").send_bytes(most).await;
    // Once her frame has its place, there is none for another one.
    let mut answered = 0;
    loop {
        stage.peer("bob").send(&large).await;
        match stage.peer("bob").receive(Duration::from_secs(3)).await {
            Some(Received::Frame(_)) => answered += 1,
            other => break assert_eq!(other, None),
        }
        // What she missed is read first.
        sleep(Duration::from_millis(200)).await;
        assert!(answered < 100, "there is room for two");
    }
    numbers.is_met_at_least("large_frames_bytes", 1).await;
    twin.shutdown(std::net::Shutdown::Write).expect("a side that can be closed");
    next(stage.peer("bob")).await;
    // Her connection has stayed: she still has all that was to be written to her.
    let told = next(stage.peer("ann")).await;
    assert!(told["data"]["body"] == "look" && told["data"]["attach"] == attach, "another message");
    assert_eq!(stage.peer("ann").receive(PATIENCE).await, Some(Received::Closed));
    stage.clear().stop().await;
}

#[tokio::test]
async fn whoever_sends_what_is_no_frame_is_given_up_and_counted() {
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &[]).await;
    let mut times = 0;
    for way in ways(stage.server()) {
        let path = match way.transport {
            Transport::Stream => {
                let mut peer = way.stranger(stage.server()).await;
                peer.send_bytes(b"}]\xff\xfe{".to_vec()).await;
                while let Some(Received::Frame(_)) = peer.receive(PATIENCE).await {}
                times += 1;
                numbers.gives_up("malformed", times).await;
                continue;
            }
            Transport::WebSocket => "/".to_owned(),
            Transport::Path => format!("/ws/{}", way.dialect),
        };
        let what = if way.transport == Transport::Path { "http" } else { way.dialect };
        let mut stream = TcpStream::connect(stage.server().address(what)).await.expect("a connection");
        // After the handshake a frame with reserved bits, which nobody has agreed upon.
        let handshake = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(handshake.as_bytes()).await.expect("a server that reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, stream.read_u8()).await.expect("in time").expect("a handshake"));
        }
        stream.write_all(b"\xf1\x81\x00\x00\x00\x00x").await.expect("a server that reads");
        times += 1;
        numbers.gives_up("malformed", times).await;
    }
    assert_eq!(times, 14);
    stage.clear().stop().await;
}
