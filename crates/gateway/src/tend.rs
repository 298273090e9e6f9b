//! What the core is made to do from time to time.

use crate::house::House;
use koine_core::Core;
use koine_kernel::give_back_memory;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// How often it is looked whether there are media that nothing names.
const CLEARED_EVERY: Duration = Duration::from_secs(60);
/// How long they stay: whoever reads them may finish, and whoever is about to name them has done so.
const GRACE: Duration = Duration::from_secs(10 * 60);

/// When so many entries have gone, their memory is given back,
const MANY: usize = 4096;
/// but no more often than that.
const GIVEN_BACK_EVERY: Duration = Duration::from_secs(30);

/// Has the core let go of what has run out, once a second, for ever.
pub(crate) async fn tend(core: Arc<Core>, house: Arc<House>) {
    let mut ticks = every(Duration::from_secs(1));
    let (mut gone, mut given_back) = (0_usize, None::<Instant>);
    loop {
        let now = ticks.tick().await;
        gone = gone.saturating_add(core.tend()).saturating_add(house.tend());
        let is_time = given_back.is_none_or(|last| now.duration_since(last) >= GIVEN_BACK_EVERY);
        if gone >= MANY && is_time {
            (gone, given_back) = (0, Some(now));
            // It looks at every heap, for which no connection of this thread should wait.
            let _ = spawn_blocking(give_back_memory).await;
        }
    }
}

/// Has the core take away media that nothing names any more, for ever.
pub(crate) async fn clear(core: Arc<Core>) {
    let mut ticks = every(CLEARED_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = core.media_tend(GRACE).await {
            // It goes to the log, and is tried again.
            core.refusal(error);
        }
    }
}

fn every(time: Duration) -> Interval {
    let mut ticks = interval(time);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
