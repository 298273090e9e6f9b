//! Tokens in the course of time: they live for five days after their last use.

use koine_core::Limits;
use koine_gateway::Settings;
use koine_testkit::transcripts::Stage;
use koine_testkit::{Server, World};
use std::sync::Arc;
use std::time::Duration;

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn stage() -> Stage<World> {
    stage_with(Settings::default()).await
}

async fn stage_with(settings: Settings) -> Stage<World> {
    let dialect = Arc::new(koine_mode_token::ModeToken);
    let mut stage = Stage::new(World::start_with(vec![dialect], settings, Limits::default()).await);
    stage
        .must(
            r#"
ann: mode-token
ann> {"mode": "register", "username": "ann", "password": "secret", "email": "ann@x"}
ann< {"mode": "register", "timestamp": "*", "status": "200", "token": "$ann"}
"#,
        )
        .await;
    stage
}

fn check(status: &str) -> String {
    let error = if status == "200" { "" } else { r#", "error_msg": "the token is missing or not valid""# };
    format!(
        r#"
ann> {{"mode": "checkToken", "token": "$ann"}}
ann< {{"mode": "checkToken", "timestamp": "*", "status": "{status}"{error}}}
"#
    )
}

#[tokio::test]
async fn a_token_in_use_lives_on_and_an_unused_one_does_not() {
    let mut stage = stage().await;
    for _ in 0..4 {
        stage.server().clock().advance(4 * DAY);
        stage.must(&check("200")).await;
    }
    stage.server().clock().advance(5 * DAY + 1);
    stage.must(&check("401")).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn expired_tokens_do_not_count() {
    let mut stage = stage().await;
    let auth = |answer: &str| {
        format!(
            "ann> {{\"mode\": \"auth\", \"username\": \"ann\", \"password\": \"secret\"}}\nann< {{\"mode\": \"auth\", \"timestamp\": \"*\", {answer}}}\n"
        )
    };
    for _ in 0..4 {
        stage.must(&auth(r#""status": "200", "token": "*""#)).await;
    }
    let full = r#""status": "403", "error_msg": "too many tokens, log out somewhere first""#;
    stage.must(&auth(full)).await;
    stage.server().clock().advance(5 * DAY + 1);
    stage.must(&auth(r#""status": "200", "token": "*""#)).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn an_expired_subscriber_is_told_nothing_more() {
    let mut stage = stage().await;
    stage
        .must(
            r##"
ann> {"mode": "subscribe", "token": "$ann"}
ann< {"mode": "subscribe", "timestamp": "*", "status": "200"}
"##,
        )
        .await;
    stage.server().clock().advance(6 * DAY);
    stage
        .must(
            r##"
bob: mode-token
bob> {"mode": "register", "username": "bob", "password": "secret", "email": "bob@x"}
bob< {"mode": "register", "timestamp": "*", "status": "200", "token": "$bob"}
bob> {"mode": "createChat", "token": "$bob", "contact_mode": "username", "contact_value": "ann"}
bob< {"mode": "createChat", "timestamp": "*", "status": "200", "chat_id": "#chat"}
bob> {"mode": "sendMessage", "token": "$bob", "chat_id": "#chat", "content_type": "text", "content": "hello"}
bob< {"mode": "sendMessage", "timestamp": "*", "status": "200", "message_id": 16}
ann< {"mode": "subscribe", "timestamp": "*", "status": "401", "error_msg": "not logged in"}
bob> {"mode": "sendMessage", "token": "$bob", "chat_id": "#chat", "content_type": "text", "content": "hello?"}
bob< {"mode": "sendMessage", "timestamp": "*", "status": "200", "message_id": 32}
ann< nothing
"##,
        )
        .await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn who_logs_out_has_time_to_log_in_again() {
    let mut stage = stage_with(Settings { login_seconds: 3, ..Settings::default() }).await;
    let subscribed = r#"
ann> {"mode": "subscribe", "token": "$ann"}
ann< {"mode": "subscribe", "timestamp": "*", "status": "200"}
"#;
    stage.must(subscribed).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let logged_out = r#"
ann> {"mode": "logout", "token": "$ann"}
ann< {"mode": "logout", "timestamp": "*", "status": "200"}
"#;
    stage.must(logged_out).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let back = r#"
ann> {"mode": "auth", "username": "ann", "password": "secret"}
ann< {"mode": "auth", "timestamp": "*", "status": "200", "token": "*"}
"#;
    stage.must(back).await;
    stage.clear().stop().await;
}
