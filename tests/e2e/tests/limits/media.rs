//! How much may be said and sent, and how much room it may take.

use super::{PATIENCE, limited, registers_by_native};
use koine_dialect::toolbox::base64;
use koine_e2e::fetch::{Fetched, ask};
use koine_e2e::heard::next;
use koine_e2e::people::*;
use koine_testkit::Server;
use serde_json::json;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

async fn begins(http: SocketAddr, token: &str, size: usize) -> Fetched {
    let headers = [
        ("Authorization", format!("Bearer {token}")),
        ("Tus-Resumable", "1.0.0".to_owned()),
        ("Upload-Length", size.to_string()),
    ];
    ask(http, "POST", "/api/uploads", &headers, &[]).await
}

/// The status, and the word for it in the body.
fn refusal(answer: &Fetched) -> (u16, String) {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    (answer.status, body["error"]["code"].as_str().expect("a code").to_owned())
}

#[tokio::test]
async fn what_is_too_long_or_too_large_is_refused() {
    let limits =
        [("text_bytes", "100"), ("media_bytes", "2000"), ("upload_bytes", "5000"), ("avatar_bytes", "1000")];
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &limits).await;
    stage.must(&registers_by_minioicq("ann", "json")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    for (length, status, met) in [(100, 0, 0.0), (101, 3, 1.0)] {
        let message = json!({"uid": "ann", "body": "x".repeat(length)});
        stage.peer("bob").send(&json!({"action": "message", "data": message})).await;
        let answer = loop {
            // What was said before comes back to its author.
            let told = next(stage.peer("bob")).await;
            if told["action"] == "message" {
                break told;
            }
        };
        assert_eq!(answer["data"]["status"], status, "{answer}");
        assert_eq!(numbers.met("text_bytes").await, met, "{length}");
    }
    numbers.is_met("text_bytes", 1).await;
    let chat = loop {
        let told = next(stage.peer("ann")).await;
        if told["action"] == "chat.spawn" {
            break told["chat_id"].clone();
        }
    };
    let attachment = base64::encode(&[7; 2_001]);
    let message = json!({"chat_id": chat, "type": "file", "content": attachment.as_str(), "file_name": "x"});
    stage.peer("ann").send(&json!({"action": "message.send", "message": message})).await;
    while next(stage.peer("ann")).await["action"] != "message.send.fail" {}
    numbers.is_met("media_bytes", 1).await;
    let attached = json!({"mime": "text/plain", "data": attachment});
    let message = json!({"uid": "ann", "body": "look", "attach": attached});
    stage.peer("bob").send(&json!({"action": "message", "data": message})).await;
    let answer = loop {
        let told = next(stage.peer("bob")).await;
        if told["action"] == "message" {
            break told;
        }
    };
    let refused = json!({"status": 3, "error": "the message is too large"});
    assert_eq!(answer["data"], refused);
    numbers.is_met("media_bytes", 2).await;
    let polls = r##"polls: mode-token
polls> {"mode": "register", "username": "polly", "password": "secret", "email": "polly@example.org"}
polls< {"mode": "register", "status": "200", "token": "$polly", "...": "*"}
polls> {"mode": "createChat", "token": "$polly", "contact_mode": "username", "contact_value": "bob"}
polls< {"mode": "createChat", "status": "200", "chat_id": "#polled", "...": "*"}
polls> {"mode": "sendMessage", "token": "$polly", "chat_id": "#polled", "content_type": "picture", "content": "data:image/png;base64,DATA"}
polls< {"mode": "sendMessage", "status": "422", "error_msg": "the message is too large", "...": "*"}"##;
    stage.must(&polls.replace("DATA", &attachment)).await;
    numbers.is_met("media_bytes", 3).await;
    stage.peer("ann").send(&json!({"action": "avatar.set", "avatar": base64::encode(&[7; 1_001])})).await;
    let answer = next(stage.peer("ann")).await;
    assert!(answer["action"].as_str().is_some_and(|action| action != "avatar.set.ack"), "{answer}");
    numbers.is_met("avatar_bytes", 1).await;
    let (token, http) = (registers_by_native(&mut stage, "dora").await, stage.server().address("http"));
    assert_eq!(begins(http, &token, 5_000).await.status, 201);
    assert_eq!(refusal(&begins(http, &token, 5_001).await), (413, "too_large".to_owned()));
    numbers.is_met("upload_bytes", 1).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn an_account_has_so_much_room_and_so_many_unfinished_uploads() {
    let (mut stage, numbers) = limited(koine_e2e::recipe(), &[("media_quota_bytes", "6000")]).await;
    let (token, http) = (registers_by_native(&mut stage, "ann").await, stage.server().address("http"));
    let made = begins(http, &token, 4_000).await;
    assert_eq!(made.status, 201);
    assert_eq!(refusal(&begins(http, &token, 4_000).await), (507, "quota".to_owned()));
    numbers.is_met("media_quota_bytes", 1).await;
    // As many as an account may have begun, of which that is one.
    for _ in 1..100 {
        assert_eq!(begins(http, &token, 1).await.status, 201);
    }
    assert_eq!(refusal(&begins(http, &token, 1).await), (429, "busy".to_owned()));
    numbers.is_met("unfinished_uploads", 1).await;
    // What is in a frame counts against the room, too.
    stage.must(&registers_by_minioicq("bob", "json")).await;
    stage.must(&registers_by_minioicq("carl", "json")).await;
    let create = json!({"action": "chat.create", "members": [stage.recall("bob"), stage.recall("carl")], "chat_name": "tea"});
    stage.peer("bob").send(&create).await;
    let chat = loop {
        let told = next(stage.peer("bob")).await;
        if told["action"] == "chat.spawn" {
            break told["chat_id"].clone();
        }
    };
    let message =
        json!({"chat_id": chat, "type": "file", "content": base64::encode(&[7; 6_001]), "file_name": "x"});
    stage.peer("bob").send(&json!({"action": "message.send", "message": message})).await;
    while next(stage.peer("bob")).await["action"] != "message.send.fail" {}
    numbers.is_met("media_quota_bytes", 2).await;
    // The bytes of an upload are counted while they come in.
    let mut stream = TcpStream::connect(http).await.expect("a connection");
    let head = format!(
        "PATCH {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 4000\r\n\r\n",
        made.header("location")
    );
    stream.write_all(&[head.as_bytes(), &[7; 1_000]].concat()).await.expect("a server that reads");
    numbers.until("koine_uploads_receiving ", |receiving| receiving == 1.0).await;
    stream.write_all(&[7; 3_000]).await.expect("a server that reads");
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("in time").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    numbers.until("koine_uploads_receiving ", |receiving| receiving == 0.0).await;
    stage.clear().stop().await;
}
