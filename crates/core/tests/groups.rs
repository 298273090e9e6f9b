//! Groups: members, invitations, leaders.

mod support;

use koine_core::Limits;
use koine_model::conversation::ConversationRef;
use koine_model::conversation::{Command, Reply};
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, Refusal, contact};
use support::{Guest, House, POLITE, SILENT};

async fn group(
    house: &House,
    leader: &Guest,
    members: &[&Guest],
    invite: bool,
) -> Result<ConversationId, Refusal> {
    let members = members.iter().map(|member| member.named()).collect();
    let reply = house.ask(leader, Command::Create { name: "tea".into(), members, invite }).await?;
    let koine_model::Reply::Conversation(Reply::Conversation(overview)) = reply else { panic!("{reply:?}") };
    Ok(overview.conversation.id)
}

/// Makes friends of two, of whom the other cannot answer.
async fn befriend(house: &House, asker: &Guest, other: &Guest) {
    house.ask(asker, contact::Command::Request { who: other.named() }).await.unwrap();
}

async fn seen(house: &House, who: &Guest, id: ConversationId) -> Result<(AccountId, Vec<String>), Refusal> {
    let reply = house.ask(who, Command::Find { conversation: id }).await?;
    let koine_model::Reply::Conversation(Reply::Conversation(overview)) = reply else { panic!("{reply:?}") };
    let names = overview.members.iter().map(|person| person.profile.handle.to_string()).collect();
    Ok((overview.conversation.leader, names))
}

#[tokio::test]
async fn members_hear_each_other_and_nobody_else_does() {
    let house = House::new();
    let (ann, bob, eve) = (
        house.guest("ann", SILENT).await,
        house.guest("bob", SILENT).await,
        house.guest("eve", SILENT).await,
    );
    let (mut bobs, mut eves) = (house.listen(&bob).await, house.listen(&eve).await);
    let tea = group(&house, &ann, &[&bob, &bob, &ann], false).await.unwrap();
    house.say(&ann, ConversationRef::Id(tea), "hello").await.unwrap();
    assert_eq!(bobs.hear().await, ["appeared ann+bob", "ann: hello"]);
    assert!(eves.hear().await.is_empty());
    assert_eq!(house.say(&eve, ConversationRef::Id(tea), "hi").await, Err(Refusal::UnknownConversation));
    assert_eq!(seen(&house, &eve, tea).await, Err(Refusal::UnknownConversation));
}

#[tokio::test]
async fn who_comes_later_sees_what_is_said_from_then_on() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    let tea = group(&house, &ann, &[], false).await.unwrap();
    house.say(&ann, ConversationRef::Id(tea), "alone").await.unwrap();
    let mut bobs = house.listen(&bob).await;
    house.ask(&ann, Command::Add { conversation: tea, who: bob.named(), invite: false }).await.unwrap();
    house.say(&ann, ConversationRef::Id(tea), "together").await.unwrap();
    let heard = bobs.hear().await;
    assert_eq!(heard.first().map(String::as_str), Some("appeared ann+bob"));
    assert!(
        heard.contains(&"ann: together".to_owned()) && !heard.contains(&"ann: alone".to_owned()),
        "{heard:?}"
    );
}

#[tokio::test]
async fn the_longest_standing_member_leads_after_the_leader_and_the_last_one_ends_it() {
    let house = House::new();
    let (ann, bob, eve) = (
        house.guest("ann", SILENT).await,
        house.guest("bob", SILENT).await,
        house.guest("eve", SILENT).await,
    );
    let tea = group(&house, &ann, &[&eve, &bob], false).await.unwrap();
    let mut bobs = house.listen(&bob).await;
    bobs.hear().await;
    let leave = || Command::Leave { conversation: tea };
    house.ask(&ann, leave()).await.unwrap();
    assert_eq!(bobs.hear().await, ["Left ann", "Leads eve"]);
    assert_eq!(seen(&house, &bob, tea).await.unwrap(), (eve.id(), vec!["eve".to_owned(), "bob".to_owned()]));
    assert_eq!(
        house.ask(&bob, Command::Expel { conversation: tea, who: eve.named() }).await.unwrap_err(),
        Refusal::NotLeader
    );
    house.ask(&eve, Command::Promote { conversation: tea, who: bob.named() }).await.unwrap();
    house.ask(&bob, Command::Expel { conversation: tea, who: eve.named() }).await.unwrap();
    assert_eq!(bobs.hear().await, ["Leads bob", "Expelled eve"]);
    assert_eq!(
        house.say(&eve, ConversationRef::Id(tea), "let me in").await,
        Err(Refusal::UnknownConversation)
    );
    house.ask(&bob, leave()).await.unwrap();
    assert_eq!(seen(&house, &bob, tea).await, Err(Refusal::UnknownConversation));
}

#[tokio::test]
async fn the_invited_are_friends_and_members_only_when_they_accept() {
    let house = House::new();
    let (ann, bob, eve) = (
        house.guest("ann", POLITE).await,
        house.guest("bob", POLITE).await,
        house.guest("eve", POLITE).await,
    );
    for guest in [&bob, &eve] {
        assert_eq!(group(&house, &ann, &[guest], true).await, Err(Refusal::NotFriends));
        house.ask(&ann, contact::Command::Request { who: guest.named() }).await.unwrap();
        house.ask(guest, contact::Command::Answer { who: ann.named(), accept: true }).await.unwrap();
    }
    let (mut anns, mut bobs) = (house.listen(&ann).await, house.listen(&bob).await);
    let tea = group(&house, &ann, &[&bob, &eve], true).await.unwrap();
    assert_eq!(anns.hear().await, ["bob Online", "appeared ann"]);
    assert_eq!(bobs.hear().await, ["Invited bob"]);
    assert_eq!(house.say(&bob, ConversationRef::Id(tea), "hi").await, Err(Refusal::UnknownConversation));
    house.ask(&bob, Command::AnswerInvitation { conversation: tea, accept: true }).await.unwrap();
    assert_eq!(bobs.hear().await, ["appeared ann+bob"]);
    house.ask(&eve, Command::AnswerInvitation { conversation: tea, accept: false }).await.unwrap();
    assert_eq!(bobs.hear().await, ["Declined eve"]);
    assert_eq!(anns.hear().await, ["Joined bob", "Declined eve"]);
    let again = house.ask(&eve, Command::AnswerInvitation { conversation: tea, accept: true }).await;
    assert_eq!(again.unwrap_err(), Refusal::NotThere);
}

#[tokio::test]
async fn an_invitation_is_accepted_for_who_cannot_answer_it() {
    let house = House::new();
    let (ann, bob, eve) = (
        house.guest("ann", POLITE).await,
        house.guest("bob", SILENT).await,
        house.guest("eve", POLITE).await,
    );
    assert_eq!(group(&house, &ann, &[&bob], true).await, Err(Refusal::NotFriends));
    house.ask(&ann, contact::Command::Request { who: bob.named() }).await.unwrap();
    house.ask(&ann, contact::Command::Request { who: eve.named() }).await.unwrap();
    house.ask(&eve, contact::Command::Answer { who: ann.named(), accept: true }).await.unwrap();
    let (mut anns, mut bobs) = (house.listen(&ann).await, house.listen(&bob).await);
    anns.hear().await;
    let tea = group(&house, &ann, &[&bob, &eve], true).await.unwrap();
    assert_eq!(anns.hear().await, ["appeared ann+bob"]);
    assert_eq!(bobs.hear().await, ["appeared ann+bob"]);
    house.say(&bob, ConversationRef::Id(tea), "hi").await.unwrap();
    assert_eq!(house.say(&eve, ConversationRef::Id(tea), "hi").await, Err(Refusal::UnknownConversation));
    let eves = Command::Add { conversation: tea, who: eve.named(), invite: true };
    assert_eq!(house.ask(&bob, eves).await.unwrap_err(), Refusal::Already);
    let di = house.guest("di", SILENT).await;
    house.ask(&ann, Command::Add { conversation: tea, who: di.named(), invite: true }).await.unwrap();
    house.say(&di, ConversationRef::Id(tea), "hi").await.unwrap();
}

#[tokio::test]
async fn a_group_is_renamed_and_dissolved_by_its_leader_alone() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    let tea = group(&house, &ann, &[&bob], false).await.unwrap();
    let mut bobs = house.listen(&bob).await;
    bobs.hear().await;
    let rename = |name: &str| Command::Rename { conversation: tea, name: name.into() };
    assert_eq!(house.ask(&bob, rename("coffee")).await.unwrap_err(), Refusal::NotLeader);
    house.ask(&ann, rename("coffee")).await.unwrap();
    assert_eq!(
        house.ask(&bob, Command::Dissolve { conversation: tea }).await.unwrap_err(),
        Refusal::NotLeader
    );
    house.ask(&ann, Command::Dissolve { conversation: tea }).await.unwrap();
    assert_eq!(bobs.hear().await, ["Renamed ann", "Dissolved ann"]);
    assert_eq!(house.say(&ann, ConversationRef::Id(tea), "?").await, Err(Refusal::UnknownConversation));
}

#[tokio::test]
async fn a_group_has_no_more_members_than_are_allowed_however_they_come() {
    let house = House::with(Limits { group_members: 2, ..Limits::default() });
    let (ann, bob, eve) = (
        house.guest("ann", SILENT).await,
        house.guest("bob", SILENT).await,
        house.guest("eve", SILENT).await,
    );
    let too_many = Refusal::TooLarge(Field::Members);
    // Whoever makes it is one of them, listed or not.
    assert_eq!(group(&house, &ann, &[&bob, &eve], false).await, Err(too_many));
    assert_eq!(group(&house, &ann, &[&ann, &bob, &eve], false).await, Err(too_many));
    let tea = group(&house, &ann, &[&ann, &bob], false).await.unwrap();
    let add = Command::Add { conversation: tea, who: eve.named(), invite: false };
    assert_eq!(house.ask(&ann, add).await.unwrap_err(), too_many);
    assert_eq!(seen(&house, &ann, tea).await.unwrap().1, ["ann", "bob"]);
}

#[tokio::test]
async fn who_is_invited_has_one_of_the_places() {
    let house = House::with(Limits { group_members: 2, ..Limits::default() });
    let (ann, bob, eve) = (
        house.guest("ann", POLITE).await,
        house.guest("bob", POLITE).await,
        house.guest("eve", SILENT).await,
    );
    let tea = group(&house, &ann, &[], true).await.unwrap();
    let add = |who: &Guest, invite| Command::Add { conversation: tea, who: who.named(), invite };
    house.ask(&ann, add(&bob, true)).await.unwrap();
    let too_many = Refusal::TooLarge(Field::Members);
    assert_eq!(house.ask(&ann, add(&eve, true)).await.unwrap_err(), too_many);
    house.ask(&bob, Command::AnswerInvitation { conversation: tea, accept: true }).await.unwrap();
    assert_eq!(seen(&house, &ann, tea).await.unwrap().1, ["ann", "bob"]);
}

#[tokio::test]
async fn whoever_makes_a_group_is_told_of_all_who_are_in_it_at_once() {
    const FRIENDS: usize = 300;
    let house = House::with(Limits { listed_members: 10, ..Limits::default() });
    let ann = house.guest("ann", POLITE).await;
    let mut friends = Vec::new();
    for number in 0..FRIENDS {
        let friend = house.guest(&format!("friend{number}"), SILENT).await;
        befriend(&house, &ann, &friend).await;
        friends.push(friend.named());
    }
    let mut anns = house.listen(&ann).await;
    let create = Command::Create { name: "tea".into(), members: friends, invite: true };
    let reply = house.ask(&ann, create).await.unwrap();
    let koine_model::Reply::Conversation(Reply::Conversation(made)) = reply else { panic!("{reply:?}") };
    assert_eq!((made.members.len(), made.member_count), (FRIENDS + 1, 301));
    let heard = anns.hear().await;
    assert!(heard.iter().all(|event| event.starts_with("appeared ann+friend0+")), "{heard:?}");
}
