//! What an operator sees: one clear sentence when it cannot start, and an end in good order.

use koine_e2e::fetch::fetch;
use koine_e2e::heard::rest;
use koine_e2e::people::*;
use koine_testkit::program::{Program, Signal};
use koine_testkit::{Ending, Server};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn an_address_that_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let recipe = koine_e2e::recipe();
    let listens = |command: &mut Command, technotrack: &str| {
        for name in recipe.dialects.iter().map(|dialect| dialect.name()) {
            let address = if name == "technotrack" { technotrack } else { "127.0.0.1:0" };
            command.arg("--listen").arg(format!("{name}={address}"));
        }
    };
    let mut command = recipe.bare_command(&folder.path().join("http"));
    command.args(["--http", &address]);
    listens(&mut command, "127.0.0.1:0");
    fails(command, &["cannot listen on", &address, "http", "in use"]).await;
    // A port that a dialect wants, after HTTP has got its own: nothing is left half-open.
    let mut command = recipe.bare_command(&folder.path().join("dialect"));
    command.args(["--http", "127.0.0.1:0"]);
    listens(&mut command, &address);
    fails(command, &["cannot listen on", &address, "technotrack", "in use"]).await;
}

#[tokio::test]
async fn data_that_another_process_uses() {
    let mut stage = koine_e2e::stage().await;
    let data = stage.server().data();
    let second = koine_e2e::recipe().command(&data);
    fails(second, &[&shown(&data), "in use"]).await;
    // The first one has not noticed.
    stage.must(&registers_by_technotrack("bob")).await;
    // Once it is dead, and be it killed, its data can be had.
    stage.server().restart(Ending::Killed).await;
    stage.must(&returns_by_technotrack("bob")).await;
    stage.clear().stop().await;
}

#[tokio::test]
async fn data_below_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").expect("a file");
    for data in [file.join("data"), file.clone()] {
        fails(koine_e2e::recipe().command(&data), &[&shown(&data)]).await;
    }
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "no folder");
}

#[tokio::test]
async fn it_ends_in_order_when_it_is_asked_to() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_minioicq("ann", "msgpack")).await;
    stage.must(&registers_by_minioicq("eve", "json")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    let http = stage.server().address("http");
    assert_eq!(fetch(http, "/healthz").await.status, 200);
    assert_eq!(fetch(http, "/readyz").await.status, 200);
    stage
        .must("stranger: minioicq\nvisitor: technotrack\nvisitor< {\"action\": \"welcome\", \"...\": \"*\"}")
        .await;
    // Bob's last words are on their way when the signal comes.
    stage.must("bob> {\"action\": \"message\", \"data\": {\"uid\": \"ann\", \"body\": \"последнее\"}}\nbob< {\"action\": \"message\", \"data\": {\"status\": 0, \"error\": \"OK\"}}").await;
    stage.server().program().signal(Signal::Terminate);
    let began = Instant::now();
    let mut heard = Vec::new();
    for who in ["ann", "eve", "stranger"] {
        let peer = stage.peer(who);
        let (frames, closed) = rest(peer).await;
        heard.extend(frames);
        assert!(closed, "{who} is told");
        assert_eq!(peer.close_code(), Some(1001), "{who} is told that the server goes away");
    }
    for who in ["bob", "visitor"] {
        let (_, closed) = rest(stage.peer(who)).await;
        assert!(closed, "{who} hears the end");
    }
    stage.server().wait_for(Ending::InOrder).await;
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert!(stage.server().program().stderr().trim_end().ends_with("stopped"), "{}", stage.server().log());
    stage.server().start_again().await;
    stage.must(&returns_by_minioicq("ann", "msgpack")).await;
    // Whether the last words had arrived before the end or not: they are not lost.
    heard.extend(rest(stage.peer("ann")).await.0);
    assert!(heard.iter().any(|frame| frame["messages"][0]["content"] == "последнее"), "{heard:?}");
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut stage = koine_e2e::stage().await;
    // Clients that do not hang up are waited for, a little.
    for who in ["ann", "bob", "eve"] {
        stage.must(&registers_by_technotrack(who)).await;
    }
    let program = stage.server().program();
    program.signal(Signal::Terminate);
    said(program, "stopping").await;
    program.signal(Signal::Terminate);
    let asked = Instant::now();
    let status = program.ended(PATIENCE).await.expect("it ends");
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!(status.code(), Some(1));
    assert!(program.stderr().trim_end().ends_with("a second SIGTERM came before everything was finished"));
}

#[tokio::test]
async fn flags_that_make_no_sense() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = koine_e2e::recipe().bare_command(folder.path());
    command.args(["--listen", "esperanto=127.0.0.1:0"]);
    ends_with(command, 2, &["esperanto"]).await;
}

/// Waits until the program has logged something.
async fn said(program: &Program, what: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !program.stderr().contains(what) {
        assert!(Instant::now() < deadline, "it never said {what}:\n{}", program.stderr());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn fails(command: Command, words: &[&str]) {
    ends_with(command, 1, words).await;
}

/// The program ends by itself, with this code, after one sentence with these words and nothing else.
async fn ends_with(mut command: Command, code: i32, words: &[&str]) {
    let mut program = Program::start(&mut command);
    let status = program.ended(PATIENCE).await.expect("it ends by itself");
    let said = program.stderr();
    assert_eq!(status.code(), Some(code), "{said}");
    assert_eq!(program.stdout(), "", "nothing is announced");
    let lines: Vec<&str> = said.lines().collect();
    let [line] = lines.as_slice() else { panic!("not one line:\n{said}") };
    assert!(line.starts_with("koine: "), "{line}");
    let lower = line.to_lowercase();
    for word in words {
        assert!(lower.contains(&word.to_lowercase()), "{word} is not in: {line}");
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
