//! What a protocol cannot hold is a URL, and the URL gives the very bytes.

use koine_dialect::toolbox::base64;
use koine_e2e::fetch::{fetch, fetch_url};
use koine_e2e::heard::next;
use koine_e2e::people::*;
use koine_testkit::transcripts::Stage;
use koine_testkit::{Ending, Process, Server};
use serde_json::{Value, json};

#[tokio::test]
async fn files_that_qt_cannot_show_are_fetched() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_minioicq("ann", "json")).await;
    stage.must(&registers_by_minioicq("eve", "msgpack")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    stage.must("eve> {\"action\": \"chat.create\", \"members\": [\"ann\"]}\neve< {\"action\": \"chat.spawn\", \"chat_id\": \"$chat\", \"...\": \"*\"}").await;
    // Every byte there is, and more than fits into one read.
    let bytes: Vec<u8> =
        (0..300_000_u32).map(|number| u8::try_from(number * 7 % 256).expect("a byte")).collect();
    let page = b"<script>alert(1)</script>".to_vec();

    let attach = json!({"mime": "text/html", "data": base64::encode(&page)});
    stage
        .peer("bob")
        .send(&json!({"action": "message", "data": {"uid": "ann", "body": "", "attach": attach}}))
        .await;
    let unnamed = words(&mut stage, "ann").await;
    let unnamed = unnamed.strip_prefix("[file] ").unwrap_or_else(|| panic!("{unnamed}")).to_owned();

    let chat = stage.recall("chat").to_owned();
    let message = json!({"chat_id": chat, "type": "file", "content": base64::encode(&bytes), "file_name": "отчёт 1.bin"});
    stage.peer("eve").send(&json!({"action": "message.send", "message": message})).await;
    let named = words(&mut stage, "ann").await;
    let named = named.strip_prefix("[file] отчёт 1.bin ").unwrap_or_else(|| panic!("{named}")).to_owned();

    let http = stage.server().address("http");
    let page_fetched = fetch_url(http, &unnamed).await;
    assert_eq!((page_fetched.status, page_fetched.body), (200, page));
    let fetched = fetch_url(http, &named).await;
    assert_eq!(fetched.status, 200);
    assert!(fetched.body == bytes, "{} bytes of {}", fetched.body.len(), bytes.len());
    assert_eq!(fetched.header("content-type"), "application/octet-stream");
    assert_eq!(fetched.header("x-content-type-options"), "nosniff");
    let name = "%D0%BE%D1%82%D1%87%D1%91%D1%82%201.bin";
    let expected = format!("attachment; filename=\"_____ 1.bin\"; filename*=UTF-8''{name}");
    assert_eq!(fetched.header("content-disposition"), expected);

    // What could run in a browser is saved by it instead.
    let page_fetched = fetch_url(http, &unnamed).await;
    assert_eq!(page_fetched.header("x-content-type-options"), "nosniff");
    assert!(page_fetched.header("content-disposition").starts_with("attachment"));
    assert!(page_fetched.header("content-security-policy").contains("sandbox"));
    assert_eq!(page_fetched.header("referrer-policy"), "no-referrer");
    assert_eq!(page_fetched.header("cross-origin-resource-policy"), "cross-origin");

    // Nobody finds anything by guessing, and the name of the file in the folder is no key to it.
    for path in ["/media/", "/media/1", "/media/00000000000000000000000000000001", "/media/../koine.db"] {
        assert_eq!(fetch(http, path).await.status, 404, "{path}");
    }

    // The URL lives as long as the media does, through the end of the server; only its port is another here.
    let path = named.rsplit_once("/media/").expect("a path").1.to_owned();
    stage.server().restart(Ending::Killed).await;
    let http = stage.server().address("http");
    assert!(fetch(http, &format!("/media/{path}")).await.body == bytes);
    stage.clear().stop().await;
}

/// The text that comes to `who`, out of its Base64.
async fn words(stage: &mut Stage<Process>, who: &str) -> String {
    loop {
        let frame: Value = next(stage.peer(who)).await;
        if frame["action"] == "message.push" {
            let message = &frame["messages"][0];
            assert_eq!(message["type"], "text/plain", "{frame}");
            let bytes = base64::decode(message["content"].as_str().expect("Base64")).expect("Base64");
            return String::from_utf8(bytes.to_vec()).expect("UTF-8");
        }
    }
}
