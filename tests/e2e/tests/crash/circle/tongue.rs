//! What is done in the words of other dialects than native: by the clients that the registry has for them.

use super::Circle;
use super::deed::Deed;
use super::fact::Fact;
use crate::ports::Ports;
use koine_dialect::client::{Ask, Client, Heard, Known, Speaker, Wordless};
use koine_dialect::{Carriage, Frame, Payload};
use koine_e2e::matrix::Line;
use koine_testkit::peer::Peer;
use koine_testkit::value::Encoding;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::sleep;

/// How often a deed for which another dialect has words is done in them, in percent.
const OTHERWISE: usize = 35;
/// How often it is tried to sign in, and how long is waited in between: where one may be there once only, the server may not have heard yet
/// that one has gone.
const TRIES: usize = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Everybody by whom something is done.
pub(crate) fn speakers() -> Vec<Speaker> {
    let mut speakers = koine_registry::speakers();
    speakers.retain(|speaker| ["mode-token", "technotrack", "type-payload"].contains(&speaker.dialect));
    speakers
}

/// A connection of another dialect.
struct Tongue {
    client: Box<dyn Client>,
    line: Line,
}

impl Circle {
    /// In which other way it is done this time.
    pub(super) fn tongue(&mut self, deed: &Deed) -> Option<Speaker> {
        let (dialects, native): (&[&str], bool) = match deed {
            Deed::Request { .. } | Deed::Remove { .. } | Deed::Promote { .. } => (&["type-payload"], true),
            // Only there contacts are one's own affair.
            Deed::Keep { .. } | Deed::Drop { .. } => (&["technotrack"], false),
            Deed::Leave { .. } => (&["technotrack", "type-payload"], true),
            Deed::Add { .. } | Deed::Expel { .. } | Deed::Rename { .. } => (&["mode-token"], true),
            _ => return None,
        };
        if native && !self.chance.percent(OTHERWISE) {
            return None;
        }
        let mut speakers = speakers();
        speakers.retain(|speaker| dialects.contains(&speaker.dialect));
        Some(*self.chance.pick(&speakers))
    }

    /// Signs in as whoever does it, does it, and goes.
    pub(super) async fn performs_by(&mut self, speaker: &Speaker, deed: &Deed) -> Result<(), String> {
        let (who, other, group) = match deed {
            Deed::Request { who, peer }
            | Deed::Remove { who, peer }
            | Deed::Keep { who, peer }
            | Deed::Drop { who, peer } => (who.clone(), peer.clone(), None),
            Deed::Leave { group, who } => (who.clone(), String::new(), Some(*group)),
            Deed::Add { group, who } | Deed::Expel { group, who } | Deed::Promote { group, who } => {
                (self.leader(*group)?, who.clone(), Some(*group))
            }
            Deed::Rename { group, .. } => (self.leader(*group)?, String::new(), Some(*group)),
            other => return Err(format!("{} has no words for {other:?}", speaker.name)),
        };
        let room = match group {
            None => String::new(),
            Some(group) => match speaker.dialect {
                "technotrack" => format!("group:{group}"),
                "type-payload" => self.name_of(group)?,
                _ => group.to_string(),
            },
        };
        let (other, room) = (&Known { handle: other, id: 0 }, room.as_str());
        let ask = match deed {
            Deed::Request { .. } | Deed::Keep { .. } => Ask::Befriend { other },
            Deed::Remove { .. } | Deed::Drop { .. } => Ask::Part { other },
            Deed::Leave { .. } => Ask::Leave { room },
            Deed::Add { .. } => Ask::Admit { room, other },
            Deed::Expel { .. } => Ask::Expel { room, other },
            Deed::Promote { .. } => Ask::Promote { room, other },
            Deed::Rename { name, .. } => Ask::Rename { room, name },
            other => return Err(format!("{} has no words for {other:?}", speaker.name)),
        };
        let password = self.password_of(&who)?;
        let mut tongue = Tongue::enter(&self.ports, speaker, &who, &password).await?;
        self.under_way = Some(deed.clone());
        tongue.asks(ask).await?;
        self.note(deed);
        tongue.leave().await
    }

    fn name_of(&self, group: u64) -> Result<String, String> {
        let found = self.known.iter().find_map(|fact| match fact {
            Fact::Named(of, name) if *of == group => Some(name.clone()),
            _ => None,
        });
        found.ok_or_else(|| format!("group {group} has no name"))
    }
}

impl Tongue {
    /// Connects and signs in.
    async fn enter(ports: &Ports, speaker: &Speaker, who: &str, password: &str) -> Result<Self, String> {
        let me = Known { handle: who.to_owned(), id: 0 };
        let mut tries = 0;
        loop {
            let mut tongue = Self::connect(ports, speaker).await?;
            match tongue.asks(Ask::SignIn { me: &me, password, rooms: &[] }).await {
                Ok(()) => return Ok(tongue),
                Err(wrong) => {
                    tries += 1;
                    if tries == TRIES {
                        return Err(wrong);
                    }
                }
            }
            tongue.line.close().await;
            sleep(PAUSE).await;
        }
    }

    async fn connect(ports: &Ports, speaker: &Speaker) -> Result<Self, String> {
        let address = ports.of_dialect(speaker.dialect)?;
        let peer = if speaker.carriage == Carriage::WebSocket {
            Peer::try_websocket(address, "/", Encoding::Json).await?
        } else {
            let stream = TcpStream::connect(address).await.map_err(|error| format!("{address}: {error}"))?;
            Peer::stream_over(stream)
        };
        let mut line = Line::default();
        line.open(peer);
        let mut client = (speaker.client)();
        client.begin();
        Ok(Self { client, line })
    }

    /// Asks, and waits for the answer. What is told meanwhile is nothing to it.
    async fn asks(&mut self, ask: Ask<'_>) -> Result<(), String> {
        let mut out = Vec::new();
        let asked = self.client.ask(ask, &mut out);
        asked.map_err(|Wordless| format!("there are no words for {ask:?}"))?;
        self.exchange(out).await.map_err(|wrong| format!("{ask:?}: {wrong}"))
    }

    async fn exchange(&mut self, mut out: Vec<Payload>) -> Result<(), String> {
        let mut end = None;
        loop {
            for payload in out.drain(..) {
                let frame = serde_json::from_slice(payload.bytes()).map_err(|error| error.to_string())?;
                self.line.send(&frame).await?;
            }
            if let Some(end) = end {
                return end;
            }
            let told = self.line.next().await?.to_string();
            self.client.receive(Frame::Text(&told), &mut out, &mut |heard| match heard {
                Heard::Said(_) | Heard::Shown(_) => {}
                Heard::Answer(_) => end = Some(Ok(())),
                other => end = Some(Err(format!("{other:?}"))),
            });
        }
    }

    /// Goes away, in order. What it had signed in with, where that is a token, is worth nothing any more.
    async fn leave(mut self) -> Result<(), String> {
        let mut out = Vec::new();
        if self.client.ask(Ask::SignOut, &mut out).is_ok() {
            self.exchange(out).await?;
        }
        self.line.close().await;
        Ok(())
    }
}
