//! What somebody is told who comes up against a limit, in the words of each dialect.

use super::limits::people;
use koine_e2e::heard::next;
use koine_e2e::people::*;
use koine_testkit::peer::Received;
use koine_testkit::transcripts::Stage;
use koine_testkit::{Process, Server};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);
/// Every dialect, by how one connects and what is said by then.
const DIALECTS: [(&str, &str); 7] = [
    ("minioicq json", "who> {\"action\": \"heartbeat\"}\nwho< {\"action\": \"heartbeat.ack\"}"),
    ("minioicq msgpack", "who> {\"action\": \"heartbeat\"}\nwho< {\"action\": \"heartbeat.ack\"}"),
    ("mode-token", ""),
    ("native", "who< {\"event\": \"hello\", \"...\": \"*\"}"),
    ("ourchat", ""),
    ("technotrack", "who< {\"action\": \"welcome\", \"...\": \"*\"}"),
    // Its port has WebSockets, too: who says nothing is not known to be no HTTP client.
    (
        "type-payload",
        "who> {\"type\": \"NONSENSE\", \"timestamp\": 1, \"payload\": {}}\nwho< {\"type\": \"*\", \"...\": \"*\"}",
    ),
];

/// A stranger who speaks a dialect.
async fn stranger(stage: &mut Stage<Process>, how: &str, greeting: &str) {
    stage.must(&format!("who: {how}\n{greeting}")).await;
}

async fn must_close(stage: &mut Stage<Process>, how: &str) {
    assert_eq!(stage.peer("who").receive(PATIENCE).await, Some(Received::Closed), "{how}");
}

#[tokio::test]
async fn a_frame_that_is_too_large_is_answered_in_every_dialect() {
    let mut stage = people(&[("KOINE_LIMITS__FRAME_BYTES", "65536")]).await;
    let filler = "x".repeat(100_000);
    for (how, greeting) in DIALECTS {
        stranger(&mut stage, how, greeting).await;
        stage.peer("who").send(&json!({"filler": filler})).await;
        let said = next(stage.peer("who")).await;
        assert!(said.to_string().contains("too large"), "{how}: {said}");
        must_close(&mut stage, how).await;
    }
    stage.clear().stop().await;
}

#[tokio::test]
async fn who_does_not_sign_in_in_time_is_told_so_where_a_dialect_can() {
    let mut stage = people(&[("KOINE_LIMITS__LOGIN_SECONDS", "3")]).await;
    let told = ["Timed out", "Timed out", "", "late", "", "took too long", "took too long"];
    for ((how, greeting), told) in DIALECTS.into_iter().zip(told) {
        stranger(&mut stage, how, greeting).await;
        if !told.is_empty() {
            let said = stage.peer("who").receive(PATIENCE).await;
            let Some(Received::Frame(said)) = said else { panic!("{how}: {said:?}") };
            assert!(said.to_string().contains(told), "{how}: {said}");
        }
        must_close(&mut stage, how).await;
    }
    stage.clear().stop().await;
}

#[tokio::test]
async fn one_connection_too_many_is_told_so_and_closed_at_every_port() {
    let limits = ["KOINE_LIMITS__CONNECTIONS", "KOINE_LIMITS__CONNECTIONS_PER_ADDRESS"];
    for limit in limits {
        // Ann and bob have both.
        let mut stage = people(&[(limit, "2")]).await;
        for (how, _) in DIALECTS {
            let name = how.split(' ').next().unwrap_or_default();
            let address = stage.server().address(if name == "native" { "http" } else { name });
            let mut one_more = TcpStream::connect(address).await.expect("a connection");
            let request = format!("GET /ws/{name} HTTP/1.1\r\nHost: {address}\r\n\r\n");
            // It may be closed before that is read.
            let _ = one_more.write_all(request.as_bytes()).await;
            let mut said = Vec::new();
            let end = timeout(PATIENCE, one_more.read_to_end(&mut said)).await;
            assert!(end.is_ok(), "{limit}, {how}: it stays open");
            let said = String::from_utf8_lossy(&said).into_owned();
            // To an HTTP client, which this one is but where there is no HTTP.
            let told = if name == "technotrack" { "\"status\":3" } else { "HTTP/1.1 503 " };
            assert!(said.contains(told) && said.contains("too many connections"), "{limit}, {how}: {said}");
        }
        stage.must("bob> {\"action\": \"contactlist\", \"data\": {}}\nbob< {\"action\": \"contactlist\", \"...\": \"*\"}").await;
        stage.clear().stop().await;
    }
}

#[tokio::test]
async fn a_group_of_too_many_is_refused_in_every_dialect_that_has_groups() {
    let mut stage = people(&[("KOINE_LIMITS__GROUP_MEMBERS", "2")]).await;
    stage.must(&registers_by_technotrack("carl")).await;
    stage.must(&registers_by_technotrack("dora")).await;
    for asks in [
        r##"
ann> {"action": "chat.create", "members": ["bob", "carl", "dora"]}
ann< {"action": "chat.create.fail", "reason": "The list of members is too large"}"##,
        r##"
by_token: mode-token
by_token> {"mode": "auth", "username": "bob", "password": "secret"}
by_token< {"mode": "auth", "status": "200", "token": "$bob", "...": "*"}
by_token> {"mode": "createGroupChat", "token": "$bob", "chat_name": "tea", "members": ["carl", "dora"]}
by_token< {"mode": "createGroupChat", "status": "422", "error_msg": "*", "...": "*"}
by_token> {"mode": "createGroupChat", "token": "$bob", "chat_name": "tea", "members": ["carl"]}
by_token< {"mode": "createGroupChat", "status": "200", "chat_id": "#tea", "...": "*"}
by_token> {"mode": "editGroupChat", "token": "$bob", "chat_id": "#tea", "add_members": ["dora"]}
by_token< {"mode": "editGroupChat", "status": "422", "error_msg": "*", "...": "*"}"##,
        r##"
native: native
native< {"event": "hello", "...": "*"}
native> {"id": 1, "do": "login", "who": "bob", "password": "secret", "device": ""}
native< {"id": 1, "ok": {"...": "*"}}
native> {"id": 2, "do": "group.create", "name": "milk", "members": ["carl", "dora"]}
native< {"id": 2, "error": {"code": "too_large", "message": "*", "field": "*"}}
native> {"id": 3, "do": "group.add", "conversation": "#tea", "who": "dora"}
native< {"id": 3, "error": {"code": "too_large", "message": "*", "field": "*"}}"##,
        r##"
typed: type-payload
typed> {"type": "LOGIN_REQUEST", "timestamp": 1630000000, "payload": {"username": "bob", "passwordHash": "secret"}}
typed< {"type": "LOGIN_RESPONSE", "payload": {"success": true, "code": 0}, "...": "*"}
typed> {"type": "GROUP_CREATE", "timestamp": 1630000000, "payload": {"sender": "bob", "members": ["ann", "carl", "dora"], "name": "cake"}}
typed< {"type": "GROUP_CREATE_ACK", "payload": {"code": 4005, "...": "*"}, "...": "*"}"##,
    ] {
        stage.must(asks).await;
    }
    stage.clear().stop().await;
}

#[tokio::test]
async fn who_finds_no_place_to_have_a_password_checked_is_told_so_in_every_dialect() {
    // A check takes so long that all of them meet.
    let slow = [
        ("KOINE_PASSWORDS__WAITING_PER_ADDRESS", "1"),
        ("KOINE_PASSWORDS__ITERATIONS", "1000"),
        ("KOINE_PASSWORDS__MEMORY_KIB", "4096"),
    ];
    let recipe = slow.iter().fold(koine_e2e::recipe(), |recipe, (name, value)| recipe.with(name, value));
    let mut stage = koine_e2e::stage_with(recipe).await;
    let sha = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    let nobody = |who: &str| {
        match who {
        "minioicq" => r#"{"action": "auth.login", "user_id": "nobody", "password": "x"}"#.to_owned(),
        "mode-token" => r#"{"mode": "auth", "username": "nobody", "password": "x"}"#.to_owned(),
        "native" => r#"{"id": 1, "do": "login", "who": "nobody", "password": "x", "device": ""}"#.to_owned(),
        "ourchat" => format!(r#"{{"code": 6, "login_type": 1, "account": "nobody", "password": "{sha}"}}"#),
        "technotrack" => r#"{"action": "auth", "data": {"login": "nobody", "pass": "x"}}"#.to_owned(),
        _ => r#"{"type": "LOGIN_REQUEST", "timestamp": 1, "payload": {"username": "nobody", "passwordHash": "x"}}"#
            .to_owned(),
    }
    };
    let expected = [
        ("minioicq", "/reason", json!("Too often, try again in 1 seconds")),
        ("mode-token", "/error_msg", json!("too often, try again in 1 seconds")),
        ("native", "/error/code", json!("too_often")),
        ("ourchat", "/status", json!(2)),
        ("technotrack", "/data/error", json!("too often, try again in 1 seconds")),
        ("type-payload", "/payload/code", json!(2004)),
    ];
    // One field: the time in an answer may have any digits.
    for (how, field, told) in expected {
        let greeting = DIALECTS.iter().find(|(name, _)| name.starts_with(how)).expect("a dialect").1;
        let spoken = if how == "minioicq" { "minioicq json" } else { how };
        for who in ["first", "second"] {
            stage.must(&format!("{who}: {spoken}\n{}", greeting.replace("who", who))).await;
        }
        stage.peer("first").send_bytes(nobody(how).into_bytes()).await;
        // Time enough for the first one to be there.
        tokio::time::sleep(Duration::from_millis(150)).await;
        stage.peer("second").send_bytes(nobody(how).into_bytes()).await;
        let said: Value = next(stage.peer("second")).await;
        assert_eq!(said.pointer(field), Some(&told), "{how}: {said}");
        let said = next(stage.peer("first")).await;
        assert_ne!(said.pointer(field), Some(&told), "{how}: {said}");
    }
    stage.clear().stop().await;
}
