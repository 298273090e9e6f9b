//! Who may register: in every dialect, where everybody may, whoever is invited, or nobody.

use crate::koine::{koine, koine_given};
use koine_e2e::matrix::{Entry, Flavour, Person, Town, flavours};
use koine_testkit::peer::{Peer, Received};
use koine_testkit::value::Encoding;
use koine_testkit::{Ending, Process, Server};
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn registering_is_refused_in_every_dialect() {
    for (mode, words, code) in [
        ("invitation", "needs an invitation: register on the web page", "invitation_needed"),
        ("closed", "registration is closed on this server", "registration_closed"),
    ] {
        let recipe = koine_e2e::recipe().with("KOINE_REGISTRATION__MODE", mode);
        let mut town = Town::found_by(recipe).await;
        let data = town.server().data();
        for flavour in flavours() {
            let handle = format!("new_{}", flavour.name.replace([' ', '-'], "_"));
            let mut person = Person::new(flavour, town.next_known(handle.clone()));
            town.connect(&mut person).await;
            let refused = person.client.register().await.expect_err("nobody is let in");
            // The whole answer has a time in it, too, with any digits.
            let is_told = |answer: &Value| match flavour.dialect {
                "ourchat" => answer["status"] == 1,
                "type-payload" => answer["payload"]["code"] == 1001,
                "native" => answer["error"]["code"] == code,
                _ => answer.to_string().to_lowercase().contains(words),
            };
            let answer: Value = serde_json::from_str(&refused).expect("the answer, as it came");
            assert!(is_told(&answer), "{} {mode}: {refused}", flavour.name);
            // An operator makes the account, and its owner signs in.
            let email = format!("{handle}@example.org");
            let add = ["account", "add", &handle, "--email", &email];
            assert!(koine_given(&data, &add, "secret\n").well().contains(&handle));
            town.connect(&mut person).await;
            assert_eq!(signs_in(&town, flavour, &person).await, Ok(Entry::In), "{} {mode}", flavour.name);
        }
        town.close().await;
    }
}

/// Whoever was made by an operator: the server knows all forms of the password.
async fn signs_in(town: &Town, flavour: Flavour, person: &Person) -> Result<Entry, String> {
    let mut person = Person::new(flavour, person.known.clone());
    town.connect(&mut person).await;
    person.client.sign_in().await
}

#[tokio::test]
async fn an_invitation_lets_as_many_in_as_it_is_for() {
    let mut server = Process::start(koine_e2e::recipe().with("KOINE_REGISTRATION__MODE", "invitation")).await;
    let data = server.data();
    let (mut peer, hello) = connect(&server).await;
    assert_eq!(hello["registration"], "invitation");
    let made = koine(&data, &["invite", "new", "--uses", "2", "--days", "3", "--json"]).well().to_owned();
    let made: Value = serde_json::from_str(&made).expect("an object");
    let code = made["code"].as_str().expect("a code").to_owned();
    assert!(made["link"].as_str().expect("a link").ends_with(&format!("/#invite={code}")), "{made}");
    assert_eq!((&made["number"], &made["uses"], &made["used"]), (&json!(1), &json!(2), &json!(0)));
    assert_eq!(register(&mut peer, "ann", json!(null)).await["error"]["code"], "invitation_needed");
    assert_eq!(register(&mut peer, "ann", json!("")).await["error"]["field"], "invitation");
    for wrong in ["nonsense", "0000-0000-0000-0000"] {
        assert_eq!(register(&mut peer, "ann", json!(wrong)).await["error"]["code"], "bad_invitation");
    }
    let typed = code.replace('-', " ").to_lowercase();
    assert_eq!(register(&mut peer, "ann", json!(typed)).await["ok"]["me"]["handle"], "ann");
    // What was used stays used after a crash.
    server.restart(Ending::Killed).await;
    let list = koine(&data, &["invite", "list"]).well().to_owned();
    assert!(
        list.lines()
            .nth(1)
            .is_some_and(|line| line.starts_with("1       1     2   ") && line.ends_with("good")),
        "{list}"
    );
    let (mut peer, _) = connect(&server).await;
    assert_eq!(register(&mut peer, "bob", json!(code)).await["ok"]["me"]["handle"], "bob");
    let (mut peer, _) = connect(&server).await;
    assert_eq!(register(&mut peer, "eve", json!(code)).await["error"]["code"], "bad_invitation");
    assert!(koine(&data, &["invite", "list"]).well().contains("used up"));
    // One that was revoked lets nobody in. Without a server it is the same.
    server.end(Ending::InOrder).await;
    let another = koine(&data, &["invite", "new"]).well().to_owned();
    let another = another.lines().next().expect("a code").to_owned();
    assert_eq!(koine(&data, &["invite", "revoke", "2"]).well(), "invitation 2 is worthless now\n");
    koine(&data, &["invite", "revoke", "2"]).failed(1, &["there is no invitation 2"]);
    server.start_again().await;
    let (mut peer, _) = connect(&server).await;
    assert_eq!(register(&mut peer, "eve", json!(another)).await["error"]["code"], "bad_invitation");
    assert!(
        !server.log().contains(&code) && !server.log().contains(&another),
        "a code is no business of the log's"
    );
    server.stop().await;
}

#[tokio::test]
async fn of_many_with_one_invitation_no_more_get_in_than_it_is_for() {
    let mut server = Process::start(koine_e2e::recipe().with("KOINE_REGISTRATION__MODE", "invitation")).await;
    let code = koine(&server.data(), &["invite", "new", "--uses", "3"]).well().to_owned();
    let code = code.lines().next().expect("a code").to_owned();
    let mut peers = Vec::new();
    for number in 0..10 {
        let (mut peer, _) = connect(&server).await;
        send_registration(&mut peer, &format!("guest{number}"), json!(code)).await;
        peers.push(peer);
    }
    let mut let_in = 0;
    for peer in &mut peers {
        let answer = frame(peer).await;
        let refused = answer["error"]["code"] == "bad_invitation";
        assert!(refused || answer.get("ok").is_some(), "{answer}");
        let_in += usize::from(!refused);
    }
    assert_eq!(let_in, 3);
    assert_eq!(koine(&server.data(), &["account", "list", "--json"]).well().lines().count(), 3);
    server.stop().await;
}

#[test]
fn modes_and_numbers_that_make_no_sense() {
    let data = tempfile::tempdir().expect("a folder");
    koine(data.path(), &["invite", "new", "--uses", "0"]).failed(2, &["'0'", "--uses"]);
    koine(data.path(), &["invite", "new", "--days", "many"]).failed(2, &["'many'", "--days"]);
    koine(data.path(), &["invite", "revoke", "one"]).failed(2, &["'one'"]);
    let file = data.path().join("koine.toml");
    std::fs::write(&file, "[registration]\nmode = 'sometimes'\n").expect("a file");
    let file = file.to_str().expect("a path");
    koine(data.path(), &["invite", "list", "--config", file])
        .failed(2, &["sometimes", "`open`, `invitation`, `closed`"]);
}

async fn connect(server: &Process) -> (Peer, Value) {
    let mut peer = Peer::websocket(server.address("native"), "/", Encoding::Json).await;
    let hello = frame(&mut peer).await;
    (peer, hello)
}

async fn send_registration(peer: &mut Peer, name: &str, invitation: Value) {
    let request = json!({
        "id": 1, "do": "register", "handle": name, "nick": name, "password": "secret", "device": "test",
        "invitation": invitation,
    });
    peer.send(&request).await;
}

async fn register(peer: &mut Peer, name: &str, invitation: Value) -> Value {
    send_registration(peer, name, invitation).await;
    frame(peer).await
}

async fn frame(peer: &mut Peer) -> Value {
    match peer.receive(PATIENCE).await {
        Some(Received::Frame(frame)) => frame,
        other => panic!("{other:?} instead of a frame"),
    }
}
