//! A text from each to each: there, away, and away while the server is started again.

use crate::names;
use koine_e2e::matrix::{Person, Table, Town, is_written_down};

#[tokio::test]
async fn everyone_talks_to_everyone() {
    let mut town = Town::found().await;
    let mut speakers = town.welcome_all("speaker").await;
    let mut listeners = town.welcome_all("listener").await;

    let said = everybody_speaks(&mut speakers, &listeners, "here").await;
    let here = everybody_listens("A text to somebody who is there", said, &speakers, &mut listeners).await;

    leave(&mut listeners).await;
    let said = everybody_speaks(&mut speakers, &listeners, "away").await;
    town.sign_in(&mut listeners).await;
    let title = "A text to somebody who is away, and signs in later";
    let away = everybody_listens(title, said, &speakers, &mut listeners).await;

    leave(&mut listeners).await;
    let said = everybody_speaks(&mut speakers, &listeners, "restart").await;
    town.restart().await;
    town.sign_in(&mut listeners).await;
    let title = "A text to somebody who is away until the server has been restarted";
    let restarted = everybody_listens(title, said, &speakers, &mut listeners).await;

    leave(&mut speakers).await;
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

async fn everybody_listens(
    title: &str,
    spoken: Spoken,
    speakers: &[Person],
    listeners: &mut [Person],
) -> Table {
    let mut table = Table::new(title, "from \\ to", names());
    for (row, speaker) in spoken.into_iter().zip(speakers) {
        let mut cells = Vec::new();
        for (text, listener) in row.into_iter().zip(&mut *listeners) {
            cells.push(match text {
                Ok(text) => listener.hears_from(&speaker.known, &text).await.map(|()| "✓"),
                Err(wrong) => Err(wrong),
            });
        }
        table.row(speaker.flavour.name, cells);
    }
    table
}
