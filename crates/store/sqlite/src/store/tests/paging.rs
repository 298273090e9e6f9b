//! What a page costs: counted in steps of SQLite's machine, and not in time.

use super::*;
use crate::open::reading_connection;
use crate::watermarks::Positions;
use koine_model::message::{Act, Deed};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many reactions are put and taken away.
const ACTS: u32 = 5_000;

/// The numbers of a page, and the steps that it took.
async fn counted(world: &World, page: Page) -> (Vec<u32>, u64) {
    let member = world.store.member_find(world.own, world.ann).await.unwrap().unwrap();
    let (messages, steps) =
        stepped(world, |connection| pages::page(connection, &member, &page, Entries::Messages).unwrap());
    (messages.iter().map(|message| message.place.seq.number()).collect(), steps)
}

/// What is read, and the steps that it took.
fn stepped<T>(world: &World, read: impl FnOnce(&Connection) -> T) -> (T, u64) {
    let database = Folder::prepare(world._folder.path()).unwrap().database();
    let mut connection = reading_connection(&database).unwrap();
    let steps = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&steps);
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    connection.progress_handler(1, Some(count)).unwrap();
    let found = read(&connection);
    (found, steps.load(Ordering::Relaxed))
}

async fn react(world: &World, times: u32) {
    let (actor, conversation) = (world.ann, world.own);
    let reacted = world.store.change("react", move |desk| {
        for number in 0..times {
            let deed = Deed::Reacted { emoji: "x".into(), on: number % 2 == 0 };
            let act = Act { target: Seq::new(1), deed };
            let parts = [Part::Act(act.clone())];
            let amend = Amend { actor, conversation, act, key: None, at: Timestamp(5) };
            amend::amend(desk, &amend, &parts)?;
        }
        Ok(())
    });
    reacted.await.unwrap();
}

#[tokio::test]
async fn a_page_costs_the_same_however_many_acts_are_in_it() {
    let world = world().await;
    for _ in 0..3 {
        world.say("before").await.unwrap();
    }
    react(&world, ACTS).await;
    for _ in 0..3 {
        world.say("after").await.unwrap();
    }
    react(&world, ACTS).await;
    let (end, rest) = (ACTS + 6, [1, 2, 3, ACTS + 4, ACTS + 5, ACTS + 6]);
    let early = Span { before: Some(Timestamp(0)), ..Span::ALL };
    for (span, order, limit, expected) in [
        (Span::ALL, Order::Newest, 4, &rest[2..]),
        (Span::ALL, Order::Oldest, 4, &rest[..4]),
        (Span::ALL, Order::Oldest, 100, &rest[..]),
        (early, Order::Newest, 100, &rest[..]),
        (Span { after: Seq::new(end), ..Span::ALL }, Order::Newest, 1, &[]),
        (Span { after: Seq::new(3), until: Seq::new(ACTS), ..Span::ALL }, Order::Oldest, 1, &[]),
    ] {
        let (found, steps) = counted(&world, Page { span, order, limit }).await;
        assert_eq!(found, expected);
        assert!(steps < 1_500, "{steps} steps for {expected:?}");
    }
    // Everything that is not stepped over is one run.
    let runs = world.store.readers.read("count", |reader| {
        Ok(reader.query_row("SELECT count(*) FROM act_run", [], |row| row.get::<_, u32>(0))?)
    });
    assert_eq!(runs.await.unwrap(), 2);
}

#[tokio::test]
async fn a_shelf_knows_its_last_message_however_many_acts_came_after() {
    let world = world().await;
    for _ in 0..3 {
        world.say("before").await.unwrap();
    }
    react(&world, ACTS).await;
    let reported = Positions::default();
    let (shelves, steps) =
        stepped(&world, |connection| shelves::list(connection, world.ann, None, &reported).unwrap());
    let [shelf] = shelves.as_slice() else { panic!("{} shelves", shelves.len()) };
    assert_eq!(shelf.last.as_ref().map(|(message, _)| message.place.seq), Some(Seq::new(3)));
    assert!(steps < 1_500, "{steps} steps");
}
