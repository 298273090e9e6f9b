//! From the body of a request to the disk, piece by piece.

use super::Uploader;
use super::refuse::Refused;
use axum::body::Body;
use bytes::BytesMut;
use futures_util::StreamExt;
use koine_metrics::Limit;
use koine_metrics::catalogue::UPLOADS;
use koine_model::upload::Command;
use std::time::Duration;
use tokio::time::Instant;

/// What is gathered before it is written: a body may come in very small pieces.
const PIECE: usize = 256 << 10;
/// What a body must bring in a second, on average, beyond the time that each has: as of a large frame.
const SLOWEST: u64 = 4 << 10;

/// Adds all of a body to an upload, and tells where the upload ends then. Whatever came stays, however the body ends.
pub(super) async fn receive(
    uploader: Uploader,
    key: String,
    offset: u64,
    body: Body,
    patience: Duration,
) -> Result<u64, Refused> {
    let _counted = Receiving::begin();
    let mut body = body.into_data_stream();
    let mut gathered = BytesMut::new();
    let mut offset = offset;
    let (mut waited, mut received) = (Duration::ZERO, 0_u64);
    loop {
        // Only the client is waited for at its own expense, not the disk.
        let granted = patience.saturating_add(Duration::from_secs(received / SLOWEST));
        let begun = Instant::now();
        let next = tokio::time::timeout(granted.saturating_sub(waited).min(patience), body.next()).await;
        waited = waited.saturating_add(begun.elapsed());
        let (come, end) = match next {
            Ok(Some(Ok(come))) => (Some(come), None),
            Ok(None) => (None, Some(Ok(()))),
            Ok(Some(Err(error))) => {
                tracing::debug!(%error, "an upload broke off");
                (None, Some(Err(Refused::BrokenOff)))
            }
            Err(_) => (None, Some(Err(Limit::Frame.met(Refused::TooSlow)))),
        };
        if let Some(come) = come {
            received = received.saturating_add(u64::try_from(come.len()).unwrap_or(u64::MAX));
            gathered.extend_from_slice(&come);
        }
        if !gathered.is_empty() && (gathered.len() >= PIECE || end.is_some()) {
            let bytes = gathered.split().freeze();
            (offset, _) = uploader.ask(Command::Extend { key: key.clone(), offset, bytes }).await?;
        }
        if let Some(end) = end {
            return end.map(|()| offset);
        }
    }
}

/// One more body that is coming in, until this is dropped.
struct Receiving;

impl Receiving {
    fn begin() -> Self {
        UPLOADS.add(1);
        Self
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        UPLOADS.subtract(1);
    }
}
