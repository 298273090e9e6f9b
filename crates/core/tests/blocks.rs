//! Blocking somebody: what both see, and what neither does.

mod support;

use koine_model::contact::{Command, Contacts, Reply};
use koine_model::conversation::{self, ConversationRef};
use koine_model::{Refusal, message};
use support::{Guest, House, MARKING, POLITE};

async fn contacts(house: &House, who: &Guest) -> Contacts {
    match house.ask(who, Command::List).await {
        Ok(koine_model::Reply::Contact(Reply::Contacts(contacts))) => *contacts,
        other => panic!("{other:?}"),
    }
}

fn block(who: &Guest) -> Command {
    Command::Block { who: who.named() }
}

async fn befriend(house: &House, one: &Guest, other: &Guest) {
    house.ask(one, Command::Add { who: other.named() }).await.unwrap();
    house.ask(other, Command::Add { who: one.named() }).await.unwrap();
}

#[tokio::test]
async fn the_blocked_sees_somebody_who_has_gone() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    befriend(&house, &ann, &bob).await;
    let mut anns = house.listen(&ann).await;
    let mut bobs = house.listen(&bob).await;
    anns.hear().await;
    bobs.hear().await;
    house.ask(&ann, block(&bob)).await.unwrap();
    house.ask(&ann, block(&bob)).await.unwrap();
    assert_eq!(
        (bobs.hear().await, anns.hear().await),
        (
            vec!["ann Offline".into()],
            ["bob Offline", "own contacts", "own contacts"].map(String::from).to_vec()
        )
    );
    assert!(contacts(&house, &bob).await.people.is_empty());
    let listed = contacts(&house, &ann).await;
    assert!(listed.people.is_empty());
    assert_eq!(listed.blocked.iter().map(|person| person.profile.id).collect::<Vec<_>>(), [bob.id()]);
    anns.attachment.part(false).await.unwrap();
    let _again = house.listen(&ann).await;
    assert_eq!(bobs.hear().await, Vec::<String>::new(), "presence is not told any more");
    house.ask(&ann, Command::Unblock { who: bob.named() }).await.unwrap();
    let unblock = Command::Unblock { who: bob.named() };
    assert_eq!(house.ask(&ann, unblock).await.unwrap_err(), Refusal::NotThere);
    assert_eq!(house.ask(&ann, block(&ann)).await.unwrap_err(), Refusal::Yourself);
}

#[tokio::test]
async fn neither_writes_to_the_other_directly() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    house.say(&bob, ann.with(), "hello").await.unwrap();
    house.ask(&ann, block(&bob)).await.unwrap();
    assert_eq!(house.say(&bob, ann.with(), "still there?").await, Err(Refusal::Blocked));
    assert_eq!(house.say(&ann, bob.with(), "no").await, Err(Refusal::Blocked));
    let request = Command::Request { who: ann.named() };
    assert_eq!(house.ask(&bob, request).await.unwrap_err(), Refusal::Blocked);
    let create =
        conversation::Command::Create { name: "tea".into(), members: vec![ann.named()], invite: false };
    assert_eq!(house.ask(&bob, create).await.unwrap_err(), Refusal::Blocked);
    house.ask(&ann, Command::Unblock { who: bob.named() }).await.unwrap();
    house.say(&bob, ann.with(), "hello again").await.unwrap();
}

#[tokio::test]
async fn marks_and_typing_stay_between_those_who_are_not_blocked() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", MARKING).await, house.guest("bob", MARKING).await);
    let place = house.say(&bob, ann.with(), "hello").await.unwrap();
    let (mut anns, mut phone, mut bobs) =
        (house.listen(&ann).await, house.listen(&ann).await, house.listen(&bob).await);
    for ear in [&mut anns, &mut phone, &mut bobs] {
        ear.hear().await;
    }
    house.ask(&ann, block(&bob)).await.unwrap();
    house.ask(&ann, message::Command::Typing { conversation: place.conversation }).await.unwrap();
    house.ask(&ann, message::Command::Read { until: place }).await.unwrap();
    assert_eq!(bobs.hear().await, Vec::<String>::new());
    let own = vec!["own contacts".to_owned(), format!("{} read 1, got 0", ann.id())];
    assert_eq!((anns.hear().await, phone.hear().await), (own.clone(), own));
    let of = ConversationRef::Id(place.conversation);
    assert_eq!(house.say(&ann, of, "x").await, Err(Refusal::Blocked));
}
