//! A picture and another file from each to each, bit for bit: as the protocol sends them, or by a link.

use crate::names;
use koine_e2e::fetch::fetch_url;
use koine_e2e::matrix::{
    Cell, Content, File, Known, Person, Said, Sends, Table, Town, both, is_written_down,
};
use koine_testkit::Server;
use std::collections::BTreeMap;
use std::net::SocketAddr;

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

/// A file that was fetched, and what stood before and after its name in the text with the link.
struct Fetched {
    kind: &'static str,
    file: File,
}

#[tokio::test]
async fn everyone_shows_everyone_a_picture_and_a_file() {
    let mut town = Town::found().await;
    let mut speakers = town.welcome_all("speaker").await;
    let mut listeners = town.welcome_all("listener").await;
    let http = town.server().address("http");
    let mut tables = Vec::new();
    for (kind, title) in [(Kind::Picture, "A picture"), (Kind::Other, "Another file")] {
        let here = everybody_sends(kind, &mut speakers, &listeners, "here").await;
        let here = everybody_takes(here, &speakers, &mut listeners, http).await;
        for listener in &mut listeners {
            listener.leaves().await;
        }
        let away = everybody_sends(kind, &mut speakers, &listeners, "away").await;
        town.sign_in(&mut listeners).await;
        let away = everybody_takes(away, &speakers, &mut listeners, http).await;
        let title = format!("{title}, to somebody who is there and to somebody who is away");
        let mut table = Table::new(&title, "from \\ to", names());
        for ((speaker, here), away) in speakers.iter().zip(here).zip(away) {
            let cells = here.into_iter().zip(away).map(|(here, away)| both(here, away));
            table.row(speaker.flavour.name, cells.collect());
        }
        tables.push(table);
    }
    for person in speakers.iter_mut().chain(&mut listeners) {
        person.leaves().await;
    }
    let log = town.close().await;
    is_written_down("files", &tables, &log);
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

/// Sends a file, and gives it as it should come out: without its name where the protocol has no place for it.
async fn sends(kind: Kind, speaker: &mut Person, to: &Known, when: &str) -> Result<File, String> {
    let mut file = kind.file(&speaker.known, to, when);
    let room = speaker.room_with(to).await?;
    let sent = speaker.client.send(&room, &file).await;
    sent.map_err(|wrong| format!("it cannot be sent: {wrong}"))?;
    if !speaker.client.sends().names {
        file.name.clear();
    }
    Ok(file)
}

async fn everybody_takes(
    sent: Sent,
    speakers: &[Person],
    listeners: &mut [Person],
    http: SocketAddr,
) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for (row, speaker) in sent.into_iter().zip(speakers) {
        let mut cells = Vec::new();
        for (file, listener) in row.into_iter().zip(&mut *listeners) {
            cells.push(match file {
                Ok(Some(file)) => takes(listener, &speaker.known, &file, http).await,
                Ok(None) => Ok("–"),
                Err(wrong) => Err(wrong),
            });
        }
        rows.push(cells);
    }
    rows
}

/// Waits for the bytes, and looks at what is told of them beside.
async fn takes(listener: &mut Person, from: &Known, sent: &File, http: SocketAddr) -> Cell {
    let room = listener.room_with(from).await?;
    let mut links = BTreeMap::new();
    let mut looked_at = 0;
    loop {
        while let Some(said) = listener.heard().get(looked_at) {
            looked_at += 1;
            if said.room == room && from.is(&said.from) {
                match &said.content {
                    Content::File(file) if file.bytes == sent.bytes => return is_told(file, sent, "✓"),
                    Content::File(_) => {}
                    Content::Text(text) => {
                        let fetched = fetched(text, http, &mut links).await?;
                        if fetched.file.bytes == sent.bytes {
                            return is_linked(fetched, sent);
                        }
                    }
                }
            }
        }
        let _: &Said = listener.listens().await?;
    }
}

/// What the text `[image] NAME URL` or `[file] NAME URL` leads to; the name may be missing.
async fn fetched<'a>(
    text: &str,
    http: SocketAddr,
    links: &'a mut BTreeMap<String, Fetched>,
) -> Result<&'a Fetched, String> {
    if !links.contains_key(text) {
        let wrong = || format!("no link: {text}");
        let (kind, rest) = match text.split_once(' ').ok_or_else(wrong)? {
            ("[image]", rest) => ("[image]", rest),
            ("[file]", rest) => ("[file]", rest),
            _ => return Err(wrong()),
        };
        let (name, url) = rest.rsplit_once(' ').unwrap_or(("", rest));
        let answer = fetch_url(http, url).await;
        if answer.status != 200 {
            return Err(format!("{text}: status {}", answer.status));
        }
        let mime = answer.header("content-type").to_owned();
        let file = File { name: name.to_owned(), mime, bytes: answer.body };
        links.insert(text.to_owned(), Fetched { kind, file });
    }
    links.get(text).ok_or_else(|| "the link is lost".to_owned())
}

fn is_linked(fetched: &Fetched, sent: &File) -> Cell {
    let kind = if sent.mime.starts_with("image/") { "[image]" } else { "[file]" };
    if fetched.kind != kind || fetched.file.name != sent.name || fetched.file.mime.is_empty() {
        return Err(format!("{} {:?} instead of {sent:?}", fetched.kind, fetched.file));
    }
    is_told(&fetched.file, sent, "link")
}

/// Whether what came beside the bytes is what was sent, as far as it is told. A picture keeps its type; of another file
/// the sender's protocol may not tell it.
fn is_told(file: &File, sent: &File, sign: &'static str) -> Cell {
    let is_picture = sent.mime.starts_with("image/");
    let untold = file.mime.is_empty() || !is_picture && file.mime == "application/octet-stream";
    let name = file.name.is_empty() || file.name == sent.name;
    if name && (untold || file.mime == sent.mime) { Ok(sign) } else { Err(format!("{file:?}")) }
}
