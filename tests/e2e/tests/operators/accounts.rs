//! `koine account`: making, showing, and deleting accounts; what it prints, and how it complains.

use crate::koine::{Run, command, koine, koine_given};
use koine_e2e::matrix::{Entry, Person, Town, flavours};
use koine_e2e::people::*;
use koine_testkit::{Ending, Server};
use serde_json::Value;
use std::path::Path;

#[tokio::test]
async fn an_account_is_made_with_a_server_and_without() {
    let mut stage = koine_e2e::stage().await;
    let data = stage.server().data();
    let add = ["account", "add", "ann", "--nick", "Аня", "--email", "ann@example.org"];
    assert_eq!(koine_given(&data, &add, "secret\n").well(), "account 1000000001 (ann) is made\n");
    koine_given(&data, &add, "secret\n").failed(1, &["koine: that user name is taken\n"]);
    let bob = ["account", "add", "bob", "--email", "ANN@example.org"];
    koine_given(&data, &bob, "secret\n").failed(1, &["that e-mail address is taken"]);
    stage.server().end(Ending::InOrder).await;
    let made = koine(&data, &["account", "add", "bob", "--generate"]).well().to_owned();
    let password =
        made.lines().nth(1).and_then(|line| line.strip_prefix("password: ")).expect("a password").to_owned();
    assert_eq!(password.len(), 20);
    stage.server().start_again().await;
    stage.must(&returns_by_technotrack("ann")).await;
    stage.must(&returns_by_technotrack("bob").replace(PASSWORD, &password)).await;
    let log = stage.server().log();
    assert!(!log.contains(&password) && !log.contains("secret"), "a password is no business of the log's");
    stage.clear().stop().await;
}

#[tokio::test]
async fn an_account_is_shown_as_text_and_as_json() {
    let mut stage = koine_e2e::stage().await;
    let data = stage.server().data();
    koine_given(
        &data,
        &["account", "add", "ann", "--nick", "Ann Lee", "--email", "ann@example.org"],
        "secret",
    )
    .well();
    stage.must(&registers_by_minioicq("bob", "json")).await;
    for who in ["ann", "ANN", "1000000001", "Ann@Example.org"] {
        let shown = koine(&data, &["account", "show", who, "--json"]).well().to_owned();
        let shown: Value = serde_json::from_str(&shown).expect("an object");
        assert_eq!((&shown["handle"], &shown["nick"]), (&"ann".into(), &"Ann Lee".into()), "{shown}");
        assert_eq!((&shown["state"], &shown["online"]), (&"active".into(), &false.into()), "{shown}");
        assert_eq!((&shown["sessions"], &shown["leads"]), (&0.into(), &Value::Array(Vec::new())), "{shown}");
        assert!(shown["created"].as_str().is_some_and(|at| at.len() == 20 && at.ends_with('Z')), "{shown}");
    }
    let shown = koine(&data, &["account", "show", "bob"]).well().to_owned();
    assert!(shown.contains("\nseen           now\n") && shown.contains("\nsessions       1\n"), "{shown}");
    let listed = koine(&data, &["account", "list", "--json"]).well().to_owned();
    let listed: Vec<Value> =
        listed.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(
        listed.iter().map(|one| one["handle"].as_str()).collect::<Vec<_>>(),
        [Some("ann"), Some("bob")]
    );
    assert!(listed.iter().all(|one| one.get("sessions").is_none()), "only `show` tells");
    stage.clear().stop().await;
}

#[tokio::test]
async fn who_is_deleted_is_gone_in_every_dialect() {
    let mut town = Town::found().await;
    let data = town.server().data();
    for (flavour, mut person) in flavours().into_iter().zip(town.welcome_all("gone").await) {
        let who = person.known.handle.clone();
        koine_given(&data, &["account", "delete", &who], "yes\n").failed_showing(1, &["--yes"]);
        assert!(koine(&data, &["account", "delete", &who, "--yes"]).well().ends_with("is deleted\n"));
        let heard = person.client.hear().await;
        assert!(heard.is_err(), "{}: {heard:?}", flavour.name);
        let mut again = Person::new(flavour, person.known.clone());
        town.connect(&mut again).await;
        assert_ne!(again.client.sign_in().await, Ok(Entry::In), "{}", flavour.name);
        koine(&data, &["account", "delete", &who, "--yes"]).failed(1, &["there is no account", &who]);
        koine(&data, &["account", "disable", &who]).failed(1, &["there is no account", &who]);
    }
    assert_eq!(koine(&data, &["account", "list", "--json"]).well(), "");
    let deleted = koine(&data, &["account", "list", "--deleted"]).well().to_owned();
    assert_eq!(deleted.matches(" deleted ").count(), flavours().len(), "{deleted}");
    assert!(koine(&data, &["account", "show", "1000000001"]).well().contains("state          deleted"));
    town.close().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_told() {
    let mut stage = koine_e2e::stage().await;
    let data = stage.server().data();
    koine(&data, &["account", "add", " "]).failed(2, &["a handle must not be empty"]);
    koine(&data, &["account", "add", &"x".repeat(65)]).failed(2, &["a handle has at most 64 characters"]);
    koine(&data, &["account", "add", "group:7"]).failed(2, &["does not begin with \"group:\""]);
    koine(&data, &["account", "add", "ann", "--email", "nobody"]).failed(2, &["that is no e-mail address"]);
    koine(&data, &["account", "add", "ann"]).failed(1, &["no password on the standard input"]);
    koine_given(&data, &["account", "add", "1000000007"], "secret").failed(1, &["that user name is taken"]);
    koine_given(&data, &["account", "add", "ann", "--nick", "a\u{1b}[2Jb"], "secret")
        .failed(1, &["the name cannot be used"]);
    koine_given(&data, &["account", "add", "ann", "--nick", ""], "secret").failed(1, &["the name is empty"]);
    koine_given(&data, &["account", "add", "ann"], &"x".repeat(60 << 10))
        .failed(1, &["the password is too large"]);
    for command in ["disable", "enable", "show"] {
        koine(&data, &["account", command, "no\u{1b}body"])
            .failed(1, &["there is no account \"no\\u{1b}body\""]);
    }
    koine_given(&data, &["account", "set-password", "nobody"], "x")
        .failed(1, &["there is no account \"nobody\""]);
    assert_eq!(koine(&data, &["account", "list", "--json"]).well(), "");
    stage.clear().stop().await;
}

/// Somebody who has seen enough, as `head` has, is no failure to be told of.
#[tokio::test]
async fn who_reads_the_beginning_alone_is_told_nothing() {
    let mut town = Town::found().await;
    let data = town.server().data();
    koine(&data, &["account", "add", "ann", "--generate"]).well();
    let check = |data: &Path| {
        let mut listing =
            command(data, &["account", "list", "--json"]).spawn().expect("a program that starts");
        drop(listing.stdout.take());
        let run = Run::of(listing);
        assert_eq!((run.code, run.stderr.as_str()), (Some(141), ""));
    };
    check(&data);
    town.server_mut().end(Ending::InOrder).await;
    check(&data);
}
