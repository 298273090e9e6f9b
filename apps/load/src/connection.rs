//! One connection: a socket, the frames on it, and the client that speaks.

use crate::socket::Socket;
use crate::websocket;
use anyhow::{Context, anyhow, bail};
use koine_dialect::client::{Ask, Client, Heard, Wordless};
use koine_dialect::toolbox::json_stream::JsonStream;
use koine_dialect::{Frame, Payload};
use std::io::{ErrorKind, Read, Write};

/// A connection that stands, or is about to.
pub(crate) struct Connection {
    pub(crate) socket: Socket,
    wire: Wire,
    client: Box<dyn Client>,
    /// The beginning of a frame whose rest has not come.
    unread: Vec<u8>,
    /// What waits to be written, of which so much has been.
    unsent: Vec<u8>,
    sent: usize,
    /// What the client says, for a moment.
    payloads: Vec<Payload>,
    mask: [u8; 4],
}

/// How frames travel.
enum Wire {
    /// WebSocket messages. Until the server has taken the WebSocket, what is said waits.
    WebSocket { open: bool, early: Vec<u8> },
    /// JSON objects.
    Stream(JsonStream),
}

/// What is made of a connection's bytes.
pub(crate) enum Told<'a> {
    /// It can be spoken on.
    Open,
    /// Its client hears something; so long was the frame that says it.
    Heard(Heard<'a>, usize),
}

impl Connection {
    /// Speaks WebSocket over a socket, at a path.
    pub(crate) fn websocket(
        socket: Socket,
        client: Box<dyn Client>,
        mask: u32,
        host: &str,
        path: &str,
    ) -> Self {
        let wire = Wire::WebSocket { open: false, early: Vec::new() };
        let mut connection = Self::new(socket, client, mask, wire);
        connection.unsent = websocket::request(host, path).into_bytes();
        connection
    }

    /// Speaks in a stream of JSON objects over a socket.
    pub(crate) fn stream(socket: Socket, client: Box<dyn Client>) -> Self {
        Self::new(socket, client, 0, Wire::Stream(JsonStream::default()))
    }

    fn new(socket: Socket, mut client: Box<dyn Client>, mask: u32, wire: Wire) -> Self {
        client.begin();
        let (unread, unsent, payloads) = (Vec::new(), Vec::new(), Vec::new());
        Self { socket, wire, client, unread, unsent, sent: 0, payloads, mask: mask.to_ne_bytes() }
    }

    /// Closes it; the client may go on on another one.
    pub(crate) fn close(self) -> Box<dyn Client> {
        self.client
    }

    /// Has the client ask for something; it is sent by [`Connection::write`].
    pub(crate) fn ask(&mut self, ask: Ask<'_>) -> Result<(), Wordless> {
        let asked = self.client.ask(ask, &mut self.payloads);
        self.gather();
        asked
    }

    /// The token with which its client uploads files by HTTP, where it does.
    pub(crate) fn upload_token(&self) -> Option<&str> {
        self.client.upload_token()
    }

    /// Puts what the client says to what waits.
    fn gather(&mut self) {
        for payload in self.payloads.drain(..) {
            match &mut self.wire {
                Wire::Stream(_) => self.unsent.extend_from_slice(payload.bytes()),
                Wire::WebSocket { open, early } => {
                    let opcode = match payload {
                        Payload::Text(_) => websocket::TEXT,
                        Payload::Binary(_) => websocket::BINARY,
                    };
                    let out = if *open { &mut self.unsent } else { early };
                    websocket::put(out, opcode, payload.bytes(), Some(self.mask));
                }
            }
        }
    }

    /// Writes what waits, as far as the socket takes it.
    pub(crate) fn write(&mut self) -> anyhow::Result<()> {
        while self.sent < self.unsent.len() {
            match self.socket.write(&self.unsent[self.sent..]) {
                Ok(written) => self.sent += written,
                Err(error) if is_later(&error) => break,
                Err(error) => return Err(error).context("nothing can be written"),
            }
        }
        if self.sent == self.unsent.len() {
            self.sent = 0;
            // A large message was rare: its buffer is not kept for every connection.
            if self.unsent.capacity() > 16 << 10 { self.unsent = Vec::new() } else { self.unsent.clear() }
        }
        match self.socket.flush() {
            Err(error) if !is_later(&error) => Err(error).context("nothing can be written"),
            _ => Ok(()),
        }
    }

    /// Reads what there is, by way of `buffer`, and tells what it means. `false` when the other end has closed.
    pub(crate) fn read(&mut self, buffer: &mut [u8], hear: &mut dyn FnMut(Told<'_>)) -> anyhow::Result<bool> {
        loop {
            match self.socket.read(buffer) {
                Ok(0) => return Ok(false),
                Ok(read) => {
                    let whole = read == buffer.len() || matches!(self.socket, Socket::Tls(_));
                    self.take(&mut buffer[..read], hear)?;
                    // A plain socket that has given less than it was asked for has no more.
                    if !whole {
                        return Ok(true);
                    }
                }
                Err(error) if is_later(&error) => return Ok(true),
                Err(error) => return Err(error).context("nothing can be read"),
            }
        }
    }

    fn take(&mut self, bytes: &mut [u8], hear: &mut dyn FnMut(Told<'_>)) -> anyhow::Result<()> {
        if self.unread.is_empty() {
            let used = self.understand(bytes, hear)?;
            self.unread.extend_from_slice(&bytes[used..]);
        } else {
            let mut unread = std::mem::take(&mut self.unread);
            unread.extend_from_slice(bytes);
            let used = self.understand(&unread, hear)?;
            if used < unread.len() {
                unread.drain(..used);
                self.unread = unread;
            }
        }
        self.gather();
        Ok(())
    }

    /// Takes whole frames off the front of `bytes`; tells how many bytes they were.
    fn understand(&mut self, bytes: &[u8], hear: &mut dyn FnMut(Told<'_>)) -> anyhow::Result<usize> {
        let mut used = 0;
        match &mut self.wire {
            Wire::Stream(objects) => {
                let mut rest = bytes;
                while let Some(object) =
                    objects.next(&mut rest, usize::MAX).map_err(|fault| anyhow!("no JSON: {fault:?}"))?
                {
                    let text = std::str::from_utf8(&object).context("a frame that is no text")?;
                    let size = text.len();
                    self.client.receive(Frame::Text(text), &mut self.payloads, &mut |heard| {
                        hear(Told::Heard(heard, size));
                    });
                }
                used = bytes.len();
            }
            Wire::WebSocket { open, early } => {
                if !*open {
                    let Some(end) = websocket::head(bytes) else { return Ok(0) };
                    websocket::check(&bytes[..end])?;
                    (*open, used) = (true, end);
                    self.unsent.append(early);
                    hear(Told::Open);
                }
                while let Some(header) = websocket::header(&bytes[used..])? {
                    let size = header.size + header.length;
                    let Some(frame) = bytes.get(used..used + size) else { break };
                    used += size;
                    let content = &frame[header.size..];
                    let frame = match header.opcode {
                        websocket::TEXT => {
                            Frame::Text(std::str::from_utf8(content).context("a text frame that is no text")?)
                        }
                        websocket::BINARY => Frame::Binary(content),
                        websocket::PING => {
                            websocket::put(&mut self.unsent, websocket::PONG, content, Some(self.mask));
                            continue;
                        }
                        websocket::PONG => continue,
                        websocket::CLOSE => bail!("the server closes the WebSocket: {}", reason(content)),
                        other => bail!("a WebSocket frame of kind {other}"),
                    };
                    self.client.receive(frame, &mut self.payloads, &mut |heard| {
                        hear(Told::Heard(heard, size));
                    });
                }
            }
        }
        Ok(used)
    }

    /// Whether something waits to be written.
    pub(crate) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }
}

/// Whether it is to be tried again when the socket is ready.
pub(crate) fn is_later(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected)
}

/// Why a WebSocket is closed: the code, and words.
fn reason(content: &[u8]) -> String {
    let Some((code, words)) = content.split_first_chunk() else { return "no reason".to_owned() };
    format!("{} {}", u16::from_be_bytes(*code), String::from_utf8_lossy(words))
}
