//! One person through two dialects at once: what they say on one comes to the other, too, where the protocol can tell it.

use crate::names;
use koine_e2e::matrix::{Cell, Flavour, Known, Person, Table, Town, flavours, is_written_down};
use std::collections::BTreeMap;

#[tokio::test]
async fn everyone_sees_what_they_say_elsewhere() {
    let mut town = Town::found().await;
    let flavours = flavours();
    let mut friend = town.welcome(flavours[0], "friend".to_owned()).await;
    let mut cells: BTreeMap<(usize, usize), Cell> = BTreeMap::new();
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
    let mut table = Table::new("What one says, on one's own other device", "said by \\ seen by", names());
    for (from, flavour) in flavours.iter().enumerate() {
        // Two of one dialect are another matter: the one may end the other.
        let row = (0..flavours.len()).map(|to| cells.remove(&(from, to)).unwrap_or(Ok("")));
        table.row(flavour.name, row.collect());
    }
    friend.leaves().await;
    let log = town.close().await;
    is_written_down("own messages", &[table], &log);
}

/// Somebody is there through two dialects, and speaks on each.
async fn is_two(
    town: &mut Town,
    handle: String,
    pair: (Flavour, Flavour),
    friend: &mut Person,
) -> (Cell, Cell) {
    let mut one = town.welcome(pair.0, handle).await;
    let mut other = Person::new(pair.1, one.known.clone());
    town.connect(&mut other).await;
    if let Err(wrong) = other.signs_in().await {
        return (Err(wrong.clone()), Err(wrong));
    }
    let there = is_seen(&mut one, &mut other, friend, "туда").await;
    let back = is_seen(&mut other, &mut one, friend, "обратно").await;
    one.leaves().await;
    other.leaves().await;
    (there, back)
}

/// Says something on one device; looks for it on the other. The friend's answer comes to both, and after it.
async fn is_seen(here: &mut Person, there: &mut Person, friend: &mut Person, text: &str) -> Cell {
    let me: Known = here.known.clone();
    here.tells(&friend.known, text).await?;
    friend.hears_from(&me, text).await?;
    let answer = format!("ответ: {text}");
    friend.tells(&me, &answer).await?;
    here.hears_from(&friend.known, &answer).await?;
    there.hears_from(&friend.known, &answer).await?;
    let is_mine =
        |said: &koine_e2e::matrix::Said| said.content == koine_e2e::matrix::Content::Text(text.to_owned());
    if !there.client.hears_own() {
        let seen = there.heard().iter().find(|said| is_mine(said));
        return seen.map_or(Ok("not told"), |said| Err(format!("it came: {said:?}")));
    }
    let room = there.room_with(&friend.known).await?;
    let times = there.heard().iter().filter(|said| is_mine(said)).count();
    match times {
        1 if there.has_heard(&room, &me, text) => Ok("✓"),
        times => Err(format!("it came {times} times: {:?}", there.heard())),
    }
}
