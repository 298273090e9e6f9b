//! A disk that stands still: so many changes wait for it, and what comes beyond is refused as too much, in each protocol's words.

use crate::house::{House, native};
use crate::talker::Talker;
use futures_util::future::join_all;
use koine_e2e::faults::Fault;
use koine_e2e::matrix::{Entry, File, Flavour, Known, Person};
use std::time::Duration;

/// How many changes wait at most, how many more the writer may have taken up, and how many posts a connection has under way.
const WAITING: usize = 8_192;
const TAKEN: usize = 512;
const UNDER_WAY: usize = 64;
/// How many try whether there is a place.
const PROBES: usize = 8;
/// Longer than anything waits here, in milliseconds.
const FOR_EVER: u32 = 600_000;
/// How long a post is waited for that may have found a place.
const MOMENT: Duration = Duration::from_secs(2);
/// How long the answers may take when the disk goes on.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a client sends that is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    Text,
    File,
    SignIn,
    Registration,
}

#[tokio::test]
async fn too_much_is_refused_while_a_disk_stands_still() {
    let mut house = House::found().await;
    let mut hub = house.town.welcome(native(), "hub".to_owned()).await;
    let mut people = house.town.welcome_all("talker").await;
    let mut comers = house.town.welcome_all("comer").await;
    let mut rooms = Vec::new();
    for person in &mut people {
        rooms.push(person.room_with(&hub.known).await.expect("a room"));
    }
    for comer in &mut comers {
        comer.leaves().await;
    }
    // All at once, so that they share syncs.
    let names = (0..(WAITING + TAKEN).div_ceil(UNDER_WAY)).map(|number| format!("crowd{number}"));
    let server = house.town.server();
    let register = async |name: String| Talker::register(server, &name).await;
    let mut crowd = join_all(names.map(register)).await;
    let mut probes = join_all((0..PROBES).map(|number| register(format!("probe{number}")))).await;
    house.faults.switch(Fault::SlowCommits(FOR_EVER));
    for talker in &mut crowd {
        for _ in 0..UNDER_WAY {
            talker.say("x").await;
        }
    }
    // Whoever finds a place still is answered by nobody.
    let mut refused = 0;
    for probe in &mut probes {
        probe.say("is there a place?").await;
        match probe.outcome(MOMENT).await {
            Err(code) if code == "busy" => refused += 1,
            Err(code) => assert_eq!((code.as_str(), refused), ("silence", 0)),
            Ok(answer) => panic!("the disk stands still, and {answer} is answered"),
        }
    }
    assert!(refused > 0, "there is always a place");
    for ((person, comer), room) in people.iter_mut().zip(&mut comers).zip(&rooms) {
        is_refused(What::Text, person.flavour, person.client.say(room, "too much").await);
        if person.client.sends().pictures {
            is_refused(What::File, person.flavour, person.client.send(room, &picture()).await);
        }
        house.town.connect(comer).await;
        match comer.client.sign_in().await {
            Ok(entry) => assert_eq!(entry, Entry::In, "{}", comer.flavour.name),
            refused => is_refused(What::SignIn, comer.flavour, refused.map(drop)),
        }
        comer.leaves().await;
        let handle = format!("early_{}", person.flavour.name.replace([' ', '-'], "_"));
        let mut newcomer = Person::new(person.flavour, Known { handle, id: 0 });
        house.town.connect(&mut newcomer).await;
        is_refused(What::Registration, newcomer.flavour, newcomer.client.register().await);
    }
    assert_eq!(house.readiness().await.0, 503);
    assert!(house.is_alive().await);
    house.repair().await;
    // Whatever found a place is done, and whoever was refused tries again with more luck.
    let mut done = 0;
    for talker in &mut crowd {
        for _ in 0..UNDER_WAY {
            match talker.outcome(PATIENCE).await {
                Ok(_) => done += 1,
                Err(code) => assert_eq!(code, "busy"),
            }
        }
    }
    assert!((WAITING..WAITING + TAKEN).contains(&done), "{done} were done");
    for (person, room) in people.iter_mut().zip(&rooms) {
        person.client.say(room, "not too much").await.expect("it is said");
        hub.hears_from(&person.known, "not too much").await.expect("it is heard");
        let is_there = hub.room_with(&person.known).await.expect("a room");
        assert!(!hub.has_heard(&is_there, &person.known, "too much"), "{}", person.flavour.name);
    }
    house.town.close().await;
}

/// It is refused in the words that the protocol has for too much at once, or else for a server error.
fn is_refused(what: What, flavour: Flavour, done: Result<(), String>) {
    let Err(said) = done else { panic!("{what:?} of {} is not refused", flavour.name) };
    let words = match (flavour.dialect, what) {
        ("minioicq", _) => r#""reason":"Too much at once, try again later""#,
        ("native", _) => r#""code":"busy""#,
        ("ourchat", What::SignIn) => r#""status":2"#,
        ("ourchat", What::Registration) => r#""status":1"#,
        ("mode-token" | "ourchat" | "technotrack", _) => "too much at once, try again later",
        ("type-payload", What::SignIn) => r#""code":2004"#,
        ("type-payload", What::Registration) => r#""code":1003"#,
        ("type-payload", _) => r#""code":3002"#,
        (other, _) => panic!("how does {other} word too much at once?"),
    };
    assert!(said.contains(words), "{what:?} of {}: {said}", flavour.name);
}

fn picture() -> File {
    let bytes = b"\x89PNG\r\n\x1a\n and so on".to_vec();
    File { name: "tea.png".to_owned(), mime: "image/png".to_owned(), bytes }
}
