//! Listeners: who connects, to which dialect, and how all of it ends.

use crate::connection::{Common, Connection};
use crate::http;
use crate::pulse::Pulse;
use crate::settings::{Settings, Spoken};
use koine_core::Core;
use koine_dialect::{Carriage, Links, ServerFacts};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A gateway that listens.
pub struct Gateway {
    tasks: TaskTracker,
    stopping: CancellationToken,
    pulse: Arc<Pulse>,
    core: Arc<Core>,
    stop_within: Duration,
    listening: Vec<Listening>,
}

/// One address that is listened on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// What is spoken there: a dialect's name, or `http`.
    pub what: &'static str,
    /// Where; a port that was asked for as 0 is the real one here.
    pub address: SocketAddr,
}

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for {what}")]
pub struct BindError {
    /// The address that was asked for.
    pub address: SocketAddr,
    /// What was to be spoken there.
    pub what: &'static str,
    #[source]
    source: std::io::Error,
}

/// The name under which the HTTP port is listed.
const HTTP: &str = "http";

impl Gateway {
    /// Listens on all addresses, or on none. `public_url` makes the address at which clients reach HTTP of the port that it got.
    pub async fn start(
        core: Arc<Core>,
        settings: Settings,
        http: &[SocketAddr],
        public_url: impl FnOnce(u16) -> String,
        spoken: Vec<Spoken>,
    ) -> Result<Self, BindError> {
        let mut doors = Vec::new();
        for address in http {
            doors.push((bind(HTTP, *address).await?, None));
        }
        let first = doors.first().and_then(|(listener, _): &(TcpListener, _)| listener.local_addr().ok());
        let links = Links::new(&public_url(first.map_or(0, |address| address.port())));
        for (index, spoken) in spoken.iter().enumerate() {
            for address in &spoken.listen {
                doors.push((bind(spoken.dialect.name(), *address).await?, Some(index)));
            }
        }
        let pulse = Arc::new(Pulse::default());
        let facts = Arc::new(facts(&core, &settings));
        let common = |spoken: &Spoken| {
            let (core, dialect, links) = (core.clone(), spoken.dialect.clone(), links.clone());
            let (facts, settings) = (facts.clone(), settings.clone());
            Arc::new(Common { core, dialect, links, facts, settings, pulse: pulse.clone() })
        };
        let commons: Vec<Arc<Common>> = spoken.iter().map(common).collect();
        let stop_within = Duration::from_secs(settings.stop_seconds);
        let mut gateway = Self {
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            pulse: pulse.clone(),
            core: core.clone(),
            stop_within,
            listening: Vec::new(),
        };
        let house = Arc::new(House {
            tasks: gateway.tasks.clone(),
            stopping: gateway.stopping.clone(),
            settings: settings.clone(),
            guests: Mutex::default(),
        });
        let pages = http::Pages::new(core.clone(), commons.clone(), house.clone());
        for (listener, dialect) in doors {
            let dialect = dialect.and_then(|index| commons.get(index));
            let Ok(address) = listener.local_addr() else { continue };
            gateway
                .listening
                .push(Listening { what: dialect.map_or(HTTP, |common| common.dialect.name()), address });
            let door = Door { dialect: dialect.cloned(), pages: pages.clone(), house: house.clone() };
            gateway.tasks.spawn(door.keep_open(listener));
        }
        let stopping = gateway.stopping.clone();
        gateway.tasks.spawn(async move { stopping.run_until_cancelled(pulse.beat()).await });
        let stopping = gateway.stopping.clone();
        let tended = core.clone();
        gateway.tasks.spawn(async move { stopping.run_until_cancelled(tend(tended)).await });
        let stopping = gateway.stopping.clone();
        gateway.tasks.spawn(async move {
            let mailing = core.recovery_serve(|token| links.recovery(token));
            stopping.run_until_cancelled(mailing).await
        });
        let stopping = gateway.stopping.clone();
        let marking = gateway.core.clone();
        gateway.tasks.spawn(async move {
            stopping
                .run_until_cancelled(async {
                    loop {
                        marking.marks_tell().await
                    }
                })
                .await
        });
        Ok(gateway)
    }

    /// Every address that is listened on, HTTP first.
    pub fn listening(&self) -> &[Listening] {
        &self.listening
    }

    /// Stops accepting, finishes what was accepted, says good-bye in each dialect's manner, and lets go of the store.
    pub async fn stop(self) {
        self.stopping.cancel();
        self.tasks.close();
        self.pulse.stop();
        if tokio::time::timeout(self.stop_within, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "some connections did not end in time");
        }
        self.core.close().await;
    }
}

/// What all doors share.
pub(crate) struct House {
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
    pub(crate) settings: Settings,
    guests: Mutex<HashMap<IpAddr, usize>>,
}

/// One of the connections that are counted.
pub(crate) struct Guest {
    house: Arc<House>,
    address: IpAddr,
}

impl House {
    /// Counts a connection in, unless there are too many.
    fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = self.tasks.len();
        let already = guests.get(&address).copied().unwrap_or(0);
        if all >= self.settings.connections || already >= self.settings.connections_per_address {
            return None;
        }
        let from_there = guests.entry(address).or_default();
        *from_there = from_there.saturating_add(1);
        Some(Guest { house: self.clone(), address })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut guests = self.house.guests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = guests.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                guests.remove(&self.address);
            }
        }
    }
}

/// One listener.
struct Door {
    dialect: Option<Arc<Common>>,
    pages: http::Pages,
    house: Arc<House>,
}

impl Door {
    async fn keep_open(self, listener: TcpListener) {
        loop {
            let Some(accepted) = self.house.stopping.run_until_cancelled(listener.accept()).await else {
                return;
            };
            match accepted {
                Ok((stream, peer)) => self.let_in(stream, peer),
                Err(error) => {
                    // Out of file descriptors, most likely: trying again at once would only burn the processor.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn let_in(&self, stream: TcpStream, peer: SocketAddr) {
        let Some(guest) = self.house.admit(peer.ip()) else {
            tracing::debug!(peer = %peer.ip(), "too many connections");
            return;
        };
        let (pages, dialect, tasks) = (self.pages.clone(), self.dialect.clone(), self.house.tasks.clone());
        if let Err(error) = tune(&stream) {
            tracing::debug!(%error, "cannot tune a socket");
        }
        match dialect {
            Some(common) => match carriage_of(common.dialect.carriages()) {
                Ok(carriage) if carriage != Carriage::WebSocket => {
                    let connection = Connection::new(common, stream, carriage, Vec::new());
                    self.house.tasks.spawn(async move {
                        connection.run().await;
                        drop(guest);
                    });
                }
                Ok(_) => drop(
                    self.house.tasks.spawn(async move { pages.serve(stream, Some(common), guest).await }),
                ),
                Err((websocket, stream_carriage)) => drop(tasks.spawn(async move {
                    match pages.begins_as_http(&stream).await {
                        Some(true) => pages.serve(stream, Some(common), guest).await,
                        Some(false) => {
                            debug_assert_eq!(websocket, Carriage::WebSocket);
                            Connection::new(common, stream, stream_carriage, Vec::new()).run().await;
                            drop(guest);
                        }
                        None => {}
                    }
                })),
            },
            None => drop(self.house.tasks.spawn(async move { pages.serve(stream, None, guest).await })),
        }
    }
}

/// The one carriage of a dialect, or (WebSocket, the other) where its port has both.
fn carriage_of(carriages: &[Carriage]) -> Result<Carriage, (Carriage, Carriage)> {
    let websocket = carriages.iter().find(|carriage| **carriage == Carriage::WebSocket);
    let other = carriages.iter().find(|carriage| **carriage != Carriage::WebSocket);
    match (websocket, other) {
        (Some(websocket), Some(other)) => Err((*websocket, *other)),
        (_, Some(other)) => Ok(*other),
        (_, None) => Ok(Carriage::WebSocket),
    }
}

/// Has the core let go of what has run out, once a second, for ever.
async fn tend(core: Arc<Core>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        core.tend();
    }
}

/// What clients may know of this server.
fn facts(core: &Core, settings: &Settings) -> ServerFacts {
    let limits = core.limits();
    let size = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
    ServerFacts {
        version: env!("CARGO_PKG_VERSION"),
        text_bytes: size(limits.text_bytes),
        upload_bytes: limits.upload_bytes,
        avatar_bytes: size(limits.avatar_bytes),
        frame_bytes: size(settings.frame_bytes),
        group_members: size(limits.group_members),
        registration: core.registration(),
    }
}

async fn bind(what: &'static str, address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|source| BindError { address, what, source })
}

/// Small frames go out at once, and a peer whose machine vanished is noticed in minutes.
fn tune(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    crate::kernel::probe(stream, crate::kernel::PROBE_AFTER);
    Ok(())
}
