//! A disk from which nothing can be read: what must be read is refused in every dialect's words, and what is in memory goes on.

use crate::house::{House, native};
use crate::refused::{What, is_refused};
use koine_e2e::faults::Fault;
use koine_e2e::fetch::fetch;
use koine_e2e::matrix::{Entry, File, Person};
use koine_testkit::{Ending, Server};
use rusqlite::Connection;
use std::path::Path;

/// How often everybody says something meanwhile.
const TIMES: usize = 3;

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_nothing_is_lost() {
    let mut house = House::found().await;
    let mut hub = house.town.welcome(native(), "hub".to_owned()).await;
    let mut people = house.town.welcome_all("talker").await;
    let mut comers = house.town.welcome_all("comer").await;
    let mut rooms = Vec::new();
    for person in &mut people {
        rooms.push(person.room_with(&hub.known).await.expect("a room"));
        // Of the first message of a conversation those who listen are told what the conversation is, which is read.
        person.tells(&hub.known, "the first").await.expect("it is said");
    }
    for comer in &mut comers {
        comer.leaves().await;
    }
    let http = house.town.server().address("http");
    let mut sender = house.town.welcome(native(), "sender".to_owned()).await;
    let room = sender.room_with(&hub.known).await.expect("a room");
    sender.client.send(&room, &letter()).await.expect("a file that is taken");
    let path = path_of_the_file(&house.town.server().data());
    assert_eq!(fetch(http, &path).await.body, letter().bytes);
    // What somebody else has changed, readers have to read anew.
    sender.tells(&hub.known, "before").await.expect("it is said");
    house.faults.switch(Fault::Unreadable);
    let mut said = Vec::new();
    // Nobody's password was looked at so far.
    for comer in &mut comers {
        house.town.connect(comer).await;
        is_refused(What::SignIn, comer.flavour, signs_in(comer).await);
        comer.leaves().await;
    }
    // What is said may need nothing that is not in memory, and counts then.
    for (person, room) in people.iter_mut().zip(&rooms) {
        for number in 0..TIMES {
            let text = format!("{} {number}", person.flavour.name);
            let done = person.client.say(room, &text).await;
            said.push((person.known.clone(), text, done.is_ok()));
            if done.is_err() {
                is_refused(What::Text, person.flavour, done);
            }
        }
    }
    assert!(said.iter().any(|(_, _, is_acknowledged)| *is_acknowledged), "{said:?}");
    assert_eq!(fetch(http, &path).await.status, 500);
    // Changes are taken, as long as what they need is in memory.
    assert_eq!(house.readiness().await.0, 200);
    assert!(house.is_alive().await);
    house.repair().await;
    assert_eq!(fetch(http, &path).await.body, letter().bytes);
    // On the connections that were there all the time, and without a restart.
    for (person, room) in people.iter_mut().zip(&rooms) {
        let text = format!("{} after", person.flavour.name);
        let is_said = person.client.say(room, &text).await;
        is_said.unwrap_or_else(|wrong| panic!("{}: {wrong}", person.flavour.name));
        hub.hears_from(&person.known, &text).await.expect("what is said after");
        said.push((person.known.clone(), text, true));
    }
    house.town.sign_in(&mut comers).await;
    hub.leaves().await;
    house.town.server_mut().end(Ending::Killed).await;
    house.town.server_mut().start_again().await;
    let mut reader = Person::new(native(), hub.known.clone());
    house.town.connect(&mut reader).await;
    reader.signs_in().await.expect("a sign-in");
    let mut herald = house.town.welcome(native(), "herald".to_owned()).await;
    reader.has_all(&mut herald, "what was said").await.expect("everything");
    for (who, text, is_acknowledged) in &said {
        let room = reader.room_with(who).await.expect("a room");
        let times = reader.times_heard(&room, who, text);
        assert_eq!(times, usize::from(*is_acknowledged), "{text}");
    }
    let log = house.town.close().await;
    assert!(log.contains("a request failed") && log.contains("incident="), "{log}");
    // That is what SQLite calls it.
    assert!(log.contains("database disk image is malformed"), "{log}");
}

async fn signs_in(comer: &mut Person) -> Result<(), String> {
    match comer.client.sign_in().await {
        Ok(Entry::In) => Ok(()),
        Ok(entry) => Err(format!("{entry:?}")),
        Err(wrong) => Err(wrong),
    }
}

/// Where the only file is fetched: no protocol tells that alike.
fn path_of_the_file(data: &Path) -> String {
    let database = Connection::open(data.join("koine.db")).expect("a database");
    let id = database.query_row("SELECT lower(hex(id)) FROM media", [], |row| row.get::<_, String>(0));
    format!("/media/{}", id.expect("a file"))
}

fn letter() -> File {
    File { name: "letter.txt".to_owned(), mime: "text/plain".to_owned(), bytes: b"dear bob".to_vec() }
}
