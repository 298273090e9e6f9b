//! Whether the server lives, and whether it can do its work.

use axum::extract::State;
use axum::http::StatusCode;
use koine_core::Core;
use std::sync::Arc;

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// The store takes changes.
pub(super) async fn ready(State(core): State<Arc<Core>>) -> (StatusCode, &'static str) {
    match core.check().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(failure) => {
            tracing::warn!(%failure, cause = ?std::error::Error::source(&failure), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store takes no changes\n")
        }
    }
}
