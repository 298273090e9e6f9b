//! Logins, registrations, letters, tokens and groups.

use super::limited;
use koine_e2e::heard::next;
use koine_e2e::people::*;
use koine_testkit::Process;
use koine_testkit::Server;
use koine_testkit::post_office::PostOffice;
use koine_testkit::transcripts::Stage;
use serde_json::{Value, json};

/// What technotrack answers to a login.
async fn tries(stage: &mut Stage<Process>, who: &str, password: &str) -> Value {
    stage.peer("guest").send(&json!({"action": "auth", "data": {"login": who, "pass": password}})).await;
    next(stage.peer("guest")).await["data"].clone()
}

fn is_told_to_wait(answer: &Value) -> bool {
    answer["error"].as_str().is_some_and(|error| error.starts_with("too often, try again in "))
}

#[tokio::test]
async fn wrong_passwords_are_few() {
    let limits = [("failed_logins", "2"), ("failed_logins_per_address", "4")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    stage.must(&registers_by_technotrack("bob")).await;
    stage.must("guest: technotrack\nguest< {\"action\": \"welcome\", \"...\": \"*\"}").await;
    for _ in 0..3 {
        let answer = tries(&mut stage, "bob", "wrong").await;
        assert_eq!(answer["status"], 2, "{answer}");
    }
    // Also the right one is not looked at now.
    let answer = tries(&mut stage, "bob", PASSWORD).await;
    assert!(is_told_to_wait(&answer), "{answer}");
    numbers.is_met("failed_logins", 1).await;
    assert_eq!(numbers.met("failed_logins_per_address").await, 0.0);
    for number in 3..5 {
        let answer = tries(&mut stage, &format!("nobody{number}"), "x").await;
        assert!(!is_told_to_wait(&answer), "{number}: {answer}");
    }
    let answer = tries(&mut stage, "somebody", "x").await;
    assert!(is_told_to_wait(&answer), "{answer}");
    numbers.is_met("failed_logins_per_address", 1).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn an_address_registers_so_many() {
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &[("registrations_per_address", "2")]).await;
    stage.must(&registers_by_technotrack("ann")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    let refused = r#"carl: technotrack
carl< {"action": "welcome", "...": "*"}
carl> {"action": "register", "data": {"login": "carl", "pass": "secret", "nick": "carl"}}
carl< {"action": "register", "data": {"status": "*", "error": "*", "...": "*"}}"#;
    stage.must(refused).await;
    numbers.is_met("registrations_per_address", 1).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn letters_are_few() {
    let office = PostOffice::open().await;
    let (host, port) = (office.address().ip().to_string(), office.address().port().to_string());
    let limits = [
        ("smtp__host", host.as_str()),
        ("smtp__port", port.as_str()),
        ("smtp__tls", "none"),
        ("smtp__from", "koine <koine@chat.example>"),
        ("mails_per_address", "3"),
        ("mails_per_recipient", "1"),
    ];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    stage.must("ann: ourchat\nann> {\"code\": 14, \"email\": \"ann@example.org\"}").await;
    office.letter("ann@example.org").await;
    assert_eq!(numbers.met("mails_per_recipient").await, 0.0);
    stage.must("ann> {\"code\": 14, \"email\": \"ann@example.org\"}\nann< {\"code\": 15, \"status\": \"*\", \"...\": \"*\"}").await;
    numbers.is_met("mails_per_recipient", 1).await;
    stage.must("ann> {\"code\": 14, \"email\": \"bob@example.org\"}").await;
    office.letter("bob@example.org").await;
    assert_eq!(numbers.met("mails_per_address").await, 0.0);
    stage.must("ann> {\"code\": 14, \"email\": \"carl@example.org\"}\nann< {\"code\": 15, \"status\": \"*\", \"...\": \"*\"}").await;
    numbers.is_met("mails_per_address", 1).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn tokens_and_members_are_so_many() {
    let limits = [("tokens_per_account", "1"), ("group_members", "2")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    for who in ["ann", "bob", "carl"] {
        stage.must(&registers_by_technotrack(who)).await;
    }
    let scene = r##"
one: mode-token
one> {"mode": "auth", "username": "ann", "password": "secret"}
one< {"mode": "auth", "status": "200", "token": "$one", "...": "*"}
two: mode-token
two> {"mode": "auth", "username": "ann", "password": "secret"}
two< {"mode": "auth", "status": "403", "...": "*"}
"##;
    stage.must(scene).await;
    numbers.is_met("tokens_per_account", 1).await;
    let scene = r##"
native: native
native< {"event": "hello", "...": "*"}
native> {"id": 1, "do": "login", "who": "ann", "password": "secret", "device": ""}
native< {"id": 1, "ok": {"...": "*"}}
native> {"id": 2, "do": "group.create", "name": "tea", "members": ["bob", "carl"]}
native< {"id": 2, "error": {"code": "too_large", "message": "*", "field": "*"}}
"##;
    stage.must(scene).await;
    numbers.is_met("group_members", 1).await;
    let scene = r##"
native> {"id": 3, "do": "group.create", "name": "tea", "members": ["bob"]}
native< {"id": 3, "ok": {"conversation": {"id": "#tea", "...": "*"}, "...": "*"}}
native> {"id": 4, "do": "group.add", "conversation": "#tea", "who": "carl"}
native< {"id": 4, "error": {"code": "too_large", "message": "*", "field": "*"}}
native> {"id": 5, "do": "group.create", "name": "all", "members": ["ann", "bob", "carl", "bob"]}
native< {"id": 5, "error": {"code": "too_large", "message": "*", "field": "*"}}
"##;
    stage.must(scene).await;
    numbers.is_met("group_members", 3).await;
    stage.clear().stop().await;
}
