//! What whoever steals the data folder finds in it, and what a web page of another site can do with somebody's browser.

use super::limits::shake_hands;
use koine_dialect::toolbox::base64;
use koine_e2e::fetch::{ask, fetch};
use koine_testkit::{Ending, Server};
use std::path::{Path, PathBuf};

/// A password of three people, in the form in which each protocol has it: as it is, its MD5, its SHA-256.
const PASSWORD: &str = "correct-horse";
const MD5: &str = "2eb62d171ba8491db496081a8b24738a";
const SHA256: &str = "9dca666eb54730714630d1519264a7bf1eeaad00b8f2edc90d3ecbfad928d163";

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

#[tokio::test]
async fn neither_passwords_nor_tokens_are_kept() {
    let mut stage = koine_e2e::stage().await;
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
web: native
web< {{"event": "hello", "...": "*"}}
web> {{"id": 1, "do": "login", "who": "ann", "password": "{PASSWORD}", "device": "laptop"}}
web< {{"id": 1, "ok": {{"token": "$native", "...": "*"}}}}
polls: mode-token
polls> {{"mode": "auth", "username": "ann", "password": "{PASSWORD}"}}
polls< {{"mode": "auth", "status": "200", "token": "$polling", "...": "*"}}
"##
        ))
        .await;
    let tokens = ["native", "polling"].map(|name| stage.recall(name).to_owned());
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
            let secrets = [(PASSWORD, false), (MD5, true), (SHA256, true)].into_iter();
            for (secret, is_number) in secrets.chain(tokens.iter().map(|token| (token.as_str(), true))) {
                for form in forms(secret, is_number) {
                    assert!(form.len() >= 12, "{secret} is no secret");
                    let is_there = found.windows(form.len()).any(|window| window == form);
                    assert!(!is_there, "{secret} is in {} as {form:?}", file.display());
                }
            }
        }
        // What checks them is there: this is where they would be.
        assert!(verifiers >= 3, "{verifiers} verifiers in {all:?}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_gets_nothing_from_a_browser() {
    let mut stage = koine_e2e::stage().await;
    let http = stage.server().address("http");
    let mut paths = 0;
    for dialect in stage.server().dialects() {
        if !dialect.carriages().contains(&koine_dialect::Carriage::WebSocket) {
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
