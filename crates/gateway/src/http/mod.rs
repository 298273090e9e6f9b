//! The HTTP side: WebSocket upgrades, media, pictures, links from mails, health.

mod health;
mod language;
mod media;
mod page;
mod patient;
mod recover;
mod upgrade;
mod verify;

use crate::connection::Common;
use crate::listen::{Guest, House};
use axum::Router;
use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use koine_core::Core;
use patient::Patient;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

/// What an answer that is under way has left when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Serves HTTP connections.
#[derive(Clone)]
pub(crate) struct Pages {
    router: Router,
    house: Arc<House>,
}

impl Pages {
    pub(crate) fn new(core: Arc<Core>, dialects: Vec<Arc<Common>>, house: Arc<House>) -> Self {
        let router = Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/media/{id}", get(media::media))
            .route("/avatar/{account}", get(media::avatar))
            .route("/verify/{token}", get(verify::open))
            .with_state(core.clone())
            .merge(recover::routes(core, house.clone()))
            .merge(upgrade::routes(dialects));
        Self { router, house }
    }

    /// Serves one connection; on a dialect's own port every path is the dialect's.
    pub(crate) async fn serve(&self, stream: TcpStream, dialect: Option<Arc<Common>>, guest: Guest) {
        let router = match dialect {
            Some(common) => upgrade::only(common),
            None => self.router.clone(),
        };
        let guest = Arc::new(guest);
        let tasks = self.house.tasks.clone();
        let service =
            hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(upgrade::Door { guest: guest.clone(), tasks: tasks.clone() });
                router.clone().call(request)
            });
        let patience = Duration::from_secs(self.house.settings.handshake_seconds);
        let stall = Duration::from_secs(self.house.settings.write_stall_seconds);
        let serving = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .serve_connection(TokioIo::new(Patient::new(stream, stall)), service)
            .with_upgrades();
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            served = serving.as_mut() => {
                if let Err(error) = served {
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

    /// Whether a connection's first bytes are those of an HTTP request; `None` when none come in time.
    pub(crate) async fn begins_as_http(&self, stream: &TcpStream) -> Option<bool> {
        let patience = Duration::from_secs(self.house.settings.login_seconds);
        let first_bytes = async {
            let mut first = [0; 4];
            loop {
                let count = stream.peek(&mut first).await.ok()?;
                let seen = first.get(..count)?;
                if count == 0 {
                    return None;
                }
                if !b"GET ".starts_with(seen) {
                    return Some(false);
                }
                if count == first.len() {
                    return Some(true);
                }
                // The rest of the word has not come yet, and peeking does not wait for it.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(patience, first_bytes);
        self.house.stopping.run_until_cancelled(waited).await?.ok().flatten()
    }
}
