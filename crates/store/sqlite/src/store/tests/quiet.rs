//! When nothing is changed for a while, memory is given back, and everything goes on afterwards.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn memory_is_given_back_in_each_silence_and_readers_are_there_again() {
    static QUIET: AtomicUsize = AtomicUsize::new(0);
    let when_quiet = || {
        QUIET.fetch_add(1, Ordering::SeqCst);
    };
    let world = world_with(Options { when_quiet, ..Options::default() }).await;
    for silence in 1..=2 {
        world.say("tea").await.unwrap();
        assert_eq!(world.seqs().await.len(), silence);
        let silent = async {
            let before = QUIET.load(Ordering::SeqCst);
            while QUIET.load(Ordering::SeqCst) == before {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, silent).await.expect("a quiet moment");
        assert_eq!(world.seqs().await.len(), silence, "after the silence");
    }
    world.store.close().await;
    assert!(world.store.account_find(&AccountRef::Id(world.ann)).await.is_err(), "nobody reads any more");
}
