//! Whether the server lives, and whether it can do its work.
//!
//! Whoever watches over the server is never told to wait, and anybody may ask: so however many ask, the store is asked once in a
//! second, and the log is told of what has changed.

use axum::extract::State;
use axum::http::StatusCode;
use koine_core::Core;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// How long an answer is everybody's, and after which time the store may be asked again.
const LASTS: Duration = Duration::from_secs(1);

/// What was found last.
pub(super) struct Readiness {
    lasts: Duration,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    /// When it was begun to be looked at. Whoever asked may have gone before anything was found.
    begun: Option<Instant>,
    found: Option<Found>,
}

#[derive(Clone, Copy)]
struct Found {
    at: Instant,
    ready: bool,
}

impl Default for Readiness {
    fn default() -> Self {
        Self::lasting(LASTS)
    }
}

impl Readiness {
    fn lasting(lasts: Duration) -> Self {
        Self { lasts, last: Mutex::default() }
    }

    /// What `look` finds, or what somebody else has found not long ago. `look` is told what was found before; at the beginning all
    /// is well.
    async fn ask(&self, look: impl AsyncFnOnce(bool) -> bool) -> bool {
        let mut last = self.last.lock().await;
        if let Some(found) = last.found
            && found.at.elapsed() < self.lasts
        {
            return found.ready;
        }
        if let Some(begun) = last.begun {
            sleep_until(begun.checked_add(self.lasts).unwrap_or(begun)).await;
        }
        last.begun = Some(Instant::now());
        let before = last.found.is_none_or(|found| found.ready);
        let ready = look(before).await;
        last.found = Some(Found { at: Instant::now(), ready });
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
    let look = async |was_ready: bool| match core.check().await {
        Ok(()) => {
            if !was_ready {
                tracing::info!("ready again");
            }
            true
        }
        Err(failure) => {
            if was_ready {
                tracing::warn!(%failure, cause = ?std::error::Error::source(&failure), "not ready");
            }
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
    use tokio::sync::oneshot;
    use tokio::task::JoinSet;
    use tokio::time::timeout;

    /// Twenty who ask while somebody looks get what that one finds.
    #[tokio::test]
    async fn many_who_ask_at_once_share_a_look() {
        let readiness = Arc::new(Readiness::lasting(Duration::from_secs(60)));
        let looks = Arc::new(AtomicUsize::new(0));
        let (go, wait) = oneshot::channel::<()>();
        let mut asking = JoinSet::new();
        let (first, counted) = (readiness.clone(), looks.clone());
        asking.spawn(async move {
            let look = async |was_ready: bool| {
                counted.fetch_add(1, Ordering::SeqCst);
                assert!(was_ready);
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
                let look = async |_| {
                    looks.fetch_add(1, Ordering::SeqCst);
                    true
                };
                assert!(!readiness.ask(look).await);
            });
        }
        go.send(()).unwrap();
        while let Some(asked) = asking.join_next().await {
            asked.unwrap();
        }
        assert_eq!(looks.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_was_found_is_not_believed_for_long() {
        let lasts = Duration::from_millis(50);
        let readiness = Readiness::lasting(lasts);
        assert!(!readiness.ask(async |_| false).await);
        tokio::time::sleep(lasts).await;
        assert!(readiness.ask(async |was_ready: bool| !was_ready).await, "it is told what was found before");
    }

    /// Who goes before there is an answer has the store asked no more often than others.
    #[tokio::test]
    async fn those_who_ask_and_go_do_not_have_the_store_asked_more_often() {
        let readiness = Readiness::lasting(Duration::from_millis(200));
        let looks = AtomicUsize::new(0);
        let begun = Instant::now();
        for _ in 0..20 {
            let look = async |_| {
                looks.fetch_add(1, Ordering::SeqCst);
                std::future::pending().await
            };
            assert!(timeout(Duration::from_millis(5), readiness.ask(look)).await.is_err());
        }
        let allowed = 1 + begun.elapsed().as_millis() / 200;
        assert!(looks.load(Ordering::SeqCst) as u128 <= allowed, "{looks:?} in {:?}", begun.elapsed());
        assert!(readiness.ask(async |_| true).await);
    }
}
