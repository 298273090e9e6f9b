//! Pictures of people and groups, which native uploads by HTTP and everybody fetches there.

use koine_e2e::fetch::{ask, fetch};
use koine_testkit::Server;
use std::net::SocketAddr;

/// The least picture that is one.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

/// Uploads the picture, and tells what requests call it.
async fn upload(http: SocketAddr, token: &str) -> String {
    let signed = |name, value: &str| {
        [
            ("Authorization", format!("Bearer {token}")),
            ("Tus-Resumable", "1.0.0".into()),
            (name, value.into()),
        ]
    };
    let length = PNG.len().to_string();
    let mut headers = signed("Upload-Length", &length).to_vec();
    // It says in Base64 that it is `image/png`.
    headers.push(("Upload-Metadata", "filetype aW1hZ2UvcG5n".into()));
    let made = ask(http, "POST", "/api/uploads", &headers, &[]).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    let key = made.header("location").rsplit('/').next().unwrap_or_default().to_owned();
    let mut headers = signed("Upload-Offset", "0").to_vec();
    headers.push(("Content-Type", "application/offset+octet-stream".into()));
    let sent = ask(http, "PATCH", &format!("/api/uploads/{key}"), &headers, PNG).await;
    assert_eq!(sent.status, 204, "{}", String::from_utf8_lossy(&sent.body));
    key
}

#[tokio::test]
async fn an_upload_becomes_a_picture_that_everybody_can_fetch() {
    let mut stage = koine_e2e::stage().await;
    let http = stage.server().address("http");
    stage
        .must(
            r##"
ann: native
ann< {"event": "hello", "...": "*"}
ann> {"id": 1, "do": "register", "handle": "ann", "nick": "Ann", "password": "secret", "device": ""}
ann< {"id": 1, "ok": {"token": "$token", "...": "*"}}
ann> {"id": 2, "do": "group.create", "name": "tea", "members": []}
ann< {"id": 2, "ok": {"conversation": {"id": "#tea", "avatar": null, "...": "*"}}}
"##,
        )
        .await;
    let token = stage.recall("token").to_owned();
    let (own, group) = (upload(http, &token).await, upload(http, &token).await);
    let script = format!(
        r##"
ann> {{"id": 3, "do": "avatar", "upload": "{own}"}}
ann< {{"id": 3, "ok": {{"me": {{"avatar": "$own", "...": "*"}}}}}}
ann> {{"id": 4, "do": "group.picture", "conversation": "#tea", "upload": "{group}"}}
ann< {{"id": 4, "ok": {{"conversation": {{"avatar": "$group", "...": "*"}}}}}}
"##
    );
    stage.must(&script).await;
    for name in ["own", "group"] {
        let path = stage.recall(name).to_owned();
        let fetched = fetch(http, &path).await;
        assert_eq!((fetched.status, fetched.body.as_slice()), (200, PNG), "{path}");
        assert_eq!(fetched.header("content-type"), "image/png", "{path}");
    }
    let own = stage.recall("own").to_owned();
    assert!(own.starts_with("/avatar/1000000001?v="), "{own}");
    stage.clear().stop().await;
}
