//! A file of 50 MiB from one client to another who is away at first: bit for bit, and never in the server's memory.

use koine_dialect::toolbox::base64;
use koine_testkit::peer::{Peer, Received};
use koine_testkit::{Server, World};
use koine_type_payload::TypePayload;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const MIB: u64 = 1 << 20;
const CHUNK: u64 = 128 << 10;
const SIZE: u64 = 50 * MIB;

async fn hears(peer: &mut Peer, kind: &str) -> Value {
    loop {
        match peer.receive(Duration::from_secs(20)).await {
            Some(Received::Frame(frame)) if frame["type"] == kind => return frame["payload"].clone(),
            Some(Received::Frame(_)) => {}
            other => panic!("{other:?} instead of {kind}"),
        }
    }
}

async fn says(peer: &mut Peer, kind: &str, payload: Value) {
    peer.send(&json!({"type": kind, "timestamp": 0, "payload": payload})).await;
}

async fn enters(world: &World, who: &str) -> Peer {
    let mut peer = Peer::stream(world.address("type-payload")).await;
    says(&mut peer, "REGISTER_REQUEST", json!({"username": who, "passwordHash": "x"})).await;
    says(&mut peer, "LOGIN_REQUEST", json!({"username": who, "passwordHash": "x"})).await;
    assert_eq!(hears(&mut peer, "LOGIN_RESPONSE").await["code"], 0);
    peer
}

/// The chunk of this number: bytes that do not repeat, of which none needs to be remembered.
fn chunk(index: u64, length: u64) -> Vec<u8> {
    let mut state = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    });
    next.take(usize::try_from(length).unwrap()).collect()
}

/// Sends `size` bytes; with `until`, breaks off behind so many chunks. Tells their hash.
async fn uploads(peer: &mut Peer, id: &str, size: u64, until: Option<u64>) -> [u8; 32] {
    let names = json!({"sender": "ann", "receiver": "bob", "mediaId": id, "mediaType": "video/mp4", "mediaSize": size});
    says(peer, "MEDIA_MESSAGE", names.clone()).await;
    assert_eq!(hears(peer, "MEDIA_MESSAGE_ACK").await["code"], 0);
    let total = size.div_ceil(CHUNK);
    let mut hasher = Sha256::new();
    for index in 1..=total {
        if until.is_some_and(|until| index > until) {
            return [0; 32];
        }
        let bytes = chunk(index, CHUNK.min(size - (index - 1) * CHUNK));
        hasher.update(&bytes);
        let mut data = names.clone();
        data["data"] = base64::encode(&bytes).into();
        data["chunkIndex"] = index.into();
        data["totalChunks"] = total.into();
        says(peer, "MEDIA_MESSAGE_DATA", data).await;
        let ack = hears(peer, "MEDIA_MESSAGE_DATA_ACK").await;
        assert_eq!((&ack["chunkIndex"], &ack["code"]), (&json!(index), &json!(0)));
    }
    assert_eq!(hears(peer, "MEDIA_MESSAGE_COMPLETE").await["code"], 0);
    hasher.finalize().into()
}

/// Fetches an attachment over HTTP, as others do who got a link to it; tells its hash.
async fn fetches(world: &World, id: &str) -> [u8; 32] {
    let mut stream = TcpStream::connect(world.address("http")).await.unwrap();
    let request = format!("GET /media/{id} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(lines.read_line(&mut head).await.unwrap() > 0, "{head}");
    }
    assert!(head.contains(&format!("content-length: {SIZE}")), "{head}");
    let mut hasher = Sha256::new();
    let mut buffer = [0; 4096];
    loop {
        let read = lines.read(&mut buffer).await.unwrap();
        if read == 0 {
            return hasher.finalize().into();
        }
        hasher.update(&buffer[..read]);
    }
}

/// Takes chunks until there are `until`, or all; tells the number of the first one, how many there are in all,
/// and the name of the attachment.
async fn takes(peer: &mut Peer, hasher: &mut Sha256, until: Option<u64>) -> (u64, u64, String) {
    let offer = hears(peer, "MEDIA_MESSAGE").await;
    let names = json!({"sender": "bob", "receiver": "ann", "mediaId": offer["mediaId"], "code": 0});
    says(peer, "MEDIA_MESSAGE_ACK", names.clone()).await;
    let id = offer["mediaId"].as_str().unwrap().to_owned();
    let mut first = None;
    loop {
        let data = hears(peer, "MEDIA_MESSAGE_DATA").await;
        let (index, total) = (data["chunkIndex"].as_u64().unwrap(), data["totalChunks"].as_u64().unwrap());
        first.get_or_insert(index);
        if until.is_some_and(|until| index > until) {
            return (first.unwrap(), total, id);
        }
        hasher.update(base64::decode(data["data"].as_str().unwrap()).unwrap());
        let mut ack = names.clone();
        ack["chunkIndex"] = index.into();
        says(peer, "MEDIA_MESSAGE_DATA_ACK", ack).await;
        if index == total {
            says(peer, "MEDIA_MESSAGE_COMPLETE", names).await;
            hears(peer, "MEDIA_MESSAGE_COMPLETE_ACK").await;
            return (first.unwrap(), total, id);
        }
    }
}

/// The memory of this process that is really there: the server's, and that of both clients.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_is_never_in_memory() {
    let mut world = World::start(vec![Arc::new(TypePayload)]).await;
    let mut ann = enters(&world, "ann").await;
    let mut bob = enters(&world, "bob").await;
    // What a first transfer makes once and for all is not what this is about.
    uploads(&mut ann, "small", 2 * MIB, None).await;
    takes(&mut bob, &mut Sha256::new(), None).await;
    bob.close().await;
    let before = resident();

    // The upload breaks off and is taken up again by another connection.
    uploads(&mut ann, "large", SIZE, Some(100)).await;
    ann.close().await;
    let mut ann = enters(&world, "ann").await;
    let sent = uploads(&mut ann, "large", SIZE, None).await;
    let uploaded = resident();

    // So does the delivery.
    let mut received = Sha256::new();
    let mut bob = enters(&world, "bob").await;
    let (first, total, id) = takes(&mut bob, &mut received, Some(300)).await;
    assert_eq!((first, total), (1, 800));
    bob.close().await;
    let mut bob = enters(&world, "bob").await;
    assert_eq!(takes(&mut bob, &mut received, None).await, (301, 800, id.clone()));
    let delivered = resident();

    assert!(<[u8; 32]>::from(received.finalize()) == sent, "what came is not what was sent");
    assert!(fetches(&world, &id).await == sent, "what was fetched is not what was sent");
    let grown = uploaded.max(delivered).max(resident()).saturating_sub(before);
    assert!(grown < 4 * MIB, "the process has grown by {} KiB", grown >> 10);
    world.stop().await;
}
