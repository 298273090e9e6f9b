//! One order for all: places without holes, whoever talks at the same time and whoever reads meanwhile.

use super::World;
use super::world::{NOW, everything, seq, seqs, text, words};
use crate::{Answer, Append, Appended};
use koine_model::account::AccountRef;
use koine_model::conversation::ConversationRef;
use koine_model::message::Part;
use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use tokio::task::JoinSet;

/// Every place is given to one message.
pub async fn racing_appends_leave_no_hole(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let rooms = [world.group(ann, &[bob]).await, world.direct(ann, bob).await];
    let mut tasks = JoinSet::new();
    for task in 0..40 {
        let world = world.clone();
        let (sender, room) = (if task % 2 == 0 { ann } else { bob }, rooms[task % 4 / 2]);
        tasks.spawn(async move {
            let mut places = Vec::new();
            for round in 0..10 {
                places.push(world.say(sender, room, &format!("{task} {round}")).await.place);
            }
            places
        });
    }
    let mut given = BTreeSet::new();
    for places in tasks.join_all().await {
        assert!(places.is_sorted(), "who waits for an answer is placed after it");
        for place in places {
            assert!(given.insert(place), "{place:?} was given twice");
        }
    }
    for room in rooms {
        assert_eq!(seqs(&world.history(room, ann).await), (1..=200).collect::<Vec<_>>());
    }
    assert_eq!(given.len(), 400);
}

/// Many under way at once stay in the order of their first polls.
pub async fn appends_of_one_task_keep_their_order(world: World) {
    pipelined(world, 100).await;
}

/// Also when there are more of them than any queue holds.
pub async fn appends_that_wait_for_room_keep_their_order(world: World) {
    pipelined(world, 5000).await;
}

type Appending<'a> = Pin<Box<dyn Future<Output = Answer<Appended>> + Send + 'a>>;

async fn pipelined(world: World, count: usize) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    let mut under_way: Vec<Option<Appending<'_>>> = (1..=count)
        .map(|number| -> Option<Appending<'_>> {
            Some(Box::pin(world.message_append(words(ann, own, &number.to_string()))))
        })
        .collect();
    // The first time they are polled in order; later ones first come to those at the end, which must not matter.
    let mut first_time = true;
    poll_fn(|context| {
        let mut poll_one = |slot: &mut Option<Appending<'_>>| {
            if let Some(append) = slot
                && append.as_mut().poll(context).map(Answer::unwrap).is_ready()
            {
                *slot = None;
            }
        };
        match first_time {
            true => under_way.iter_mut().for_each(&mut poll_one),
            false => under_way.iter_mut().rev().for_each(&mut poll_one),
        }
        first_time = false;
        if under_way.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    drop(under_way);
    let history = world.history(own, ann).await;
    assert_eq!(history.len(), count);
    for (message, number) in history.iter().zip(1..) {
        assert_eq!(text(message), number.to_string());
    }
}

/// While commits go on, a page is a gapless piece of history that includes what was answered before.
pub async fn readers_see_neither_holes_nor_the_future(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    let finished = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for _ in 0..3 {
        let (world, finished) = (world.clone(), Arc::clone(&finished));
        readers.spawn(async move {
            let member = world.member(tea, bob).await;
            let mut seen = 0;
            while !finished.load(Ordering::SeqCst) {
                let told = world.membership_list(bob).await.unwrap()[0].last.number();
                let page = seqs(&world.message_page(&member, everything()).await.unwrap());
                assert_eq!(page, (1..).take(page.len()).collect::<Vec<_>>());
                let last = page.last().copied().unwrap_or(0);
                assert!(last >= told && told >= seen, "{seen} {told} {last}");
                seen = last;
            }
        });
    }
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let world = world.clone();
        writers.spawn(async move {
            for _ in 0..40 {
                world.say(ann, tea, "x").await;
            }
        });
    }
    writers.join_all().await;
    finished.store(true, Ordering::SeqCst);
    readers.join_all().await;
    assert_eq!(world.membership_list(ann).await.unwrap()[0].last, seq(320));
}

/// A read that begins after an answer sees what was answered.
pub async fn an_answered_message_is_read_at_once(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    let member = world.member(tea, bob).await;
    for number in 1..=50 {
        world.say(ann, tea, "x").await;
        let page = world.message_page(&member, everything()).await.unwrap();
        assert_eq!(page.len(), number);
    }
}

/// Those who speak first at the same time speak in one conversation.
pub async fn racing_first_messages_open_one_conversation(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let mut tasks = JoinSet::new();
    for task in 0..20 {
        let world = world.clone();
        let (sender, peer) = if task % 2 == 0 { (ann, bob) } else { (bob, ann) };
        let append = Append {
            sender,
            to: ConversationRef::With(AccountRef::Id(peer)),
            parts: vec![Part::text("x")].into(),
            key: None,
            at: NOW,
        };
        tasks.spawn(async move { world.message_append(append).await.unwrap().place });
    }
    let mut places = tasks.join_all().await;
    places.sort_unstable();
    assert!(places.iter().all(|place| place.conversation == places[0].conversation));
    assert_eq!(
        places.iter().map(|place| place.seq.number()).collect::<Vec<_>>(),
        (1..=20).collect::<Vec<_>>()
    );
}
