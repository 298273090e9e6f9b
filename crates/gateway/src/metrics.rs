//! The page for Prometheus, on ports of its own: what it tells is nobody's business but the operator's.
//!
//! It is answered beside all limits of connections: when those are reached, it is wanted most. Few are answered at once; where all places are
//! taken and somebody new comes, one goes who has not asked for anything yet.

use crate::listen::{Gateway, Listening, StartError, bind};
use crate::settings::Listen;
use crate::tls::{Keeper, Socket};
use axum::Router;
use axum::http::header;
use axum::routing::get;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use koine_core::rates::Peer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The name under which the ports are listed.
const METRICS: &str = "metrics";
/// Connections that are answered at once; others wait. More than honest ones ever come at the same moment: whoever is still shaking hands has not
/// asked yet, and would have to go for the next one.
const TOGETHER: usize = 32;
/// How long a request may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may stand, which is for one page.
const LONGEST: Duration = Duration::from_secs(30);

impl Gateway {
    /// Serves `/metrics` on these addresses, too. `look` is called before each page is made, to measure what nobody counts.
    pub async fn serve_metrics(
        &mut self,
        listen: &Listen,
        look: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Result<(), StartError> {
        let house = self.house.clone();
        let page = move || {
            look();
            house.measure();
            let page = ([(header::CONTENT_TYPE, koine_metrics::CONTENT_TYPE)], koine_metrics::page());
            std::future::ready(page)
        };
        let router = Router::new().route("/metrics", get(page));
        for (address, tls) in listen.all() {
            let keeper = self.keeper_for(METRICS, tls)?;
            let listener = bind(METRICS, address).await?;
            let Ok(address) = listener.local_addr() else { continue };
            self.listening.push(Listening { what: METRICS, address, tls });
            let (tasks, stopping) = (self.tasks.clone(), self.stopping.clone());
            let serving = keep_open(listener, keeper, router.clone(), tasks, stopping.clone());
            self.tasks.spawn(async move { stopping.run_until_cancelled(serving).await });
        }
        Ok(())
    }
}

async fn keep_open(
    listener: TcpListener,
    keeper: Option<Arc<Keeper>>,
    router: Router,
    tasks: TaskTracker,
    stopping: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(TOGETHER));
    let mut guests: Vec<Guest> = Vec::new();
    loop {
        let (stream, address) = match listener.accept().await {
            Ok((stream, address)) => (stream, Peer::of(address.ip())),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection for metrics");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        guests.retain(|guest| !guest.leave.is_cancelled());
        if guests.len() >= TOGETHER
            && let Some(guest) = least_welcome(&guests)
        {
            guest.leave.cancel();
        }
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let guest = Guest { address, has_asked: Arc::default(), leave: stopping.child_token() };
        let (router, keeper, has_asked, leave) =
            (router.clone(), keeper.clone(), guest.has_asked.clone(), guest.leave.clone());
        guests.push(guest);
        tasks.spawn(async move {
            let _place = place;
            let serving = tokio::time::timeout(LONGEST, serve(stream, keeper, router, has_asked));
            let _ = leave.run_until_cancelled(serving).await;
            leave.cancel();
        });
    }
}

/// Somebody who has a place.
struct Guest {
    address: Peer,
    /// They have asked for something, and are being answered.
    has_asked: Arc<AtomicBool>,
    /// They are to leave, or have left.
    leave: CancellationToken,
}

/// Who has to leave for somebody new. Nobody who has asked: that does not take long. Of those who have not, one from the address that has most
/// places, so that a multitude from one address is in its own way alone; and of those who came from there the first.
fn least_welcome(guests: &[Guest]) -> Option<&Guest> {
    let from_there = |guest: &Guest| guests.iter().filter(|other| other.address == guest.address).count();
    let silent = guests.iter().filter(|guest| !guest.has_asked.load(Ordering::Relaxed));
    // Of several that are equal it is the last one that counts as the greatest.
    silent.rev().max_by_key(|guest| from_there(guest))
}

/// Answers what is asked on one connection.
async fn serve(stream: TcpStream, keeper: Option<Arc<Keeper>>, router: Router, has_asked: Arc<AtomicBool>) {
    let socket = match keeper {
        None => Socket::Plain(stream),
        Some(keeper) => match tokio::time::timeout(PATIENCE, keeper.secure(stream, true)).await {
            Ok(Ok(socket)) => socket,
            Ok(Err(error)) => return tracing::debug!(%error, "a TLS handshake for metrics failed"),
            Err(_) => return tracing::debug!("a TLS handshake for metrics took too long"),
        },
    };
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request| {
        has_asked.store(true, Ordering::Relaxed);
        router.call(request)
    });
    // Whoever was answered gives their place up.
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(socket), service);
    if let Err(error) = serving.await {
        tracing::debug!(%error, "a connection for metrics ended early");
    }
}
