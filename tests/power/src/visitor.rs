//! People who speak whatever the registry has a client for. They know no protocol: the client does.
//!
//! Few protocols put into an acknowledgement what it is for. So a visitor keeps every byte that has come, and with each acknowledgement
//! where it ended: those bytes are found again in the trace.

use crate::ledger::{Content, Notes, Promise, Visit};
use koine_dialect::client::{Answer, Ask, Client, Heard, Known, Speaker};
use koine_dialect::toolbox::json_stream::JsonStream;
use koine_dialect::{Carriage, Frame, Payload};
use koine_testkit::chance::Chance;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// One of them.
pub struct Visitor {
    client: Box<dyn Client>,
    stream: TcpStream,
    /// Where the stream has JSON objects instead of WebSocket frames.
    objects: Option<JsonStream>,
    /// Everything that has come, and how much of it was understood.
    received: Vec<u8>,
    understood: usize,
    /// What was answered and not looked at yet, with the end of its frame.
    answers: VecDeque<(Result<Answered, String>, usize)>,
    me: Known,
    rooms: Vec<String>,
    chance: Chance,
    said: u64,
    notes: Notes,
    /// The promises, with where the acknowledgement of each ended.
    taken: Vec<(usize, Promise)>,
}

/// What came of what was asked.
#[derive(Debug)]
enum Answered {
    Entered(u64),
    Room(String),
    Taken,
}

const PATIENCE: Duration = Duration::from_secs(30);
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const PING: u8 = 9;
const PONG: u8 = 10;

impl Visitor {
    /// Connects and registers, as the account of number `id`.
    pub async fn register(speaker: &Speaker, id: u64, address: SocketAddr, chance: Chance) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket that need not wait");
        let handle = format!("visitor_{}", speaker.name.replace([' ', '-'], "_"));
        let mut visitor = Self {
            client: (speaker.client)(),
            stream,
            objects: (speaker.carriage != Carriage::WebSocket).then(JsonStream::default),
            received: Vec::new(),
            understood: 0,
            answers: VecDeque::new(),
            me: Known { handle: handle.clone(), id },
            rooms: Vec::new(),
            chance,
            said: 0,
            notes: Notes::default(),
            taken: Vec::new(),
        };
        if visitor.objects.is_none() {
            visitor.upgrade(address).await;
        }
        visitor.client.begin();
        let me = Known { handle: handle.clone(), id: 0 };
        match visitor.ask(Ask::Register { me: &me, password: "secret" }).await {
            (Answered::Entered(known), end) => {
                assert!(known == 0 || known == id, "{handle} is {known}, not {id}");
                visitor.taken.push((end, Promise::Account { handle, token: None, invitation: None }));
            }
            (other, _) => panic!("{handle} cannot register: {other:?}"),
        }
        visitor
    }

    /// Who it is.
    pub fn known(&self) -> Known {
        self.me.clone()
    }

    /// Will talk to somebody.
    pub async fn meet(&mut self, other: &Known) {
        match self.ask(Ask::Meet { other }).await {
            (Answered::Room(room), _) => self.rooms.push(room),
            (answer, _) => panic!("{:?} cannot meet {other:?}: {answer:?}", self.me),
        }
    }

    /// Says so many things.
    pub async fn talk(&mut self, deeds: usize) {
        for _ in 0..deeds {
            let room = self.rooms[self.chance.below(self.rooms.len())].clone();
            self.said += 1;
            let text = format!("{} says {} there", self.me.handle, self.said);
            self.notes.said.push(Content::Text(text.clone()));
            match self.ask(Ask::Say { room: &room, key: self.said, text: &text }).await {
                (Answered::Taken, end) => {
                    self.taken.push((end, Promise::Uttered { handle: self.me.handle.clone(), text }));
                }
                (answer, _) => panic!("{:?} cannot say {text}: {answer:?}", self.me),
            }
        }
    }

    /// What was noted.
    pub fn notes(mut self) -> Notes {
        self.notes.visits.push(Visit { received: self.received, taken: self.taken });
        self.notes
    }

    async fn ask(&mut self, ask: Ask<'_>) -> (Answered, usize) {
        let mut out = Vec::new();
        self.client.ask(ask, &mut out).expect("the protocol has words for it");
        self.send(out).await;
        loop {
            match self.answers.pop_front() {
                Some((Ok(answer), end)) => return (answer, end),
                Some((Err(wrong), _)) => panic!("{:?} asks {ask:?} and hears {wrong}", self.me),
                None => {}
            }
            self.read().await;
            while self.understand().await {}
        }
    }

    async fn read(&mut self) {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.received)).await;
        let read = read.unwrap_or_else(|_| panic!("{:?} is not answered in time", self.me));
        assert!(read.expect("something to be read") > 0, "{:?}: the server has closed", self.me);
    }

    /// Takes one whole frame of what has come, where there is one.
    async fn understand(&mut self) -> bool {
        let rest = &self.received[self.understood..];
        let (opcode, content, end) = match &mut self.objects {
            Some(objects) => {
                let mut rest = rest;
                let object = objects.next(&mut rest, usize::MAX).expect("JSON").map(|object| object.to_vec());
                let end = self.received.len() - rest.len();
                let Some(object) = object else {
                    self.understood = end;
                    return false;
                };
                (1, object, end)
            }
            None => {
                let Some((opcode, content)) = frame(rest) else { return false };
                let end = self.received.len() - rest.len() + content.end;
                (opcode, rest[content].to_vec(), end)
            }
        };
        self.understood = end;
        let frame = match opcode {
            1 => Frame::Text(std::str::from_utf8(&content).expect("text")),
            2 => Frame::Binary(&content),
            PING => {
                self.write(PONG, &content).await;
                return true;
            }
            other => panic!("{:?}: a frame of kind {other}", self.me),
        };
        let (mut out, answers) = (Vec::new(), &mut self.answers);
        self.client.receive(frame, &mut out, &mut |heard| {
            answers.push_back((
                match heard {
                    Heard::Said(_) | Heard::Shown(_) => return,
                    Heard::Answer(Answer::Entered(id)) => Ok(Answered::Entered(id)),
                    Heard::Answer(Answer::Room(room)) => Ok(Answered::Room(room.to_owned())),
                    Heard::Answer(Answer::Taken) => Ok(Answered::Taken),
                    other => Err(format!("{other:?}")),
                },
                end,
            ));
        });
        self.send(out).await;
        true
    }

    async fn send(&mut self, payloads: Vec<Payload>) {
        for payload in payloads {
            let opcode = if matches!(payload, Payload::Text(_)) { 1 } else { 2 };
            self.write(opcode, payload.bytes()).await;
        }
    }

    /// Writes one frame; in a stream its content alone.
    async fn write(&mut self, opcode: u8, content: &[u8]) {
        let mut bytes = Vec::new();
        if self.objects.is_none() {
            bytes.push(FINAL | opcode);
            match u8::try_from(content.len()) {
                Ok(length @ ..126) => bytes.push(MASKED | length),
                _ => {
                    bytes.push(MASKED | 126);
                    bytes.extend(u16::try_from(content.len()).expect("a short frame").to_be_bytes());
                }
            }
            // A mask of zeros leaves the content as it is.
            bytes.extend([0; 4]);
        }
        bytes.extend_from_slice(content);
        self.stream.write_all(&bytes).await.expect("a server that reads");
    }

    /// Opens the WebSocket.
    async fn upgrade(&mut self, address: SocketAddr) {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YSBsb2FkIGdlbmVyYXRvcg==\r\n\r\n"
        );
        self.stream.write_all(request.as_bytes()).await.expect("a server that reads");
        loop {
            self.read().await;
            if let Some(end) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                self.understood = end + 4;
                break;
            }
        }
        let head = String::from_utf8_lossy(&self.received).into_owned();
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    }
}

/// The kind of the whole frame at the beginning of `bytes`, and where its content is; nothing where it is not whole. What servers send has no mask.
fn frame(bytes: &[u8]) -> Option<(u8, std::ops::Range<usize>)> {
    let (begin, length) = match *bytes.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?)).ok()?),
        short => (2, usize::from(short)),
    };
    let first = *bytes.first()?;
    assert!(first & 0xf0 == FINAL, "a frame begins with {first:#04x}");
    (bytes.len() >= begin + length).then_some((first & 0x0f, begin..begin + length))
}
