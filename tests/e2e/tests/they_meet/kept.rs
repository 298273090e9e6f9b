//! What whoever steals the data folder or reads the log finds in it, and what a web page of another site can do with somebody's browser.

use super::limits::shake_hands;
use koine_dialect::toolbox::base64;
use koine_dialect::{Carriage, Dialect};
use koine_e2e::fetch::{ask, fetch};
use koine_e2e::heard::PATIENCE;
use koine_testkit::{Ending, Server};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A password of three people, in the form in which each protocol has it: as it is, its MD5, its SHA-256.
const PASSWORD: &str = "correct-horse";
const MD5: &str = "2eb62d171ba8491db496081a8b24738a";
const SHA256: &str = "9dca666eb54730714630d1519264a7bf1eeaad00b8f2edc90d3ecbfad928d163";
/// Passwords that one protocol alone has heard: a plain one, one that a client calls a hash, and one that was set later.
const BY_TOKEN: &str = "purple-kettle";
const BY_TYPE: &str = "garden-gnome-7";
const LATER: &str = "copper-lantern";
/// What was nobody's password, as it is and as the clients that hash it send it.
const WRONG: &str = "wrong-battery-1";
const WRONG_SHA256: &str = "d7be9f9f721066f37594cbd20ea351f598165a40f76316a91ad364abd1c2b095";

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

/// The bytes that hexadecimal digits stand for; hyphens stand for nothing.
fn bytes(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("a byte")).collect()
}

/// Every form in which something could lie there: as it is, in other letters, as bytes, and in Base64.
fn forms(secret: &str, is_number: bool) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.as_bytes().to_vec(), secret.to_uppercase().into_bytes()];
    forms.push(secret.replace('-', "").into_bytes());
    if is_number {
        forms.push(bytes(secret));
        forms.push(base64::encode(&bytes(secret)).trim_end_matches('=').as_bytes().to_vec());
    }
    forms.push(base64::encode(secret.as_bytes()).trim_end_matches('=').as_bytes().to_vec());
    forms
}

/// What a log would show of it: the forms that are text, and the lists of numbers as which bytes are printed.
fn shown(secret: &str, is_number: bool) -> Vec<String> {
    let mut shown: Vec<String> =
        forms(secret, is_number).into_iter().filter_map(|form| String::from_utf8(form).ok()).collect();
    let listed = |bytes: &[u8]| format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
    shown.push(listed(secret.as_bytes()));
    if is_number {
        shown.push(listed(&bytes(secret)));
    }
    shown
}

/// Uploads are signed by a token in a header, be it a right one or not.
async fn uploads(http: SocketAddr, token: &str) {
    let tus = ("Tus-Resumable", "1.0.0".to_owned());
    let bearer = ("Authorization", format!("Bearer {token}"));
    let begin = [bearer.clone(), tus.clone(), ("Upload-Length", "5".to_owned())];
    let begun = ask(http, "POST", "/api/uploads", &begin, &[]).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    let kind = ("Content-Type", "application/offset+octet-stream".to_owned());
    let bytes = [bearer, tus.clone(), kind, ("Upload-Offset", "0".to_owned())];
    let path = begun.header("location").to_owned();
    let path = path.find("/api/").map_or(path.as_str(), |at| &path[at..]);
    // The first try breaks off, of which the log is told.
    let mut stream = TcpStream::connect(http).await.expect("a connection");
    let mut head = format!("PATCH {path} HTTP/1.1\r\nHost: {http}\r\nContent-Length: 5\r\n");
    head.extend(bytes.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
    stream.write_all(format!("{head}\r\n").as_bytes()).await.expect("a server that reads");
    stream.shutdown().await.expect("a server that reads");
    // It may be answered or not.
    let end = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
    assert!(end.is_ok(), "half an upload stays open");
    assert_eq!(ask(http, "PATCH", path, &bytes, b"hello").await.status, 204);
    let basic = [("Authorization", format!("Basic {token}")), tus, ("Upload-Length", "5".to_owned())];
    assert_eq!(ask(http, "POST", "/api/uploads", &basic, &[]).await.status, 401);
}

#[tokio::test]
async fn neither_passwords_nor_tokens_are_kept() {
    let recipe = koine_e2e::recipe().with("KOINE_LOG__LEVEL", "trace");
    let mut stage = koine_e2e::stage_with(recipe).await;
    stage
        .must(&format!(
            r##"ann: minioicq msgpack
ann> {{"action": "auth.register", "user_name": "ann", "password": "{PASSWORD}"}}
ann< {{"action": "auth.register.success", "user_id": "$ann", "...": "*"}}
ann> {{"action": "auth.login", "user_id": "$ann", "password": "{PASSWORD}"}}
ann< {{"action": "auth.login.success", "...": "*"}}
bob: technotrack
bob< {{"action": "welcome", "...": "*"}}
bob> {{"action": "register", "data": {{"login": "bob", "pass": "{MD5}", "nick": "bob"}}}}
bob< {{"action": "register", "data": {{"status": 0, "...": "*"}}}}
carl: ourchat
carl> {{"code": 4, "email": "carl@example.org", "password": "{SHA256}"}}
carl< {{"code": 5, "status": 0, "ocid": "$carl"}}
carl> {{"code": 6, "login_type": 0, "account": "carl@example.org", "password": "{WRONG_SHA256}"}}
carl< {{"code": 7, "status": 1, "...": "*"}}
carl> {{"code": 6, "login_type": 0, "account": "carl@example.org", "password": "{SHA256}"}}
carl< {{"code": 7, "status": 0, "...": "*"}}
web: native
web< {{"event": "hello", "...": "*"}}
web> {{"id": 1, "do": "login", "who": "ann", "password": "{PASSWORD}", "device": "laptop"}}
web< {{"id": 1, "ok": {{"token": "$native", "...": "*"}}}}
polls: mode-token
polls> {{"mode": "auth", "username": "ann", "password": "{PASSWORD}"}}
polls< {{"mode": "auth", "status": "200", "token": "$polling", "...": "*"}}
polls> {{"mode": "getChats", "token": "$polling"}}
polls< {{"mode": "getChats", "status": "200", "...": "*"}}
polls> {{"mode": "register", "username": "pia", "password": "{BY_TOKEN}", "email": "pia@example.org"}}
polls< {{"mode": "register", "status": "200", "token": "$registered", "...": "*"}}
polls> {{"mode": "auth", "username": "pia", "password": "{WRONG}"}}
polls< {{"mode": "auth", "status": "401", "...": "*"}}
tom: type-payload
tom> {{"type": "REGISTER_REQUEST", "timestamp": 1, "payload": {{"username": "tom", "passwordHash": "{BY_TYPE}"}}}}
tom< {{"type": "REGISTER_RESPONSE", "timestamp": "*", "payload": {{"success": true, "code": 0}}}}
tom> {{"type": "LOGIN_REQUEST", "timestamp": 1, "payload": {{"username": "tom", "passwordHash": "{WRONG}"}}}}
tom< {{"type": "LOGIN_RESPONSE", "timestamp": "*", "payload": {{"success": false, "code": 2001}}}}
tom> {{"type": "LOGIN_REQUEST", "timestamp": 1, "payload": {{"username": "tom", "passwordHash": "{BY_TYPE}"}}}}
tom< {{"type": "LOGIN_RESPONSE", "timestamp": "*", "payload": {{"success": true, "code": 0}}}}
again: native
again< {{"event": "hello", "...": "*"}}
again> {{"id": 1, "do": "resume", "token": "$native"}}
again< {{"id": 1, "ok": {{"...": "*"}}}}
new: native
new< {{"event": "hello", "...": "*"}}
new> {{"id": 1, "do": "register", "handle": "eva", "nick": "Eva", "password": "{BY_TOKEN}", "device": ""}}
new< {{"id": 1, "ok": {{"token": "$new", "...": "*"}}}}
new> {{"id": 2, "do": "password", "old": "{BY_TOKEN}", "new": "{LATER}"}}
new< {{"id": 2, "ok": {{"...": "*"}}}}
"##
        ))
        .await;
    let tokens = ["native", "polling", "registered", "new"].map(|name| stage.recall(name).to_owned());
    for token in [&tokens[0], &tokens[3]] {
        uploads(stage.server().address("http"), token).await;
    }
    let secrets = [(MD5, true), (SHA256, true), (WRONG_SHA256, true)].into_iter();
    let secrets = secrets.chain([PASSWORD, BY_TOKEN, BY_TYPE, LATER, WRONG].map(|secret| (secret, false)));
    let secrets: Vec<_> = secrets.chain(tokens.iter().map(|token| (token.as_str(), true))).collect();
    let mut server = stage.clear();
    // While it runs, with what is in the write-ahead log, and when it has ended.
    for ending in [None, Some(Ending::InOrder)] {
        if let Some(ending) = ending {
            server.end(ending).await;
        }
        let all = files(&server.data());
        let mut verifiers = 0;
        for file in &all {
            let found = std::fs::read(file).unwrap_or_default();
            verifiers += found.windows(9).filter(|window| window == b"$argon2id").count();
            for &(secret, is_number) in &secrets {
                for form in forms(secret, is_number) {
                    assert!(form.len() >= 12, "{secret} is no secret");
                    let is_there = found.windows(form.len()).any(|window| window == form);
                    assert!(!is_there, "{secret} is in {} as {form:?}", file.display());
                }
            }
        }
        // What checks them is there: this is where they would be.
        assert!(verifiers >= 6, "{verifiers} verifiers in {all:?}");
    }
    // Everything is logged, down to what is of no interest: of those who came and of what went wrong the log knows.
    let log = server.log();
    for told in ["registered", "wrong password", "DEBUG", "an upload broke off"] {
        assert!(log.contains(told), "the log does not say {told:?}:\n{log}");
    }
    for (secret, is_number) in secrets {
        for form in shown(secret, is_number) {
            assert!(!log.contains(&form), "{secret} is in the log as {form}:\n{log}");
        }
    }
}

/// The clients of a dialect may be pages of any site, which come to its own port: `http.origins` is for the HTTP port alone.
#[tokio::test]
async fn a_page_of_any_site_reaches_the_ports_of_the_dialects() {
    // Naming a site shuts out nobody there, whereas on the HTTP port it lets that one in.
    for origins in ["[]", r#"["https://chat.example"]"#] {
        let recipe = koine_e2e::recipe().with("KOINE_HTTP__ORIGINS", origins);
        let mut server = koine_testkit::Process::start(recipe).await;
        let names = server.dialects().iter().filter(|dialect| has_websockets(dialect.as_ref()));
        let names: Vec<_> = names.map(|dialect| dialect.name()).collect();
        // Native has a port of its own here, and is no exception there.
        assert!(names.contains(&"native") && names.len() == 5, "{names:?}");
        for name in names {
            for origin in ["http://evil.example", "https://chat.example", "null"] {
                let headers = format!("Origin: {origin}\r\n");
                let (_, own) = shake_hands(server.address(name), "/", &headers).await;
                assert!(own.starts_with("HTTP/1.1 101 "), "{name} of {origin}: {own}");
                assert!(!own.to_lowercase().contains("set-cookie"), "{own}");
                let (_, head) = shake_hands(server.address("http"), &format!("/ws/{name}"), &headers).await;
                let is_named = origins.contains(origin);
                let expected = if is_named { "HTTP/1.1 101 " } else { "HTTP/1.1 403 " };
                assert!(head.starts_with(expected), "/ws/{name} of {origin}: {head}");
            }
        }
        server.stop().await;
    }
}

fn has_websockets(dialect: &dyn Dialect) -> bool {
    dialect.carriages().contains(&Carriage::WebSocket)
}

#[tokio::test]
async fn a_page_of_another_site_gets_nothing_from_a_browser() {
    let mut stage = koine_e2e::stage().await;
    let http = stage.server().address("http");
    let mut paths = 0;
    for dialect in stage.server().dialects() {
        if !has_websockets(dialect.as_ref()) {
            continue;
        }
        let path = format!("/ws/{}", dialect.name());
        for origin in ["http://evil.example", "null", "https://localhost:1"] {
            let (_, head) = shake_hands(http, &path, &format!("Origin: {origin}\r\n")).await;
            assert!(head.starts_with("HTTP/1.1 403 "), "{path} of {origin}: {head}");
        }
        let own = format!("Origin: http://localhost:{}\r\n", http.port());
        for headers in [own.as_str(), ""] {
            let (_, head) = shake_hands(http, &path, headers).await;
            assert!(head.starts_with("HTTP/1.1 101 "), "{path} with {headers:?}: {head}");
            assert!(!head.to_lowercase().contains("set-cookie"), "{head}");
        }
        paths += 1;
    }
    assert_eq!(paths, 5);
    // A browser adds no proof of its own to what a page asks for, since the server gives it none to keep.
    let token = r#"web: native
web< {"event": "hello", "...": "*"}
web> {"id": 1, "do": "register", "handle": "ann", "nick": "ann", "password": "secret", "device": ""}
web< {"id": 1, "ok": {"token": "$token", "...": "*"}}"#;
    stage.must(token).await;
    for page in ["/", "/healthz", "/avatar/1000000001", "/recover/x", "/verify/x"] {
        let fetched = fetch(http, page).await;
        assert_eq!(fetched.header("set-cookie"), "", "{page}");
    }
    let token = stage.recall("token").to_owned();
    let upload = |proof: (&'static str, String)| {
        [proof, ("Tus-Resumable", "1.0.0".to_owned()), ("Upload-Length", "5".to_owned())]
    };
    for (proof, status) in [
        (("Cookie", format!("token={token}; Authorization=Bearer {token}")), 401),
        (("Authorization", format!("Basic {token}")), 401),
        (("Authorization", format!("Bearer {token}")), 201),
    ] {
        let answer = ask(http, "POST", "/api/uploads", &upload(proof), &[]).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    stage.clear().stop().await;
}
