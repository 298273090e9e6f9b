//! Everyone can talk to everyone: each flavour of each dialect to each, on one server, whatever happens in between.
//!
//! What comes out is the table in `docs/interop.md`, which `UPDATE_EXPECT=1` rewrites.

use koine_e2e::matrix::{Client, Flavour, Known, MARKS, Said, Table, flavours};
use koine_testkit::peer::Peer;
use koine_testkit::{Ending, Process, Server};
use std::collections::BTreeSet;
use std::path::Path;

/// The number of whoever registers first; the others follow.
const FIRST: u64 = 1_000_000_001;

struct Person {
    flavour: Flavour,
    known: Known,
    client: Box<dyn Client>,
    heard: Vec<Said>,
}

/// A sixth dialect cannot be forgotten.
#[test]
fn every_dialect_of_the_registry_takes_part() {
    let spoken: BTreeSet<String> =
        koine_registry::all().iter().map(|dialect| dialect.name().to_string()).collect();
    let here: BTreeSet<String> = flavours().iter().map(|flavour| flavour.dialect.to_owned()).collect();
    let missing: Vec<_> = spoken.symmetric_difference(&here).collect();
    assert!(
        missing.is_empty(),
        "{missing:?} is in the registry without a client in tests/e2e/src/matrix, or there without being spoken: \
         write the client (a hundred lines, like the others) and add it to `flavours`"
    );
}

#[tokio::test]
async fn everyone_talks_to_everyone() {
    let mut server = Process::start(koine_e2e::recipe()).await;
    let mut speakers = enter(&server, "speaker", FIRST).await;
    let mut listeners = enter(&server, "listener", FIRST + speakers.len() as u64).await;

    let said = everybody_speaks(&mut speakers, &listeners, "here").await;
    let here = everybody_listens("A text to somebody who is there", said, &speakers, &mut listeners).await;

    leave(&mut listeners).await;
    let said = everybody_speaks(&mut speakers, &listeners, "away").await;
    sign_in(&server, &mut listeners).await;
    let title = "A text to somebody who is away, and signs in later";
    let away = everybody_listens(title, said, &speakers, &mut listeners).await;

    leave(&mut listeners).await;
    let said = everybody_speaks(&mut speakers, &listeners, "restart").await;
    server.restart(Ending::InOrder).await;
    sign_in(&server, &mut listeners).await;
    let title = "A text to somebody who is away until the server has been restarted";
    let restarted = everybody_listens(title, said, &speakers, &mut listeners).await;

    leave(&mut speakers).await;
    leave(&mut listeners).await;
    server.stop().await;

    let tables = [here, away, restarted];
    let page: String = tables.iter().map(Table::markdown).collect::<Vec<_>>().join("\n");
    eprintln!("{page}");
    let wrong: Vec<_> = tables.iter().flat_map(Table::wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{}", server.log());
    is_written_down(&page);
}

/// One person of each flavour registers.
async fn enter(server: &Process, role: &str, first: u64) -> Vec<Person> {
    let mut people = Vec::new();
    for (flavour, id) in flavours().into_iter().zip(first..) {
        let known = Known { handle: format!("{role}_{}", flavour.name.replace([' ', '-'], "_")), id };
        let mut client = (flavour.client)(known.clone());
        client.line().open(connect(server, &flavour).await);
        client.register().await.unwrap_or_else(|wrong| panic!("{known:?} cannot register: {wrong}"));
        people.push(Person { flavour, known, client, heard: Vec::new() });
    }
    people
}

async fn connect(server: &Process, flavour: &Flavour) -> Peer {
    let address = server.address(flavour.dialect);
    match flavour.websocket {
        true => Peer::websocket(address, "/", flavour.encoding).await,
        false => Peer::stream(address).await,
    }
}

async fn leave(people: &mut [Person]) {
    for person in people {
        person.client.line().close().await;
    }
}

async fn sign_in(server: &Process, people: &mut [Person]) {
    for person in people {
        person.client.line().open(connect(server, &person.flavour).await);
        let signed_in = person.client.sign_in().await;
        signed_in.unwrap_or_else(|wrong| panic!("{:?} cannot sign in: {wrong}", person.known));
    }
}

/// What each speaker has said to each listener.
type Spoken = Vec<Vec<Result<String, String>>>;

async fn everybody_speaks(speakers: &mut [Person], listeners: &[Person], when: &str) -> Spoken {
    let mut rows = Vec::new();
    for speaker in speakers {
        let mut row = Vec::new();
        for listener in listeners {
            let to = &listener.known;
            let text = format!("Привет, {}! 你好 👩‍🚀🎉 <{when}> & \"{}\"", to.handle, speaker.known.handle);
            let said = speaker.client.say(to, &text).await;
            row.push(said.map(|()| text).map_err(|wrong| format!("it cannot be said: {wrong}")));
        }
        rows.push(row);
    }
    rows
}

async fn everybody_listens(
    title: &str,
    spoken: Spoken,
    speakers: &[Person],
    listeners: &mut [Person],
) -> Table {
    let mut table = Table::new(title, speakers.iter().map(|speaker| speaker.flavour.name).collect());
    for (row, speaker) in spoken.into_iter().zip(speakers) {
        let mut cells = Vec::new();
        for (text, listener) in row.into_iter().zip(&mut *listeners) {
            cells.push(match text {
                Ok(text) => hears(listener, &speaker.known, &text).await,
                Err(wrong) => Err(wrong),
            });
        }
        table.row(cells);
    }
    table
}

/// What was not confirmed may come twice, and in any order between different people: so it is looked for.
async fn hears(listener: &mut Person, from: &Known, text: &str) -> Result<(), String> {
    loop {
        if listener.heard.iter().any(|said| from.is(&said.from) && said.text == text) {
            return Ok(());
        }
        match listener.client.hear().await {
            Ok(said) => listener.heard.push(said),
            Err(wrong) => return Err(format!("{wrong}; the last that came is {:?}", listener.heard.last())),
        }
    }
}

/// Checks that the page has the matrix as it is, or writes it there.
fn is_written_down(matrix: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/interop.md");
    let page = std::fs::read_to_string(&path).expect("docs/interop.md");
    let (before, rest) = page.split_once(MARKS.0).expect("the first mark");
    let (known, after) = rest.split_once(MARKS.1).expect("the second mark");
    if known.trim() == matrix.trim() {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_EXPECT").is_some(),
        "docs/interop.md is not current: run with UPDATE_EXPECT=1"
    );
    let page = format!("{before}{}\n{}\n\n{}{after}", MARKS.0, matrix.trim(), MARKS.1);
    std::fs::write(&path, page).expect("docs/interop.md can be written");
}
