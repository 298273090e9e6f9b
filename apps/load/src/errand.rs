//! Files that go up and come down by HTTP beside the conversations, for protocols whose pictures go that way.
//!
//! Each file has a connection of its own, and those of one person go one after the other, as they were asked for. Uploads are
//! tus 1.0: one request makes it, one brings the bytes.

use crate::connection::is_later;
use crate::websocket;
use anyhow::{Context, bail, ensure};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::SocketAddr;

/// What is to be done.
pub(crate) enum Errand {
    /// A picture goes up, as whoever has this token.
    Upload { token: String, bytes: Vec<u8> },
    /// What is at this path comes down.
    Fetch { path: String },
}

/// What came of it.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Brought {
    /// The name of the upload, which is whole.
    Uploaded(String),
    /// The bytes.
    Fetched(Vec<u8>),
}

/// All errands of a crowd.
#[derive(Default)]
pub(crate) struct Errands {
    waiting: VecDeque<(usize, Errand)>,
    lines: [Option<Line>; AT_ONCE],
    brought: Vec<(usize, Brought)>,
}

/// How many connections there are at once.
const AT_ONCE: usize = 16;
/// The tokens of these connections begin here; no crowd is so large.
const FIRST: usize = usize::MAX / 2;

impl Errands {
    /// Has something be done for somebody.
    pub(crate) fn send_off(&mut self, who: usize, errand: Errand) {
        self.waiting.push_back((who, errand));
    }

    /// Whether something of theirs waits or is under way.
    pub(crate) fn are_out(&self, who: usize) -> bool {
        self.waiting.iter().any(|(one, _)| *one == who)
            || self.lines.iter().flatten().any(|line| line.who == who)
    }

    /// What came of errands since the last time.
    pub(crate) fn brought(&mut self) -> Vec<(usize, Brought)> {
        std::mem::take(&mut self.brought)
    }

    /// Connects for what waits, as far as there is room.
    pub(crate) fn start(&mut self, registry: &Registry, address: Option<SocketAddr>) -> anyhow::Result<()> {
        while let Some(slot) = self.lines.iter().position(Option::is_none)
            && let Some(next) = self.next()
            && let Some((who, errand)) = self.waiting.remove(next)
        {
            let address = address.context("it is not known where files go")?;
            let mut line = Line::new(who, errand, address)?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            registry.register(&mut line.stream, Token(FIRST + slot), interest).context("a socket")?;
            self.lines[slot] = Some(line);
        }
        Ok(())
    }

    /// The first one that waits of somebody for whom nothing is under way.
    fn next(&self) -> Option<usize> {
        let is_under_way = |who: usize| self.lines.iter().flatten().any(|line| line.who == who);
        self.waiting.iter().position(|(who, _)| !is_under_way(*who))
    }

    /// Goes on with the connection of this token; `false` where it is none of these.
    pub(crate) fn ready(&mut self, token: Token, buffer: &mut [u8]) -> anyhow::Result<bool> {
        let Some(slot) = token.0.checked_sub(FIRST).and_then(|slot| self.lines.get_mut(slot)) else {
            return Ok(false);
        };
        let Some(line) = slot else { return Ok(true) };
        let brought = line.go_on(buffer).with_context(|| format!("a file of person {}", line.who))?;
        if let Some(brought) = brought {
            self.brought.push((line.who, brought));
            *slot = None;
        }
        Ok(true)
    }
}

/// One of the connections.
struct Line {
    who: usize,
    step: Step,
    host: String,
    stream: TcpStream,
    unsent: Vec<u8>,
    sent: usize,
    unread: Vec<u8>,
}

/// What is answered next.
enum Step {
    /// The request that makes an upload, for these bytes.
    Create {
        token: String,
        bytes: Vec<u8>,
    },
    /// The bytes of the upload of this name.
    Extend(String),
    Fetch,
}

impl Line {
    fn new(who: usize, errand: Errand, address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("connecting to {address}"))?;
        let _ = stream.set_nodelay(true);
        let host = address.to_string();
        let (request, step) = match errand {
            Errand::Fetch { path } => (request("GET", &path, &host, &[]), Step::Fetch),
            Errand::Upload { token, bytes } => {
                let (bearer, length) = (format!("Bearer {token}"), bytes.len().to_string());
                let headers = [
                    ("Authorization", bearer.as_str()),
                    ("Tus-Resumable", "1.0.0"),
                    ("Upload-Length", &length),
                    ("Upload-Metadata", "filename cGljdHVyZS5wbmc=,filetype aW1hZ2UvcG5n"),
                    ("Content-Length", "0"),
                ];
                (request("POST", UPLOADS, &host, &headers), Step::Create { token, bytes })
            }
        };
        let (unsent, unread) = (request.into_bytes(), Vec::new());
        Ok(Self { who, step, host, stream, unsent, sent: 0, unread })
    }

    /// Writes and reads as far as the socket goes; tells what came of it once it is done.
    fn go_on(&mut self, buffer: &mut [u8]) -> anyhow::Result<Option<Brought>> {
        loop {
            self.write()?;
            let here = self.read(buffer)?;
            let Some(answer) = answer(&self.unread)? else {
                ensure!(here, "the server closes before it has answered");
                return Ok(None);
            };
            if let Some(brought) = self.answered(&answer)? {
                return Ok(Some(brought));
            }
        }
    }

    /// What an answer brings; nothing where there is more to ask.
    fn answered(&mut self, answer: &Answer) -> anyhow::Result<Option<Brought>> {
        let expected = match self.step {
            Step::Create { .. } => 201,
            Step::Extend(_) => 204,
            Step::Fetch => 200,
        };
        if answer.status != expected {
            let body = self.unread.get(answer.body.clone()).unwrap_or_default();
            let what = if expected == 200 { "the file" } else { "the upload" };
            bail!("{what} is answered by {} {:.200}", answer.status, String::from_utf8_lossy(body));
        }
        let (token, bytes) = match &mut self.step {
            Step::Fetch => {
                self.unread.truncate(answer.body.end);
                self.unread.drain(..answer.body.start);
                return Ok(Some(Brought::Fetched(std::mem::take(&mut self.unread))));
            }
            Step::Extend(name) => return Ok(Some(Brought::Uploaded(std::mem::take(name)))),
            Step::Create { token, bytes } => (std::mem::take(token), std::mem::take(bytes)),
        };
        let name = answer.location.as_deref().and_then(|location| location.rsplit('/').next());
        let name = name.context("an upload has no Location")?.to_owned();
        let (bearer, length) = (format!("Bearer {token}"), bytes.len().to_string());
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Tus-Resumable", "1.0.0"),
            ("Upload-Offset", "0"),
            ("Content-Type", "application/offset+octet-stream"),
            ("Content-Length", &length),
        ];
        self.unsent = request("PATCH", &format!("{UPLOADS}/{name}"), &self.host, &headers).into_bytes();
        self.unsent.extend_from_slice(&bytes);
        self.sent = 0;
        self.unread.drain(..answer.body.end);
        self.step = Step::Extend(name);
        Ok(None)
    }

    fn write(&mut self) -> anyhow::Result<()> {
        while self.sent < self.unsent.len() {
            match self.stream.write(&self.unsent[self.sent..]) {
                Ok(written) => self.sent += written,
                Err(error) if is_later(&error) => break,
                Err(error) => return Err(error).context("nothing can be written"),
            }
        }
        Ok(())
    }

    /// Reads what there is. `false` when the other end has closed.
    fn read(&mut self, buffer: &mut [u8]) -> anyhow::Result<bool> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Ok(false),
                Ok(read) => self.unread.extend_from_slice(&buffer[..read]),
                Err(error) if is_later(&error) => return Ok(true),
                Err(error) => return Err(error).context("nothing can be read"),
            }
        }
    }
}

const UPLOADS: &str = "/api/uploads";

fn request(method: &str, path: &str, host: &str, headers: &[(&str, &str)]) -> String {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    for (name, value) in headers {
        // Writing to a string cannot fail.
        let _ = write!(request, "{name}: {value}\r\n");
    }
    request.push_str("\r\n");
    request
}

/// An answer that is whole.
#[derive(PartialEq, Eq, Debug)]
struct Answer {
    status: u16,
    location: Option<String>,
    /// Where the body is.
    body: std::ops::Range<usize>,
}

/// The answer at the beginning of `bytes`; nothing where it is not whole.
fn answer(bytes: &[u8]) -> anyhow::Result<Option<Answer>> {
    let Some(end) = websocket::head(bytes) else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end]).context("a head that is no text")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("{:.60} is no answer", head.escape_debug().to_string()))?;
    let header = |wanted: &str| {
        let mut headers = head.lines().filter_map(|line| line.split_once(':'));
        headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    ensure!(header("transfer-encoding").is_none(), "an answer whose length is not said before");
    let length = header("content-length").map_or(Ok(0), str::parse::<usize>).context("a length")?;
    let body = end..end + length;
    let location = header("location").map(str::to_owned);
    Ok((bytes.len() >= body.end).then_some(Answer { status, location, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_once_they_are_whole() {
        let made = b"HTTP/1.1 201 Created\r\nlocation: /api/uploads/5f\r\ncontent-length: 3\r\n\r\ncat";
        for cut in 0..made.len() {
            assert_eq!(answer(&made[..cut]).unwrap(), None, "{cut}");
        }
        let (location, body) = (Some("/api/uploads/5f".to_owned()), made.len() - 3..made.len());
        assert_eq!(answer(made).unwrap(), Some(Answer { status: 201, location, body }));
        let empty = answer(b"HTTP/1.1 204 No Content\r\n\r\nHTTP").unwrap().unwrap();
        assert_eq!((empty.status, empty.location, empty.body.len()), (204, None, 0));
        for wrong in ["tea\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] {
            assert!(answer(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_at_a_time_for_each_person_in_their_order() {
        let fetch = |path: &str| Errand::Fetch { path: path.to_owned() };
        let mut errands = Errands::default();
        for (who, path) in [(1, "/a"), (1, "/b"), (2, "/c")] {
            errands.send_off(who, fetch(path));
        }
        assert_eq!(errands.next(), Some(0));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let poll = mio::Poll::new().unwrap();
        errands.start(poll.registry(), Some(listener.local_addr().unwrap())).unwrap();
        let under_way: Vec<usize> = errands.lines.iter().flatten().map(|line| line.who).collect();
        assert_eq!((under_way, errands.waiting.len(), errands.next()), (vec![1, 2], 1, None));
    }
}
