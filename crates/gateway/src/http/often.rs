//! How often an address may ask by HTTP. What becomes a WebSocket is not counted: its frames are, by their connection.

use super::upgrade::Door;
use axum::extract::{Extension, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use koine_core::rates::seconds;
use std::time::Duration;

/// Has a request answered, unless its client asks too often.
pub(super) async fn admitted(Extension(door): Extension<Door>, request: Request, next: Next) -> Response {
    match door.house.request_admit(door.client) {
        Ok(()) => next.run(request).await,
        Err(wait) => too_often(wait),
    }
}

/// The answer to a request that does not become a WebSocket: it is a request like any other.
pub(super) fn refused(door: Option<&Door>, refused: impl IntoResponse) -> Response {
    match door.map(|door| door.house.request_admit(door.client)) {
        Some(Err(wait)) => too_often(wait),
        _ => refused.into_response(),
    }
}

fn too_often(wait: Duration) -> Response {
    let seconds = seconds(wait);
    let headers = [(header::RETRY_AFTER, HeaderValue::from(seconds))];
    let said = format!("There are too many requests from your address: try again in {seconds} seconds.\n");
    (StatusCode::TOO_MANY_REQUESTS, headers, said).into_response()
}
