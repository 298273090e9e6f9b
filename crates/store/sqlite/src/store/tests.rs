//! What the store can only be tried with from within: mistakes in this program, and a disk that takes nothing more.

use super::*;
use crate::outcome::{Broken, Stop};
use koine_model::account::Handle;
use koine_model::conversation::ConversationRef;
use koine_model::message::{Part, Span};
use koine_model::refusal::Field;
use koine_model::{Place, Refusal};
use koine_store::{Order, WantedHandle};
use tempfile::TempDir;

mod lasting;
mod paging;
mod quiet;
mod searching;
mod waiting;

struct World {
    store: SqliteStore,
    ann: AccountId,
    own: ConversationId,
    _folder: TempDir,
}

async fn world() -> World {
    world_with(Options::default()).await
}

async fn world_with(options: Options) -> World {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path(), options).unwrap();
    let ann = store.account_create(newcomer("ann")).await.unwrap().id;
    let own = store.direct_open(ann, ann, Timestamp(0)).await.unwrap().0.id;
    World { store, ann, own, _folder: folder }
}

fn newcomer(name: &str) -> NewAccount {
    NewAccount {
        handle: WantedHandle::Exactly(Handle::parse(name).unwrap()),
        nick: name.to_owned(),
        nick_is_unique: false,
        email: String::new(),
        phone: String::new(),
        verifiers: Vec::new(),
        invitation: None,
        at: Timestamp(0),
    }
}

impl World {
    async fn say(&self, text: &str) -> Answer<u32> {
        let append = Append {
            sender: self.ann,
            to: ConversationRef::Id(self.own),
            parts: vec![Part::text(text)].into(),
            key: None,
            at: Timestamp(0),
        };
        self.store.message_append(append).await.map(|appended| appended.place.seq.number())
    }

    async fn seqs(&self) -> Vec<u32> {
        let member = self.store.member_find(self.own, self.ann).await.unwrap().unwrap();
        let page = Page { span: Span::ALL, order: Order::Oldest, limit: 10_000 };
        let messages = self.store.message_page(&member, page).await.unwrap();
        messages.iter().map(|message| message.place.seq.number()).collect()
    }
}

fn failed<T: std::fmt::Debug>(answer: Answer<T>) {
    assert!(matches!(answer, Err(Error::Failed(_))), "{answer:?}");
}

#[tokio::test]
async fn a_panic_takes_back_its_own_change_alone() {
    let world = world().await;
    let panicking = world.store.change("panic", |desk| -> Outcome<()> {
        accounts::create(desk, newcomer("ghost"))?;
        panic!("on purpose")
    });
    let (panicked, said) = tokio::join!(panicking, world.say("x"));
    failed(panicked);
    assert_eq!(said.unwrap(), 1);
    world.store.account_create(newcomer("ghost")).await.unwrap();
    assert_eq!(world.say("y").await.unwrap(), 2);
}

#[tokio::test]
async fn a_panic_without_a_savepoint_takes_back_all() {
    let world = world().await;
    world.say("one").await.unwrap();
    let panicking =
        world.store.writer.change("panic", Guard::Itself, |_| -> Outcome<()> { panic!("on purpose") });
    let (said, panicked) = tokio::join!(world.say("lost"), panicking);
    failed(panicked);
    // Depending on when the writer looked, the two shared a transaction or did not.
    let kept = if said.is_ok() { 2 } else { 1 };
    assert_eq!(world.say("next").await.unwrap(), kept + 1);
    assert_eq!(world.seqs().await, (1..=kept + 1).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_commit_that_fails_is_a_failure_of_all_its_changes() {
    let world = world().await;
    world.say("one").await.unwrap();
    // One job makes the commit impossible after another one has said something in the same transaction.
    let (ann, own) = (world.ann, world.own);
    let outcome = world.store.change("break the commit", move |desk| {
        let append = Append {
            sender: ann,
            to: ConversationRef::Id(own),
            parts: vec![Part::text("lost")].into(),
            key: None,
            at: Timestamp(0),
        };
        messages::append(desk, &append, &rows::encode(&append.parts)?)?;
        desk.connection.pragma_update(None, "defer_foreign_keys", true)?;
        desk.connection.execute("INSERT INTO verifier (account, form, hash) VALUES (1, 1, '')", [])?;
        Ok(())
    });
    match outcome.await {
        Err(Error::Failed(failure)) => {
            let cause = std::error::Error::source(&failure).and_then(|cause| cause.downcast_ref::<Stop>());
            assert!(matches!(cause, Some(Stop::Broken(Broken::Commit(_)))), "{cause:?}");
        }
        other => panic!("{other:?}"),
    }
    // What was remembered of the conversation was forgotten with the transaction.
    assert_eq!(world.say("two").await.unwrap(), 2);
    assert_eq!(world.seqs().await, [1, 2]);
}

#[tokio::test]
async fn a_full_disk_fails_and_recovers() {
    let world = world().await;
    let pages = |limit: Option<u32>| {
        world.store.change("limit the pages", move |desk| {
            let used: u32 = desk.connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let limit = limit.unwrap_or(used);
            desk.connection.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(()))?;
            Ok(())
        })
    };
    pages(None).await.unwrap();
    let text = "x".repeat(3000);
    let mut kept = 0;
    for _ in 0..20 {
        let (one, two, three) = tokio::join!(world.say(&text), world.say(&text), world.say(&text));
        kept += [one, two, three].into_iter().filter(Result::is_ok).count();
    }
    assert!(kept < 60, "the limit was felt");
    assert_eq!(world.seqs().await.len(), kept);
    pages(Some(1_000_000)).await.unwrap();
    let next = u32::try_from(kept).unwrap() + 1;
    assert_eq!(world.say(&text).await.unwrap(), next);
    assert_eq!(world.seqs().await, (1..=next).collect::<Vec<_>>());
    world.store.check().await.unwrap();
}

#[tokio::test]
async fn a_conversation_ends_where_int32_does() {
    let world = world().await;
    let place = Place { conversation: world.own, seq: Seq::new(Message::LAST_SEQ - 1) };
    let ann = world.ann;
    let moved = world.store.change("skip ahead", move |desk| {
        let body = rows::encode(&[Part::text("x")])?;
        let number = crate::columns::place_number(place.conversation, place.seq);
        desk.connection.execute(
            "INSERT INTO message (place, sender, at, body) VALUES (?1, ?2, 0, ?3)",
            rusqlite::params![number, ann.number(), body],
        )?;
        Ok(())
    });
    moved.await.unwrap();
    assert_eq!(world.say("last").await.unwrap(), Message::LAST_SEQ);
    let refused = world.say("too many").await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::TooLarge(Field::Message)))), "{refused:?}");
}

#[tokio::test]
async fn an_append_that_nobody_waits_for_any_more_is_still_made() {
    let world = world().await;
    let mut going = Box::pin(world.say("bye"));
    let polled =
        std::future::poll_fn(|context| std::task::Poll::Ready(going.as_mut().poll(context).is_ready()));
    polled.await;
    drop(going);
    world.store.check().await.unwrap();
    assert_eq!(world.seqs().await, [1]);
}

#[tokio::test]
async fn words_that_were_amended_are_found_as_they_are() {
    let world = world().await;
    for text in ["green tea", "black tea", "mint tea"] {
        world.say(text).await.unwrap();
    }
    let found = async |query: &str| {
        let query = koine_store::words::Query::parse(query);
        let wanted = Wanted { account: world.ann, query, of: None, before: None, limit: 10 };
        let found = world.store.message_search(wanted).await.unwrap();
        found.messages.iter().map(|message| message.place.seq.number()).collect::<Vec<_>>()
    };
    let amend = async |seq: u32, parts: Vec<Part>| {
        let number = crate::columns::place_number(world.own, Seq::new(seq));
        let change = world.store.change("amend", move |desk| {
            let body = rows::encode(&parts)?;
            desk.connection
                .execute("UPDATE message SET body = ?2 WHERE place = ?1", rusqlite::params![number, body])?;
            search::amended(desk.connection, number)
        });
        change.await.unwrap();
    };
    // Before it was ever indexed, and after.
    amend(1, vec![Part::text("white tea")]).await;
    assert_eq!(found("tea").await, [3, 2, 1]);
    assert_eq!(found("green").await, [] as [u32; 0]);
    assert_eq!(found("white").await, [1]);
    amend(2, vec![Part::text("black coffee")]).await;
    amend(3, vec![Part::Removed]).await;
    assert_eq!(found("tea").await, [1]);
    assert_eq!(found("black coffee").await, [2]);
    assert_eq!(found("mint").await, [] as [u32; 0]);
    amend(2, vec![Part::text("tea again")]).await;
    assert_eq!(found("tea").await, [2, 1]);
}

#[tokio::test]
async fn words_that_were_read_before_an_amendment_do_not_stay() {
    let world = world().await;
    world.say("green tea").await.unwrap();
    let (ann, number) = (world.ann, crate::columns::place_number(world.own, Seq::new(1)));
    let look = async || {
        let look = move |reader: &Connection| search::pending(reader, ann, None);
        world.store.readers.read("look", look).await.unwrap()
    };
    let write = async |pending: search::Pending| {
        world.store.change("write", move |desk| search::write(desk, &pending)).await.unwrap();
    };
    let found = async |query: &str| {
        let query = koine_store::words::Query::parse(query);
        let wanted = Wanted { account: ann, query, of: None, before: None, limit: 10 };
        world.store.message_search(wanted).await.unwrap().messages.len()
    };
    // One search has read the old words, the message is amended, and another search looks before the first one writes.
    let old = look().await;
    let amend = world.store.change("amend", move |desk| {
        let body = rows::encode(&[Part::text("white tea")])?;
        desk.connection
            .execute("UPDATE message SET body = ?2 WHERE place = ?1", rusqlite::params![number, body])?;
        search::amended(desk.connection, number)
    });
    amend.await.unwrap();
    let new = look().await;
    write(new).await;
    write(old).await;
    assert_eq!((found("green").await, found("white").await), (0, 1));
    // And where the old words are written first.
    world.say("red wine").await.unwrap();
    let old = look().await;
    let amend = world.store.change("amend", move |desk| {
        let body = rows::encode(&[Part::text("port wine")])?;
        desk.connection
            .execute("UPDATE message SET body = ?2 WHERE place = ?1", rusqlite::params![number + 1, body])?;
        search::amended(desk.connection, number + 1)
    });
    amend.await.unwrap();
    let new = look().await;
    write(old).await;
    write(new).await;
    assert_eq!((found("red").await, found("port").await), (0, 1));
}
