//! The least HTTP that can fetch something.

use crate::heard::PATIENCE;
use std::net::SocketAddr;
use std::ops::Not;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a server answered.
#[derive(Debug)]
pub struct Fetched {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Fetched {
    /// A header; nothing when it is not there.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

/// Fetches `path` from `address`.
pub async fn fetch(address: SocketAddr, path: &str) -> Fetched {
    ask(address, "GET", path, &[], &[]).await
}

/// Sends a form to `path` of `address`, as a browser does.
pub async fn post(address: SocketAddr, path: &str, form: &str) -> Fetched {
    let kind = ("Content-Type", "application/x-www-form-urlencoded".to_owned());
    ask(address, "POST", path, &[kind], form.as_bytes()).await
}

/// Sends a request with these headers and this body, if it is not empty.
pub async fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> Fetched {
    try_ask(address, method, path, headers, body).await.expect("an answer")
}

/// The same where the server may end meanwhile.
pub async fn try_ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> Result<Fetched, String> {
    let answer = tokio::time::timeout(PATIENCE, exchange(address, method, path, headers, body)).await;
    let answer = answer.map_err(|_| format!("{method} {path} is not answered in time"))?;
    let answer = answer.map_err(|error| format!("{method} {path}: {error}"))?;
    parse(&answer).ok_or_else(|| format!("{method} {path}: no whole answer, but {} bytes", answer.len()))
}

/// Sends a request, and gives everything that comes back.
async fn exchange(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &[u8],
) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || method == "POST" {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// An answer as it came; nothing where it was cut short.
fn parse(answer: &[u8]) -> Option<Fetched> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let mut lines = std::str::from_utf8(&answer[..end]).ok()?.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let fetched = Fetched { status, body: answer[end + 4..].to_vec(), headers };
    let length = fetched.header("content-length").parse::<usize>();
    length.is_ok_and(|length| length != fetched.body.len()).not().then_some(fetched)
}

/// Fetches a URL whose host is the server at `address`, whatever it calls itself.
pub async fn fetch_url(address: SocketAddr, url: &str) -> Fetched {
    fetch(address, &path_of(address, url)).await
}

/// The path of a URL whose host is the server at `address`, whatever it calls itself.
pub fn path_of(address: SocketAddr, url: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("{url} is no URL"));
    let (host, path) = rest.split_once('/').unwrap_or_else(|| panic!("{url} has no path"));
    assert!(host.ends_with(&format!(":{}", address.port())), "{url} leads elsewhere than to {address}");
    format!("/{path}")
}
