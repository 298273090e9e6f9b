//! The HTTP side: WebSocket upgrades, the web client, uploads, media, pictures, links from mails, health.

mod client;
mod health;
mod language;
mod media;
mod often;
mod origin;
mod page;
mod patient;
mod range;
mod recover;
mod safe;
mod thumbnail;
mod upgrade;
mod uploads;
mod verify;
mod web;

use crate::connection::Common;
use crate::house::{Guest, House};
use crate::tls::Socket;
use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, head, post};
pub(crate) use client::is_proxy;
use hyper_util::rt::{TokioIo, TokioTimer};
use koine_core::Core;
use koine_metrics::Limit;
use koine_model::device::Device;
use patient::Patient;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use thumbnail::Thumbnails;
use tower_service::Service;

/// What an answer that is under way has left when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// How many bytes of a request's head, or of an answer that is not taken, are in memory at most.
const BUFFER: usize = 64 << 10;

/// What requests look at.
#[derive(Clone)]
struct Shared {
    core: Arc<Core>,
    thumbnails: Arc<Thumbnails>,
    /// The devices whose tokens count for uploads.
    uploaders: Arc<[Device]>,
    /// How long the next bytes of a body may take.
    patience: Duration,
}

impl FromRef<Shared> for Arc<Core> {
    fn from_ref(shared: &Shared) -> Self {
        shared.core.clone()
    }
}

impl FromRef<Shared> for Arc<Thumbnails> {
    fn from_ref(shared: &Shared) -> Self {
        shared.thumbnails.clone()
    }
}

/// Serves HTTP connections.
#[derive(Clone)]
pub(crate) struct Pages {
    router: Router,
    house: Arc<House>,
}

impl Pages {
    /// `public_url` is the address that people type to reach these pages.
    pub(crate) fn new(
        core: Arc<Core>,
        dialects: Vec<Arc<Common>>,
        house: Arc<House>,
        public_url: &str,
    ) -> Self {
        let others = house.settings.origins.iter().map(String::as_str);
        let welcome = Arc::new(origin::Welcome::new(others, public_url));
        let uploaders = dialects.iter().filter(|common| common.dialect.uploads_by_http());
        let shared = Shared {
            core: core.clone(),
            thumbnails: Arc::default(),
            uploaders: uploaders.map(|common| common.dialect.device()).collect(),
            patience: Duration::from_secs(house.settings.frame_seconds),
        };
        let watched = (core.clone(), Arc::new(health::Readiness::default()));
        let router = Router::new()
            .route("/media/{id}", get(media::media))
            .route("/media/{id}/thumbnail", get(media::thumbnail))
            .route("/avatar/{account}", get(media::avatar))
            .route("/group/{conversation}/{hash}", get(media::group))
            .route("/verify/{token}", get(verify::open))
            .route(uploads::PATH, post(uploads::create).options(uploads::describe))
            .route(
                &format!("{}/{{key}}", uploads::PATH),
                head(uploads::look).patch(uploads::extend).delete(uploads::forget).options(uploads::describe),
            )
            .with_state(shared)
            .merge(recover::routes(core, house.clone()))
            .fallback_service(web::routes(house.settings.web))
            .layer(axum::middleware::from_fn(often::admitted))
            // Whoever watches over the server may share an address with busy clients.
            .merge(
                Router::new()
                    .route("/healthz", get(health::alive))
                    .route("/readyz", get(health::ready))
                    .with_state(watched),
            )
            // Their connections have limits of their own.
            .merge(upgrade::routes(dialects, &welcome));
        Self { router, house }
    }

    /// Serves one connection, of which `first` was read already; on a dialect's own port every path is the dialect's.
    pub(crate) async fn serve(
        &self,
        stream: Socket,
        first: Vec<u8>,
        dialect: Option<Arc<Common>>,
        guest: Guest,
    ) {
        let router = match dialect {
            Some(common) => upgrade::only(common),
            None => self.router.clone(),
        };
        let guest = Arc::new(guest);
        let (tasks, house) = (self.house.tasks.clone(), self.house.clone());
        let asked = Arc::new(AtomicBool::new(false));
        let asks = asked.clone();
        let service =
            hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
                asks.store(true, Ordering::Relaxed);
                // Nobody who comes to a dialect's own port has counted as a proxy.
                let proxies = if guest.counts() { &[][..] } else { &house.settings.proxies };
                let client = client::client(request.headers(), guest.address(), proxies);
                let (guest, tasks, house) = (guest.clone(), tasks.clone(), house.clone());
                request.extensions_mut().insert(upgrade::Door { guest, tasks, house, client });
                router.clone().call(request)
            });
        let patience = Duration::from_secs(self.house.settings.handshake_seconds);
        let stall = Duration::from_secs(self.house.settings.write_stall_seconds);
        let serving = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .max_buf_size(BUFFER)
            .serve_connection(TokioIo::new(Patient::new(stream, first, stall)), service)
            .with_upgrades();
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            served = serving.as_mut() => {
                if let Err(error) = served {
                    // A connection that was asked by before, and is not any more, has only come to its end.
                    if error.is_timeout() && !asked.load(Ordering::Relaxed) {
                        Limit::Handshake.hit();
                    }
                    tracing::debug!(%error, "an HTTP connection ended early");
                }
            }
            () = self.house.stopping.cancelled() => {
                serving.as_mut().graceful_shutdown();
                // A download that has begun may end; one that nobody reads must not hold up the end of the server.
                let _ = tokio::time::timeout(LAST_WORDS, serving).await;
            }
        }
    }

    /// Whether a connection's first bytes are those of an HTTP request, and these bytes; `None` when too few come in time.
    pub(crate) async fn begins_as_http(&self, socket: &mut Socket) -> Option<(bool, Vec<u8>)> {
        let patience = Duration::from_secs(self.house.settings.login_seconds);
        let waited = tokio::time::timeout(patience, socket.begins_with(b"GET "));
        let begun = self.house.stopping.run_until_cancelled(waited).await?;
        begun.map_err(|late| Limit::Login.met(late)).ok().flatten()
    }
}
