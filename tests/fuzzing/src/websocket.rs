//! The WebSocket codec and its handshake.

use crate::input::Input;
use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Version};
use koine_gateway::websocket::{Decoder, ProtocolError, handshake as upgrade};

/// The largest message that is allowed here.
const LARGEST_MESSAGE: usize = 300;
/// The most of a frame that is kept beside a message: a header and a control frame.
const MOST_BESIDE: usize = 14 + 125;

/// Frames: the first byte says into which pieces the rest is cut, which changes nothing.
pub(crate) fn websocket(input: &[u8]) {
    let Some((&size, bytes)) = input.split_first() else { return };
    let whole = decode(bytes, bytes.len());
    assert_eq!(decode(bytes, usize::from(size % 16) + 1), whole);
}

/// Every event, as it shows itself, and how it ended.
fn decode(bytes: &[u8], size: usize) -> (Vec<String>, Option<ProtocolError>) {
    let (mut decoder, mut events) = (Decoder::new(LARGEST_MESSAGE), Vec::new());
    for piece in bytes.chunks(size.max(1)) {
        let mut piece = piece.to_vec();
        let mut rest = piece.as_mut_slice();
        loop {
            match decoder.next(&mut rest) {
                Ok(Some(event)) => events.push(format!("{event:?}")),
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
        assert!(rest.is_empty(), "bytes that are neither taken nor a frame");
        assert!(decoder.pending().is_none_or(|pending| pending <= LARGEST_MESSAGE + MOST_BESIDE));
    }
    (events, None)
}

/// Requests for a WebSocket: lines are the values of headers, the first character of each says of which.
pub(crate) fn handshake(input: &[u8]) {
    let mut headers = HeaderMap::new();
    let names = [UPGRADE, CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION];
    for line in input.split(|byte| *byte == b'\n') {
        let mut line = Input(line);
        let name = &names[usize::from(line.byte()) % names.len()];
        if let Ok(value) = HeaderValue::from_bytes(line.0) {
            headers.append(name, value);
        }
    }
    match upgrade::accept(&Method::GET, Version::HTTP_11, &headers) {
        Ok(answer) => assert_eq!(answer.len(), 3),
        Err(refused) => assert!(refused.status().is_client_error()),
    }
}
