//! Whether the server lives, and whether it can do its work.
//!
//! Whoever watches over the server is never told to wait, and anybody may ask: so however many ask at once, the store is asked by
//! one of them at a time.

use axum::extract::State;
use axum::http::StatusCode;
use koine_core::Core;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// What was found last.
#[derive(Default)]
pub(super) struct Readiness(Mutex<Option<Found>>);

#[derive(Clone, Copy)]
struct Found {
    /// When it began to be looked at.
    since: Instant,
    ready: bool,
}

impl Readiness {
    /// What `look` finds, or what somebody else has found who began to look after this was asked.
    async fn ask(&self, look: impl AsyncFnOnce() -> bool) -> bool {
        let asked = Instant::now();
        let mut last = self.0.lock().await;
        if let Some(found) = *last
            && found.since > asked
        {
            return found.ready;
        }
        let since = Instant::now();
        let ready = look().await;
        *last = Some(Found { since, ready });
        ready
    }
}

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// The store takes changes.
pub(super) async fn ready(
    State((core, readiness)): State<(Arc<Core>, Arc<Readiness>)>,
) -> (StatusCode, &'static str) {
    let look = async || match core.check().await {
        Ok(()) => true,
        Err(failure) => {
            tracing::warn!(%failure, cause = ?std::error::Error::source(&failure), "not ready");
            false
        }
    };
    if readiness.ask(look).await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the store takes no changes\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::sync::oneshot;
    use tokio::task::JoinSet;

    /// Twenty who ask while somebody looks share one more look, which begins after they have asked.
    #[tokio::test]
    async fn many_who_ask_at_once_share_a_look_that_is_not_older_than_their_question() {
        let readiness = Arc::new(Readiness::default());
        let looks = Arc::new(AtomicUsize::new(0));
        let (go, wait) = oneshot::channel::<()>();
        let mut asking = JoinSet::new();
        let (first, counted) = (readiness.clone(), looks.clone());
        asking.spawn(async move {
            let look = async || {
                counted.fetch_add(1, Ordering::SeqCst);
                wait.await.is_err()
            };
            assert!(!first.ask(look).await);
        });
        while looks.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        for _ in 0..20 {
            let (readiness, looks) = (readiness.clone(), looks.clone());
            asking.spawn(async move {
                let look = async || {
                    looks.fetch_add(1, Ordering::SeqCst);
                    true
                };
                assert!(readiness.ask(look).await);
            });
        }
        // All of them have asked by now.
        tokio::time::sleep(Duration::from_millis(10)).await;
        go.send(()).unwrap();
        while let Some(asked) = asking.join_next().await {
            asked.unwrap();
        }
        assert_eq!(looks.load(Ordering::SeqCst), 2);
        assert!(!readiness.ask(async || false).await, "what was found before is not believed");
    }
}
