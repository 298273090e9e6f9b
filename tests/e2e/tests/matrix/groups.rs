//! A group of everybody, made by each who can make one: everybody speaks in it, and everybody else hears it.

use crate::{all, names};
use koine_e2e::matrix::{Cell, Known, Person, Table, Town, is_written_down};

/// One group, and what each of the people calls it.
struct Circle {
    rooms: Vec<String>,
}

#[tokio::test]
async fn everyone_is_in_a_group_with_everyone() {
    let mut town = Town::found().await;
    let mut people = town.welcome_all("member").await;
    let mut circles = Vec::new();
    for maker in 0..people.len() {
        circles.push(match people[maker].client.makes_groups() {
            true => Some(gather(&mut people, maker).await),
            false => None,
        });
    }
    // Each row is a group, each column a speaker.
    let rows = || -> Vec<Vec<Cell>> { circles.iter().map(|_| Vec::new()).collect() };
    let [mut here, mut away, mut restarted] = [rows(), rows(), rows()];
    for speaker in 0..people.len() {
        let said = speaks(&mut people, speaker, &circles, "here").await;
        hear(&mut people, speaker, &circles, said, &mut here).await;
        others_leave(&mut people, speaker).await;
        let said = speaks(&mut people, speaker, &circles, "away").await;
        let (before, rest) = people.split_at_mut(speaker);
        town.sign_in(before).await;
        town.sign_in(&mut rest[1..]).await;
        hear(&mut people, speaker, &circles, said, &mut away).await;
        others_leave(&mut people, speaker).await;
        let said = speaks(&mut people, speaker, &circles, "restart").await;
        // Who is still there when it ends is waited for.
        people[speaker].leaves().await;
        town.restart().await;
        town.sign_in(&mut people).await;
        hear(&mut people, speaker, &circles, said, &mut restarted).await;
    }
    let title = "What somebody says in a group of everybody, to those who are there, who are away, and who are away until the server \
                 has been restarted";
    let mut table = Table::new(title, "made by \\ said by", names());
    for (maker, cells) in people.iter().zip(all(vec![here, away, restarted])) {
        table.row(maker.flavour.name, cells);
    }
    for person in &mut people {
        person.leaves().await;
    }
    let log = town.close().await;
    is_written_down("groups", &[table], &log);
}

async fn others_leave(people: &mut [Person], speaker: usize) {
    for (index, person) in people.iter_mut().enumerate() {
        if index != speaker {
            person.leaves().await;
        }
    }
}

/// Makes a group of everybody, in which everybody is afterwards.
async fn gather(people: &mut [Person], maker: usize) -> Result<Circle, String> {
    let known: Vec<Known> = people.iter().map(|person| person.known.clone()).collect();
    let others: Vec<Known> = known.iter().filter(|other| other.id != known[maker].id).cloned().collect();
    for other in 0..people.len() {
        if other != maker {
            people[maker].client.befriend(&known[other]).await?;
            people[other].client.befriend(&known[maker]).await?;
        }
    }
    let name = format!("чай у {}", known[maker].handle);
    let group = people[maker].client.make_group(&name, &others).await;
    let group = group.map_err(|wrong| format!("it cannot be made: {wrong}"))?;
    let mut rooms = Vec::new();
    for (index, person) in people.iter_mut().enumerate() {
        let wrong = |wrong| format!("{} is not in it: {wrong}", person.known.handle);
        rooms.push(match index == maker {
            true => group.room.clone(),
            false => person.client.join(&group.name).await.map_err(wrong)?,
        });
    }
    Ok(Circle { rooms })
}

type Circles = [Option<Result<Circle, String>>];

/// What the speaker has said in each group, and nothing where there is none.
async fn speaks(
    people: &mut [Person],
    speaker: usize,
    circles: &Circles,
    when: &str,
) -> Vec<Option<Result<String, String>>> {
    let mut said = Vec::new();
    for (maker, circle) in circles.iter().enumerate() {
        let (room, text) = match circle {
            None => {
                said.push(None);
                continue;
            }
            Some(Err(wrong)) => {
                said.push(Some(Err(wrong.clone())));
                continue;
            }
            Some(Ok(circle)) => (&circle.rooms[speaker], format!("всем: привет {when} {maker} {speaker} 🍵")),
        };
        let posted = people[speaker].client.say(room, &text).await;
        said.push(Some(posted.map(|()| text).map_err(|wrong| format!("it cannot be said: {wrong}"))));
    }
    said
}

/// Everybody else listens to what the speaker has said, and each group's row gets a cell.
async fn hear(
    people: &mut [Person],
    speaker: usize,
    circles: &Circles,
    said: Vec<Option<Result<String, String>>>,
    rows: &mut [Vec<Cell>],
) {
    for ((circle, text), row) in circles.iter().zip(said).zip(rows) {
        row.push(match (circle, text) {
            (Some(Ok(circle)), Some(Ok(text))) => is_heard(people, speaker, circle, &text).await,
            (_, Some(Err(wrong))) => Err(wrong),
            _ => Ok("–"),
        });
    }
}

async fn is_heard(people: &mut [Person], speaker: usize, circle: &Circle, text: &str) -> Cell {
    let from = people[speaker].known.clone();
    for (index, person) in people.iter_mut().enumerate() {
        if index != speaker {
            let heard = person.hears(&circle.rooms[index], &from, text).await;
            heard.map_err(|wrong| format!("{} does not hear it: {wrong}", person.known.handle))?;
        }
    }
    Ok("✓")
}
