//! What a disk that takes nothing costs: an answer in each protocol's words for a server error, and nothing else.

use crate::house::{House, native};
use koine_e2e::faults::Fault;
use koine_e2e::matrix::{Entry, File, Flavour, Known, Person, flavours};
use koine_testkit::Ending;

/// What a client sends that is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    Text,
    File,
    SignIn,
    Registration,
}

#[tokio::test]
async fn by_a_full_disk() {
    nothing_is_lost_to(Fault::Full).await;
}

#[tokio::test]
async fn by_a_disk_that_neither_writes_nor_syncs() {
    nothing_is_lost_to(Fault::Broken).await;
}

#[tokio::test]
async fn by_a_disk_that_syncs_nothing() {
    nothing_is_lost_to(Fault::NoSync).await;
}

/// One person of each flavour talks before, during and after the fault, on one connection; others come and register meanwhile.
async fn nothing_is_lost_to(fault: Fault) {
    let mut house = House::found().await;
    let mut hub = house.town.welcome(native(), "hub".to_owned()).await;
    let mut people = house.town.welcome_all("talker").await;
    let mut comers = house.town.welcome_all("comer").await;
    let mut rooms = Vec::new();
    for person in &mut people {
        rooms.push(person.room_with(&hub.known).await.expect("a room"));
        person.tells(&hub.known, &text(person, "before")).await.expect("it is said");
    }
    for comer in &mut comers {
        comer.leaves().await;
    }
    assert_eq!(house.readiness().await.0, 200);
    house.faults.switch(fault);
    let (status, why) = house.readiness().await;
    assert_eq!((status, why.as_str()), (503, "the store takes no changes\n"), "{fault:?}");
    assert!(house.is_alive().await);
    for ((person, comer), room) in people.iter_mut().zip(&mut comers).zip(&rooms) {
        let said = text(person, "during");
        is_refused(What::Text, person.flavour, person.client.say(room, &said).await);
        if person.client.sends().pictures {
            is_refused(What::File, person.flavour, person.client.send(room, &picture()).await);
        }
        house.town.connect(comer).await;
        // Where nothing need be written for it, they come in.
        match comer.client.sign_in().await {
            Ok(entry) => assert_eq!(entry, Entry::In, "{}", comer.flavour.name),
            refused => is_refused(What::SignIn, comer.flavour, refused.map(drop)),
        }
        comer.leaves().await;
        let mut newcomer = Person::new(person.flavour, Known { handle: handle(person, "early"), id: 0 });
        house.town.connect(&mut newcomer).await;
        is_refused(What::Registration, newcomer.flavour, newcomer.client.register().await);
    }
    assert!(house.is_alive().await);
    assert_eq!(house.readiness().await.0, 503);
    assert!(house.numbers().sum("koine_store_commit_failures_total ").await >= 1.0, "{fault:?}");
    assert!(house.numbers().sum("koine_refusals_total{dialect=\"native\",reason=\"failed\"} ").await >= 1.0);
    house.repair().await;
    // On the connections that were there all the time, and without a restart.
    for (person, room) in people.iter_mut().zip(&rooms) {
        let said = text(person, "after");
        let is_said = person.client.say(room, &said).await;
        is_said.unwrap_or_else(|wrong| panic!("{} after {fault:?}: {wrong}", person.flavour.name));
        hub.hears_from(&person.known, &text(person, "before")).await.expect("what was said before");
        hub.hears_from(&person.known, &said).await.expect("what is said after");
        if person.client.sends().pictures {
            let is_sent = person.client.send(room, &picture()).await;
            is_sent.unwrap_or_else(|wrong| panic!("{} after {fault:?}: {wrong}", person.flavour.name));
        }
    }
    house.town.sign_in(&mut comers).await;
    for flavour in flavours() {
        house.town.welcome(flavour, format!("late_{}", flavour.name.replace([' ', '-'], "_"))).await;
    }
    // What is on the disk is what was acknowledged, and none of what was refused, also when the server does not live to see it repaired.
    hub.leaves().await;
    house.faults.switch(fault);
    for (person, room) in people.iter_mut().zip(&rooms) {
        let said = text(person, "at the end");
        is_refused(What::Text, person.flavour, person.client.say(room, &said).await);
    }
    house.town.server_mut().end(Ending::Killed).await;
    house.faults.switch(Fault::None);
    house.town.server_mut().start_again().await;
    let mut reader = Person::new(native(), hub.known.clone());
    house.town.connect(&mut reader).await;
    reader.signs_in().await.expect("a sign-in");
    for person in &people {
        for when in ["before", "after"] {
            let heard = reader.hears_from(&person.known, &text(person, when)).await;
            heard.expect("what was acknowledged");
        }
    }
    // What was refused, if it is there, stands behind that.
    let mut herald = house.town.welcome(native(), "herald".to_owned()).await;
    reader.has_all(&mut herald, "what was refused").await.expect("everything");
    for person in &people {
        let room = reader.room_with(&person.known).await.expect("a room");
        for when in ["before", "after"] {
            let times = reader.times_heard(&room, &person.known, &text(person, when));
            assert_eq!(times, 1, "what {} said {when} {fault:?}", person.flavour.name);
        }
        for when in ["during", "at the end"] {
            let is_there = reader.has_heard(&room, &person.known, &text(person, when));
            assert!(!is_there, "what {} said {when} was refused by {fault:?}", person.flavour.name);
        }
    }
    let log = house.town.close().await;
    for line in ["a request failed", "incident=", "changes were taken back", "not ready"] {
        assert!(log.contains(line), "{line:?} is not in the log of {fault:?}:\n{log}");
    }
    // What was said, the passwords and what was sent are nowhere in it.
    for person in &people {
        let said = ["before", "during", "after", "at the end"].map(|when| text(person, when));
        let secrets = person.flavour.forms.iter().map(|form| form.right().to_owned());
        for secret in said.into_iter().chain(secrets) {
            assert!(!log.contains(&secret), "{secret:?} is in the log of {fault:?}:\n{log}");
        }
    }
    assert!(!log.contains("and so on"), "{log}");
}

/// It is refused in the words that the protocol has for a server error.
pub(crate) fn is_refused(what: What, flavour: Flavour, done: Result<(), String>) {
    let Err(said) = done else { panic!("{what:?} of {} is not refused", flavour.name) };
    let words = match (flavour.dialect, what) {
        ("minioicq", _) => r#""reason":"Server error, incident "#,
        ("mode-token", _) => r#""status":"500""#,
        ("native", What::File) => "status 500",
        ("native", _) => r#""code":"failed""#,
        ("ourchat", What::SignIn) => r#""status":2"#,
        ("ourchat", What::Registration) => r#""status":1"#,
        ("technotrack", _) | ("ourchat", _) => "server error, incident ",
        ("type-payload", What::SignIn) => r#""code":2004"#,
        ("type-payload", What::Registration) => r#""code":1003"#,
        ("type-payload", _) => r#""code":3002"#,
        (other, _) => panic!("how does {other} word a server error?"),
    };
    assert!(said.contains(words), "{what:?} of {}: {said}", flavour.name);
}

fn picture() -> File {
    let bytes = b"\x89PNG\r\n\x1a\n and so on".to_vec();
    File { name: "tea.png".to_owned(), mime: "image/png".to_owned(), bytes }
}

fn text(person: &Person, when: &str) -> String {
    format!("{} {when}", person.flavour.name)
}

fn handle(person: &Person, role: &str) -> String {
    format!("{role}_{}", person.flavour.name.replace([' ', '-'], "_"))
}
