//! What has arrived stays so: whoever was told something, has confirmed it and was then left alone for a while does not hear it again
//! after a kill.
//!
//! Watermarks are promised to nobody, and what comes again is no fault. But a server that kept them only until its orderly end would
//! tell everybody everything again whenever it was killed.

use crate::upload::drawn;
use futures_util::future::join_all;
use koine_e2e::matrix::{Content, File, Group, Person, Town, flavours};
use koine_testkit::Ending;
use std::path::Path;
use std::time::Duration;

/// For how long everybody is left alone: a second or two are enough, which a busy machine may not give to the server at once.
const ALONE: [Duration; 3] = [Duration::from_secs(3), Duration::from_secs(10), Duration::from_secs(30)];
/// How many texts are said in the group.
const SAID: usize = 5;
/// Dialects whose clients know how far they have come, and tell or ask by that: there watermarks change nothing for them.
const KNOW_THEIR_PLACE: [&str; 2] = ["mode-token", "native"];

#[tokio::test]
async fn what_has_arrived_does_not_come_again_after_a_kill() {
    let mut town = Town::found().await;
    let people = town.welcome_all("listener").await;
    let native = flavours().into_iter().find(|flavour| flavour.name == "native").expect("native");
    let mut speaker = town.welcome(native, "speaker".to_owned()).await;
    let members: Vec<_> = people.iter().map(|person| person.known.clone()).collect();
    let group = speaker.client.make_group("arrived", &members).await.expect("a group");
    let mut listeners: Vec<_> = people.into_iter().map(Listener::new).collect();
    let mut again = Vec::new();
    for (time, alone) in ALONE.into_iter().enumerate() {
        tell(&mut speaker, &group, &listeners, time).await;
        for listener in &mut listeners {
            listener.hears_all(time).await;
        }
        // A WebSocket's pings are answered by whoever reads.
        join_all(listeners.iter_mut().map(|listener| listener.person.client.line().gather(alone))).await;
        die(&mut town, &mut speaker, &mut listeners, None).await;
        tell(&mut speaker, &group, &listeners, ALONE.len() + time).await;
        again.clear();
        for listener in &mut listeners {
            again.extend(listener.hears_all(ALONE.len() + time).await);
        }
        if again.is_empty() {
            break;
        }
        eprintln!("after {alone:?} of peace: {again:?}");
    }
    assert!(again.is_empty(), "it has arrived, and comes again after a kill: {again:?}");
    // That this shows something: where the server has lost its watermarks, everybody to whom they matter hears everything again.
    die(&mut town, &mut speaker, &mut listeners, Some(lose_the_watermarks)).await;
    for listener in &mut listeners {
        if !KNOW_THEIR_PLACE.contains(&listener.person.flavour.dialect) {
            let (name, said) = (listener.person.flavour.name, listener.person.client.hear().await);
            let said = said.unwrap_or_else(|wrong| panic!("{name} has lost watermarks and hears {wrong}"));
            assert!(listener.heard.contains(&said.content), "{name}: nobody has said {said:?} before");
        }
    }
    for listener in &mut listeners {
        listener.person.leaves().await;
    }
    speaker.leaves().await;
    town.close().await;
}

/// Says some texts and a picture in the group, and something to each of them.
async fn tell(speaker: &mut Person, group: &Group, listeners: &[Listener], time: usize) {
    for number in 0..SAID {
        speaker.client.say(&group.room, &format!("to all, {time} {number}")).await.expect("it can be said");
    }
    let file = File { name: name_of_picture(time), mime: "image/png".to_owned(), bytes: picture(time) };
    speaker.client.send(&group.room, &file).await.expect("a picture can be sent");
    for listener in listeners {
        speaker.tells(&listener.person.known, &alone(time)).await.expect("it can be said");
    }
}

fn picture(time: usize) -> Vec<u8> {
    drawn(&format!("picture {time}"))
}

fn name_of_picture(time: usize) -> String {
    format!("drawn_{time}.png")
}

/// Whether it is the picture of this time, or a link to it.
fn is_picture(content: &Content, time: usize) -> bool {
    match content {
        Content::File(file) => file.bytes == picture(time),
        Content::Text(text) => text.starts_with(&format!("[image] {} ", name_of_picture(time))),
    }
}

fn alone(time: usize) -> String {
    format!("to you alone, {time}")
}

/// The server is killed and started again, and everybody comes back.
async fn die(
    town: &mut Town,
    speaker: &mut Person,
    listeners: &mut [Listener],
    meanwhile: Option<fn(&Path)>,
) {
    town.server_mut().end(Ending::Killed).await;
    if let Some(meanwhile) = meanwhile {
        meanwhile(&town.server().data());
    }
    town.server_mut().start_again().await;
    for person in listeners.iter_mut().map(|listener| &mut listener.person).chain([speaker]) {
        person.client.line().vanish();
        town.sign_in(std::slice::from_mut(person)).await;
    }
}

/// As a server that was killed before it had written any.
fn lose_the_watermarks(data: &Path) {
    let database = rusqlite::Connection::open(data.join("koine.db")).expect("the database");
    let lost = database.execute("DELETE FROM watermark", []).expect("watermarks");
    assert!(lost > 0, "there are no watermarks");
}

/// Somebody, and all that they have heard.
struct Listener {
    person: Person,
    heard: Vec<Content>,
}

impl Listener {
    fn new(person: Person) -> Self {
        Self { person, heard: Vec::new() }
    }

    /// Hears all that is said this time. Tells what of it, or beside it, comes again.
    ///
    /// In a conversation everything comes in order, and so before what is said now. Only where files come piece by piece a text may be
    /// quicker than a file, but no file is quicker than the one before it.
    async fn hears_all(&mut self, time: usize) -> Vec<String> {
        let name = self.person.flavour.name;
        let texts = (0..SAID).map(|number| format!("to all, {time} {number}")).chain([alone(time)]);
        let mut missing: Vec<_> = texts.map(Content::Text).collect();
        let (mut has_picture, mut again) = (false, Vec::new());
        while !missing.is_empty() || !has_picture {
            let said = self.person.client.hear().await;
            let said = said.unwrap_or_else(|wrong| panic!("{name}: {wrong}; {missing:?} is missing"));
            if let Some(place) = missing.iter().position(|text| *text == said.content) {
                missing.remove(place);
            } else if !has_picture && is_picture(&said.content, time) {
                has_picture = true;
            } else {
                again.push(format!("{name}: {:?}", said.content));
            }
            self.heard.push(said.content);
        }
        again
    }
}
