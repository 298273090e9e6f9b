//! The queue of passwords that are to be checked.

use super::limited;
use koine_e2e::heard::next;
use koine_testkit::Process;
use koine_testkit::Server;
use koine_testkit::transcripts::Stage;
use serde_json::json;
use std::time::Duration;

/// A check takes so long that all of them meet.
const SLOW: [(&str, &str); 3] =
    [("passwords__iterations", "1000"), ("passwords__memory_kib", "4096"), ("passwords__parallel", "1")];

async fn guests(stage: &mut Stage<Process>) {
    for who in ["first", "second", "third"] {
        stage.must(&format!("{who}: technotrack\n{who}< {{\"action\": \"welcome\", \"...\": \"*\"}}")).await;
    }
}

async fn knocks(stage: &mut Stage<Process>, who: &str) {
    stage.peer(who).send(&json!({"action": "auth", "data": {"login": "nobody", "pass": "x"}})).await;
}

#[tokio::test]
async fn so_many_wait_and_the_queue_is_seen() {
    let settings = [SLOW.as_slice(), &[("passwords__waiting", "1")]].concat();
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &settings).await;
    guests(&mut stage).await;
    assert_eq!(numbers.sum("koine_password_queue ").await, 0.0);
    for (who, queue) in [("first", 1.0), ("second", 2.0)] {
        knocks(&mut stage, who).await;
        numbers.until("koine_password_queue ", |waiting| waiting == queue).await;
    }
    knocks(&mut stage, "third").await;
    let refused = next(stage.peer("third")).await;
    assert!(refused.to_string().contains("busy") || refused.to_string().contains("too much"), "{refused}");
    numbers.is_met("passwords.waiting", 1).await;
    for who in ["first", "second"] {
        // Nobody has that name, which takes as long.
        assert_eq!(next(stage.peer(who)).await["data"]["status"], 7);
    }
    numbers.until("koine_password_queue ", |waiting| waiting == 0.0).await;
    // The second one has waited for the first, at least as long as what it was seen to.
    assert_eq!(numbers.sum("koine_password_wait_seconds_count ").await, 2.0);
    let waited = numbers.sum("koine_password_wait_seconds_sum ").await;
    assert!(waited > Duration::from_millis(10).as_secs_f64(), "{waited}");
    stage.clear().stop().await;
}

#[tokio::test]
async fn an_address_has_its_share_of_them() {
    let settings = [SLOW.as_slice(), &[("passwords__waiting_per_address", "1")]].concat();
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &settings).await;
    guests(&mut stage).await;
    knocks(&mut stage, "first").await;
    numbers.until("koine_password_queue ", |waiting| waiting == 1.0).await;
    knocks(&mut stage, "second").await;
    let refused = next(stage.peer("second")).await;
    assert_eq!(refused["data"]["error"], "too often, try again in 1 seconds");
    numbers.is_met("passwords.waiting_per_address", 1).await;
    stage.clear().stop().await;
}
