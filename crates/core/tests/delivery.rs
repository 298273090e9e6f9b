//! Delivery: what was missed comes first, nothing comes twice, and what the bus loses the store has.

mod support;

use koine_bus::Mailbox;
use koine_core::rates::Peer;
use koine_model::conversation::ConversationRef;
use koine_model::message::{self, DraftPart, Order, Part, Span};
use koine_model::refusal::Field;
use koine_model::{Refusal, Reply};
use std::time::Duration;
use support::{Guest, House, POLITE, SILENT};
use tokio::time::timeout;

#[tokio::test]
async fn what_was_missed_comes_oldest_first_over_all_conversations() {
    let house = House::new();
    let (ann, bob, eve) = (
        house.guest("ann", SILENT).await,
        house.guest("bob", SILENT).await,
        house.guest("eve", SILENT).await,
    );
    for round in 0..40 {
        house.say(&ann, bob.with(), &format!("{round}")).await.unwrap();
        house.say(&eve, bob.with(), &format!("{round}")).await.unwrap();
    }
    let heard = house.listen(&bob).await.hear().await;
    let expected: Vec<String> =
        (0..40).flat_map(|round| [format!("ann: {round}"), format!("eve: {round}")]).collect();
    let messages: Vec<String> = heard.iter().filter(|words| words.contains(':')).cloned().collect();
    assert_eq!(messages, expected);
    let shown = |pair: &str| heard.iter().position(|words| words == &format!("appeared {pair}"));
    assert!(shown("ann+bob") < heard.iter().position(|words| words.starts_with("ann:")), "{heard:?}");
}

#[tokio::test]
async fn what_has_arrived_does_not_come_again_and_what_has_not_does() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    let first = house.say(&ann, bob.with(), "one").await.unwrap();
    house.say(&ann, bob.with(), "two").await.unwrap();
    let mut ear = house.listen(&bob).await;
    assert_eq!(ear.hear().await, ["appeared ann+bob", "ann: one", "ann: two"]);
    house.core.arrived(bob.actor, &bob.caller(), &[(first.conversation, first.seq)]);
    ear.attachment.part(false).await.unwrap();
    assert_eq!(house.listen(&bob).await.hear().await, ["ann: two"]);
    let elsewhere = Guest { actor: bob.actor, device: POLITE, person: bob.person.clone() };
    let heard = house.listen(&elsewhere).await.hear().await;
    assert_eq!(heard, ["appeared ann+bob", "ann: one", "ann: two"], "another device has seen nothing yet");
}

#[tokio::test]
async fn a_full_mailbox_is_made_good_from_the_store() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    let mut ear = house.listen(&bob).await;
    let count = Mailbox::CAPACITY + 50;
    for number in 0..count {
        house.say(&ann, bob.with(), &format!("{number}")).await.unwrap();
    }
    let heard: Vec<String> = ear.hear().await.into_iter().filter(|words| words.contains(':')).collect();
    let expected: Vec<String> = (0..count).map(|number| format!("ann: {number}")).collect();
    assert_eq!(heard, expected);
    house.say(&ann, bob.with(), "live").await.unwrap();
    assert_eq!(ear.hear().await, ["ann: live"]);
}

#[tokio::test]
async fn what_is_put_off_is_found_later_and_what_happens_meanwhile_is_told() {
    let house = House::new();
    let ann = house.guest("ann", SILENT).await;
    let bob = house.guest("bob", SILENT).await;
    let [cy, dan, eve] =
        [house.guest("cy", SILENT).await, house.guest("dan", SILENT).await, house.guest("eve", SILENT).await];
    house.say(&dan, bob.with(), "0").await.unwrap();
    for number in 0..20 {
        house.say(&ann, bob.with(), &format!("{number}")).await.unwrap();
    }
    house.say(&cy, bob.with(), "0").await.unwrap();
    let mut ear = house.listen(&bob).await;
    let mut catch_up = ear.attachment.catch_up(bob.caller()).unwrap();
    let batch = catch_up.next().await.unwrap();
    let mut heard = ear.take(&batch);
    assert_eq!(heard[..4], ["appeared bob+dan", "dan: 0", "appeared ann+bob", "ann: 0"]);
    assert!(heard.len() < 20);
    // From here on the store cannot be read, it is said.
    ear.attachment.put_off(Some(&catch_up));
    assert!(ear.attachment.is_put_off());
    house.say(&ann, bob.with(), "20").await.unwrap();
    house.say(&cy, bob.with(), "1").await.unwrap();
    house.say(&dan, bob.with(), "1").await.unwrap();
    house.say(&eve, bob.with(), "0").await.unwrap();
    // Before what ann says now something is missing, of cy the session knows nothing yet, and eve said it before it listened to her.
    let meanwhile = ear.hear().await;
    assert_eq!(meanwhile, ["dan: 1", "appeared bob+eve"]);
    assert!(!ear.attachment.is_behind());
    ear.attachment.survey().await.unwrap();
    assert!(!ear.attachment.is_put_off());
    heard.extend(meanwhile);
    heard.extend(ear.hear().await);
    let numbers = |count: u32| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
    for (who, count) in [("ann", 21), ("cy", 2), ("dan", 2), ("eve", 1)] {
        let of = heard.iter().filter_map(|words| words.strip_prefix(&format!("{who}: ")));
        assert_eq!(of.collect::<Vec<_>>(), numbers(count), "{who}");
        let shown = heard.iter().filter(|words| words.starts_with("appeared") && words.contains(who));
        assert_eq!(shown.count(), 1, "{who}: {heard:?}");
    }
    let place = |wanted: &str| heard.iter().position(|words| words == wanted);
    assert!(place("appeared bob+cy") < place("cy: 0"), "{heard:?}");
    house.say(&cy, bob.with(), "live").await.unwrap();
    assert_eq!(ear.hear().await, ["cy: live"]);
}

#[tokio::test]
async fn many_writers_are_heard_in_one_order_without_holes() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", POLITE).await);
    let place = house.say(&ann, bob.with(), "begin").await.unwrap();
    let mut ears = [house.listen(&ann).await, house.listen(&bob).await];
    for ear in &mut ears {
        ear.hear().await;
    }
    let posts =
        (0..100).map(|number| {
            let (house, who) = (&house, if number % 2 == 0 { &ann } else { &bob });
            async move {
                house.say(who, ConversationRef::Id(place.conversation), &format!("{number}")).await.unwrap()
            }
        });
    let places = futures_join(posts.collect()).await;
    let mut seqs: Vec<u32> = places.iter().map(|place| place.seq.number()).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (2..=101).collect::<Vec<_>>());
    let heard = [ears[0].hear().await, ears[1].hear().await];
    assert_eq!(heard[0], heard[1]);
    assert_eq!(heard[0].len(), 100);
}

async fn futures_join<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (future, slot) in waiting.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(cx)
            {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn the_older_session_ends_before_the_newer_one_hears() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    let mut older = house.listen(&bob).await;
    let place = house.say(&ann, bob.with(), "one").await.unwrap();
    assert_eq!(older.hear().await, ["appeared ann+bob", "ann: one"]);
    let ending = async {
        for _ in 0..200 {
            if older.hear().await.contains(&"Replaced".to_owned()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.core.arrived(bob.actor, &bob.caller(), &[(place.conversation, place.seq)]);
        older.attachment.part(false).await.unwrap();
    };
    let (mut newer, ()) = tokio::join!(house.listen(&bob), ending);
    assert!(newer.hear().await.is_empty(), "what arrived at the older session does not come again");
}

#[tokio::test]
async fn repeating_a_key_is_answered_with_the_first_post() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    let post = |text: &str| message::Command::Post {
        to: bob.with(),
        parts: vec![DraftPart::Ready(Part::text(text))],
        key: Some("k".into()),
    };
    let place = |reply| match reply {
        Ok(Reply::Message(message::Reply::Posted(place, ..))) => place,
        other => panic!("{other:?}"),
    };
    let first = place(house.ask(&ann, post("one")).await);
    assert_eq!(place(house.ask(&ann, post("one")).await), first);
    assert_eq!(house.ask(&ann, post("two")).await.unwrap_err(), Refusal::KeyReused);
    let heard = house.listen(&bob).await.hear().await;
    assert_eq!(heard, ["appeared ann+bob", "ann: one"]);
}

#[tokio::test]
async fn what_cannot_be_posted_is_told_why() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    let post = |parts: Vec<DraftPart>| message::Command::Post { to: bob.with(), parts, key: None };
    let text = |length: usize| DraftPart::Ready(Part::text("x".repeat(length)));
    let refused = |parts| async { house.ask(&ann, post(parts)).await.unwrap_err() };
    assert_eq!(refused(vec![]).await, Refusal::Empty(Field::Message));
    assert_eq!(refused(vec![text(64 * 1024 + 1)]).await, Refusal::TooLarge(Field::Message));
    assert_eq!(refused((0..17).map(|_| text(1)).collect()).await, Refusal::TooLarge(Field::Message));
    assert!(house.listen(&bob).await.hear().await.is_empty());
}

#[tokio::test]
async fn large_media_do_not_travel_on_the_bus_and_arrive_all_the_same() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    let caller = koine_core::Caller { embeds_media: true, ..bob.caller() };
    let mailbox = std::sync::Arc::new(Mailbox::default());
    let attachment = house.core.attach(bob.actor, caller, mailbox.clone()).await.unwrap();
    let mut ear = support::Ear { attachment, mailbox, caller };
    house.say(&ann, bob.with(), "look").await.unwrap();
    for size in [1 << 10, 1 << 20] {
        let bytes = vec![7; size].into();
        let upload = koine_model::media::Upload { mime: format!("image/{size}"), name: String::new(), bytes };
        let parts = vec![DraftPart::Upload(upload)];
        house.ask(&ann, message::Command::Post { to: bob.with(), parts, key: None }).await.unwrap();
    }
    let heard: Vec<String> = ear.hear().await.into_iter().filter(|words| words.contains(':')).collect();
    assert_eq!(heard, ["ann: look", "ann: image/1024", "ann: image/1048576"]);
}

#[tokio::test]
async fn a_batch_holds_the_media_of_one_message() {
    const MIB: usize = 1 << 20;
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    for sizes in [[MIB / 2, 1], [MIB, 11 * MIB], [12 * MIB, 10 * MIB]] {
        // Each is other bytes than all others.
        let media = |size: usize| {
            let bytes = vec![u8::try_from(size / MIB).unwrap(); size].into();
            let mime = "image/png".to_owned();
            DraftPart::Upload(koine_model::media::Upload { mime, name: String::new(), bytes })
        };
        let parts = sizes.into_iter().map(media).collect();
        house.ask(&ann, message::Command::Post { to: bob.with(), parts, key: None }).await.unwrap();
    }
    let caller = koine_core::Caller { embeds_media: true, ..bob.caller() };
    let mailbox = std::sync::Arc::new(Mailbox::default());
    let mut attachment = house.core.attach(bob.actor, caller, mailbox).await.unwrap();
    let mut catch_up = attachment.catch_up(caller).expect("something was missed");
    let mut weights = Vec::new();
    loop {
        let batch = catch_up.next().await.unwrap();
        let letters = batch.events.iter().filter_map(|envelope| match &envelope.event {
            koine_model::Event::Message(letter) => Some(letter.blobs.size() / MIB),
            _ => None,
        });
        weights.push(letters.collect::<Vec<_>>());
        if batch.is_last {
            break;
        }
    }
    weights.retain(|batch| !batch.is_empty());
    // Of the last message one comes along, and of the other its URL.
    assert_eq!(weights, [vec![0, 12], vec![12]]);
}

/// Whoever has said nothing for so long waits.
const QUIET: Duration = Duration::from_millis(200);

/// Those of a batch that have something to say, and the MiB of their media.
fn said(batch: &koine_core::delivery::Batch) -> Vec<(String, usize)> {
    let letters = batch.events.iter().filter_map(|envelope| match &envelope.event {
        koine_model::Event::Message(letter) => Some(letter),
        _ => None,
    });
    let text = |letter: &message::Letter| match letter.message.parts.first() {
        Some(Part::Text { text, .. }) => text.clone(),
        _ => String::new(),
    };
    letters.map(|letter| (text(letter), letter.blobs.size() >> 20)).collect()
}

#[tokio::test]
async fn media_wait_for_room_and_what_was_said_before_them_does_not() {
    const MIB: usize = 1 << 20;
    let limits = koine_core::Limits { outgoing_media_bytes: 32 * MIB, ..koine_core::Limits::default() };
    let house = House::with(limits);
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", POLITE).await);
    house.say(&ann, bob.with(), "one").await.unwrap();
    let media = |size: usize| {
        let (mime, bytes) = ("image/png".to_owned(), vec![7; size].into());
        vec![DraftPart::Upload(koine_model::media::Upload { mime, name: String::new(), bytes })]
    };
    for size in [64 << 10, 2 * MIB] {
        let post = message::Command::Post { to: bob.with(), parts: media(size), key: None };
        house.ask(&ann, post).await.unwrap();
    }
    house.say(&ann, bob.with(), "two").await.unwrap();
    let caller = koine_core::Caller { embeds_media: true, ..bob.caller() };
    let mut readers = Vec::new();
    for _ in 0..2 {
        let mailbox = std::sync::Arc::new(Mailbox::default());
        let mut attachment = house.core.attach(bob.actor, caller, mailbox).await.unwrap();
        let catch_up = attachment.catch_up(caller).expect("something was missed");
        readers.push((attachment, catch_up));
    }
    let [(_, first), (_, second)] = readers.as_mut_slice() else { panic!("two") };
    let text = |text: &str| (text.to_owned(), 0);
    let (small, large) = (text(""), (String::new(), 2));
    // Each account has a quarter of the room, and one frame in any case.
    let held = loop {
        let batch = first.next().await.unwrap();
        if batch.place.is_some() {
            break batch;
        }
        assert!(!batch.is_last);
    };
    assert_eq!(said(&held).last(), Some(&large));
    let mut before = Vec::new();
    while before.len() < 2 {
        let batch = second.next().await.unwrap();
        assert!(batch.place.is_none());
        before.extend(said(&batch));
    }
    assert_eq!(before, [text("one"), small]);
    let mut waiting = std::pin::pin!(second.next());
    assert!(timeout(QUIET, waiting.as_mut()).await.is_err());
    // Somebody else does not wait for them.
    let post = message::Command::Post { to: ann.with(), parts: media(MIB), key: None };
    house.ask(&bob, post).await.unwrap();
    let history =
        message::Command::History { of: bob.with(), span: Span::ALL, order: Order::Oldest, limit: 10 };
    let theirs = koine_core::Caller { embeds_media: true, peer: Peer::V4([192, 0, 2, 1]), ..ann.caller() };
    let outcome = house.core.execute(theirs, history.into()).await;
    let Ok(Reply::Message(message::Reply::History(letters))) = &outcome.answer else {
        panic!("{:?}", outcome.answer)
    };
    assert_eq!(letters.iter().map(|letter| letter.blobs.size() >> 20).sum::<usize>(), 3);
    assert!(outcome.place.is_some());
    assert!(timeout(QUIET, waiting.as_mut()).await.is_err());
    // It is their turn when the client of the other one has taken everything.
    drop(held);
    let batch = timeout(Duration::from_secs(20), waiting).await.unwrap().unwrap();
    assert_eq!((said(&batch), batch.place.is_some()), (vec![large], true));
}
