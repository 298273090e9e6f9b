//! What people say and their passwords stay out of the log, however much is logged.

use koine_dialect::toolbox::base64;
use koine_e2e::fetch::{ask, fetch};
use koine_e2e::heard::rest;
use koine_testkit::peer::Peer;
use koine_testkit::value::Encoding;
use koine_testkit::{Recipe, Server};
use serde_json::json;

/// Everything that somebody could find in the log by searching for it.
const SECRETS: [&str; 8] = [
    "correct-horse",
    // Its MD5.
    "2eb62d171ba8491db496081a8b24738a",
    "wrong-battery",
    "самое тайное",
    "hush-hush",
    "hidden-file-name",
    "tokenlike",
    "half-a-frame",
];

#[tokio::test]
async fn the_log_knows_no_secrets() {
    let recipe = koine_e2e::recipe().with("KOINE_LOG__LEVEL", "trace");
    let mut stage = koine_e2e::stage_with(recipe).await;
    let attached = base64::encode("hush-hush".as_bytes());
    stage
        .must(&format!(
            r##"ann: minioicq msgpack
ann> {{"action": "auth.register", "user_name": "Ann", "password": "correct-horse"}}
ann< {{"action": "auth.register.success", "user_id": "$ann", "...": "*"}}
ann> {{"action": "auth.login", "user_id": "$ann", "password": "wrong-battery"}}
ann< {{"action": "auth.login.fail", "reason": "Incorrect password"}}
ann> {{"action": "auth.login", "user_id": "$ann", "password": "correct-horse"}}
ann< {{"action": "auth.login.success", "...": "*"}}
bob: technotrack
bob< {{"action": "welcome", "...": "*"}}
bob> {{"action": "register", "data": {{"login": "bob", "pass": "2eb62d171ba8491db496081a8b24738a", "nick": "Bob"}}}}
bob< {{"action": "register", "data": {{"status": 0, "...": "*"}}}}
bob< {{"action": "auth", "data": {{"status": 0, "...": "*"}}}}
bob> {{"action": "auth", "data": {{"login": "bob", "pass": "wrong-battery"}}}}
bob< {{"action": "auth", "data": {{"status": 2, "...": "*"}}}}
bob> {{"action": "message", "data": {{"uid": "ann", "body": "самое тайное", "sid": "tokenlike",
      "attach": {{"mime": "text/plain", "data": "{attached}"}}}}}}
bob< {{"action": "message", "data": {{"status": 0, "error": "OK"}}}}
bob< {{"action": "ev_message", "...": "*"}}
ann< {{"action": "chat.spawn", "chat_id": "$chat", "...": "*"}}
ann< {{"action": "message.push", "...": "*"}}
ann> {{"action": "message.send", "message": {{"chat_id": "$chat", "type": "file", "content": "{attached}", "file_name": "hidden-file-name"}}}}
ann< {{"action": "message.push", "...": "*"}}
bob< {{"action": "ev_message", "...": "*"}}
ann> {{"action": "message.send", "message": {{"chat_id": "самое тайное", "type": "text", "content": "самое тайное"}}}}
ann< {{"action": "message.send.fail", "...": "*"}}
ann>> hex 81 a6
ann< {{"action": "error", "...": "*"}}
bob>> {{"action": "auth", "data": {{"pass": "correct-horse" oops}}}}
bob< {{"action": "unknown", "...": "*"}}
bob< closed
"##
        ))
        .await;
    let http = stage.server().address("http");
    let mut broken = Peer::stream(stage.server().address("technotrack")).await;
    broken.send_bytes(b"half-a-frame {\"pass\": \"correct-horse\"".to_vec()).await;
    rest(&mut broken).await;
    assert_eq!(fetch(http, "/media/tokenlike?password=correct-horse").await.status, 404);
    let mut server = stage.clear();
    server.stop().await;
    let log = server.log();
    assert!(log.contains("registered") && log.contains("wrong password"), "{log}");
    for secret in SECRETS {
        let encoded = base64::encode(secret.as_bytes());
        assert!(!log.contains(secret) && !log.contains(&encoded), "{secret} is in the log:\n{log}");
    }
    // Nor does it lie in the data in a form that could be used: passwords are not kept, only what checks them.
    let database = std::fs::read(server.data().join("koine.db")).expect("the database");
    for password in &SECRETS[..3] {
        let found = database.windows(password.len()).any(|window| window == password.as_bytes());
        assert!(!found, "{password} is in the database");
    }
}

/// What breaks lines, steers terminals and turns text around, in names, texts, addresses and headers.
const FORGED: &str =
    "eve\n2026-01-01T00:00:00.000000Z ERROR koine: forged\r\u{1b}[2J\u{9b}2J\u{2028}\u{202e}";

#[tokio::test]
async fn no_line_of_the_log_can_be_forged() {
    for format in ["text", "json"] {
        let recipe = koine_e2e::recipe()
            .with("KOINE_LOG__LEVEL", "trace")
            .with("KOINE_LOG__FORMAT", format)
            .with_tls();
        let log = log_of_forgers(recipe).await;
        let lines: Vec<&str> = log.lines().collect();
        assert!(lines.len() >= 5 && log.contains("a web page was refused"), "{log}");
        for line in lines {
            let is_sound = if format == "text" { is_line_of_text(line) } else { is_line_of_json(line) };
            assert!(is_sound, "{format}: {line:?}");
            let steers = |it: char| it.is_control() || matches!(it, '\u{2028}'..='\u{202e}');
            assert!(!line.contains(steers), "{format}: {line:?}");
        }
        for secret in ["correct-horse", "самое тайное", "tokenlike"] {
            assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        }
    }
}

/// What a server logs to which people come with forged lines wherever they can say something.
async fn log_of_forgers(recipe: Recipe) -> String {
    let mut stage = koine_e2e::stage_with(recipe).await;
    let told = |frame: serde_json::Value| frame.to_string();
    let mut strangers = vec![
        (
            "minioicq",
            told(json!({"action": "auth.register", "user_name": FORGED, "password": "correct-horse"})),
        ),
        ("minioicq", told(json!({"action": FORGED, "password": "correct-horse"}))),
        (
            "technotrack",
            told(
                json!({"action": "register", "data": {"login": FORGED, "pass": "correct-horse", "nick": FORGED}}),
            ),
        ),
        ("technotrack", told(json!({"action": "auth", "data": {"login": FORGED, "pass": "correct-horse"}}))),
        ("technotrack", format!("самое тайное {FORGED}")),
        (
            "native",
            told(
                json!({"id": 1, "do": "register", "handle": FORGED, "nick": FORGED, "password": "correct-horse", "device": FORGED}),
            ),
        ),
        ("native", told(json!({"id": FORGED, "do": FORGED, "token": "tokenlike"}))),
    ];
    for (dialect, frame) in strangers.drain(..) {
        let (authority, address) = stage.server().secured(dialect).expect("TLS");
        let dialect = stage.server().dialect(dialect).clone();
        let pipe = authority.connect(address).await;
        let mut peer = Peer::connect_over(dialect.as_ref(), pipe, Encoding::Json).await;
        peer.send_bytes(frame.into_bytes()).await;
        rest(&mut peer).await;
    }
    let http = stage.server().address("http");
    let escaped = "eve%0A2026-01-01T00:00:00.000000Z%20ERROR%20koine:%20forged%0D%1B%5B2J";
    for path in [format!("/media/{escaped}"), format!("/ws/{escaped}"), format!("/verify/tokenlike{escaped}")]
    {
        assert_ne!(fetch(http, &path).await.status, 200, "{path}");
    }
    // Headers cannot have a line break, and may have bytes that are no text.
    for origin in
        ["http://evil.example\tforged", "http://evil.example\u{9b}2J\u{202e}", "http://evil.example"]
    {
        let headers = [("Origin", origin.to_owned()), ("User-Agent", "tokenlike\t\u{202e}".to_owned())];
        let refused = ask(http, "GET", "/ws/native", &headers, &[]).await;
        assert_eq!(refused.status, 403, "{origin:?}");
    }
    let mut server = stage.clear();
    server.stop().await;
    server.log()
}

/// A moment, a level, and the part of the server that speaks.
fn is_line_of_text(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let moment = words.next().unwrap_or_default();
    let level = words.next().unwrap_or_default();
    moment.len() == 27
        && moment.ends_with('Z')
        && moment.is_ascii()
        && ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].contains(&level)
        && words.next().is_some_and(|part| part.contains(':'))
}

fn is_line_of_json(line: &str) -> bool {
    let read: Result<serde_json::Value, _> = serde_json::from_str(line);
    read.is_ok_and(|line| {
        line["timestamp"].is_string() && line["level"].is_string() && line["target"].is_string()
    })
}
