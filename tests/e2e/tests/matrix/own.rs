//! One person through two dialects at once: what they say on one comes to the other, too, where the protocol can tell it.

use crate::links::{Came, Links};
use crate::names;
use koine_e2e::matrix::{
    Cell, Content, File, Flavour, Known, Person, Said, Table, Town, flavours, is_written_down,
};
use koine_testkit::Server;
use std::collections::BTreeMap;

/// What is said, each with a table of its own.
const WHAT: [&str; 3] = [
    "What one says, on one's own other device",
    "A picture that one sends, on one's own other device",
    "What one says in a group, on one's own other device",
];

/// What became of each, in the order of `WHAT`.
type Cells = [Cell; WHAT.len()];

#[tokio::test]
async fn everyone_sees_what_they_say_elsewhere() {
    let mut town = Town::found().await;
    let flavours = flavours();
    let mut friend = town.welcome(flavours[0], "friend".to_owned()).await;
    let mut cells: BTreeMap<(usize, usize), Cells> = BTreeMap::new();
    for first in 0..flavours.len() {
        for second in first + 1..flavours.len() {
            if flavours[first].dialect == flavours[second].dialect {
                continue;
            }
            let handle = format!("person_{first}_{second}");
            let pair = (flavours[first], flavours[second]);
            let (there, back) = is_two(&mut town, handle, pair, &mut friend).await;
            cells.insert((first, second), there);
            cells.insert((second, first), back);
        }
    }
    let mut tables = WHAT.map(|title| Table::new(title, "said by \\ seen by", names()));
    for (from, flavour) in flavours.iter().enumerate() {
        let mut rows: [Vec<Cell>; WHAT.len()] = Default::default();
        for to in 0..flavours.len() {
            // Two of one dialect are another matter: the one may end the other.
            let cells = cells.remove(&(from, to)).unwrap_or_else(|| WHAT.map(|_| Ok("")));
            for (row, cell) in rows.iter_mut().zip(cells) {
                row.push(cell);
            }
        }
        for (table, row) in tables.iter_mut().zip(rows) {
            table.row(flavour.name, row);
        }
    }
    friend.leaves().await;
    let log = town.close().await;
    is_written_down("own messages", &tables, &log);
}

/// Somebody is there through two dialects, and speaks on each.
async fn is_two(
    town: &mut Town,
    handle: String,
    pair: (Flavour, Flavour),
    friend: &mut Person,
) -> (Cells, Cells) {
    let mut one = town.welcome(pair.0, handle).await;
    let mut other = Person::new(pair.1, one.known.clone());
    town.connect(&mut other).await;
    if let Err(wrong) = other.signs_in().await {
        return (WHAT.map(|_| Err(wrong.clone())), WHAT.map(|_| Err(wrong.clone())));
    }
    let group = gather(friend, &mut one, &mut other).await;
    let mut links = Links::at(town.server().address("http"));
    let there = is_all_seen(&mut one, &mut other, friend, &group, &mut links, "туда").await;
    let group = group.map(|circle| Circle { here: circle.there, there: circle.here, ..circle });
    let back = is_all_seen(&mut other, &mut one, friend, &group, &mut links, "обратно").await;
    one.leaves().await;
    other.leaves().await;
    (there, back)
}

/// A group of the two, and what it is called by each.
struct Circle {
    friend: String,
    here: String,
    there: String,
}

/// The friend makes a group with whoever is there twice.
async fn gather(friend: &mut Person, one: &mut Person, other: &mut Person) -> Result<Circle, String> {
    let name = format!("чай с {}", one.known.handle);
    let group = friend.client.make_group(&name, std::slice::from_ref(&one.known)).await?;
    let here = one.client.join(&group.name).await?;
    let there = other.client.join(&group.name).await?;
    Ok(Circle { friend: group.room, here, there })
}

async fn is_all_seen(
    here: &mut Person,
    there: &mut Person,
    friend: &mut Person,
    group: &Result<Circle, String>,
    links: &mut Links,
    text: &str,
) -> Cells {
    let said = is_seen(here, there, friend, text).await;
    let picture = match here.client.sends().pictures {
        true => is_picture_seen(here, there, friend, links, text).await,
        false => Ok("–"),
    };
    let in_group = match group {
        Ok(group) => is_seen_in(group, here, there, friend, text).await,
        Err(wrong) => Err(format!("there is no group: {wrong}")),
    };
    [said, picture, in_group]
}

/// Says something on one device; looks for it on the other.
async fn is_seen(here: &mut Person, there: &mut Person, friend: &mut Person, text: &str) -> Cell {
    let me: Known = here.known.clone();
    here.tells(&friend.known, text).await?;
    friend.hears_from(&me, text).await?;
    answers(friend, &me, [&mut *here, &mut *there], &format!("ответ: {text}")).await?;
    let times = there.heard().iter().filter(|said| is_text(said, text)).count();
    if !there.client.hears_own() {
        return not_told(times, there);
    }
    let room = there.room_with(&friend.known).await?;
    match there.has_heard(&room, &me, text) {
        true => told(times, "✓", there),
        false => told(0, "✓", there),
    }
}

/// The same with a picture.
async fn is_picture_seen(
    here: &mut Person,
    there: &mut Person,
    friend: &mut Person,
    links: &mut Links,
    text: &str,
) -> Cell {
    let me: Known = here.known.clone();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(format!("{} {} {text}", me.handle, here.flavour.name).bytes());
    let picture = File { name: "кот.png".to_owned(), mime: "image/png".to_owned(), bytes };
    let room = here.room_with(&friend.known).await?;
    let sent = here.client.send(&room, &picture).await;
    sent.map_err(|wrong| format!("it cannot be sent: {wrong}"))?;
    // Some take it in many steps, which what is said meanwhile overtakes.
    while there.client.hears_own() && pictures(there, &picture, links).await?.0 == 0 {
        there.listens().await?;
    }
    answers(friend, &me, [&mut *here, &mut *there], &format!("вижу: {text}")).await?;
    let (times, sign) = pictures(there, &picture, links).await?;
    if !there.client.hears_own() {
        return not_told(times, there);
    }
    let room = there.room_with(&friend.known).await?;
    for said in there.heard() {
        let is_there = said.room == room && me.is(&said.from);
        if !is_there && links.came(said, &picture.bytes).await?.is_some() {
            return Err(format!("it came from elsewhere: {said:?}"));
        }
    }
    told(times, sign, there)
}

/// How many times a picture has come, and how.
async fn pictures(
    there: &Person,
    picture: &File,
    links: &mut Links,
) -> Result<(usize, &'static str), String> {
    let (mut times, mut sign) = (0, "✓");
    for said in there.heard() {
        match links.came(said, &picture.bytes).await? {
            Some(Came::Itself(_)) => times += 1,
            Some(Came::Linked(_)) => (times, sign) = (times + 1, "link"),
            None => {}
        }
    }
    Ok((times, sign))
}

/// The same in a group.
async fn is_seen_in(
    group: &Circle,
    here: &mut Person,
    there: &mut Person,
    friend: &mut Person,
    text: &str,
) -> Cell {
    let me: Known = here.known.clone();
    let text = format!("всем: {text}");
    here.client.say(&group.here, &text).await.map_err(|wrong| format!("it cannot be said: {wrong}"))?;
    friend.hears(&group.friend, &me, &text).await?;
    let answer = format!("ответ: {text}");
    friend.client.say(&group.friend, &answer).await?;
    here.hears(&group.here, &friend.known, &answer).await?;
    there.hears(&group.there, &friend.known, &answer).await?;
    let times = there.heard().iter().filter(|said| is_text(said, &text)).count();
    if !there.client.hears_own() {
        return not_told(times, there);
    }
    match there.has_heard(&group.there, &me, &text) {
        true => told(times, "✓", there),
        false => told(0, "✓", there),
    }
}

/// The friend's answer comes to both devices, and after what it answers.
async fn answers(
    friend: &mut Person,
    me: &Known,
    devices: [&mut Person; 2],
    answer: &str,
) -> Result<(), String> {
    friend.tells(me, answer).await?;
    for device in devices {
        device.hears_from(&friend.known, answer).await?;
    }
    Ok(())
}

fn is_text(said: &Said, text: &str) -> bool {
    said.content == Content::Text(text.to_owned())
}

fn told(times: usize, sign: &'static str, there: &Person) -> Cell {
    if times == 1 { Ok(sign) } else { Err(format!("it came {times} times: {:?}", there.heard())) }
}

fn not_told(times: usize, there: &Person) -> Cell {
    if times == 0 { Ok("not told") } else { Err(format!("it came: {:?}", there.heard())) }
}
