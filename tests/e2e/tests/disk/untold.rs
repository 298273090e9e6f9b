//! A disk of which nothing can be read but for a change: what is done stands although nobody can be told of it, and whoever should have
//! been told finds it by themselves as soon as the disk can be read.

use crate::house::{House, native};
use crate::talker::Talker;
use koine_e2e::faults::Fault;
use koine_e2e::matrix::{Content, Known, Person, Said};
use koine_testkit::Server;
use rusqlite::Connection;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What the log says of it.
const UNTOLD: &str = "what was done stands, and cannot be told";
/// How long the disk stays as it is: some tries to read it go wrong meanwhile.
const MEANWHILE: Duration = Duration::from_secs(4);
/// How long each sync takes where posts are to be under way without a gap, in milliseconds: longer than a client takes for the next one.
const SYNC: u32 = 300;
/// How long it may take then on the slowest machine.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn whoever_was_not_told_finds_it() {
    let mut house = House::found().await;
    let mut friends = house.town.welcome_all("friend").await;
    let strangers = house.town.welcome_all("stranger").await;
    let (known, mut sender) = somebody(&mut house, "sender").await;
    for friend in &mut friends {
        sender.tell(&friend.known.handle, "before", None).await;
        hears(friend, &known, "before").await;
    }
    // What others are shown of them, and of every conversation of two, is to be read anew.
    sender.ask("profile", json!({"status": "busy"})).await;
    house.faults.switch(Fault::UnreadableButForChanges);
    let mut people = friends;
    people.extend(strangers);
    for person in &people {
        sender.tell(&person.known.handle, "news", None).await;
    }
    is_logged(&house, UNTOLD, people.len()).await;
    sleep(MEANWHILE).await;
    assert!(house.town.server().log().contains("what a session missed cannot be read"), "nobody has looked");
    house.repair().await;
    // Nobody says anything, and everybody is on the connection on which they were.
    let repaired = Instant::now();
    for person in &mut people {
        hears(person, &known, "news").await;
    }
    let took = repaired.elapsed();
    eprintln!("everybody has found it {took:?} after the disk was repaired");
    assert!(took < SOON, "it took {took:?}");
    for person in &mut people {
        sender.tell(&person.known.handle, "that is all", None).await;
        hears(person, &known, "that is all").await;
        let times = person.heard().iter().filter(|said| is_it(said, &known, "news")).count();
        assert_eq!(times, 1, "{}", person.flavour.name);
    }
    house.town.close().await;
}

/// Somebody who never pauses has always something under way, behind which what was missed is read.
#[tokio::test]
async fn whoever_says_something_all_the_time_finds_it_too() {
    let mut house = House::found_without_rates().await;
    let mut busy = Talker::register(house.town.server(), "busy").await;
    busy.ask("listen", json!({})).await;
    let (_, mut sender) = somebody(&mut house, "sender").await;
    sender.tell("busy", "before", None).await;
    assert!(busy.talk_until_told("before", SOON).await, "what can be told is not");
    sender.ask("profile", json!({"status": "busy"})).await;
    // Each commit takes so long that the posts of the next one are there before it ends. So it stays when the disk can be read again.
    house.faults.switch(Fault::UnreadableButForSlowChanges(SYNC));
    sender.tell("busy", "news", None).await;
    is_logged(&house, UNTOLD, 1).await;
    let talking = async { (busy.talk_until_told("news", MEANWHILE + SOON).await, Instant::now()) };
    let readable = async {
        sleep(MEANWHILE).await;
        house.faults.switch(Fault::SlowCommits(SYNC));
        Instant::now()
    };
    let ((is_told, told), readable) = tokio::join!(talking, readable);
    assert!(is_told, "what was missed is not looked for");
    assert!(told > readable, "what cannot be read is told");
    house.repair().await;
    house.town.close().await;
}

/// What comes after something that could not be told waits for it; what is said elsewhere does not.
#[tokio::test]
async fn the_order_stands() {
    let mut house = House::found().await;
    let mut friend = house.town.welcome(native(), "friend".to_owned()).await;
    let (known, mut sender) = somebody(&mut house, "sender").await;
    let (other, mut herald) = somebody(&mut house, "herald").await;
    let first = sender.tell("friend", "first", None).await;
    herald.tell("friend", "hello", None).await;
    hears(&mut friend, &known, "first").await;
    hears(&mut friend, &other, "hello").await;
    house.faults.switch(Fault::UnreadableButForChanges);
    // What is told of the one that is answered to has to be read, and nothing of the other two.
    sender.tell("friend", "second", Some(first)).await;
    sender.tell("friend", "third", None).await;
    herald.tell("friend", "meanwhile", None).await;
    is_logged(&house, UNTOLD, 1).await;
    hears(&mut friend, &other, "meanwhile").await;
    sleep(MEANWHILE).await;
    sender.tell("friend", "fourth", None).await;
    house.repair().await;
    hears(&mut friend, &known, "fourth").await;
    let of_sender = friend.heard().iter().filter(|said| known.is(&said.from));
    let texts: Vec<_> = of_sender.map(|said| said.content.clone()).collect();
    let expected = ["first", "second", "third", "fourth"].map(|text| Content::Text(text.to_owned()));
    assert_eq!(texts, expected);
    house.town.close().await;
}

/// The group of somebody who goes cannot be told who leads it now: their sessions end all the same.
#[tokio::test]
async fn the_sessions_of_a_deleted_account_end_whatever_cannot_be_told() {
    let house = House::found().await;
    let server = house.town.server();
    let mut ann = Talker::register(server, "ann").await;
    let mut elsewhere = Talker::sign_in(server, "ann").await;
    let _bob = Talker::register(server, "bob").await;
    ann.ask("group.create", json!({"name": "tea", "members": ["bob"]})).await;
    let question = ann.ask("account.delete", json!({"password": "secret"})).await;
    let database = Connection::open(server.data().join("koine.db")).expect("a database");
    // Nobody can be called that, so that bob cannot be shown to anybody.
    let spoiled = database.execute("UPDATE account SET handle = '' WHERE handle = 'bob'", []);
    assert_eq!(spoiled.expect("a change"), 1);
    ann.ask("account.delete.confirm", json!({"confirm": question["confirm"]})).await;
    assert!(elsewhere.has_ended().await, "a session of nobody goes on");
    is_logged(&house, UNTOLD, 1).await;
    house.town.close().await;
}

/// Somebody of native who listens to nothing, and how others know them.
async fn somebody(house: &mut House, name: &str) -> (Known, Talker) {
    let known = house.town.next_known(name.to_owned());
    (known, Talker::register(house.town.server(), name).await)
}

/// The server's log says so as many times, as soon as it has come through the pipe.
async fn is_logged(house: &House, what: &str, times: usize) {
    let end = Instant::now() + SOON;
    loop {
        let log = house.town.server().log();
        let found = log.matches(what).count();
        if found == times {
            return;
        }
        assert!(found < times && Instant::now() < end, "{found} instead of {times}:\n{log}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until they are told this by `who`, in whichever conversation.
async fn hears(person: &mut Person, who: &Known, text: &str) {
    while !person.heard().iter().any(|said| is_it(said, who, text)) {
        let listened = person.listens().await.map(drop);
        listened.unwrap_or_else(|wrong| panic!("{:?} does not hear {text:?}: {wrong}", person.known));
    }
}

fn is_it(said: &Said, who: &Known, text: &str) -> bool {
    who.is(&said.from) && said.content == Content::Text(text.to_owned())
}
