//! What the core is made to do from time to time.

use crate::house::House;
use koine_core::Core;
use koine_kernel::give_back_memory;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often it is looked whether there are media that nothing names.
const CLEARED_EVERY: Duration = Duration::from_secs(60);
/// How long they stay: whoever reads them may finish, and whoever is about to name them has done so.
const GRACE: Duration = Duration::from_secs(10 * 60);

/// When so many entries have gone at once, their memory is given back.
const MANY: usize = 4096;

/// Has the core let go of what has run out, once a second, for ever.
pub(crate) async fn tend(core: Arc<Core>, house: Arc<House>) {
    let mut ticks = every(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        if core.tend().saturating_add(house.tend()) >= MANY {
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
