//! How much room is held for what waits, and what is dropped of it.

use super::*;
use koine_core::rates::Peer;
use koine_core::room::{Room, Tenant};
use std::future::poll_fn;
use std::sync::Arc;
use tokio::io::AsyncReadExt;

/// Room for ten large frames, and a frame of two with a small one, for which a place was taken that was far larger.
fn with_a_place() -> (Arc<Room>, Outgoing) {
    let room = Room::new(10 * LARGE);
    let mut outgoing = Outgoing::default();
    outgoing.push(None, vec![0; 10].into());
    let from = outgoing.end();
    let place = room.ask(tenant(1), 9 * LARGE, 9 * LARGE);
    outgoing.push(None, vec![0; 2 * LARGE].into());
    outgoing.push(None, vec![0; 20].into());
    outgoing.keep(Some(place), from);
    (room, outgoing)
}

fn tenant(address: u8) -> Tenant {
    Tenant { peer: Peer::V4([192, 0, 2, address]), account: None }
}

/// Whether somebody else finds room for so many bytes now.
fn has_room(room: &Arc<Room>, bytes: usize) -> bool {
    room.ask(tenant(2), bytes, bytes).is_there()
}

#[test]
fn what_was_made_keeps_its_room_until_it_is_written() {
    let (room, mut outgoing) = with_a_place();
    assert!(has_room(&room, 8 * LARGE - 20) && !has_room(&room, 8 * LARGE));
    outgoing.advance(10 + 2 * LARGE);
    assert!(has_room(&room, 10 * LARGE - 20) && !has_room(&room, 10 * LARGE));
    outgoing.advance(20);
    assert!(has_room(&room, 10 * LARGE));
    // What is small needs none.
    let from = outgoing.end();
    outgoing.push(None, vec![0; LARGE].into());
    outgoing.keep(Some(room.ask(tenant(1), LARGE, LARGE)), from);
    assert!(has_room(&room, 10 * LARGE));
}

#[test]
fn what_is_written_of_a_frame_gives_its_room_back_with_its_memory() {
    let (room, mut outgoing) = with_a_place();
    outgoing.advance(10 + LARGE);
    assert_eq!(outgoing.to_trim(), None);
    outgoing.advance(1);
    assert_eq!(outgoing.to_trim(), Some(LARGE - 1));
    assert!(!has_room(&room, 8 * LARGE), "it is still in memory");
    outgoing.trim();
    assert_eq!((outgoing.to_trim(), outgoing.waiting()), (None, LARGE + 19));
    assert!(has_room(&room, 9 * LARGE - 19) && !has_room(&room, 9 * LARGE));
    // It is a frame that was begun all the same.
    outgoing.push(None, vec![0; 2 * LARGE].into());
    outgoing.shed();
    assert_eq!(outgoing.waiting(), LARGE + 19);
    outgoing.advance(LARGE - 1);
    assert!(has_room(&room, 10 * LARGE - 20) && !has_room(&room, 10 * LARGE));
    outgoing.advance(20);
    assert!(has_room(&room, 10 * LARGE) && outgoing.is_empty());
}

#[test]
fn what_others_have_too_stays_in_memory() {
    let (room, mut outgoing) = with_a_place();
    let shared = outgoing.chunks[1].payload.clone();
    outgoing.advance(10 + 2 * LARGE - 1);
    assert_eq!(outgoing.to_trim(), None);
    assert!(!has_room(&room, 8 * LARGE));
    drop(shared);
    assert_eq!(outgoing.to_trim(), Some(1));
}

#[test]
fn each_answer_gives_back_its_own_room() {
    let (room, mut outgoing) = with_a_place();
    outgoing.push(None, vec![0; 20].into());
    let from = outgoing.end();
    outgoing.push(None, vec![0; 3 * LARGE].into());
    outgoing.keep(Some(room.ask(tenant(1), 4 * LARGE, 4 * LARGE)), from);
    assert!(has_room(&room, 5 * LARGE - 20) && !has_room(&room, 5 * LARGE));
    outgoing.advance(10 + 2 * LARGE + 20);
    assert!(has_room(&room, 7 * LARGE) && !has_room(&room, 7 * LARGE + 1));
    outgoing.advance(20 + 2 * LARGE);
    outgoing.trim();
    assert!(has_room(&room, 9 * LARGE) && !has_room(&room, 9 * LARGE + 1));
    // A connection that ends has nothing any more.
    drop(outgoing);
    assert!(has_room(&room, 10 * LARGE));
}

/// A client that takes 10,000 bytes at a time: it is sent what there was, and meanwhile there is more and more room.
#[tokio::test]
async fn what_is_written_is_the_same_whatever_is_given_back() {
    let (mut near, mut far) = tokio::io::duplex(10_000);
    let room = Room::new(32 * LARGE);
    let mut outgoing = Outgoing::default();
    let payload: Bytes = (0..16 * LARGE).map(|index| u8::try_from(index % 251).unwrap()).collect();
    let mut expected = Vec::new();
    for (opcode, payload) in [(Opcode::Binary, payload), (Opcode::Text, Bytes::from_static(b"the end"))] {
        expected.extend_from_slice(websocket::head(opcode, payload.len()).as_ref());
        expected.extend_from_slice(&payload);
        outgoing.push(Some(opcode), payload);
    }
    outgoing.keep(Some(room.ask(tenant(1), 20 * LARGE, 20 * LARGE)), 0);
    let (mut came, mut free) = (Vec::new(), Vec::new());
    while !outgoing.is_empty() {
        let written = poll_fn(|cx| outgoing.poll_write(Pin::new(&mut near), cx, GATHERED)).await.unwrap();
        outgoing.advance(written);
        if outgoing.to_trim().is_some() {
            outgoing.trim();
            free.push((17..32).filter(|parts| has_room(&room, parts * LARGE)).count());
        }
        let mut piece = vec![0; written];
        far.read_exact(&mut piece).await.unwrap();
        came.extend_from_slice(&piece);
    }
    assert!(came == expected, "other bytes");
    assert!(free.len() > 4 && free.is_sorted(), "{free:?}");
    assert!(free.last() >= Some(&14), "{free:?}");
    assert!(has_room(&room, 32 * LARGE));
}

#[test]
fn what_is_dropped_gives_its_room_back_but_for_what_was_begun() {
    let (room, mut outgoing) = with_a_place();
    outgoing.shed();
    // What is left is not of the same answer.
    assert_eq!(outgoing.waiting(), 10);
    assert!(has_room(&room, 10 * LARGE));
    let (room, mut outgoing) = with_a_place();
    outgoing.advance(10 + LARGE);
    outgoing.push(None, vec![0; 2 * LARGE].into());
    outgoing.shed();
    assert_eq!(outgoing.waiting(), LARGE + 20);
    assert!(!has_room(&room, 9 * LARGE));
    outgoing.advance(LARGE + 20);
    assert!(has_room(&room, 10 * LARGE));
}

#[test]
fn nothing_large_is_kept_but_what_was_begun() {
    let mut outgoing = Outgoing::default();
    for length in [LARGE + 1, 10, LARGE, 2 * LARGE, 20] {
        outgoing.push(None, vec![0; length].into());
    }
    outgoing.advance(1);
    outgoing.shed();
    assert_eq!((outgoing.waiting(), outgoing.chunks.len()), (LARGE + 10 + LARGE, 3));
    outgoing.advance(LARGE);
    outgoing.push(None, vec![0; 2 * LARGE].into());
    // Now the first of them is one that was not begun.
    outgoing.advance(10 + LARGE);
    assert_eq!(outgoing.waiting(), 2 * LARGE);
    outgoing.shed();
    assert_eq!((outgoing.waiting(), outgoing.is_empty()), (0, true));
}

#[test]
fn when_everything_is_written_it_is_full_no_more() {
    let mut outgoing = Outgoing { is_full: true, ..Outgoing::default() };
    for _ in 0..2 {
        outgoing.push(None, Bytes::from_static(b"four"));
    }
    // Some of it, after which the kernel is asked how it stands.
    outgoing.advance(5);
    assert_eq!((outgoing.waiting(), outgoing.is_full), (3, true));
    // All at once, after which it is not asked again: the next time that it is full is another one.
    outgoing.advance(3);
    assert_eq!((outgoing.waiting(), outgoing.is_full), (0, false));
}
