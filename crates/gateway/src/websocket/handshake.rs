//! The HTTP request that asks for a WebSocket, and its answer.
//!
//! Left out: parsing HTTP, who may connect (`Origin`, cookies, tokens), and subprotocols: whoever agrees on
//! one adds `Sec-WebSocket-Protocol` to the headers of the answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    ALLOW, CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Method, StatusCode, Version};
use sha1::{Digest, Sha1};

/// The one version of RFC 6455.
const VERSION: HeaderValue = HeaderValue::from_static("13");
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
const UPGRADES: HeaderValue = HeaderValue::from_static("Upgrade");

/// What RFC 6455 appends to a key, so that no server accepts by mere echo.
const ACCEPT_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Why a request does not become a WebSocket.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// The method is not GET.
    #[error("a WebSocket is asked for with GET")]
    Method,
    /// HTTP/1.0, or a version that upgrades in another way.
    #[error("a WebSocket is asked for in HTTP/1.1")]
    HttpVersion,
    /// There is no `Upgrade: websocket`.
    #[error("the header Upgrade does not name websocket")]
    Upgrade,
    /// There is no `Connection: Upgrade`, which a proxy may have removed.
    #[error("the header Connection does not name Upgrade")]
    Connection,
    /// The client speaks another version.
    #[error("the header Sec-WebSocket-Version is not 13")]
    WebSocketVersion,
    /// The key is not 16 bytes in base64.
    #[error("the header Sec-WebSocket-Key is not 16 bytes in base64")]
    Key,
}

impl Refused {
    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::HttpVersion => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::Upgrade | Self::Connection | Self::WebSocketVersion => StatusCode::UPGRADE_REQUIRED,
            Self::Key => StatusCode::BAD_REQUEST,
        }
    }

    /// The headers that tell the client how to do better.
    pub fn headers(self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        match self {
            Self::Method => {
                headers.insert(ALLOW, HeaderValue::from_static("GET"));
            }
            Self::Upgrade | Self::Connection | Self::WebSocketVersion => {
                headers.insert(UPGRADE, WEBSOCKET);
                headers.insert(CONNECTION, UPGRADES);
                headers.insert(SEC_WEBSOCKET_VERSION, VERSION);
            }
            Self::HttpVersion | Self::Key => {}
        }
        headers
    }
}

/// The headers of the answer, whose status is 101, to a request for a WebSocket.
pub fn accept(method: &Method, version: Version, headers: &HeaderMap) -> Result<HeaderMap, Refused> {
    if method != Method::GET {
        return Err(Refused::Method);
    }
    if version != Version::HTTP_11 {
        return Err(Refused::HttpVersion);
    }
    if !names(headers, UPGRADE, "websocket") {
        return Err(Refused::Upgrade);
    }
    if !names(headers, CONNECTION, "upgrade") {
        return Err(Refused::Connection);
    }
    if only(headers, SEC_WEBSOCKET_VERSION) != Some("13") {
        return Err(Refused::WebSocketVersion);
    }
    let key = only(headers, SEC_WEBSOCKET_KEY).ok_or(Refused::Key)?;
    if STANDARD.decode(key).map_err(|_| Refused::Key)?.len() != 16 {
        return Err(Refused::Key);
    }
    let accepted = HeaderValue::from_str(&accept_key(key)).map_err(|_| Refused::Key)?;
    Ok(HeaderMap::from_iter([(UPGRADE, WEBSOCKET), (CONNECTION, UPGRADES), (SEC_WEBSOCKET_ACCEPT, accepted)]))
}

/// What proves to a client that the server has read its key.
pub fn accept_key(key: &str) -> String {
    let digest = Sha1::new().chain_update(key).chain_update(ACCEPT_SUFFIX).finalize();
    STANDARD.encode(digest)
}

/// Whether one of the comma-separated tokens is `token`, in any case.
fn names(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.any(|value| value.split(',').any(|word| word.trim().eq_ignore_ascii_case(token)))
}

/// The value of a header that must not be repeated.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?.trim();
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: [(HeaderName, &str); 4] = [
        (UPGRADE, "websocket"),
        (CONNECTION, "Upgrade"),
        (SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
        (SEC_WEBSOCKET_VERSION, "13"),
    ];

    fn example() -> HeaderMap {
        EXAMPLE.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
    }

    fn check(change: impl FnOnce(&mut HeaderMap), expected: Result<(), Refused>) {
        let mut headers = example();
        change(&mut headers);
        assert_eq!(accept(&Method::GET, Version::HTTP_11, &headers).map(|_| ()), expected);
    }

    fn set(name: HeaderName, value: &'static str) -> impl FnOnce(&mut HeaderMap) {
        move |headers| {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }

    fn add(name: HeaderName, value: &'static str) -> impl FnOnce(&mut HeaderMap) {
        move |headers| {
            headers.append(name, HeaderValue::from_static(value));
        }
    }

    #[test]
    fn the_example_of_the_rfc() {
        let headers = accept(&Method::GET, Version::HTTP_11, &example()).unwrap();
        assert_eq!(headers[SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(headers[UPGRADE], "websocket");
        assert_eq!(headers[CONNECTION], "Upgrade");
        assert_eq!(headers.len(), 3, "no extension and no subprotocol is agreed on");
    }

    #[test]
    fn tokens_are_found_in_lists_and_in_any_case() {
        check(set(CONNECTION, "keep-alive, UPGRADE"), Ok(()));
        check(add(CONNECTION, "keep-alive"), Ok(()));
        check(set(UPGRADE, "WebSocket"), Ok(()));
        check(set(UPGRADE, "h2c, websocket"), Ok(()));
        check(set(UPGRADE, "websockets"), Err(Refused::Upgrade));
        check(set(CONNECTION, "keep-alive"), Err(Refused::Connection));
    }

    #[test]
    fn each_header_is_needed() {
        let missing = [Refused::Upgrade, Refused::Connection, Refused::Key, Refused::WebSocketVersion];
        for ((name, _), refused) in EXAMPLE.into_iter().zip(missing) {
            check(|headers| drop(headers.remove(name)), Err(refused));
        }
    }

    #[test]
    fn the_key_is_sixteen_bytes_in_base64_once() {
        check(set(SEC_WEBSOCKET_KEY, ""), Err(Refused::Key));
        check(set(SEC_WEBSOCKET_KEY, "SGVsbG8="), Err(Refused::Key));
        check(set(SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ"), Err(Refused::Key));
        check(set(SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25j*Q=="), Err(Refused::Key));
        check(add(SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="), Err(Refused::Key));
    }

    #[test]
    fn another_version_is_told_which_one_is_spoken() {
        check(set(SEC_WEBSOCKET_VERSION, "8"), Err(Refused::WebSocketVersion));
        check(set(SEC_WEBSOCKET_VERSION, "13, 8"), Err(Refused::WebSocketVersion));
        assert_eq!(Refused::WebSocketVersion.status(), StatusCode::UPGRADE_REQUIRED);
        assert_eq!(Refused::WebSocketVersion.headers()[SEC_WEBSOCKET_VERSION], "13");
    }

    #[test]
    fn only_get_in_http_1_1() {
        assert_eq!(accept(&Method::POST, Version::HTTP_11, &example()), Err(Refused::Method));
        assert_eq!(accept(&Method::GET, Version::HTTP_10, &example()), Err(Refused::HttpVersion));
        assert_eq!(Refused::Method.headers()[ALLOW], "GET");
    }
}
