//! Contacts, requests, and who is told.

mod support;

use koine_core::Limits;
use koine_model::Refusal;
use koine_model::contact::{Command, Reply};
use support::{Guest, House, POLITE, SILENT};

async fn contacts(house: &House, who: &Guest) -> (Vec<String>, Vec<String>) {
    let Ok(koine_model::Reply::Contact(Reply::Contacts(list))) = house.ask(who, Command::List).await else {
        panic!()
    };
    let name = |person: &koine_model::account::Person| person.profile.handle.to_string();
    let mark = |mutual: bool| if mutual { "" } else { "?" };
    let people = list.people.iter().map(|contact| name(&contact.person) + mark(contact.mutual)).collect();
    (people, list.requests.iter().map(name).collect())
}

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn adding_somebody_who_can_answer_asks_them() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", POLITE).await);
    let mut bobs = house.listen(&bob).await;
    house.ask(&ann, Command::Add { who: bob.named() }).await.unwrap();
    assert_eq!(bobs.hear().await, ["Requested by ann"]);
    assert_eq!(contacts(&house, &ann).await, (list(&["bob?"]), vec![]));
    assert_eq!(contacts(&house, &bob).await, (vec![], list(&["ann"])));
    assert_eq!(house.ask(&ann, Command::Add { who: bob.named() }).await.unwrap_err(), Refusal::Already);
    let mut anns = house.listen(&ann).await;
    house.ask(&bob, Command::Answer { who: ann.named(), accept: true }).await.unwrap();
    assert!(anns.hear().await.contains(&"Accepted by bob".to_owned()));
    assert_eq!(contacts(&house, &ann).await, (list(&["bob"]), vec![]));
    assert_eq!(contacts(&house, &bob).await, (list(&["ann"]), vec![]));
}

#[tokio::test]
async fn a_request_to_somebody_who_cannot_answer_is_accepted_for_them() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", SILENT).await);
    house.ask(&ann, Command::Request { who: bob.named() }).await.unwrap();
    assert_eq!(contacts(&house, &ann).await, (list(&["bob"]), vec![]));
    assert_eq!(contacts(&house, &bob).await, (list(&["ann"]), vec![]));
    let strict = House::with(Limits { auto_accept: false, ..Limits::default() });
    let (ann, bob) = (strict.guest("ann", POLITE).await, strict.guest("bob", SILENT).await);
    strict.ask(&ann, Command::Request { who: bob.named() }).await.unwrap();
    assert_eq!(contacts(&strict, &ann).await, (vec![], vec![]));
    // Adding them back is an answer, too.
    strict.ask(&bob, Command::Add { who: ann.named() }).await.unwrap();
    assert_eq!(contacts(&strict, &ann).await, (list(&["bob"]), vec![]));
    assert_eq!(contacts(&strict, &bob).await, (list(&["ann"]), vec![]));
}

#[tokio::test]
async fn declining_and_removing_leave_nothing() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    house.ask(&ann, Command::Request { who: bob.named() }).await.unwrap();
    let mut anns = house.listen(&ann).await;
    house.ask(&bob, Command::Answer { who: ann.named(), accept: false }).await.unwrap();
    assert_eq!(anns.hear().await, ["Declined by bob"]);
    let nothing = house.ask(&bob, Command::Answer { who: ann.named(), accept: true }).await;
    assert_eq!(nothing.unwrap_err(), Refusal::NotThere);
    house.ask(&ann, Command::Request { who: bob.named() }).await.unwrap();
    house.ask(&bob, Command::Request { who: ann.named() }).await.unwrap();
    assert_eq!(contacts(&house, &bob).await, (list(&["ann"]), vec![]), "asking who asked first completes");
    anns.hear().await;
    house.ask(&bob, Command::Remove { who: ann.named(), both: true }).await.unwrap();
    assert_eq!(anns.hear().await, ["Removed by bob"]);
    assert_eq!(contacts(&house, &ann).await, (vec![], vec![]));
    let yourself = house.ask(&ann, Command::Add { who: ann.named() }).await;
    assert_eq!(yourself.unwrap_err(), Refusal::Yourself);
}

#[tokio::test]
async fn who_was_taken_from_a_list_sees_somebody_who_has_gone() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    house.ask(&ann, Command::Add { who: bob.named() }).await.unwrap();
    house.ask(&bob, Command::Add { who: ann.named() }).await.unwrap();
    let (_anns, mut bobs) = (house.listen(&ann).await, house.listen(&bob).await);
    bobs.hear().await;
    house.ask(&ann, Command::Remove { who: bob.named(), both: false }).await.unwrap();
    assert_eq!(bobs.hear().await, ["ann Offline"], "what comes later is not told any more");
}

#[tokio::test]
async fn contacts_hear_when_somebody_comes_and_goes() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", SILENT).await);
    house.ask(&ann, Command::Add { who: bob.named() }).await.unwrap();
    let mut anns = house.listen(&ann).await;
    let first = house.listen(&bob).await;
    let on_the_phone =
        Guest { device: POLITE, ..Guest { actor: bob.actor, device: POLITE, person: bob.person.clone() } };
    let second = house.listen(&on_the_phone).await;
    assert_eq!(anns.hear().await, ["bob Online"]);
    first.attachment.part(false).await.unwrap();
    assert_eq!(anns.hear().await, list(&[]), "bob is still here on another device");
    second.attachment.part(false).await.unwrap();
    assert_eq!(anns.hear().await, ["bob Offline"]);
}

#[tokio::test]
async fn only_friends_are_told_who_comes_and_goes() {
    let house = House::new();
    let (ann, bob, eve) = (
        house.guest("ann", POLITE).await,
        house.guest("bob", POLITE).await,
        house.guest("eve", POLITE).await,
    );
    // Ann and Bob are friends; Ann has Eve, who has not answered.
    house.ask(&ann, Command::Add { who: bob.named() }).await.unwrap();
    house.ask(&bob, Command::Answer { who: ann.named(), accept: true }).await.unwrap();
    house.ask(&ann, Command::Add { who: eve.named() }).await.unwrap();
    let (mut bobs, mut eves) = (house.listen(&bob).await, house.listen(&eve).await);
    bobs.hear().await;
    eves.hear().await;
    let mut anns = house.listen(&ann).await;
    assert_eq!(bobs.hear().await, ["ann Online"]);
    assert!(eves.hear().await.is_empty(), "she has not said that she wants to know Ann");
    anns.hear().await;
    eves.attachment.part(false).await.unwrap();
    assert!(anns.hear().await.is_empty(), "Eve has not let Ann know when she is there");
    bobs.attachment.part(false).await.unwrap();
    assert_eq!(anns.hear().await, ["bob Offline"]);
    anns.attachment.part(false).await.unwrap();
}
