//! Marks, who is writing, and the list of conversations.

mod support;

use koine_model::conversation::{Attendee, Command, Reply as Conversation, Shelf};
use koine_model::{ConversationId, Place, Refusal, Reply, Seq, contact, message};
use std::time::Duration;
use support::{Guest, House, MARKING, POLITE};

fn read(conversation: ConversationId, seq: u32) -> message::Command {
    message::Command::Read { until: Place { conversation, seq: Seq::new(seq) } }
}

async fn shelves(house: &House, who: &Guest) -> Vec<Shelf> {
    match house.ask(who, Command::Shelves { only: None }).await {
        Ok(Reply::Conversation(Conversation::Shelves(shelves))) => shelves,
        other => panic!("{other:?}"),
    }
}

async fn room(house: &House, who: &Guest, conversation: ConversationId) -> Result<Vec<Attendee>, Refusal> {
    match house.ask(who, Command::Room { conversation }).await? {
        Reply::Conversation(Conversation::Room(shelf, attendees)) => {
            assert_eq!(shelf.conversation.id, conversation);
            Ok(attendees)
        }
        other => panic!("{other:?}"),
    }
}

async fn group(house: &House, leader: &Guest, members: &[&Guest]) -> ConversationId {
    let members = members.iter().map(|member| member.named()).collect();
    match house.ask(leader, Command::Create { name: "tea".into(), members, invite: false }).await {
        Ok(Reply::Conversation(Conversation::Conversation(overview))) => overview.conversation.id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_shows_marks_is_told_what_was_read() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", MARKING).await, house.guest("bob", MARKING).await);
    let legacy = Guest { device: POLITE, actor: bob.actor, person: bob.person.clone() };
    let id = house.say(&ann, bob.with(), "one").await.unwrap().conversation;
    let (mut anns, mut bobs, mut plain) =
        (house.listen(&ann).await, house.listen(&bob).await, house.listen(&legacy).await);
    for ear in [&mut anns, &mut bobs, &mut plain] {
        ear.hear().await;
    }
    house.ask(&bob, read(id, 1)).await.unwrap();
    house.ask(&bob, read(id, 1)).await.unwrap();
    let told = vec![format!("{} read 1, got 0", bob.id())];
    assert_eq!((anns.hear().await, bobs.hear().await, plain.hear().await), (told.clone(), told, vec![]));
    assert_eq!(house.ask(&bob, read(id, 2)).await.unwrap_err(), Refusal::UnknownMessage);
    let cid = house.guest("cid", MARKING).await;
    assert_eq!(house.ask(&cid, read(id, 1)).await.unwrap_err(), Refusal::UnknownConversation);
    house.ask(&ann, message::Command::Typing { conversation: id }).await.unwrap();
    let typing = vec![format!("{} writes", ann.id())];
    assert_eq!((anns.hear().await, bobs.hear().await, plain.hear().await), (vec![], typing, vec![]));
    let typing = message::Command::Typing { conversation: id };
    assert_eq!(house.ask(&cid, typing).await.unwrap_err(), Refusal::UnknownConversation);
}

#[tokio::test]
async fn what_has_arrived_is_told_once_for_many() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", MARKING).await, house.guest("bob", POLITE).await);
    for _ in 0..3 {
        house.say(&ann, bob.with(), "x").await.unwrap();
    }
    let mut anns = house.listen(&ann).await;
    anns.hear().await;
    let id = shelves(&house, &bob).await[0].conversation.id;
    for seq in 1..=3 {
        house.core.arrived(bob.actor, &bob.caller(), &[(id, Seq::new(seq))]);
    }
    house.core.marks_tell().await;
    assert_eq!(anns.hear().await, [format!("{} read 0, got 3", bob.id())]);
    let nothing = tokio::time::timeout(Duration::from_millis(50), house.core.marks_tell()).await;
    assert!(nothing.is_err(), "all is told");
    anns.attachment.part(false).await.unwrap();
    house.core.arrived(bob.actor, &bob.caller(), &[(id, Seq::new(3))]);
    let nothing = tokio::time::timeout(Duration::from_millis(50), house.core.marks_tell()).await;
    assert!(nothing.is_err(), "nobody wants to know");
}

#[tokio::test]
async fn the_list_of_conversations_has_what_is_needed_to_draw_it() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", MARKING).await, house.guest("bob", POLITE).await);
    let tea = group(&house, &bob, &[&ann]).await;
    let direct = house.say(&bob, ann.with(), "one").await.unwrap().conversation;
    house.say(&bob, ann.with(), "two").await.unwrap();
    house.ask(&ann, read(direct, 1)).await.unwrap();
    house.core.arrived(ann.actor, &ann.caller(), &[(direct, Seq::new(2))]);
    let listed = shelves(&house, &ann).await;
    assert_eq!(listed.len(), 2);
    let shelf = listed.iter().find(|shelf| shelf.conversation.id == direct).unwrap();
    assert_eq!(shelf.other(ann.id()).map(|profile| profile.id), Some(bob.id()));
    let marks = (shelf.last_seq.number(), shelf.read.number(), shelf.delivered.number(), shelf.unread);
    assert_eq!((marks, shelf.words), ((2, 1, 2, 1), true));
    let letter = shelf.last.as_ref().unwrap();
    assert_eq!((letter.message.place.seq.number(), letter.sender.id, letter.pair.len()), (2, bob.id(), 2));
    let shelf = listed.iter().find(|shelf| shelf.conversation.id == tea).unwrap();
    assert_eq!((shelf.member_count, shelf.pair.len(), shelf.last.is_none()), (2, 0, true));
}

#[tokio::test]
async fn members_see_who_is_there_unless_blocked() {
    let house = House::new();
    let (ann, bob, cid) = (
        house.guest("ann", POLITE).await,
        house.guest("bob", POLITE).await,
        house.guest("cid", POLITE).await,
    );
    let tea = group(&house, &ann, &[&bob, &cid]).await;
    let _ears = (house.listen(&bob).await, house.listen(&cid).await);
    let online = |room: Vec<Attendee>| room.iter().map(|attendee| attendee.online).collect::<Vec<_>>();
    assert_eq!(online(room(&house, &ann, tea).await.unwrap()), [false, true, true]);
    house.ask(&cid, contact::Command::Block { who: ann.named() }).await.unwrap();
    assert_eq!(online(room(&house, &ann, tea).await.unwrap()), [false, true, false]);
    assert_eq!(online(room(&house, &bob, tea).await.unwrap()), [false, true, true]);
    let dan = house.guest("dan", POLITE).await;
    assert_eq!(room(&house, &dan, tea).await.unwrap_err(), Refusal::UnknownConversation);
    let mut crowd = Vec::new();
    for number in 0..62 {
        crowd.push(house.guest(&format!("guest{number}"), POLITE).await);
    }
    let large = group(&house, &bob, &crowd.iter().chain([&ann, &cid]).collect::<Vec<_>>()).await;
    let seen = room(&house, &ann, large).await.unwrap();
    assert_eq!((seen.len(), seen.iter().filter(|attendee| attendee.online).count()), (65, 0));
}

#[tokio::test]
async fn clearing_is_told_to_ones_other_sessions() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", MARKING).await, house.guest("bob", MARKING).await);
    let id = house.say(&bob, ann.with(), "one").await.unwrap().conversation;
    let (mut anns, mut bobs) = (house.listen(&ann).await, house.listen(&bob).await);
    anns.hear().await;
    bobs.hear().await;
    house.ask(&ann, Command::Clear { conversation: id }).await.unwrap();
    assert_eq!((anns.hear().await, bobs.hear().await), (vec![format!("{id} words, cleared")], vec![]));
    assert!(shelves(&house, &ann).await.is_empty());
    house.ask(&ann, Command::Words { conversation: id, on: false }).await.unwrap();
    assert_eq!(anns.hear().await, [format!("{id} no words, kept")]);
}
