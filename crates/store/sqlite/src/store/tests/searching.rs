//! Searches and those who read beside them.

use super::*;
use koine_store::words::Query;
use std::sync::mpsc;
use std::time::Duration;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

fn wanted(world: &World, query: &str) -> Wanted {
    Wanted { account: world.ann, query: Query::parse(query), of: None, before: None, limit: 10 }
}

fn busy(answer: Answer<Found>) {
    assert!(matches!(answer, Err(Error::Refused(Refusal::Busy))), "{answer:?}");
}

/// A search that keeps its reader until it is told to end.
async fn hold<'a>(world: &'a World, until: mpsc::Receiver<()>) -> impl Future<Output = Answer<()>> + 'a {
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let mut search = Box::pin(world.store.readers.search("hold", move |_| {
        let _ = begun.send(());
        let _ = until.recv();
        Ok(())
    }));
    tokio::select! {
        _ = &mut search => panic!("it ended"),
        begun = has_begun => begun.unwrap(),
    }
    search
}

#[tokio::test]
async fn searches_leave_readers_to_others() {
    let world = world_with(Options { searches: 2, ..Options::default() }).await;
    world.say("tea").await.unwrap();
    let (end, until) = mpsc::channel();
    let held = hold(&world, until).await;
    let search = || Box::pin(world.store.message_search(wanted(&world, "tea")));
    let (mut one, mut other) = (search(), search());
    for waiting in [&mut one, &mut other] {
        assert!(timeout(Duration::from_millis(1), waiting).await.is_err());
    }
    // They wait for their turn, and have no reader meanwhile.
    assert_eq!(timeout(PATIENCE, world.seqs()).await.unwrap(), [1]);
    busy(search().await);
    end.send(()).unwrap();
    held.await.unwrap();
    let both = async { tokio::join!(one, other) };
    let (one, other) = timeout(PATIENCE, both).await.unwrap();
    assert_eq!((one.unwrap().messages.len(), other.unwrap().messages.len()), (1, 1));
    assert_eq!(search().await.unwrap().messages.len(), 1);
}

#[tokio::test]
async fn who_gives_up_waiting_leaves_the_queue() {
    let world = world_with(Options { searches: 1, ..Options::default() }).await;
    world.say("tea").await.unwrap();
    let (end, until) = mpsc::channel();
    let held = hold(&world, until).await;
    let gone = timeout(Duration::from_millis(1), world.store.message_search(wanted(&world, "tea"))).await;
    assert!(gone.is_err());
    end.send(()).unwrap();
    held.await.unwrap();
    let found = timeout(PATIENCE, world.store.message_search(wanted(&world, "tea"))).await.unwrap();
    assert_eq!(found.unwrap().messages.len(), 1);
}

#[tokio::test]
async fn a_search_that_takes_too_long_is_given_up() {
    let world = world_with(Options { search_time: Duration::ZERO, ..Options::default() }).await;
    let (ann, own) = (world.ann, world.own);
    let said = world.store.change("say much", move |desk| {
        for number in 0..2000 {
            let parts = vec![Part::text(format!("tea{number} water"))];
            let body = rows::encode(&parts)?;
            let append = Append {
                sender: ann,
                to: ConversationRef::Id(own),
                parts: parts.into(),
                key: None,
                at: Timestamp(number),
            };
            messages::append(desk, &append, &body)?;
        }
        Ok(())
    });
    said.await.unwrap();
    // Rows that are stepped over, and words with the same beginning that are put together before there is a row.
    let none = (Timestamp(-1), Place { conversation: own, seq: Seq::LAST });
    busy(world.store.message_search(Wanted { before: Some(none), ..wanted(&world, "water") }).await);
    busy(world.store.message_search(wanted(&world, "te nothing")).await);
    // The connection that was interrupted reads again, and nobody else is in a hurry.
    for _ in 0..10 {
        assert_eq!(world.seqs().await.len(), 2000);
    }
    let World { store, .. } = &world;
    let all = store.readers.read("count", move |reader| {
        Ok(reader
            .query_row("SELECT count(*) FROM message AS a, message AS b", [], |row| row.get::<_, i64>(0))?)
    });
    assert_eq!(all.await.unwrap(), 2000 * 2000);
}
