//! A lost password, on the real binary: asked for by one protocol, mailed, set on the page, and good in others.

use koine_e2e::fetch::{Fetched, ask, fetch, path_of, post};
use koine_e2e::{recipe, stage_with};
use koine_testkit::post_office::PostOffice;
use koine_testkit::transcripts::Stage;
use koine_testkit::{Ending, Process, Server};
use std::net::SocketAddr;

async fn with_mail(office: &PostOffice) -> Stage<Process> {
    let recipe = recipe()
        .with("KOINE_SMTP__HOST", &office.address().ip().to_string())
        .with("KOINE_SMTP__PORT", &office.address().port().to_string())
        .with("KOINE_SMTP__TLS", "none")
        .with("KOINE_SMTP__FROM", "koine <koine@chat.example>")
        .with("KOINE_SMTP__LANGUAGE", "ru");
    stage_with(recipe).await
}

const REGISTERED: &str = r#"
ann: mode-token
ann> {"mode": "register", "username": "ann", "password": "forgotten", "email": "ann@example.org"}
ann< {"mode": "register", "timestamp": "*", "status": "200", "token": "$ann"}
ann> {"mode": "subscribe", "token": "$ann"}
ann< {"mode": "subscribe", "timestamp": "*", "status": "200"}
phone: technotrack
phone< {"action": "welcome", "...": "*"}
phone> {"action": "auth", "data": {"login": "ann", "pass": "forgotten"}}
phone< {"action": "auth", "data": {"status": 0, "...": "*"}}
"#;

fn lost(username: &str, known: &str, kind: &str) -> String {
    format!(
        r#"eve> {{"mode": "recovery", "username": "{username}", "known_data": "{known}", "known_data_type": "{kind}"}}
eve< {{"mode": "recovery", "timestamp": "*", "status": "200"}}
"#
    )
}

fn text(page: &Fetched) -> &str {
    std::str::from_utf8(&page.body).expect("a page of text")
}

async fn fill_in(http: SocketAddr, path: &str, password: &str, again: &str) -> Fetched {
    post(http, path, &format!("username=ann&password={password}&again={again}")).await
}

#[tokio::test]
async fn a_lost_password_is_replaced_by_a_link_in_a_mail() {
    let office = PostOffice::open().await;
    let mut stage = with_mail(&office).await;
    stage.must(REGISTERED).await;
    stage.must("eve: mode-token").await;
    // Strangers see no difference, and nobody is mailed for them.
    stage.must(&lost("nobody", "nobody@example.org", "email")).await;
    stage.must(&lost("ann", "eve@example.org", "email")).await;
    stage.must(&lost("ann", "ann@example.org", "email")).await;
    stage.must(&lost("ann", "ann", "username")).await;
    let letter = office.letter("ann@example.org").await;
    assert!(letter.parts().iter().all(|(_, part)| part.contains("забыл пароль")), "{}", letter.data);

    let http = stage.server().address("http");
    let path = path_of(http, &letter.link());
    let form = fetch(http, &path).await;
    assert_eq!((form.status, form.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!((form.header("cache-control"), form.header("referrer-policy")), ("no-store", "no-referrer"));
    let policy = form.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    assert!(text(&form).contains("<form method=\"post\">") && text(&form).contains("value=\"ann\""));
    assert!(!text(&form).contains("<script"));
    let russian = ("Accept-Language", "ru-RU,en;q=0.5".to_owned());
    assert!(text(&ask(http, "GET", &path, &[russian], &[]).await).contains("Новый пароль"));

    // Whatever is wrong with the form, the link stays good.
    for (password, again, said) in
        [("one", "two", "not the same"), ("", "", "is empty"), (&"x".repeat(1025), "x", "not the same")]
    {
        let page = fill_in(http, &path, password, again).await;
        assert_eq!((page.status, text(&page).contains(said)), (422, true), "{said}");
    }
    let long = "x".repeat(1025);
    let page = fill_in(http, &path, &long, &long).await;
    assert_eq!((page.status, text(&page).contains("too long")), (422, true));
    let endless = "x".repeat(9000);
    assert_eq!(fill_in(http, &path, &endless, &endless).await.status, 413);
    stage.must("ann> {\"mode\": \"checkToken\", \"token\": \"$ann\"}\nann< {\"mode\": \"checkToken\", \"timestamp\": \"*\", \"status\": \"200\"}").await;

    let done = fill_in(http, &path, "battery+%D1%8F", "battery+%D1%8F").await;
    assert_eq!((done.status, text(&done).contains("The password is set")), (200, true));
    // What the page says is on the disk.
    stage.must("ann< closed\nphone< closed").await;
    stage.server().restart(Ending::Killed).await;
    let http = stage.server().address("http");
    for page in [fetch(http, &path).await, fill_in(http, &path, "third", "third").await] {
        assert_eq!((page.status, text(&page).contains("not good any more")), (404, true));
    }
    stage
        .must(
            r#"
eve: mode-token
eve> {"mode": "auth", "username": "ann", "password": "forgotten"}
eve< {"mode": "auth", "timestamp": "*", "status": "401", "error_msg": "wrong user name or password"}
eve> {"mode": "checkToken", "token": "$ann"}
eve< {"mode": "checkToken", "timestamp": "*", "status": "401", "error_msg": "the token is missing or not valid"}
eve> {"mode": "auth", "username": "ann", "password": "battery я"}
eve< {"mode": "auth", "timestamp": "*", "status": "200", "token": "*"}
# The same password, as its MD5 and its SHA-256.
phone: technotrack
phone< {"action": "welcome", "...": "*"}
phone> {"action": "auth", "data": {"login": "ann", "pass": "forgotten"}}
phone< {"action": "auth", "data": {"status": 2, "...": "*"}}
phone> {"action": "auth", "data": {"login": "ann", "pass": "cee3af47830f6ebf6bee91c276a9ff8b"}}
phone< {"action": "auth", "data": {"status": 0, "...": "*"}}
desk: ourchat
desk> {"code": 6, "login_type": 0, "account": "ann@example.org", "password": "b43e14d1d71703828c7e764e097e21dc51011a4ec9afd9b91a7c0bd1b6903ccd"}
desk< {"code": 7, "status": 0, "ocid": "*"}
"#,
        )
        .await;
    let all: Vec<_> = office.all().into_iter().map(|letter| letter.to).collect();
    assert_eq!(all, ["ann@example.org"]);
    let log = stage.server().log();
    let token = path.rsplit('/').next().unwrap_or_default();
    assert!(!log.contains(token) && !log.contains("battery"), "a secret is in the log:\n{log}");
    stage.clear().stop().await;
}

#[tokio::test]
async fn without_mail_it_is_told_that_it_cannot_be_done() {
    let mut stage = stage_with(recipe()).await;
    stage.must(REGISTERED).await;
    for name in ["ann", "nobody"] {
        let asked = format!(
            r#"{name}: mode-token
{name}> {{"mode": "recovery", "username": "{name}", "known_data": "{name}@example.org", "known_data_type": "email"}}
{name}< {{"mode": "recovery", "timestamp": "*", "status": "501", "error_msg": "the server sends no mail"}}
"#
        );
        stage.must(&asked).await;
    }
    let page = fetch(stage.server().address("http"), "/recover/00000000000000000000000000000000").await;
    assert_eq!(page.status, 404);
    stage.clear().stop().await;
}
