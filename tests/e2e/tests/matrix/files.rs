//! A picture and another file from each to each, bit for bit: as the protocol sends them, or by a link.

use crate::links::{Came, Fetched, Links};
use crate::{all, everybody_has_all, names, once};
use koine_e2e::matrix::{Cell, File, Known, Person, Said, Sends, Shows, Table, Town, is_written_down};
use koine_testkit::Server;

/// What is sent.
#[derive(Clone, Copy)]
enum Kind {
    Picture,
    Other,
}

impl Kind {
    fn is_sent(self, sends: Sends) -> bool {
        match self {
            Self::Picture => sends.pictures,
            Self::Other => sends.files,
        }
    }

    /// A file that nobody else sends to anybody else. The other file is of more than one chunk of 64 KiB.
    fn file(self, from: &Known, to: &Known, when: &str) -> File {
        let (name, mime, head, length) = match self {
            Self::Picture => ("кот 🐈.png", "image/png", "\u{89}PNG\r\n\u{1a}\n", 3_000),
            Self::Other => ("отчёт за май.pdf", "application/pdf", "%PDF-1.7\n", 70_000),
        };
        let mut bytes: Vec<u8> = head.chars().map(|letter| u8::try_from(letter).expect("Latin-1")).collect();
        bytes.extend(format!("{} {} {when} ", from.handle, to.handle).bytes());
        bytes.extend((bytes.len()..length).map(|number| u8::try_from(number * 7 % 256).expect("a byte")));
        File { name: name.to_owned(), mime: mime.to_owned(), bytes }
    }
}

/// What was asked of each pair, row by row.
type Cells = Vec<Vec<Cell>>;

#[tokio::test]
async fn everyone_shows_everyone_a_picture_and_a_file() {
    let mut town = Town::found().await;
    let mut speakers = town.welcome_all("speaker").await;
    let mut listeners = town.welcome_all("listener").await;
    // Whoever registers last: what they say is the last thing that everybody hears.
    let mut closer = town.welcome(speakers[0].flavour, "closer".to_owned()).await;
    let mut links = Links::at(town.server().address("http"));
    let kinds = [(Kind::Picture, "A picture"), (Kind::Other, "Another file")];
    let mut passes: Vec<Vec<Cells>> = Vec::new();
    for (kind, title) in kinds {
        let sent = everybody_sends(kind, &mut speakers, &listeners, "here").await;
        let here = everybody_takes(&sent, &speakers, &mut listeners, &mut links).await;
        everybody_has_all(&mut closer, title, &mut speakers, &mut listeners).await;
        let here = everything_came_once(here, &sent, &speakers, &mut listeners, &mut links).await;
        leave(&mut listeners).await;
        let sent = everybody_sends(kind, &mut speakers, &listeners, "away").await;
        town.sign_in(&mut listeners).await;
        passes.push(vec![here, everybody_takes(&sent, &speakers, &mut listeners, &mut links).await]);
    }
    leave(&mut listeners).await;
    let mut sent = Vec::new();
    for (kind, _) in kinds {
        sent.push(everybody_sends(kind, &mut speakers, &listeners, "restart").await);
    }
    // Who is still there when it ends is waited for.
    closer.leaves().await;
    leave(&mut speakers).await;
    town.restart().await;
    links.move_to(town.server().address("http"));
    town.sign_in(&mut listeners).await;
    for (sent, passes) in sent.iter().zip(&mut passes) {
        passes.push(everybody_takes(sent, &speakers, &mut listeners, &mut links).await);
    }
    let tables: Vec<_> =
        kinds.iter().zip(passes).map(|((_, title), passes)| table(title, &speakers, passes)).collect();
    leave(&mut listeners).await;
    let log = town.close().await;
    is_written_down("files", &tables, &log);
}

fn table(title: &str, speakers: &[Person], passes: Vec<Cells>) -> Table {
    let title = format!(
        "{title}, to somebody who is there, who is away, and who is away until the server has been restarted"
    );
    let mut table = Table::new(&title, "from \\ to", names());
    for (speaker, cells) in speakers.iter().zip(all(passes)) {
        table.row(speaker.flavour.name, cells);
    }
    table
}

async fn leave(people: &mut [Person]) {
    for person in people {
        person.leaves().await;
    }
}

/// What each speaker has sent to each listener, and nothing where there are no words for it.
type Sent = Vec<Vec<Result<Option<File>, String>>>;

async fn everybody_sends(kind: Kind, speakers: &mut [Person], listeners: &[Person], when: &str) -> Sent {
    let mut rows = Vec::new();
    for speaker in speakers {
        let mut row = Vec::new();
        for listener in listeners {
            row.push(match kind.is_sent(speaker.client.sends()) {
                true => sends(kind, speaker, &listener.known, when).await.map(Some),
                false => Ok(None),
            });
        }
        rows.push(row);
    }
    rows
}

/// Sends a file, and gives it as it should come out: without what the protocol has no place for. A picture's type is known from its
/// bytes.
async fn sends(kind: Kind, speaker: &mut Person, to: &Known, when: &str) -> Result<File, String> {
    let mut file = kind.file(&speaker.known, to, when);
    let room = speaker.room_with(to).await?;
    let sent = speaker.client.send(&room, &file).await;
    sent.map_err(|wrong| format!("it cannot be sent: {wrong}"))?;
    let sends = speaker.client.sends();
    if !sends.names {
        file.name.clear();
    }
    if !sends.types && !file.mime.starts_with("image/") {
        "application/octet-stream".clone_into(&mut file.mime);
    }
    Ok(file)
}

async fn everybody_takes(
    sent: &Sent,
    speakers: &[Person],
    listeners: &mut [Person],
    links: &mut Links,
) -> Cells {
    let mut rows = Vec::new();
    for (row, speaker) in sent.iter().zip(speakers) {
        let mut cells = Vec::new();
        for (file, listener) in row.iter().zip(&mut *listeners) {
            cells.push(match file {
                Ok(Some(file)) => takes(listener, &speaker.known, file, links).await,
                Ok(None) => Ok("–"),
                Err(wrong) => Err(wrong.clone()),
            });
        }
        rows.push(cells);
    }
    rows
}

/// Waits for the bytes, and looks at what is told of them beside.
async fn takes(listener: &mut Person, from: &Known, sent: &File, links: &mut Links) -> Cell {
    let room = listener.room_with(from).await?;
    let shows = listener.client.shows();
    let mut looked_at = 0;
    loop {
        while let Some(said) = listener.heard().get(looked_at) {
            looked_at += 1;
            if said.room == room && from.is(&said.from) {
                match links.came(said, &sent.bytes).await? {
                    Some(Came::Itself(file)) => return is_told(file, sent, shows, "✓"),
                    Some(Came::Linked(fetched)) => return is_linked(fetched, sent),
                    None => {}
                }
            }
        }
        let _: &Said = listener.listens().await?;
    }
}

/// Nothing comes twice to somebody who is there the whole time, be it what others send or the echo of what they send themselves.
async fn everything_came_once(
    cells: Cells,
    sent: &Sent,
    speakers: &[Person],
    listeners: &mut [Person],
    links: &mut Links,
) -> Cells {
    let mut rows = Vec::new();
    for ((row, files), speaker) in cells.into_iter().zip(sent).zip(speakers) {
        let mut checked = Vec::new();
        for ((cell, file), listener) in row.into_iter().zip(files).zip(&mut *listeners) {
            checked.push(match file {
                Ok(Some(file)) => came_once(cell, file, speaker, listener, links).await,
                _ => cell,
            });
        }
        rows.push(checked);
    }
    rows
}

async fn came_once(
    cell: Cell,
    file: &File,
    speaker: &Person,
    listener: &mut Person,
    links: &mut Links,
) -> Cell {
    let room = listener.room_with(&speaker.known).await?;
    let in_room = listener.heard().iter().filter(|said| said.room == room);
    let sign = once(cell, times(in_room, &speaker.known, file, links).await?)?;
    match times(speaker.heard().iter(), &speaker.known, file, links).await? {
        echoes if echoes == speaker.client.echoes() => Ok(sign),
        echoes => Err(format!("{echoes} echoes")),
    }
}

async fn times<'a>(
    heard: impl Iterator<Item = &'a Said>,
    from: &Known,
    file: &File,
    links: &mut Links,
) -> Result<usize, String> {
    let mut times = 0;
    for said in heard.filter(|said| from.is(&said.from)) {
        times += usize::from(links.came(said, &file.bytes).await?.is_some());
    }
    Ok(times)
}

fn is_linked(fetched: &Fetched, sent: &File) -> Cell {
    let kind = if sent.mime.starts_with("image/") { "[image]" } else { "[file]" };
    if fetched.kind != kind {
        return Err(format!("{} {:?} instead of {sent:?}", fetched.kind, fetched.file));
    }
    is_told(&fetched.file, sent, Shows { names: true, types: true }, "link")
}

/// Whether what came beside the bytes is what was sent, as far as the protocol has words for it.
fn is_told(file: &File, sent: &File, shows: Shows, sign: &'static str) -> Cell {
    let name = if shows.names { sent.name.as_str() } else { "" };
    let mime = if shows.types { sent.mime.as_str() } else { "" };
    match file.name == name && file.mime == mime {
        true => Ok(sign),
        false => Err(format!("{file:?} instead of {name:?} ({mime})")),
    }
}
