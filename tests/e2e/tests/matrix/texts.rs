//! A text from each to each: there, away, and away while the server is started again.

use crate::{everybody_has_all, names, once};
use koine_e2e::matrix::{Cell, Content, Person, Said, Table, Town, is_written_down};

#[tokio::test]
async fn everyone_talks_to_everyone() {
    let mut town = Town::found().await;
    let mut speakers = town.welcome_all("speaker").await;
    let mut listeners = town.welcome_all("listener").await;
    // Whoever registers last: what they say is the last thing that everybody hears.
    let mut closer = town.welcome(speakers[0].flavour, "closer".to_owned()).await;

    let said = everybody_speaks(&mut speakers, &listeners, "here").await;
    let title = "A text to somebody who is there";
    let here = everybody_listens(said.clone(), &speakers, &mut listeners).await;
    everybody_has_all(&mut closer, "here", &mut speakers, &mut listeners).await;
    let here = everything_came_once(here, &said, &speakers, &mut listeners).await;
    let here = table(title, &speakers, here);

    leave(&mut listeners).await;
    let said = everybody_speaks(&mut speakers, &listeners, "away").await;
    town.sign_in(&mut listeners).await;
    let title = "A text to somebody who is away, and signs in later";
    let away = everybody_listens(said, &speakers, &mut listeners).await;
    let away = table(title, &speakers, away);

    leave(&mut listeners).await;
    let said = everybody_speaks(&mut speakers, &listeners, "restart").await;
    // Who is still there when it ends is waited for.
    closer.leaves().await;
    leave(&mut speakers).await;
    town.restart().await;
    town.sign_in(&mut listeners).await;
    let title = "A text to somebody who is away until the server has been restarted";
    let restarted = everybody_listens(said, &speakers, &mut listeners).await;
    let restarted = table(title, &speakers, restarted);

    leave(&mut listeners).await;
    let log = town.close().await;
    is_written_down("texts", &[here, away, restarted], &log);
}

async fn leave(people: &mut [Person]) {
    for person in people {
        person.leaves().await;
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
            row.push(speaker.tells(to, &text).await.map(|()| text));
        }
        rows.push(row);
    }
    rows
}

async fn everybody_listens(spoken: Spoken, speakers: &[Person], listeners: &mut [Person]) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for (row, speaker) in spoken.into_iter().zip(speakers) {
        let mut cells = Vec::new();
        for (text, listener) in row.into_iter().zip(&mut *listeners) {
            cells.push(match text {
                Ok(text) => listener.hears_from(&speaker.known, &text).await.map(|()| "✓"),
                Err(wrong) => Err(wrong),
            });
        }
        rows.push(cells);
    }
    rows
}

/// Nothing comes twice to somebody who is there the whole time, be it what others say or the echo of what they say themselves.
async fn everything_came_once(
    cells: Vec<Vec<Cell>>,
    spoken: &Spoken,
    speakers: &[Person],
    listeners: &mut [Person],
) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for ((row, texts), speaker) in cells.into_iter().zip(spoken).zip(speakers) {
        let mut checked = Vec::new();
        for ((cell, text), listener) in row.into_iter().zip(texts).zip(&mut *listeners) {
            checked.push(match text {
                Ok(text) => came_once(cell, text, speaker, listener).await,
                Err(_) => cell,
            });
        }
        rows.push(checked);
    }
    rows
}

async fn came_once(cell: Cell, text: &str, speaker: &Person, listener: &mut Person) -> Cell {
    let room = listener.room_with(&speaker.known).await?;
    let sign = once(cell, listener.times_heard(&room, &speaker.known, text))?;
    let is_mine =
        |said: &&Said| speaker.known.is(&said.from) && said.content == Content::Text(text.to_owned());
    let echoes = speaker.heard().iter().filter(is_mine).count();
    match echoes == speaker.client.echoes() {
        true => Ok(sign),
        false => Err(format!("{echoes} echoes: {:?}", speaker.heard())),
    }
}

fn table(title: &str, speakers: &[Person], rows: Vec<Vec<Cell>>) -> Table {
    let mut table = Table::new(title, "from \\ to", names());
    for (speaker, cells) in speakers.iter().zip(rows) {
        table.row(speaker.flavour.name, cells);
    }
    table
}
