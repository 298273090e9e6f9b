//! From an HTTP request to a WebSocket session.

use super::often;
use super::origin::Welcome;
use super::patient::Patient;
use crate::connection::{Common, Connection};
use crate::house::{Guest, House};
use crate::websocket::handshake;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use hyper_util::rt::TokioIo;
use koine_dialect::Carriage;
use std::net::IpAddr;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// What an upgrade takes along from the connection that it came on.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) guest: Arc<Guest>,
    pub(super) tasks: TaskTracker,
    pub(super) house: Arc<House>,
    /// Who asks, also behind a proxy.
    pub(super) client: IpAddr,
}

/// `/ws/NAME` for each dialect that travels by WebSocket.
pub(super) fn routes(dialects: Vec<Arc<Common>>, welcome: &Arc<Welcome>) -> Router {
    let speaks = |common: &Arc<Common>| common.dialect.carriages().contains(&Carriage::WebSocket);
    dialects.into_iter().filter(speaks).fold(Router::new(), |router, common| {
        let path = format!("/ws/{}", common.dialect.name());
        let welcome = welcome.clone();
        router.route(&path, any(move |request| from_page(common.clone(), welcome.clone(), request)))
    })
}

/// One dialect, whatever the path.
pub(super) fn only(common: Arc<Common>) -> Router {
    Router::new().fallback(move |request| upgrade(common.clone(), request))
}

/// Upgrades what no foreign web page asks for.
async fn from_page(common: Arc<Common>, welcome: Arc<Welcome>, request: Request) -> Response {
    match welcome.check(request.headers()) {
        Ok(()) => upgrade(common, request).await,
        Err(stranger) => often::refused(request.extensions().get(), stranger),
    }
}

async fn upgrade(common: Arc<Common>, mut request: Request) -> Response {
    let accepted = handshake::accept(request.method(), request.version(), request.headers());
    let headers = match accepted {
        Ok(headers) => headers,
        Err(refused) => {
            let name = common.dialect.name();
            let reason = format!("This is a WebSocket port, where {name} is spoken: {refused}.\n");
            let refused = (refused.status(), refused.headers(), reason);
            return often::refused(request.extensions().get(), refused);
        }
    };
    let Some(Door { guest, tasks, house, client }) = request.extensions_mut().remove::<Door>() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    // Behind a proxy it is known only now from where the connection comes.
    let counted = if guest.counts() { None } else { house.count_in(client) };
    if counted.is_none() && !guest.counts() {
        return often::too_many();
    }
    let upgraded = hyper::upgrade::on(&mut request);
    tasks.clone().spawn(async move {
        let Ok(upgraded) = upgraded.await else { return };
        let Ok(parts) = upgraded.downcast::<TokioIo<Patient>>() else { return };
        let unread = parts.read_buf.to_vec();
        let (socket, carriage) = (parts.io.into_inner().into_inner(), Carriage::WebSocket);
        // A task of its own: this one is as large as an upgrade needs, and would stay so.
        tasks.spawn(Connection::task(common, socket, client, carriage, unread, (counted, Some(guest))));
    });
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}
