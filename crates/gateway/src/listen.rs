//! Listeners: who connects, to which dialect, and how all of it ends.

use crate::connection::{Common, Connection, Tally};
use crate::full;
use crate::house::{Guest, House};
use crate::http;
use crate::pulse::Pulse;
use crate::settings::{Listen, Settings, Spoken};
use crate::strangers::Berths;
use crate::tend::{clear, tend};
use crate::tls::{CertificateError, Keeper, Socket};
use koine_core::Core;
use koine_core::rates::Rate;
use koine_core::room::Room;
use koine_dialect::{Carriage, Links, ServerFacts};
use koine_kernel as kernel;
use koine_metrics::Limit;
use koine_metrics::catalogue::ACCEPTED;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A gateway that listens.
pub struct Gateway {
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
    pulse: Arc<Pulse>,
    core: Arc<Core>,
    stop_within: Duration,
    pub(crate) listening: Vec<Listening>,
    pub(crate) house: Arc<House>,
    /// The certificate, where there is one.
    keeper: Option<Arc<Keeper>>,
}

/// One address that is listened on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// What is spoken there: a dialect's name, or `http`.
    pub what: &'static str,
    /// Where; a port that was asked for as 0 is the real one here.
    pub address: SocketAddr,
    /// Whether it has TLS.
    pub tls: bool,
}

/// Why a gateway cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Not on this address.
    #[error("cannot listen on {address} for {what}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What was to be spoken there.
        what: &'static str,
        /// What the system or the library says.
        source: std::io::Error,
    },
    /// Not with this certificate.
    #[error("the certificate is no good")]
    Certificate(#[source] CertificateError),
    /// Not with TLS.
    #[error("{what} is to have TLS, and there is no certificate")]
    NoCertificate {
        /// What was to be spoken there.
        what: &'static str,
    },
}

/// The name under which the HTTP port is listed.
const HTTP: &str = "http";

impl Gateway {
    /// Listens on all addresses, or on none. `public_url` makes the address at which clients reach HTTP of the port that it got:
    /// the one with TLS, where there is one.
    pub async fn start(
        core: Arc<Core>,
        settings: Settings,
        http: &Listen,
        public_url: impl FnOnce(u16) -> String,
        spoken: Vec<Spoken>,
    ) -> Result<Self, StartError> {
        let keeper = match &settings.tls {
            Some(files) => Some(Keeper::new(files.clone(), core.clone()).map_err(StartError::Certificate)?),
            None => None,
        }
        .map(Arc::new);
        let mut doors: Vec<(TcpListener, bool, Option<usize>)> = Vec::new();
        for (address, tls) in http.all() {
            doors.push((bind(HTTP, address).await?, tls, None));
        }
        let first = doors.iter().find(|(_, tls, _)| *tls).or(doors.first());
        let first = first.and_then(|(listener, _, _)| listener.local_addr().ok());
        let public_url = public_url(first.map_or(0, |address| address.port()));
        let links = Links::new(&public_url);
        for (index, spoken) in spoken.iter().enumerate() {
            for (address, tls) in spoken.listen.all() {
                doors.push((bind(spoken.dialect.name(), address).await?, tls, Some(index)));
            }
        }
        let pulse = Arc::new(Pulse::default());
        let berths = Berths::new(settings.stranger_large_frames);
        let room = Room::new(settings.large_frames_bytes);
        let common = |spoken: &Spoken| {
            let (core, dialect, links) = (core.clone(), spoken.dialect.clone(), links.clone());
            let frame_bytes = spoken.frame_bytes.unwrap_or(settings.frame_bytes);
            let settings = Settings { frame_bytes, ..settings.clone() };
            let facts = Arc::new(facts(&core, &settings));
            let request_rate = Rate::per_second(settings.requests_per_second, settings.request_burst);
            let (pulse, berths, room) = (pulse.clone(), berths.clone(), room.clone());
            let tally = Tally::new(dialect.name());
            Arc::new(Common {
                core,
                dialect,
                links,
                facts,
                settings,
                pulse,
                request_rate,
                berths,
                room,
                tally,
            })
        };
        let commons: Vec<Arc<Common>> = spoken.iter().map(common).collect();
        let stop_within = Duration::from_secs(settings.stop_seconds);
        let (tasks, stopping) = (TaskTracker::new(), CancellationToken::new());
        let house = House::new(core.clone(), tasks.clone(), stopping.clone(), settings);
        let mut gateway = Self {
            tasks,
            stopping,
            pulse: pulse.clone(),
            core: core.clone(),
            stop_within,
            listening: Vec::new(),
            house: house.clone(),
            keeper,
        };
        let pages = http::Pages::new(core.clone(), commons.clone(), house.clone(), &public_url);
        for (listener, tls, dialect) in doors {
            let dialect = dialect.and_then(|index| commons.get(index));
            let Ok(address) = listener.local_addr() else { continue };
            let what = dialect.map_or(HTTP, |common| common.dialect.name());
            let keeper = gateway.keeper_for(what, tls)?;
            gateway.listening.push(Listening { what, address, tls });
            let (pages, house) = (pages.clone(), house.clone());
            gateway.tasks.spawn(Door { dialect: dialect.cloned(), pages, house, keeper }.keep_open(listener));
        }
        if let Some(keeper) = gateway.keeper.clone() {
            let stopping = gateway.stopping.clone();
            gateway.tasks.spawn(async move { stopping.run_until_cancelled(keeper.watch()).await });
        }
        let stopping = gateway.stopping.clone();
        gateway.tasks.spawn(async move { stopping.run_until_cancelled(pulse.beat()).await });
        let (stopping, rounds) = (gateway.stopping.clone(), core.rounds());
        gateway.tasks.spawn(async move { stopping.run_until_cancelled(rounds).await });
        let stopping = gateway.stopping.clone();
        let tended = core.clone();
        gateway.tasks.spawn(async move { stopping.run_until_cancelled(tend(tended, house)).await });
        let stopping = gateway.stopping.clone();
        let cleared = core.clone();
        gateway.tasks.spawn(async move { stopping.run_until_cancelled(clear(cleared)).await });
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

    /// The certificate for a listener of `what`, where it is to have TLS.
    pub(crate) fn keeper_for(
        &self,
        what: &'static str,
        tls: bool,
    ) -> Result<Option<Arc<Keeper>>, StartError> {
        match (tls, &self.keeper) {
            (true, None) => Err(StartError::NoCertificate { what }),
            (true, keeper) => Ok(keeper.clone()),
            (false, _) => Ok(None),
        }
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
        // The clock goes on beating, for those who must be given up.
        let ended = async {
            tokio::select! {
                () = self.tasks.wait() => {}
                () = self.pulse.clone().beat() => {}
            }
        };
        if tokio::time::timeout(self.stop_within, ended).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "some connections did not end in time");
        }
        self.core.close().await;
    }
}

/// One listener.
struct Door {
    dialect: Option<Arc<Common>>,
    pages: http::Pages,
    house: Arc<House>,
    /// The certificate, where connections have TLS.
    keeper: Option<Arc<Keeper>>,
}

impl Door {
    async fn keep_open(self, listener: TcpListener) {
        loop {
            let Some(accepted) = self.house.stopping.run_until_cancelled(listener.accept()).await else {
                return;
            };
            match accepted {
                Ok((stream, peer)) => self.let_in(stream, peer),
                Err(error) if is_of_peer(&error) => tracing::debug!(%error, "a peer did not wait"),
                Err(error) => {
                    // Out of file descriptors, most likely: trying again at once would only burn the processor.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn let_in(&self, stream: TcpStream, peer: SocketAddr) {
        let from_proxy = self.dialect.is_none() && http::is_proxy(peer.ip(), &self.house.settings.proxies);
        let Some(guest) = self.house.admit(peer.ip(), from_proxy) else {
            tracing::debug!(peer = %peer.ip(), "too many connections");
            if self.keeper.is_none() {
                full::turn_away(stream, self.dialect.clone(), &self.house);
            }
            return;
        };
        ACCEPTED.of([self.dialect.as_ref().map_or(HTTP, |common| common.dialect.name())]).count();
        tune(&stream, &self.house.settings);
        let (pages, dialect, house) = (self.pages.clone(), self.dialect.clone(), self.house.clone());
        let visit = Visit { pages, dialect, guest, address: peer.ip() };
        let Some(keeper) = self.keeper.clone() else {
            return visit.begin(Socket::Plain(stream), &house);
        };
        self.house.tasks.spawn(async move {
            let patience = Duration::from_secs(house.settings.handshake_seconds);
            let securing = tokio::time::timeout(patience, keeper.secure(stream, visit.is_web()));
            match house.stopping.run_until_cancelled(securing).await {
                Some(Ok(Ok(socket))) => visit.begin(socket, &house),
                Some(Ok(Err(error))) => {
                    tracing::debug!(peer = %peer.ip(), %error, "a TLS handshake failed");
                }
                Some(Err(_)) => {
                    Limit::Handshake.hit();
                    tracing::debug!(peer = %peer.ip(), "a TLS handshake took too long");
                }
                None => {}
            }
        });
    }
}

/// A connection that was let in, and what it came for.
struct Visit {
    dialect: Option<Arc<Common>>,
    pages: http::Pages,
    guest: Guest,
    address: IpAddr,
}

impl Visit {
    /// Whether HTTP is spoken, be it for WebSockets.
    fn is_web(&self) -> bool {
        let carriages = self.dialect.as_ref().map(|common| common.dialect.carriages());
        carriages.is_none_or(|carriages| matches!(carriage_of(carriages), Ok(Carriage::WebSocket)))
    }

    /// Has what is spoken here begin, in a task of its own.
    fn begin(self, mut socket: Socket, house: &House) {
        let Self { dialect, pages, guest, address } = self;
        match dialect {
            Some(common) => match carriage_of(common.dialect.carriages()) {
                Ok(carriage) if carriage != Carriage::WebSocket => {
                    let stay = (Some(guest), None);
                    let connection = Connection::task(common, socket, address, carriage, Vec::new(), stay);
                    house.tasks.spawn(connection);
                }
                Ok(_) => {
                    house
                        .tasks
                        .spawn(async move { pages.serve(socket, Vec::new(), Some(common), guest).await });
                }
                Err((websocket, stream_carriage)) => {
                    let tasks = house.tasks.clone();
                    house.tasks.spawn(async move {
                        match pages.begins_as_http(&mut socket).await {
                            Some((true, first)) => pages.serve(socket, first, Some(common), guest).await,
                            Some((false, first)) => {
                                debug_assert_eq!(websocket, Carriage::WebSocket);
                                let (carriage, stay) = (stream_carriage, (Some(guest), None));
                                // A task of its own: this one has room for HTTP.
                                tasks.spawn(Connection::task(common, socket, address, carriage, first, stay));
                            }
                            None => {}
                        }
                    });
                }
            },
            None => {
                house.tasks.spawn(async move { pages.serve(socket, Vec::new(), None, guest).await });
            }
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
        recovery: core.recovers(),
        registration: core.registration(),
        epoch: core.epoch(),
    }
}

pub(crate) async fn bind(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Bind { address, what, source })
}

/// Whether a connection cannot be accepted because its peer has ended it already: others need not wait for that.
fn is_of_peer(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionReset)
}

/// Small frames go out at once, and a peer whose machine has vanished is noticed: after twice the silence that is allowed, or
/// when it takes nothing for as long as whoever does not read.
fn tune(stream: &TcpStream, settings: &Settings) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot tune a socket");
    }
    let silence = Duration::from_secs(settings.ping_seconds);
    kernel::probe(stream, silence);
    let stall = Duration::from_secs(settings.write_stall_seconds);
    kernel::give_up_after(stream, silence.saturating_mul(2).max(stall));
}
