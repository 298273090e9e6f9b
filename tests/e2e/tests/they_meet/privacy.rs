//! What people say and their passwords stay out of the log, however much is logged.

use koine_dialect::toolbox::base64;
use koine_e2e::heard::rest;
use koine_testkit::Server;
use koine_testkit::peer::Peer;

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
    assert_eq!(koine_e2e::fetch::fetch(http, "/media/tokenlike?password=correct-horse").await.status, 404);
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
