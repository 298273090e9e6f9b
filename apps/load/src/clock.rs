//! What time it is, counted from when the program first asked.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The time since the first call.
pub(crate) fn now() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let began = *BEGAN.get_or_init(instant);
    instant().duration_since(began)
}

#[expect(clippy::disallowed_methods, reason = "this is the clock of the load generator")]
fn instant() -> Instant {
    Instant::now()
}
