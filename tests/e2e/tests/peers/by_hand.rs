//! What programs would not send, byte by byte.

use koine_testkit::tls::Pipe;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

/// How long the server may take for what it does by itself, on the slowest machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A request for a WebSocket at `path`.
pub(super) fn handshake(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// Opens a WebSocket whose frames are written by hand.
pub(super) async fn shake_hands(pipe: &mut Pipe) {
    pipe.write_all(handshake("/").as_bytes()).await.expect("a server that reads");
    read_until(pipe, b"\r\n\r\n").await;
}

/// Reads up to these bytes.
pub(super) async fn read_until(pipe: &mut Pipe, end: &[u8]) {
    let mut read = Vec::new();
    while !read.ends_with(end) {
        match timeout(PATIENCE, pipe.read_u8()).await {
            Ok(Ok(byte)) => read.push(byte),
            other => panic!("{other:?} after {}", String::from_utf8_lossy(&read)),
        }
    }
}

/// A masked text frame. The mask is zeros, so that the text stands in it as it is.
pub(super) fn frame(text: &str) -> Vec<u8> {
    let [high, low] = u16::try_from(text.len()).expect("a short text").to_be_bytes();
    // A length is written as short as it can be.
    let length = if text.len() < 126 { vec![0x80 | low] } else { vec![0x80 | 126, high, low] };
    [b"\x81".as_slice(), &length, &[0; 4], text.as_bytes()].concat()
}

/// The beginning of what a TLS client says first.
pub(super) fn client_hello() -> Vec<u8> {
    // A record of 512 bytes with a hello of 508 of TLS 1.2; what follows is as good as any random number.
    let mut hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec();
    hello.resize(400, 7);
    hello
}

/// Writes `bytes` one by one, and tells after how long the server has ended the connection.
pub(super) async fn dribble(mut pipe: Pipe, bytes: &[u8], pace: Duration) -> Duration {
    let begun = Instant::now();
    let mut scrap = [0; 4096];
    for byte in bytes.iter().chain(std::iter::repeat(&b'x')) {
        // A write that fails is an end; so is what a read tells until the next byte is due.
        let written = async {
            pipe.write_all(&[*byte]).await?;
            pipe.flush().await
        };
        if written.await.is_err() {
            break;
        }
        let due = Instant::now() + pace;
        let ended = loop {
            match tokio::time::timeout_at(due, pipe.read(&mut scrap)).await {
                Err(_) => break false,
                Ok(Ok(1..)) => {}
                Ok(_) => break true,
            }
        };
        if ended {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the server waits on and on");
    }
    begun.elapsed()
}
