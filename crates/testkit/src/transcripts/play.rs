//! Playing a transcript against a server.

use super::expect::Remembered;
use super::parse::{Line, Said, parse};
use crate::peer::{Peer, Received};
use crate::server::Server;
use crate::tls::Pipe;
use crate::value::Encoding;
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// How long a frame that is expected may take, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing is waited for.
const SILENCE: Duration = Duration::from_millis(120);

/// A server, the clients that talk to it, and what they remember: transcripts and tests in Rust take turns on it.
pub struct Stage<S> {
    server: S,
    peers: HashMap<String, Peer>,
    remembered: Remembered,
    /// What each client lets pass.
    passing: HashMap<String, Vec<Value>>,
}

/// Why a transcript failed.
#[derive(Debug)]
pub struct Failure {
    /// What was not as expected, and on which line.
    pub message: String,
    /// The transcript with the expectation of that line as it would have to be.
    pub rewritten: Option<String>,
}

impl<S: Server> Stage<S> {
    /// A stage on which nobody is yet.
    pub fn new(server: S) -> Self {
        Self { server, peers: HashMap::new(), remembered: Remembered::default(), passing: HashMap::new() }
    }

    /// The server.
    pub fn server(&mut self) -> &mut S {
        &mut self.server
    }

    /// The client of this name.
    pub fn peer(&mut self, who: &str) -> &mut Peer {
        self.peers.get_mut(who).unwrap_or_else(|| panic!("{who} is not connected"))
    }

    /// Brings a client on, in place of the one that had its name.
    pub fn enter(&mut self, who: &str, peer: Peer) {
        self.passing.remove(who);
        self.peers.insert(who.to_owned(), peer);
    }

    /// Takes a client off, with its connection.
    pub fn leave(&mut self, who: &str) -> Peer {
        self.peers.remove(who).unwrap_or_else(|| panic!("{who} is not connected"))
    }

    /// Takes everybody off at once, and the server too.
    pub fn clear(self) -> S {
        self.server
    }

    /// What was remembered under `name`.
    pub fn recall(&self, name: &str) -> &str {
        self.remembered.get(name).unwrap_or_else(|| panic!("{name} was never heard of"))
    }

    /// Plays a transcript that must go as it is written.
    pub async fn must(&mut self, text: &str) {
        if let Err(failure) = self.play(text).await {
            panic!("{}\nin:\n{text}\nthe log:\n{}", failure.message, self.server.log());
        }
    }

    /// Plays a transcript.
    pub async fn play(&mut self, text: &str) -> Result<(), Failure> {
        let lines = parse(text).map_err(|message| Failure { message, rewritten: None })?;
        for line in lines {
            let number = line.number;
            if let Err(wrong) = self.play_line(&line).await {
                let rewritten = wrong.instead.map(|frame| rewrite(text, number, &line.who, &frame));
                let message = format!("line {number}: {}: {}", line.who, wrong.message);
                return Err(Failure { message, rewritten });
            }
        }
        Ok(())
    }

    async fn play_line(&mut self, line: &Line) -> Result<(), Wrong> {
        match &line.said {
            Said::Restart(ending) => self.server.restart(*ending).await,
            Said::Befalls(trouble) => self.server.befall(*trouble).await,
            Said::Connect { dialect, messagepack, websocket } => {
                let encoding = if *messagepack { Encoding::MessagePack } else { Encoding::Json };
                let pipe = match self.server.secured(dialect) {
                    Some((authority, address)) => authority.connect(address).await,
                    None => Pipe::open(self.server.address(dialect)).await,
                };
                let peer = match websocket {
                    true => Peer::websocket_over(pipe, "/", encoding).await,
                    false => Peer::connect_over(self.server.dialect(dialect).as_ref(), pipe, encoding).await,
                };
                self.enter(&line.who, peer);
            }
            Said::Closes => self.take(&line.who)?.close().await,
            Said::Vanishes => self.take(&line.who)?.vanish(),
            Said::Sends(frame) => {
                let frame = self.remembered.fill(frame);
                self.of(&line.who)?.send(&frame).await;
            }
            Said::SendsBytes(bytes) => {
                let bytes = self.remembered.fill_bytes(bytes);
                self.of(&line.who)?.send_bytes(bytes).await;
            }
            Said::LetsPass(frame) => {
                self.passing.entry(line.who.clone()).or_default().push(frame.clone());
            }
            Said::Hears(expected) => match self.receive(&line.who, PATIENCE).await? {
                Some(Received::Frame(actual)) => {
                    self.remembered.check(expected, &actual).map_err(|difference| Wrong {
                        message: format!("{difference}\n    got {actual}"),
                        instead: Some(Remembered::rewrite(expected, &actual).to_string()),
                    })?;
                }
                other => return Err(format!("{} instead of {expected}", describe(other)).into()),
            },
            Said::HearsNothing => {
                if let Some(received) = self.receive(&line.who, SILENCE).await? {
                    return Err(format!("{} instead of nothing", describe(Some(received))).into());
                }
            }
            Said::HearsTheEnd => match self.receive(&line.who, PATIENCE).await? {
                Some(Received::Closed) => {}
                other => return Err(format!("{} instead of the end", describe(other)).into()),
            },
        }
        Ok(())
    }

    /// The next thing that `who` does not let pass, within `patience`.
    async fn receive(&mut self, who: &str, patience: Duration) -> Result<Option<Received>, Wrong> {
        let passing = self.passing.get(who).cloned().unwrap_or_default();
        let until = Instant::now() + patience;
        let peer = self.peers.get_mut(who).ok_or_else(not_connected)?;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match peer.receive(left).await {
                Some(Received::Frame(frame)) if passing.iter().any(|it| self.remembered.fits(it, &frame)) => {
                }
                received => return Ok(received),
            }
        }
    }

    fn of(&mut self, who: &str) -> Result<&mut Peer, Wrong> {
        self.peers.get_mut(who).ok_or_else(not_connected)
    }

    fn take(&mut self, who: &str) -> Result<Peer, Wrong> {
        self.peers.remove(who).ok_or_else(not_connected)
    }
}

struct Wrong {
    message: String,
    instead: Option<String>,
}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Self { message, instead: None }
    }
}

fn not_connected() -> Wrong {
    Wrong::from("is not connected".to_owned())
}

fn describe(received: Option<Received>) -> String {
    match received {
        Some(Received::Frame(frame)) => frame.to_string(),
        Some(Received::Garbage(why)) => format!("garbage ({why})"),
        Some(Received::Closed) => "the end".to_owned(),
        None => "nothing".to_owned(),
    }
}

/// `text` with the expectation that begins on line `number` replaced.
fn rewrite(text: &str, number: usize, who: &str, frame: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let begin = number - 1;
    let more = lines[begin + 1..].iter().take_while(|line| line.starts_with(char::is_whitespace)).count();
    let replaced = format!("{who}< {frame}");
    lines.splice(begin..=begin + more, [replaced.as_str()]);
    lines.join("\n") + "\n"
}
