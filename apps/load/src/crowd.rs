//! Many connections in one thread: who connects, what is asked, and what is heard.
//!
//! It must cost less than the server that it measures: what is asked between two turns goes out in one write for each connection,
//! and what has come is read with one buffer for all.

use crate::chance::Chance;
use crate::clock;
use crate::connection::{Connection, Told};
use crate::errand::{Brought, Errand, Errands};
use crate::socket::{Certificate, Socket};
use crate::stop;
use anyhow::{Context, bail, ensure};
use koine_dialect::Carriage;
use koine_dialect::client::{Answer, Ask, Client, Heard};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// How long an answer may take, on the slowest machine under the heaviest load.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a crowd goes, and how it speaks there.
#[derive(Clone)]
pub(crate) struct Destination {
    /// The address.
    pub(crate) address: SocketAddr,
    /// How frames travel.
    pub(crate) carriage: Carriage,
    /// The path of the WebSocket.
    pub(crate) path: String,
    /// Whom to trust, where it is to be TLS.
    pub(crate) certificate: Option<Rc<Certificate>>,
    /// Where files go up and come down, where that is known.
    pub(crate) http: Option<SocketAddr>,
    /// Makes the program for a connection.
    pub(crate) client: Rc<dyn Fn() -> Box<dyn Client>>,
}

/// How large frames were that said something; what is asked of the bare loop is the same.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sizes {
    answers: u64,
    answer_bytes: u64,
    said: u64,
    said_bytes: u64,
}

/// The connections, by numbers that whoever opens them gives out from 0.
pub(crate) struct Crowd {
    poll: Poll,
    events: Events,
    destination: Destination,
    people: Vec<Option<Connection>>,
    /// The programs of those who are away.
    away: HashMap<usize, Box<dyn Client>>,
    /// Those that have asked for something since the last turn.
    dirty: Vec<usize>,
    buffer: Vec<u8>,
    chance: Chance,
    sizes: Sizes,
    errands: Errands,
}

/// Whoever is told what all connections hear.
pub(crate) type Hear<'a> = dyn FnMut(usize, Heard<'_>) + 'a;

impl Crowd {
    /// Nobody, who will go there.
    pub(crate) fn new(destination: Destination, seed: u64) -> anyhow::Result<Self> {
        Ok(Self {
            poll: Poll::new().context("readiness cannot be asked for")?,
            events: Events::with_capacity(1024),
            destination,
            people: Vec::new(),
            away: HashMap::new(),
            dirty: Vec::new(),
            buffer: vec![0; 256 << 10],
            chance: Chance(seed),
            sizes: Sizes::default(),
            errands: Errands::default(),
        })
    }

    /// The crowd goes elsewhere from now on, as after a server was started again.
    pub(crate) fn redirect(&mut self, destination: Destination) {
        self.destination = destination;
    }

    /// How large the frames were so far.
    pub(crate) fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// Begins to connect; at the path of the WebSocket there may be something more.
    pub(crate) fn connect(&mut self, who: usize, more: &str) -> anyhow::Result<()> {
        let Destination { address, carriage, path, certificate, client, .. } = &self.destination;
        let client = self.away.remove(&who).unwrap_or_else(|| client());
        let stream = TcpStream::connect(*address).with_context(|| format!("connecting to {address}"))?;
        // Requests do not wait until those before are acknowledged.
        let _ = stream.set_nodelay(true);
        let socket = match certificate {
            Some(certificate) => certificate.secure(stream)?,
            None => Socket::Plain(stream),
        };
        let mut connection = match carriage {
            Carriage::WebSocket => {
                let mask = self.chance.next() as u32;
                let (host, path) = (address.to_string(), format!("{path}{more}"));
                Connection::websocket(socket, client, mask, &host, &path)
            }
            Carriage::JsonStream { .. } => Connection::stream(socket, client),
        };
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(connection.socket.tcp(), Token(who), interest).context("a socket")?;
        if self.people.len() <= who {
            self.people.resize_with(who + 1, || None);
        }
        self.people[who] = Some(connection);
        Ok(())
    }

    /// Closes a connection at once, and forgets whose it was.
    pub(crate) fn hang_up(&mut self, who: usize) {
        self.people[who] = None;
    }

    /// Closes a connection at once; whoever connects with this number again goes on with the same program.
    pub(crate) fn leave(&mut self, who: usize) {
        if let Some(person) = self.people[who].take() {
            self.away.insert(who, person.close());
        }
    }

    /// Has somebody ask for something, which goes out with the next turn.
    pub(crate) fn ask(&mut self, who: usize, ask: Ask<'_>) -> anyhow::Result<()> {
        ensure!(self.try_ask(who, ask)?, "the protocol has no words for this: {:.60}", format!("{ask:?}"));
        Ok(())
    }

    /// The same; `false` where the protocol has no words for it.
    pub(crate) fn try_ask(&mut self, who: usize, ask: Ask<'_>) -> anyhow::Result<bool> {
        let person = self.people.get_mut(who).and_then(Option::as_mut);
        let person = person.with_context(|| format!("connection {who} is not there"))?;
        let asked = person.ask(ask).is_ok();
        self.dirty.push(who);
        Ok(asked)
    }

    /// The token with which somebody uploads pictures, where their protocol has them go by HTTP, and it is known where.
    pub(crate) fn upload_token(&self, who: usize) -> Option<&str> {
        self.destination.http?;
        self.people.get(who)?.as_ref()?.upload_token()
    }

    /// Whether a file goes up or comes down for somebody.
    pub(crate) fn is_on_errands(&self, who: usize) -> bool {
        self.errands.are_out(who)
    }

    /// Has a file go up or come down for somebody, with the next turns.
    pub(crate) fn send_off(&mut self, who: usize, errand: Errand) {
        self.errands.send_off(who, errand);
    }

    /// What has become of files since the last time.
    pub(crate) fn brought(&mut self) -> Vec<(usize, Brought)> {
        self.errands.brought()
    }

    /// Sends what was asked, waits until something comes, and tells what it was. Whoever has got a WebSocket is told in `opened`.
    fn turn_with(
        &mut self,
        patience: Duration,
        hear: &mut Hear<'_>,
        opened: &mut dyn FnMut(usize),
    ) -> anyhow::Result<()> {
        for who in self.dirty.drain(..) {
            if let Some(person) = &mut self.people[who]
                && person.has_unsent()
            {
                person.write().with_context(|| format!("connection {who}"))?;
            }
        }
        self.errands.start(self.poll.registry(), self.destination.http)?;
        stop::check()?;
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            polled => polled.context("readiness cannot be asked for")?,
        }
        for event in &self.events {
            let Token(who) = event.token();
            if self.errands.ready(event.token(), &mut self.buffer)? {
                continue;
            }
            let Some(person) = self.people.get_mut(who).and_then(Option::as_mut) else { continue };
            let sizes = &mut self.sizes;
            let mut trouble = None;
            let mut told = |told: Told<'_>| match told {
                Told::Open => opened(who),
                Told::Heard(Heard::Broken(why), _) => trouble = Some(why),
                Told::Heard(Heard::Ended(why), _) => trouble = Some(format!("the server ends it: {why}")),
                Told::Heard(heard, size) => {
                    sizes.note(&heard, size);
                    hear(who, heard);
                }
            };
            let here =
                person.read(&mut self.buffer, &mut told).with_context(|| format!("connection {who}"))?;
            if let Some(trouble) = trouble {
                bail!("connection {who}: {trouble:.300}");
            }
            ensure!(here, "connection {who}: the server has closed it");
            if person.has_unsent() || event.is_writable() {
                person.write().with_context(|| format!("connection {who}"))?;
            }
        }
        Ok(())
    }

    /// Sends what was asked, waits until something comes, but no longer than `patience`, and tells what it was.
    pub(crate) fn turn(&mut self, patience: Duration, hear: &mut Hear<'_>) -> anyhow::Result<()> {
        self.turn_with(patience, hear, &mut |_| {})
    }

    /// Opens connections, so many at once; each is there when this is done. `more` is put to the path of each.
    pub(crate) fn connect_all(
        &mut self,
        people: std::ops::Range<usize>,
        more: &dyn Fn(usize) -> String,
    ) -> anyhow::Result<()> {
        const AT_ONCE: usize = 256;
        let websocket = self.destination.carriage == Carriage::WebSocket;
        let mut waiting = people.clone();
        let (mut under_way, mut done) = (0, 0);
        let deadline = Deadline::new();
        while done < people.len() {
            while under_way < AT_ONCE
                && let Some(who) = waiting.next()
            {
                self.connect(who, &more(who))?;
                if websocket { under_way += 1 } else { done += 1 }
            }
            let mut opened = 0;
            // A stream has nothing to wait for: whatever is asked is written once it stands.
            let patience = if websocket { Duration::from_secs(1) } else { Duration::ZERO };
            self.turn_with(patience, &mut |_, _| {}, &mut |_| opened += 1)?;
            under_way -= opened;
            done += opened;
            deadline.check("connecting")?;
        }
        Ok(())
    }

    /// Has each of `people` ask for something and be answered, so many at once. What is said meanwhile goes to nobody.
    pub(crate) fn each<People: Iterator<Item = usize>>(
        &mut self,
        people: People,
        at_once: usize,
        ask: &mut dyn FnMut(&mut Self, usize) -> anyhow::Result<()>,
        answered: &mut dyn FnMut(&mut Self, usize, OwnAnswer) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut people = people.fuse();
        let mut under_way = 0;
        let mut deadline = Deadline::new();
        loop {
            while under_way < at_once
                && let Some(who) = people.next()
            {
                ask(self, who)?;
                under_way += 1;
            }
            if under_way == 0 {
                return Ok(());
            }
            let mut answers = Vec::new();
            let mut refused = None;
            self.turn(Duration::from_secs(1), &mut |who, heard| match heard {
                Heard::Answer(answer) => answers.push((who, OwnAnswer::from(answer))),
                Heard::Refused(why) => refused = Some(format!("connection {who} is refused: {why}")),
                _ => {}
            })?;
            if let Some(refused) = refused {
                bail!(refused);
            }
            if !answers.is_empty() {
                deadline = Deadline::new();
            }
            under_way -= answers.len();
            for (who, answer) in answers {
                answered(self, who, answer)?;
            }
            deadline.check("an answer")?;
        }
    }
}

/// An answer that outlives its frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum OwnAnswer {
    Entered(u64),
    Left,
    Room(String),
    Taken,
    Page(usize),
    Done,
}

impl From<Answer<'_>> for OwnAnswer {
    fn from(answer: Answer<'_>) -> Self {
        match answer {
            Answer::Entered(id) => Self::Entered(id),
            Answer::Left => Self::Left,
            Answer::Room(room) => Self::Room(room.to_owned()),
            Answer::Taken => Self::Taken,
            Answer::Page(messages) => Self::Page(messages),
            Answer::Done => Self::Done,
        }
    }
}

impl Sizes {
    fn note(&mut self, heard: &Heard<'_>, size: usize) {
        match heard {
            Heard::Answer(Answer::Taken) => {
                self.answers += 1;
                self.answer_bytes += size as u64;
            }
            Heard::Said(_) => {
                self.said += 1;
                self.said_bytes += size as u64;
            }
            _ => {}
        }
    }

    /// The mean size of the frame that says that a message was taken; 0 where there was none.
    pub(crate) fn answer(&self) -> u64 {
        self.answer_bytes.checked_div(self.answers).unwrap_or(0)
    }

    /// The mean size of the frame that brings a message; 0 where there was none.
    pub(crate) fn message(&self) -> u64 {
        self.said_bytes.checked_div(self.said).unwrap_or(0)
    }
}

/// When something is given up.
pub(crate) struct Deadline(Duration);

impl Deadline {
    /// After as long as anything may take.
    pub(crate) fn new() -> Self {
        Self(clock::now() + PATIENCE)
    }

    /// Fails once it is over.
    pub(crate) fn check(&self, what: &str) -> anyhow::Result<()> {
        ensure!(clock::now() < self.0, "{what} takes longer than {} s", PATIENCE.as_secs());
        Ok(())
    }
}
