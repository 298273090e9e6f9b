//! The page for Prometheus, on ports of its own: what it tells is nobody's business but the operator's.
//!
//! It is answered beside all limits of connections: when those are reached, it is wanted most.

use crate::listen::{Gateway, Listening, StartError, bind};
use crate::settings::Listen;
use crate::tls::{Keeper, Socket};
use axum::Router;
use axum::http::header;
use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The name under which the ports are listed.
const METRICS: &str = "metrics";
/// Connections that are answered at once; others wait.
const TOGETHER: usize = 8;
/// How long a request may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may stand.
const LONGEST: Duration = Duration::from_secs(600);

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
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection for metrics");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (router, keeper, stopping) = (router.clone(), keeper.clone(), stopping.clone());
        tasks.spawn(async move {
            let _place = place;
            let serving = tokio::time::timeout(LONGEST, serve(stream, keeper, router));
            let _ = stopping.run_until_cancelled(serving).await;
        });
    }
}

/// Answers what is asked on one connection.
async fn serve(stream: TcpStream, keeper: Option<Arc<Keeper>>, router: Router) {
    let socket = match keeper {
        None => Socket::Plain(stream),
        Some(keeper) => match tokio::time::timeout(PATIENCE, keeper.secure(stream, true)).await {
            Ok(Ok(socket)) => socket,
            Ok(Err(error)) => return tracing::debug!(%error, "a TLS handshake for metrics failed"),
            Err(_) => return tracing::debug!("a TLS handshake for metrics took too long"),
        },
    };
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router));
    if let Err(error) = serving.await {
        tracing::debug!(%error, "a connection for metrics ended early");
    }
}
