//! Taking away what is too old, while people are connected and go on.

mod support;

use koine_core::Limits;
use koine_model::message::{Act, Command, Deed, DraftPart, Order, Part, Reply as Said, Span};
use koine_model::{Refusal, Reply, Seq};
use std::time::Duration;
use support::{Guest, House, POLITE};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// More than one portion.
const OLD: usize = 250;

fn pass(house: &House, days: i64) {
    house.clock.advance(days * 24 * 60 * 60 * 1000);
}

/// Takes away everything older than a day. Tells how many entries went.
async fn prune(house: &House) -> u32 {
    let (operator, mut gone) = (house.core.operator(), 0);
    for aged in operator.log_aged(DAY).await.unwrap() {
        let mut of_this = 0;
        loop {
            match operator.log_trim(&aged).await.unwrap() {
                0 => break,
                some => of_this += some,
            }
        }
        assert_eq!(of_this, aged.entries);
        gone += of_this;
    }
    gone
}

async fn history(house: &House, who: &Guest, with: &Guest) -> Vec<u32> {
    let command = Command::History { of: with.with(), span: Span::ALL, order: Order::Oldest, limit: 1000 };
    match house.ask(who, command).await {
        Ok(Reply::Message(Said::History(letters))) => {
            letters.iter().map(|letter| letter.message.place.seq.number()).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_listens_goes_on_behind_what_was_pruned() {
    let house = House::with(Limits::default());
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let mut heard = house.listen(&bob).await;
    heard.hear().await;
    let mut behind = house.listen(&bob).await;
    for number in 0..OLD {
        house.say(&ann, bob.with(), &format!("old {number}")).await.unwrap();
    }
    assert_eq!(heard.hear().await.last().map(String::as_str), Some("ann: old 249"));
    pass(&house, 10);
    house.say(&ann, bob.with(), "young").await.unwrap();
    assert_eq!(prune(&house).await, 250);
    assert_eq!(prune(&house).await, 0);

    let mut fresh = house.listen(&bob).await;
    assert_eq!(heard.hear().await, ["ann: young"]);
    for ear in [&mut behind, &mut fresh] {
        assert_eq!(ear.hear().await.last().map(String::as_str), Some("ann: young"));
    }
    assert_eq!(
        (history(&house, &ann, &bob).await, history(&house, &bob, &ann).await),
        (vec![251], vec![251])
    );

    // When nothing is left, everybody is told of what is said next all the same.
    pass(&house, 10);
    assert_eq!(prune(&house).await, 1);
    assert_eq!(history(&house, &ann, &bob).await, [0; 0]);
    let next = house.say(&ann, bob.with(), "next").await.unwrap();
    assert_eq!(next.seq, Seq::new(252));
    let mut later = house.listen(&bob).await;
    for ear in [&mut heard, &mut behind, &mut fresh, &mut later] {
        assert_eq!(ear.hear().await.last().map(String::as_str), Some("ann: next"));
    }
    assert_eq!(history(&house, &bob, &ann).await, [252]);
}

#[tokio::test]
async fn what_was_pruned_can_be_neither_answered_nor_changed() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let old = house.say(&ann, bob.with(), "old").await.unwrap();
    pass(&house, 10);
    house.say(&ann, bob.with(), "young").await.unwrap();
    assert_eq!(prune(&house).await, 1);
    let deeds = [Deed::Edited("new".into()), Deed::Reacted { emoji: "👍".into(), on: true }, Deed::Deleted];
    for deed in deeds {
        let act = Act { target: old.seq, deed };
        let command = Command::Amend { conversation: old.conversation, act, key: None };
        assert_eq!(house.ask(&ann, command).await.map(drop), Err(Refusal::UnknownMessage));
    }
    let parts = vec![DraftPart::Ready(Part::Reply { to: old.seq }), DraftPart::Ready(Part::text("yes"))];
    let command = Command::Post { to: ann.with(), parts, key: None };
    assert_eq!(house.ask(&bob, command).await.map(drop), Err(Refusal::UnknownMessage));
}
