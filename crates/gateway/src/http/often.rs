//! How often an address may ask by HTTP, and with how many bodies at once. What becomes a WebSocket is not counted: its frames are,
//! by their connection.

use super::upgrade::Door;
use crate::full;
use axum::body::{Body, HttpBody};
use axum::extract::{Extension, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use koine_core::rates::seconds;
use std::time::Duration;

/// Has a request answered, unless its client asks too often.
pub(super) async fn admitted(Extension(door): Extension<Door>, request: Request, next: Next) -> Response {
    match door.house.request_admit(door.client) {
        Ok(()) => match counted(&door, request) {
            Some(request) => next.run(request).await,
            None => too_many(),
        },
        Err(wait) => too_often(wait),
    }
}

/// A request whose body counts as a connection of its client for as long as it is read, unless the connection that it comes on
/// does. Nothing, where there are too many.
fn counted(door: &Door, request: Request) -> Option<Request> {
    if door.guest.counts() || request.body().is_end_stream() {
        return Some(request);
    }
    let guest = door.house.count_in(door.client)?;
    Some(request.map(|body| {
        // Held by the body, which goes wherever it is read.
        Body::from_stream(body.into_data_stream().inspect(move |_| {
            let _held = &guest;
        }))
    }))
}

/// The answer to whom too many connections are for.
pub(super) fn too_many() -> Response {
    let headers = [(header::RETRY_AFTER, HeaderValue::from(full::LATER))];
    let said = "There are too many connections from your address: try again later.\n";
    (StatusCode::TOO_MANY_REQUESTS, headers, said).into_response()
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
