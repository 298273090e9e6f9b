//! Every transcript of this dialect, against a whole server: those in `verified` against one that verifies e-mail addresses, those in
//! `small` against one whose groups have three members at most.

use koine_core::{Limits, Surroundings};
use koine_dialect::Dialect;
use koine_testkit::transcripts::{Stage, run_beside, run_folder, run_limited};
use koine_testkit::{Pigeons, Server, World};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PASSWORD: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

fn dialects() -> Vec<Arc<dyn Dialect>> {
    vec![Arc::new(koine_ourchat::OurChat)]
}

async fn verifying(pigeons: Arc<Pigeons>) -> World {
    let surroundings = Surroundings { mailer: Some(pigeons), ..Surroundings::default() };
    World::start_within(dialects(), Default::default(), Default::default(), surroundings).await
}

#[test]
fn transcripts() {
    run_beside(env!("CARGO_MANIFEST_DIR"), dialects(), &["limited", "small", "verified"]);
}

#[test]
fn transcripts_where_addresses_are_verified() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/verified");
    run_folder(&folder, 1, async || verifying(Arc::default()).await);
}

#[test]
fn transcripts_where_groups_are_small() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/small");
    let limits = Limits { group_members: 3, ..Limits::default() };
    run_folder(&folder, 1, async || World::start_with(dialects(), Default::default(), limits.clone()).await);
}

/// Asks the server for a page; tells the status.
async fn fetch(server: &World, method: &str, url: &str) -> u16 {
    let address = server.address("http");
    let path = url.split_once("/verify/").map(|(_, token)| format!("/verify/{token}")).expect("a link");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

fn register(who: &str) -> String {
    format!(r#"{who}> {{"code": 4, "email": "ann@example.org", "password": "{PASSWORD}", "name": "Ann"}}"#)
}

#[tokio::test]
async fn one_click_verifies_once() {
    let pigeons = Arc::new(Pigeons::default());
    let mut stage = Stage::new(verifying(pigeons.clone()).await);
    stage.must("ann: ourchat\nann> {\"code\": 14, \"email\": \"Ann@Example.org\"}\nann> {\"code\": 12}\nann< {\"code\": 12, \"status\": 0}").await;
    let link = pigeons.link("ann@example.org");
    assert_eq!(fetch(stage.server(), "HEAD", &link).await, 200);
    assert_eq!(fetch(stage.server(), "GET", "/verify/00000000000000000000000000000000").await, 404);
    stage.must("ann< nothing").await;
    assert_eq!(fetch(stage.server(), "GET", &link).await, 200);
    stage.must("ann< {\"code\": 15, \"status\": 0}").await;
    assert_eq!(fetch(stage.server(), "GET", &link).await, 404);
    // Whoever comes back a little later need not begin anew.
    stage.must("ann! close\nback: ourchat").await;
    stage.must(&register("back")).await;
    stage.must("back< {\"code\": 5, \"status\": 0, \"ocid\": \"$ann\"}\nback< nothing").await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_link_that_nobody_opens_runs_out() {
    let pigeons = Arc::new(Pigeons::default());
    let mut stage = Stage::new(verifying(pigeons.clone()).await);
    stage.must("ann: ourchat\nann> {\"code\": 14, \"email\": \"ann@example.org\"}\nann> {\"code\": 12}\nann< {\"code\": 12, \"status\": 0}").await;
    stage.server().clock().advance(4 * 60_000 + 50_000);
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    stage.must("ann< nothing").await;
    stage.server().clock().advance(10_000);
    stage.must("ann< {\"code\": 15, \"status\": 2}").await;
    assert_eq!(fetch(stage.server(), "GET", &pigeons.link("ann@example.org")).await, 404);
    stage.must(&register("ann")).await;
    stage.must("ann< {\"code\": 13}").await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_verified_address_is_forgotten_after_a_while() {
    let pigeons = Arc::new(Pigeons::default());
    let mut stage = Stage::new(verifying(pigeons.clone()).await);
    stage.must("ann: ourchat\nann> {\"code\": 14, \"email\": \"ann@example.org\"}\nann> {\"code\": 12}\nann< {\"code\": 12, \"status\": 0}").await;
    assert_eq!(fetch(stage.server(), "GET", &pigeons.link("ann@example.org")).await, 200);
    stage.must("ann< {\"code\": 15, \"status\": 0}").await;
    stage.server().clock().advance(31 * 60_000);
    stage.must(&register("ann")).await;
    stage.must("ann< {\"code\": 13}").await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn nobody_makes_the_server_send_mail_without_end() {
    let mut stage = Stage::new(verifying(Arc::default()).await);
    stage.must("ann: ourchat").await;
    let ask = |address: &str| format!("ann> {{\"code\": 14, \"email\": \"{address}@example.org\"}}");
    for address in ["a", "b", "c"] {
        stage.must(&ask(address)).await;
    }
    stage.must("ann< nothing").await;
    stage.must(&ask("d")).await;
    stage.must("ann< {\"code\": 15, \"status\": 1}").await;
    stage.clear().stop().await;
}

#[test]
fn transcripts_where_little_is_allowed() {
    run_limited(env!("CARGO_MANIFEST_DIR"), dialects());
}
