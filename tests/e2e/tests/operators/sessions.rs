//! `koine sessions`: who is signed in where, and how that is ended.

use crate::koine::koine;
use koine_e2e::matrix::{Town, flavours};
use koine_testkit::Ending;
use serde_json::Value;

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let mut town = Town::found().await;
    let data = town.server().data();
    let people = town.welcome_all("here").await;
    let listed = koine(&data, &["sessions", "--json"]).well().to_owned();
    let listed: Vec<Value> =
        listed.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    for (flavour, mut person) in flavours().into_iter().zip(people) {
        let who = person.known.handle.clone();
        let own: Vec<_> = listed.iter().filter(|one| one["handle"] == *who).collect();
        let [session] = own.as_slice() else { panic!("{}: {own:?}", flavour.name) };
        assert_eq!(session["dialect"], flavour.dialect);
        assert_eq!(session["online"], true, "{}", flavour.name);
        assert_eq!(session["addresses"], serde_json::json!(["127.0.0.1"]), "{}", flavour.name);
        let table = koine(&data, &["sessions", &who]).well().to_owned();
        assert_eq!(table.lines().count(), 2, "{table}");
        assert!(table.contains(" 127.0.0.1 ") && table.contains(flavour.dialect), "{table}");
        let number = session["session"].to_string();
        koine(&data, &["sessions", "end", &who, "--session", "7777777"])
            .failed(1, &["has no session 7777777"]);
        let ended = koine(&data, &["sessions", "end", &who, "--session", &number]);
        assert_eq!(ended.well(), "1 session ended\n", "{}", flavour.name);
        let heard = person.client.hear().await;
        assert!(heard.is_err(), "{}: {heard:?}", flavour.name);
        // The password stays good.
        let mut again = koine_e2e::matrix::Person::new(flavour, person.known.clone());
        town.connect(&mut again).await;
        again.signs_in().await.unwrap_or_else(|wrong| panic!("{}: {wrong}", flavour.name));
        assert_eq!(koine(&data, &["sessions", "end", &who]).well(), "1 session ended\n", "{}", flavour.name);
        assert!(again.client.hear().await.is_err());
        assert_eq!(koine(&data, &["sessions", "end", &who]).well(), "0 sessions ended\n");
        assert_eq!(koine(&data, &["sessions", &who, "--json"]).well(), "", "{}", flavour.name);
    }
    koine(&data, &["sessions", "nobody"]).failed(1, &["there is no account \"nobody\""]);
    koine(&data, &["sessions", "end", "nobody"]).failed(1, &["there is no account \"nobody\""]);
    koine(&data, &["sessions", "end"]).failed(2, &["<WHO>"]);
    town.close().await;
}

#[tokio::test]
async fn tokens_are_listed_without_a_server() {
    let mut town = Town::found().await;
    let data = town.server().data();
    let native = *flavours().iter().find(|flavour| flavour.name == "native").expect("the own protocol");
    let mut ann = town.welcome(native, "ann".to_owned()).await;
    let before = koine(&data, &["sessions"]).well().to_owned();
    assert!(before.lines().nth(1).is_some_and(|line| line.ends_with("  now")), "{before}");
    let mut server = town.leave();
    server.end(Ending::InOrder).await;
    let alone = koine(&data, &["sessions"]).well().to_owned();
    assert!(alone.contains(" ann ") && !alone.contains("now"), "{alone}");
    assert_eq!(koine(&data, &["sessions", "end", "ann"]).well(), "1 session ended\n");
    assert_eq!(koine(&data, &["sessions"]).well().lines().count(), 1);
    ann.leaves().await;
}
