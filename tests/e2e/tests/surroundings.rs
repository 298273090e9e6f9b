//! What depends on where the server runs, on the real binary: addresses verified by mail, and maintenance beside a running server.

use koine_e2e::fetch::{fetch, fetch_url};
use koine_e2e::{recipe, stage_with};
use koine_testkit::post_office::PostOffice;
use koine_testkit::transcripts::Stage;
use koine_testkit::{Process, Server};
use std::process::Command;

const PASSWORD: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

async fn with_mail(office: &PostOffice, language: &str) -> Stage<Process> {
    let recipe = recipe()
        .with("KOINE_SMTP__HOST", &office.address().ip().to_string())
        .with("KOINE_SMTP__PORT", &office.address().port().to_string())
        .with("KOINE_SMTP__TLS", "none")
        .with("KOINE_SMTP__FROM", "koine <koine@chat.example>")
        .with("KOINE_SMTP__LANGUAGE", language);
    stage_with(recipe).await
}

fn register(who: &str, address: &str) -> String {
    format!(r#"{who}> {{"code": 4, "email": "{address}", "password": "{PASSWORD}"}}"#)
}

#[tokio::test]
async fn one_click_in_a_mail_lets_somebody_register() {
    let office = PostOffice::open().await;
    let mut stage = with_mail(&office, "zh").await;
    stage.must("ann: ourchat").await;
    stage.must(&register("ann", "ann@example.org")).await;
    stage
        .must("ann< {\"code\": 13}\nann> {\"code\": 14, \"email\": \"ann@example.org\"}\nann> {\"code\": 12}")
        .await;
    stage.must("ann< {\"code\": 12, \"status\": 0}").await;
    let letter = office.letter("ann@example.org").await;
    assert!(letter.parts().iter().all(|(_, part)| part.contains("注册")), "{}", letter.data);
    let http = stage.server().address("http");
    assert_eq!(fetch(http, "/verify/wrong").await.status, 404);
    stage.must("ann< nothing").await;
    let page = fetch_url(http, &letter.link()).await;
    assert_eq!((page.status, page.header("referrer-policy")), (200, "no-referrer"));
    stage.must("ann< {\"code\": 15, \"status\": 0}").await;
    stage.must(&register("ann", "ann@example.org")).await;
    stage.must("ann< {\"code\": 5, \"status\": 0, \"ocid\": \"$ann\"}").await;
    assert_eq!(fetch_url(http, &letter.link()).await.status, 404);
    let log = stage.server().log();
    let token = letter.link().rsplit('/').next().unwrap_or_default().to_owned();
    assert!(!log.contains(&token), "the link is in the log");
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_is_told() {
    let office = PostOffice::open().await;
    let mut stage = with_mail(&office, "en").await;
    stage.must("ann: ourchat\nann> {\"code\": 14, \"email\": \"ann@example.invalid\"}\nann< {\"code\": 15, \"status\": 1}").await;
    drop(office);
    stage
        .must("ann> {\"code\": 14, \"email\": \"ann@example.org\"}\nann< {\"code\": 15, \"status\": 1}")
        .await;
    let log = stage.server().log();
    assert!(log.contains("a mail is not sent") && !log.contains("/verify/"), "{log}");
    // Dialects that verify nothing need no mail.
    stage.must(&koine_e2e::people::registers_by_technotrack("bob")).await;
    stage.clear().stop().await;
}

/// Asks the program to switch, as an operator does beside the running server.
async fn switch(stage: &mut Stage<Process>, to: &str) {
    let data = stage.server().data();
    let mut command = Command::new(koine_e2e::binary());
    command.env_clear().current_dir(std::env::temp_dir()).args(["maintenance", to, "--data"]).arg(data);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test]
async fn under_maintenance_only_operators_sign_in_whatever_they_speak() {
    let mut stage = stage_with(recipe().with("KOINE_OPERATORS__ACCOUNTS", "[ann]")).await;
    for name in ["ann", "bob"] {
        stage.must(&koine_e2e::people::registers_by_technotrack(name)).await;
    }
    stage.must("first: technotrack\nfirst< {\"action\": \"welcome\", \"...\": \"*\"}").await;
    switch(&mut stage, "on").await;
    let refused = format!(
        r##"our: ourchat
our> {{"code": 12}}
our< {{"code": 12, "status": 1}}
our> {{"code": 6, "login_type": 1, "account": "bob", "password": "{PASSWORD}"}}
our< {{"code": 7, "status": 2}}
our> {{"code": 4, "email": "eve@example.org", "password": "{PASSWORD}"}}
our< {{"code": 5, "status": 1}}
our> {{"code": 6, "login_type": 1, "account": "ann", "password": "{PASSWORD}"}}
our< {{"code": 7, "status": 0, "ocid": "*"}}
mini: minioicq json
mini> {{"action": "auth.login", "user_id": "bob", "password": "secret"}}
mini< {{"action": "auth.login.fail", "reason": "The server is under maintenance, try again later"}}
first> {{"action": "auth", "data": {{"login": "bob", "pass": "secret"}}}}
first< {{"action": "auth", "data": {{"status": 3, "error": "the server is under maintenance, try again later", "...": "*"}}}}
"##
    );
    stage.must(&refused).await;
    // A restart changes nothing about it.
    stage
        .must("server! restart\nour: ourchat\nour> {\"code\": 12}\nour< {\"code\": 12, \"status\": 1}")
        .await;
    switch(&mut stage, "off").await;
    let welcome = format!(
        r#"our> {{"code": 12}}
our< {{"code": 12, "status": 0}}
our> {{"code": 6, "login_type": 1, "account": "bob", "password": "{PASSWORD}"}}
our< {{"code": 7, "status": 0, "ocid": "*"}}
"#
    );
    stage.must(&welcome).await;
    stage.clear().stop().await;
}
