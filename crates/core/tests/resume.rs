//! Resuming: a client that says what it has is told exactly what it missed, or to begin afresh.

mod support;

use koine_bus::Mailbox;
use koine_core::Change;
use koine_core::delivery::Start;
use koine_model::account::{self, Command};
use koine_model::conversation::{self, ConversationRef};
use koine_model::device::{Device, Sessions};
use koine_model::{ConversationId, Epoch, Place, Reply, Seq};
use std::sync::Arc;
use std::time::Duration;
use support::{Ear, Guest, House, POLITE};

/// A device that keeps what it was told.
const KEEPS: Device =
    Device { listens: false, shows_acts: true, ..Device::plain("keeps", Sessions::Several) };

/// Asks to listen. Tells which conversations begin afresh.
async fn ask(house: &House, who: &Guest, have: &[(ConversationId, u32)]) -> (Vec<ConversationId>, Start) {
    ask_in(house, who, have, None).await
}

/// The same, with what was told in an epoch.
async fn ask_in(
    house: &House,
    who: &Guest,
    have: &[(ConversationId, u32)],
    told: Option<Epoch>,
) -> (Vec<ConversationId>, Start) {
    let have = Some(have.iter().map(|(id, seq)| (*id, Seq::new(*seq))).collect());
    let outcome =
        house.core.execute(who.caller(), Command::Listen { have, epoch: told, newest: None }.into()).await;
    let (Ok(Reply::Account(account::Reply::Listening { afresh, epoch, .. })), Change::Listens(start)) =
        (outcome.answer, outcome.change)
    else {
        panic!("not listening")
    };
    assert_eq!(epoch, house.core.epoch());
    (afresh, start)
}

/// Begins to listen as was answered.
async fn begin(house: &House, who: &Guest, start: Start) -> Ear {
    let mailbox = Arc::new(Mailbox::default());
    let attachment = house.core.attach_from(who.actor, who.caller(), mailbox.clone(), start).await.unwrap();
    Ear { attachment, mailbox, caller: who.caller() }
}

async fn resume(house: &House, who: &Guest, have: &[(ConversationId, u32)]) -> (Vec<ConversationId>, Ear) {
    let (afresh, start) = ask(house, who, have).await;
    (afresh, begin(house, who, start).await)
}

async fn say(house: &House, who: &Guest, id: ConversationId, numbers: std::ops::RangeInclusive<u32>) {
    for number in numbers {
        house.say(who, ConversationRef::Id(id), &number.to_string()).await.unwrap();
    }
}

fn told(name: &str, numbers: std::ops::RangeInclusive<u32>) -> Vec<String> {
    numbers.map(|number| format!("{name}: {number}")).collect()
}

async fn group(house: &House, leader: &Guest, members: &[&Guest]) -> ConversationId {
    let members = members.iter().map(|member| member.named()).collect();
    let create = conversation::Command::Create { name: "tea".into(), members, invite: false };
    match house.ask(leader, create).await {
        Ok(Reply::Conversation(conversation::Reply::Conversation(overview))) => overview.conversation.id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn from_every_position_exactly_the_rest_is_told() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", KEEPS).await);
    let tea = group(&house, &ann, &[&bob]).await;
    let (other, silent) = (group(&house, &ann, &[&bob]).await, group(&house, &ann, &[&bob]).await);
    say(&house, &ann, tea, 1..=100).await;
    say(&house, &ann, other, 1..=3).await;
    for have in 0..=100 {
        let (afresh, mut ear) = resume(&house, &bob, &[(tea, have), (silent, 0)]).await;
        assert!(afresh.is_empty());
        assert_eq!(ear.hear().await, told("ann", have + 1..=100), "{have}");
        // What has arrived on the device does not decide what this client has.
        house.core.arrived(bob.actor, &bob.caller(), &[(tea, Seq::new(100))]);
    }
}

#[tokio::test]
async fn what_is_said_while_one_begins_to_listen_is_told_once() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", KEEPS).await);
    let tea = group(&house, &ann, &[&bob]).await;
    say(&house, &ann, tea, 1..=5).await;
    for (begun, have) in [(true, Some(2)), (false, None)] {
        let have: Vec<_> = have.into_iter().map(|seq| (tea, seq)).collect();
        let last = house.say(&ann, ConversationRef::Id(tea), "before").await.unwrap().seq.number();
        let (_, start) = ask(&house, &bob, &have).await;
        say(&house, &ann, tea, last + 1..=last + 20).await;
        let posting = say(&house, &ann, tea, last + 21..=last + 200);
        let hearing = async {
            let mut ear = begin(&house, &bob, start).await;
            let mut heard = Vec::new();
            for _ in 0..10_000 {
                heard.extend(ear.hear().await);
                if heard.last().is_some_and(|words| *words == format!("ann: {}", last + 200)) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            heard
        };
        let ((), heard) = tokio::join!(posting, hearing);
        let mut expected = told("ann", last + 1..=last + 200);
        if begun {
            let mut all = told("ann", 3..=5);
            all.push("ann: before".into());
            all.extend(expected);
            expected = all;
        }
        assert_eq!(heard, expected);
    }
}

#[tokio::test]
async fn what_was_said_before_one_listened_is_told_though_nothing_comes_behind() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", KEEPS).await);
    let tea = group(&house, &ann, &[&bob]).await;
    for number in [1, 3, 5] {
        say(&house, &ann, tea, number..=number).await;
        let (_, start) = ask(&house, &bob, &[(tea, number - 1)]).await;
        say(&house, &ann, tea, number + 1..=number + 1).await;
        assert_eq!(begin(&house, &bob, start).await.hear().await, told("ann", number..=number + 1));
    }
    // Where nothing was, what was missed is told, too.
    let (_, start) = ask(&house, &bob, &[(tea, 4)]).await;
    assert_eq!(begin(&house, &bob, start).await.hear().await, told("ann", 5..=6));
}

#[tokio::test]
async fn what_was_told_in_another_epoch_is_worth_nothing() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", KEEPS).await);
    let (tea, cake) = (group(&house, &ann, &[&bob]).await, group(&house, &ann, &[&bob]).await);
    say(&house, &ann, tea, 1..=5).await;
    let nowhere = ConversationId::new(99).unwrap();
    // Beyond the end, within it, at the end, and where nothing was ever said.
    for have in [[(tea, 9), (cake, 1)], [(tea, 3), (cake, 0)], [(tea, 5), (nowhere, 1)]] {
        let named: Vec<_> = have.iter().map(|(id, _)| *id).filter(|id| *id != nowhere).collect();
        for told in [Epoch::new(7), Epoch::NONE] {
            let (afresh, start) = ask_in(&house, &bob, &have, Some(told)).await;
            assert_eq!(afresh, named, "{have:?}");
            assert_eq!(begin(&house, &bob, start).await.hear().await, [""; 0], "{have:?}");
        }
    }
    let have = [(tea, 3), (cake, 0)];
    for told in [Some(house.core.epoch()), None] {
        let (afresh, start) = ask_in(&house, &bob, &have, told).await;
        assert!(afresh.is_empty());
        assert_eq!(begin(&house, &bob, start).await.hear().await, ["ann: 4", "ann: 5"]);
    }
}

#[tokio::test]
async fn who_has_what_is_not_there_begins_afresh() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", KEEPS).await);
    let (tea, long) = (group(&house, &ann, &[]).await, group(&house, &ann, &[&bob]).await);
    say(&house, &ann, tea, 1..=5).await;
    let add = conversation::Command::Add { conversation: tea, who: bob.named(), invite: false };
    house.ask(&ann, add).await.unwrap();
    say(&house, &ann, tea, 6..=8).await;
    say(&house, &ann, long, 1..=1001).await;
    let check = async |have: &[(ConversationId, u32)], expected: &[ConversationId], next: Vec<String>| {
        let (afresh, mut ear) = resume(&house, &bob, have).await;
        assert_eq!(afresh, expected, "{have:?}");
        assert_eq!(ear.hear().await, next, "{have:?}");
    };
    check(&[(tea, 9)], &[tea], Vec::new()).await;
    check(&[(tea, 4)], &[tea], Vec::new()).await;
    check(&[(tea, 5)], &[tea], Vec::new()).await;
    check(&[(tea, 6)], &[], told("ann", 7..=8)).await;
    check(&[(tea, 8)], &[], Vec::new()).await;
    check(&[(long, 0)], &[long], Vec::new()).await;
    check(&[(long, 1)], &[], told("ann", 2..=1001)).await;
    let nowhere = ConversationId::new(99).unwrap();
    check(&[(nowhere, 3), (long, u32::MAX)], &[long], Vec::new()).await;
    house.ask(&bob, conversation::Command::Clear { conversation: tea }).await.unwrap();
    check(&[(tea, 7)], &[tea], Vec::new()).await;
    // A device that had everything has what is to be forgotten.
    check(&[(tea, 8)], &[tea], Vec::new()).await;
    // What begins afresh is told from now on.
    let (_, mut ear) = resume(&house, &bob, &[(tea, 4), (long, 0)]).await;
    say(&house, &ann, tea, 9..=10).await;
    say(&house, &ann, long, 1002..=1002).await;
    let mut heard = ear.hear().await;
    heard.sort_unstable();
    assert_eq!(heard, ["ann: 10", "ann: 1002", "ann: 9"]);
}

#[tokio::test]
async fn a_lost_mailbox_is_made_good_from_the_clients_position() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", KEEPS).await);
    let (tea, quiet) = (group(&house, &ann, &[&bob]).await, group(&house, &ann, &[&bob]).await);
    say(&house, &ann, tea, 1..=10).await;
    say(&house, &ann, quiet, 1..=10).await;
    let (_, mut ear) = resume(&house, &bob, &[(tea, 4)]).await;
    assert_eq!(ear.hear().await, told("ann", 5..=10));
    let many = 10 + u32::try_from(Mailbox::CAPACITY).unwrap() + 50;
    say(&house, &ann, tea, 11..=many).await;
    assert_eq!(ear.hear().await, told("ann", 11..=many));
    // A conversation that came while events were lost is new to the client, from its beginning.
    say(&house, &ann, tea, 1..=many).await;
    let late = group(&house, &ann, &[&bob]).await;
    say(&house, &ann, late, 1..=3).await;
    let heard = ear.hear().await;
    assert_eq!(heard.iter().filter(|words| words.starts_with("appeared")).count(), 1);
    assert_eq!(heard.len(), 1 + usize::try_from(many).unwrap() + 3);
    assert_eq!(heard[heard.len() - 3..], told("ann", 1..=3));
    say(&house, &ann, quiet, 11..=11).await;
    assert_eq!(ear.hear().await, told("ann", 11..=11), "nothing old of what was not named");
}

#[tokio::test]
async fn what_comes_and_goes_meanwhile_is_told_or_is_not_there() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", KEEPS).await);
    let (stays, goes) = (group(&house, &ann, &[&bob]).await, group(&house, &ann, &[&bob]).await);
    say(&house, &ann, stays, 1..=2).await;
    say(&house, &ann, goes, 1..=2).await;
    let (afresh, start) = ask(&house, &bob, &[(stays, 1), (goes, 1)]).await;
    assert!(afresh.is_empty());
    let place = house.say(&ann, bob.with(), "hello").await.unwrap();
    house.ask(&bob, conversation::Command::Leave { conversation: goes }).await.unwrap();
    let mut ear = begin(&house, &bob, start).await;
    assert_eq!(ear.hear().await, ["ann: 2", "appeared ann+bob", "ann: hello"]);
    say(&house, &ann, goes, 3..=3).await;
    house.say(&ann, bob.with(), "again").await.unwrap();
    assert_eq!(ear.hear().await, ["ann: again"]);
    // A client that comes back without its position of it is told nothing old of it.
    let (afresh, mut ear) = resume(&house, &bob, &[(goes, 2)]).await;
    assert_eq!((afresh, ear.hear().await), (Vec::new(), Vec::new()));
    let Place { conversation, .. } = place;
    let (_, mut ear) = resume(&house, &bob, &[(conversation, 1)]).await;
    assert_eq!(ear.hear().await, ["ann: again"]);
}

#[tokio::test]
async fn whoever_begins_with_some_conversations_is_told_of_the_newest() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", KEEPS).await);
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(group(&house, &ann, &[&bob]).await);
        house.clock.advance(1_000);
    }
    let [first, second, third, fourth] = made[..] else { panic!("{made:?}") };
    let newest = async |count| {
        let listen = Command::Listen { have: Some(Vec::new()), epoch: None, newest: Some(count) };
        let Ok(Reply::Account(account::Reply::Listening { newest, .. })) =
            house.core.execute(bob.caller(), listen.into()).await.answer
        else {
            panic!("not listening")
        };
        newest
    };
    assert_eq!(newest(0).await, Some(vec![]));
    assert_eq!(
        newest(2).await,
        Some(vec![fourth, third]),
        "nothing was said: the last ones that one came to"
    );
    say(&house, &ann, second, 1..=1).await;
    house.clock.advance(1_000);
    say(&house, &ann, first, 1..=1).await;
    assert_eq!(newest(3).await, Some(vec![first, second, fourth]));
    assert_eq!((newest(4).await, newest(u32::MAX).await), (None, None), "that is all there is");
    house.ask(&bob, conversation::Command::Clear { conversation: first }).await.unwrap();
    assert_eq!(newest(3).await, None, "what was cleared is not on the list");
    assert_eq!(newest(1).await, Some(vec![second]));
    let shelves = conversation::Command::Shelves { only: newest(2).await };
    let Ok(Reply::Conversation(conversation::Reply::Shelves(shelves))) = house.ask(&bob, shelves).await
    else {
        panic!("no shelves")
    };
    let shown: Vec<_> = shelves.iter().map(|shelf| shelf.conversation.id).collect();
    assert_eq!(shown, [second, fourth]);
}
