//! WebSocket frames as bytes, from both ends: as much of RFC 6455 as talking to a server of ours takes.
//!
//! Fragments are refused, since neither end makes any.

use anyhow::{Context, bail, ensure};
use koine_dialect::toolbox::base64;
use sha1::{Digest, Sha1};

/// Text.
pub(crate) const TEXT: u8 = 1;
/// Bytes.
pub(crate) const BINARY: u8 = 2;
/// The other end says that it closes.
pub(crate) const CLOSE: u8 = 8;
/// The other end asks for a pong with the same content.
pub(crate) const PING: u8 = 9;
/// The answer to a ping.
pub(crate) const PONG: u8 = 10;

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;

/// What stands before the content of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    /// What kind of frame it is.
    pub(crate) opcode: u8,
    /// How many bytes the header has.
    pub(crate) size: usize,
    /// How many bytes come after it.
    pub(crate) length: usize,
    /// What they are masked with.
    pub(crate) mask: Option<[u8; 4]>,
}

/// The header at the beginning of `bytes`; `None` where it is not whole.
pub(crate) fn header(bytes: &[u8]) -> anyhow::Result<Option<Header>> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    ensure!(first & 0x70 == 0 && first & FINAL != 0, "a WebSocket frame begins with {first:#04x}");
    let (length, rest) = match second & !MASKED {
        126 => match rest.split_first_chunk() {
            Some((length, rest)) => (usize::from(u16::from_be_bytes(*length)), rest),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk() {
            Some((length, rest)) => {
                (usize::try_from(u64::from_be_bytes(*length)).context("a frame that cannot be held")?, rest)
            }
            None => return Ok(None),
        },
        short => (usize::from(short), rest),
    };
    let (mask, rest) = if second & MASKED == 0 {
        (None, rest)
    } else {
        match rest.split_first_chunk() {
            Some((mask, rest)) => (Some(*mask), rest),
            None => return Ok(None),
        }
    };
    let size = bytes.len() - rest.len();
    Ok(Some(Header { opcode: first & 0x0f, size, length, mask }))
}

/// Writes what stands before `length` bytes of content.
pub(crate) fn begin(out: &mut Vec<u8>, opcode: u8, length: usize, mask: Option<[u8; 4]>) {
    let masked = if mask.is_some() { MASKED } else { 0 };
    out.push(FINAL | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ ..126), _) => out.push(masked | length),
        (_, Ok(length)) => {
            out.push(masked | 126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(masked | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(mask.as_ref().map_or(&[], |mask| &mask[..]));
}

/// Writes a whole frame.
pub(crate) fn put(out: &mut Vec<u8>, opcode: u8, content: &[u8], mask: Option<[u8; 4]>) {
    begin(out, opcode, content.len(), mask);
    let start = out.len();
    out.extend_from_slice(content);
    if let Some(mask) = mask {
        turn(&mut out[start..], mask);
    }
}

/// Masks what is not masked, and the other way around.
pub(crate) fn turn(bytes: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let twice = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (eights, rest) = bytes.as_chunks_mut::<8>();
    for eight in eights {
        *eight = (u64::from_ne_bytes(*eight) ^ twice).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

/// What a client says first.
pub(crate) fn request(host: &str, path: &str) -> String {
    // Any 16 bytes: the key proves nothing, and the other end is ours.
    let key = base64::encode(b"a load generator");
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
}

/// Where the HTTP head at the beginning of `bytes` ends; `None` where it is not whole.
pub(crate) fn head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// Checks that the server takes the WebSocket.
pub(crate) fn check(head: &[u8]) -> anyhow::Result<()> {
    let text = String::from_utf8_lossy(head);
    let status = text.lines().next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 101") {
        bail!("the server opens no WebSocket: {status}");
    }
    Ok(())
}

/// What a server says to such a request, and the path that was asked for.
pub(crate) fn accept(head: &[u8]) -> anyhow::Result<(String, String)> {
    let text = std::str::from_utf8(head).context("the head is no text")?;
    let path = text.split(' ').nth(1).context("there is no path")?;
    let mut headers = text.lines().filter_map(|line| line.split_once(": "));
    let key = headers.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
    let key = key.context("there is no Sec-WebSocket-Key")?.1;
    let digest = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let accept = base64::encode(&digest);
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    Ok((path.to_owned(), answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_all_sizes_come_back() {
        for length in [0, 1, 7, 125, 126, 127, 65_535, 65_536] {
            for mask in [None, Some([1, 2, 3, 4])] {
                let content: Vec<u8> = (0..length).map(|index| index as u8).collect();
                let mut bytes = Vec::new();
                put(&mut bytes, TEXT, &content, mask);
                let found = header(&bytes).unwrap().unwrap();
                assert_eq!((found.opcode, found.length, found.mask), (TEXT, length, mask));
                assert_eq!(bytes.len(), found.size + length);
                if let Some(mask) = mask {
                    turn(&mut bytes[found.size..], mask);
                }
                assert_eq!(bytes[found.size..], content, "{length} {mask:?}");
                for cut in 0..found.size {
                    assert_eq!(header(&bytes[..cut]).unwrap(), None, "{length} {mask:?} cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn fragments_are_refused() {
        assert!(header(&[0x01, 0]).is_err() && header(&[0x80 | 0x40 | TEXT, 0]).is_err());
    }

    /// The example of RFC 6455, section 1.3.
    #[test]
    fn a_request_is_accepted() {
        let asked = "GET /chat HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let (path, answer) = accept(asked.as_bytes()).unwrap();
        assert_eq!(path, "/chat");
        assert!(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{answer}");
        check(answer.as_bytes()).unwrap();
        let ours = request("localhost", "/0/1");
        assert_eq!(head(ours.as_bytes()), Some(ours.len()));
        assert_eq!(accept(ours.as_bytes()).unwrap().0, "/0/1");
        assert!(check(b"HTTP/1.1 429 Too Many Requests\r\n\r\n").is_err());
    }
}
