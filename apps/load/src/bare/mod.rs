//! The bare loop: the least that any server could do with the same bytes on the same sockets, to hold the server against.
//!
//! One thread reads what is there, appends it to a file, waits for one `fdatasync` for all of it, and only then answers and hands
//! on. It knows no accounts, no rights, no order, no history and no limits, and nobody who is away. With [`Keeper::Sqlite`] it
//! knows an order: what came together becomes rows of a database, in one transaction.

mod client;
mod database;
mod keep;
mod peer;

pub(crate) use client::Bare;
pub(crate) use keep::Keeper;

use crate::websocket;
use anyhow::Context;
use keep::{Keep, Said};
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use peer::{Hears, Peer};
use std::io::Write;
use std::path::PathBuf;

/// The name by which it says where it listens.
pub(crate) const NAME: &str = "bare";

/// How it is to be.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// The folder in which everything is kept.
    #[arg(long)]
    pub(crate) folder: PathBuf,
    /// What keeps it.
    #[arg(long, value_enum, default_value_t = Keeper::File)]
    pub(crate) keeper: Keeper,
    /// The bytes of the frame that says that a message was taken.
    #[arg(long, default_value_t = 70)]
    pub(crate) answer_bytes: usize,
    /// The bytes of the frame that brings a message, if that is not longer by itself.
    #[arg(long, default_value_t = 0)]
    pub(crate) message_bytes: usize,
}

struct Loop {
    flags: Flags,
    poll: Poll,
    listener: TcpListener,
    peers: Vec<Option<Peer>>,
    /// Where in `peers` somebody is, by their number.
    places: Vec<Option<usize>>,
    buffer: Vec<u8>,
    keep: Keep,
    /// What was read in this turn, one text behind the other.
    batch: Vec<u8>,
    /// What of it is which message.
    said: Vec<Said>,
    /// The frame that says that a message was taken.
    answer: Vec<u8>,
    /// Who has something to be written.
    dirty: Vec<usize>,
}

const LISTENER: Token = Token(usize::MAX);

/// Serves until it is ended.
pub(crate) fn serve(flags: Flags) -> anyhow::Result<()> {
    let poll = Poll::new().context("readiness cannot be asked for")?;
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).context("no port")?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).context("the listener")?;
    let address = listener.local_addr().context("no address")?;
    let keep = Keep::open(flags.keeper, &flags.folder)?;
    let mut answer = Vec::new();
    let content = vec![client::ANSWER; flags.answer_bytes.saturating_sub(2).max(1)];
    websocket::put(&mut answer, websocket::TEXT, &content, None);
    let mut bare = Loop {
        flags,
        poll,
        listener,
        peers: Vec::new(),
        places: Vec::new(),
        buffer: vec![0; 256 << 10],
        keep,
        batch: Vec::new(),
        said: Vec::new(),
        answer,
        dirty: Vec::new(),
    };
    let mut output = std::io::stdout().lock();
    writeln!(output, "the bare loop is ready\n  {NAME} {address}").context("nobody listens")?;
    output.flush().context("nobody listens")?;
    bare.run()
}

impl Loop {
    fn run(&mut self) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                polled => polled.context("readiness cannot be asked for")?,
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept()?,
                    Token(place) => self.ready(place, event.is_writable()),
                }
            }
            if !self.said.is_empty() {
                self.commit()?;
                self.hand_on();
            }
            for place in self.dirty.drain(..) {
                if let Some(peer) = &mut self.peers[place] {
                    peer.write();
                }
            }
            self.keep.tidy_up()?;
        }
    }

    fn accept(&mut self) -> anyhow::Result<()> {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let _ = stream.set_nodelay(true);
            let place = self.peers.len();
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut stream, Token(place), interest).context("a socket")?;
            self.peers.push(Some(Peer::new(stream)));
        }
        Ok(())
    }

    /// Reads what there is of somebody, and takes the texts out of it.
    fn ready(&mut self, place: usize, writable: bool) {
        let Some(peer) = &mut self.peers[place] else { return };
        let (batch, said) = (&mut self.batch, &mut self.said);
        let mut take = |opcode: u8, text: &[u8]| {
            let start = batch.len();
            batch.extend_from_slice(text);
            said.push(Said { from: place, opcode, text: start..batch.len() });
        };
        match peer.read(&mut self.buffer, &mut take) {
            Ok(true) => {}
            // Whoever is gone, or says what is no frame, is forgotten.
            Ok(false) | Err(_) => {
                self.peers[place] = None;
                return;
            }
        }
        if let Some(number) = peer.new_number() {
            if self.places.len() <= number {
                self.places.resize(number + 1, None);
            }
            self.places[number] = Some(place);
        }
        if writable || peer.has_unsent() {
            self.dirty.push(place);
        }
    }

    /// Everything that was read in this turn is on the disk when this is done.
    fn commit(&mut self) -> anyhow::Result<()> {
        self.keep.keep(&self.batch, &self.said, &self.peers)
    }

    /// Answers those who spoke, and hands on what they said.
    fn hand_on(&mut self) {
        let mut chorus = Vec::new();
        for Said { from, opcode, text } in self.said.drain(..) {
            let text = &self.batch[text];
            let Some(peer) = &mut self.peers[from] else { continue };
            peer.unsent.extend_from_slice(&self.answer);
            self.dirty.push(from);
            match peer.hears {
                Hears::One(number) => {
                    let place = self.places.get(number).copied().flatten();
                    if let Some(other) = place.and_then(|place| self.peers[place].as_mut()) {
                        message(&mut other.unsent, opcode, text, self.flags.message_bytes);
                        self.dirty.extend(place);
                    }
                }
                Hears::All => message(&mut chorus, opcode, text, self.flags.message_bytes),
            }
        }
        self.batch.clear();
        if !chorus.is_empty() {
            // One frame for all of them, which is not copied where the socket takes it.
            for peer in self.peers.iter_mut().flatten().filter(|peer| peer.hears != Hears::All) {
                peer.write_at_once(&chorus);
            }
        }
    }
}

/// Writes the frame that brings a message, with as much before the text as makes it as long as the server's.
fn message(out: &mut Vec<u8>, opcode: u8, text: &[u8], bytes: usize) {
    const HEADER: usize = 4;
    let padding = bytes.saturating_sub(HEADER + text.len()).max(1);
    websocket::begin(out, opcode, padding + text.len(), None);
    out.resize(out.len() + padding, client::MESSAGE);
    out.extend_from_slice(text);
}
