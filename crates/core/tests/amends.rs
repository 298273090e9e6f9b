//! Edits, deletions, reactions and answers: who is told what of them, and how.

mod support;

use koine_bus::Mailbox;
use koine_model::conversation::{self, ConversationRef};
use koine_model::device::{Device, Sessions};
use koine_model::message::{Act, Command, Deed, DraftPart, Leaf, Letter, Order, Origin, Part, Reply, Span};
use koine_model::refusal::Field;
use koine_model::{ConversationId, Place, Refusal, Seq};
use support::{Guest, House, POLITE};

/// A device whose clients show acts themselves.
const SHOWS: Device = Device { shows_acts: true, ..Device::plain("shows", Sessions::Several) };

fn edited(text: &str) -> Deed {
    Deed::Edited(text.into())
}

fn reacted(emoji: &str, on: bool) -> Deed {
    Deed::Reacted { emoji: emoji.into(), on }
}

/// The same person on another device.
fn elsewhere(who: &Guest, device: Device) -> Guest {
    Guest { actor: who.actor, device, person: who.person.clone() }
}

async fn amend(house: &House, who: &Guest, at: Place, deed: Deed) -> Result<Place, Refusal> {
    let act = Act { target: at.seq, deed };
    let command = Command::Amend { conversation: at.conversation, act, key: None };
    match house.ask(who, command).await? {
        koine_model::Reply::Message(Reply::Posted(place, _)) => Ok(place),
        other => panic!("{other:?}"),
    }
}

async fn letters(house: &House, who: &Guest, id: ConversationId) -> Vec<Letter> {
    let (of, order) = (ConversationRef::Id(id), Order::Oldest);
    match house.ask(who, Command::History { of, span: Span::ALL, order, limit: 1000 }).await {
        Ok(koine_model::Reply::Message(Reply::History(letters))) => letters,
        other => panic!("{other:?}"),
    }
}

fn numbers(letters: &[Letter]) -> Vec<u32> {
    letters.iter().map(|letter| letter.message.place.seq.number()).collect()
}

async fn leaf(house: &House, who: &Guest, of: ConversationId, from: Origin, limit: usize) -> Leaf {
    match house.ask(who, Command::Leaf { of, from, limit }).await {
        Ok(koine_model::Reply::Message(Reply::Leaf(leaf))) => *leaf,
        other => panic!("{other:?}"),
    }
}

async fn last_shown(house: &House, who: &Guest) -> u32 {
    match house.ask(who, conversation::Command::Digest).await {
        Ok(koine_model::Reply::Conversation(conversation::Reply::Digests(digests))) => {
            digests[0].last.as_ref().unwrap().message.place.seq.number()
        }
        other => panic!("{other:?}"),
    }
}

async fn words(house: &House, who: &Guest, id: ConversationId, on: bool) {
    house.ask(who, conversation::Command::Words { conversation: id, on }).await.unwrap();
}

#[tokio::test]
async fn acts_are_told_like_messages_live_and_later() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let first = house.say(&ann, bob.with(), "helo").await.unwrap();
    let mut ears = [house.listen(&bob).await, house.listen(&elsewhere(&bob, SHOWS)).await];
    for ear in &mut ears {
        ear.hear().await;
    }
    amend(&house, &ann, first, edited("hello")).await.unwrap();
    amend(&house, &bob, first, reacted("👍", true)).await.unwrap();
    amend(&house, &bob, first, reacted("👍", false)).await.unwrap();
    amend(&house, &ann, first, Deed::Deleted).await.unwrap();
    let expected = ["ann: Edited(1)", "bob: Reacted(1)", "bob: Reacted(1)", "ann: Deleted(1)"];
    for ear in &mut ears {
        assert_eq!(ear.hear().await, expected);
    }
    let later = house.listen(&elsewhere(&bob, support::SILENT)).await.hear().await;
    assert_eq!(later[..2], ["appeared ann+bob", "ann: Removed"]);
    assert_eq!(later[2..], expected);
}

#[tokio::test]
async fn a_repeated_act_is_told_once() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let first = house.say(&ann, bob.with(), "helo").await.unwrap();
    let mut ear = house.listen(&bob).await;
    ear.hear().await;
    let edit = |text: &str| Command::Amend {
        conversation: first.conversation,
        act: Act { target: first.seq, deed: edited(text) },
        key: Some("k".into()),
    };
    let place = async |text: &str| match house.ask(&ann, edit(text)).await {
        Ok(koine_model::Reply::Message(Reply::Posted(place, at))) => (place, at),
        other => panic!("{other:?}"),
    };
    assert_eq!(place("hello").await, place("hello").await);
    assert_eq!(house.ask(&ann, edit("hallo")).await.unwrap_err(), Refusal::KeyReused);
    assert_eq!(ear.hear().await, ["ann: Edited(1)"]);
}

#[tokio::test]
async fn whoever_wants_no_words_is_not_told_of_acts_and_misses_nothing_else() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let shows = elsewhere(&bob, SHOWS);
    let first = house.say(&ann, bob.with(), "one").await.unwrap();
    let id = first.conversation;
    let (mut plain, mut full) = (house.listen(&bob).await, house.listen(&shows).await);
    for ear in [&mut plain, &mut full] {
        ear.hear().await;
    }
    words(&house, &bob, id, false).await;
    amend(&house, &ann, first, edited("two")).await.unwrap();
    house.say(&ann, bob.with(), "three").await.unwrap();
    let setting = "1 no words, kept";
    assert_eq!(plain.hear().await, [setting, "ann: three"]);
    assert_eq!(full.hear().await, [setting, "ann: Edited(1)", "ann: three"]);
    // More than a mailbox holds: read from the store, and told as little.
    for _ in 0..=Mailbox::CAPACITY / 2 {
        for on in [true, false] {
            amend(&house, &ann, first, reacted("x", on)).await.unwrap();
        }
    }
    assert!(plain.hear().await.is_empty());
    assert_eq!(full.hear().await.len(), Mailbox::CAPACITY + 2);
    house.say(&ann, bob.with(), "four").await.unwrap();
    assert_eq!(plain.hear().await, ["ann: four"]);
    // Neither while away, nor looking back, nor in a list; and for oneself alone.
    let seen = ["appeared ann+bob", "ann: two", "ann: three", "ann: four"];
    assert_eq!(house.listen(&elsewhere(&bob, support::SILENT)).await.hear().await, seen);
    let shown = letters(&house, &bob, id).await;
    assert_eq!(shown.len(), 3);
    assert_eq!(letters(&house, &shows, id).await.len(), 3 + 1 + Mailbox::CAPACITY + 2);
    let last = amend(&house, &ann, first, reacted("y", true)).await.unwrap().seq.number();
    assert_eq!(last_shown(&house, &bob).await, last - 1);
    assert_eq!(last_shown(&house, &ann).await, last);
    assert_eq!(last_shown(&house, &shows).await, last - 1);
    words(&house, &bob, id, true).await;
    amend(&house, &ann, first, reacted("z", true)).await.unwrap();
    assert_eq!(plain.hear().await[1..], ["ann: Reacted(1)"]);
    let stranger = house.guest("cy", POLITE).await;
    let refused = house.ask(&stranger, conversation::Command::Words { conversation: id, on: false }).await;
    assert_eq!(refused.unwrap_err(), Refusal::UnknownConversation);
}

#[tokio::test]
async fn an_answer_comes_with_what_it_answers_to() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let first = house.say(&ann, bob.with(), "tea\nor coffee?").await.unwrap();
    let answer = |parts: Vec<Part>| Command::Post {
        to: ann.with(),
        parts: parts.into_iter().map(DraftPart::Ready).collect(),
        key: None,
    };
    let reply = |to: u32| Part::Reply { to: Seq::new(to) };
    house.ask(&bob, answer(vec![reply(1), Part::text("tea")])).await.unwrap();
    amend(&house, &bob, first, reacted("🍵", true)).await.unwrap();
    let quotes = async || -> Vec<Option<String>> {
        let shown = letters(&house, &bob, first.conversation).await;
        shown.iter().map(|letter| letter.about.as_ref().map(|quote| quote.excerpt.clone())).collect()
    };
    let of = |text: &str| Some(text.to_owned());
    assert_eq!(quotes().await, [None, of("tea or coffee?"), of("tea or coffee?")]);
    amend(&house, &ann, first, edited("nothing")).await.unwrap();
    assert_eq!(quotes().await, [None, of("nothing"), of("nothing"), of("nothing")]);
    amend(&house, &ann, first, Deed::Deleted).await.unwrap();
    assert_eq!(quotes().await, [None, of(""), of(""), of(""), of("")]);
    let refused = async |parts| house.ask(&bob, answer(parts)).await.unwrap_err();
    let text = || Part::text("x");
    assert_eq!(refused(vec![reply(1), text()]).await, Refusal::UnknownMessage);
    assert_eq!(refused(vec![reply(3), text()]).await, Refusal::UnknownMessage);
    assert_eq!(refused(vec![reply(2)]).await, Refusal::Empty(Field::Message));
    for odd in [reply(2), Part::Removed, Part::Act(Act { target: Seq::new(2), deed: Deed::Deleted })] {
        assert_eq!(refused(vec![text(), odd.clone()]).await, Refusal::Unusable(Field::Message));
        assert_eq!(refused(vec![reply(2), odd]).await, Refusal::Unusable(Field::Message));
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_told_why() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let first = house.say(&ann, bob.with(), "one").await.unwrap();
    let refused = async |deed| amend(&house, &ann, first, deed).await.unwrap_err();
    let message = Field::Message;
    assert_eq!(refused(edited(" \n")).await, Refusal::Empty(message));
    assert_eq!(refused(edited(&"x".repeat((64 << 10) + 1))).await, Refusal::TooLarge(message));
    assert_eq!(refused(reacted("", true)).await, Refusal::Empty(message));
    assert_eq!(refused(reacted(&"x".repeat(33), true)).await, Refusal::TooLarge(message));
    assert_eq!(refused(reacted("a b", true)).await, Refusal::Unusable(message));
    assert_eq!(refused(reacted("a\u{7}", true)).await, Refusal::Unusable(message));
    assert_eq!(refused(reacted("x", false)).await, Refusal::NotThere);
    assert_eq!(amend(&house, &bob, first, edited("x")).await.unwrap_err(), Refusal::NotAuthor);
    let versions = async |who: &Guest| house.ask(who, Command::Versions { of: first }).await;
    let stranger = house.guest("cy", POLITE).await;
    assert_eq!(versions(&stranger).await.unwrap_err(), Refusal::UnknownConversation);
    amend(&house, &ann, first, edited("two")).await.unwrap();
    let Ok(koine_model::Reply::Message(Reply::Versions(told))) = versions(&bob).await else { panic!("none") };
    assert_eq!(told.iter().map(|version| version.text.as_str()).collect::<Vec<_>>(), ["one", "two"]);
}

#[tokio::test]
async fn pages_of_messages_go_both_ways() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SHOWS).await, house.guest("bob", SHOWS).await);
    // Messages stand at 1, 3, 5, …, 19, and each was reacted to.
    let mut places = Vec::new();
    for number in 0..10 {
        let place = house.say(&ann, bob.with(), &format!("{number}")).await.unwrap();
        amend(&house, &bob, place, reacted("x", true)).await.unwrap();
        places.push(place);
    }
    let id = places[0].conversation;
    let check = async |from: Origin, limit: usize, expected: &[u32], first: bool, last: bool| {
        let leaf = leaf(&house, &bob, id, from, limit).await;
        assert_eq!(
            (numbers(&leaf.letters).as_slice(), leaf.first, leaf.last),
            (expected, first, last),
            "{from:?}"
        );
        assert!(leaf.letters.iter().all(|letter| letter.message.reactions.len() == 1));
    };
    let at = Seq::new;
    check(Origin::End, 3, &[15, 17, 19], false, true).await;
    check(Origin::End, 10, &[1, 3, 5, 7, 9, 11, 13, 15, 17, 19], true, true).await;
    check(Origin::Before(at(15)), 3, &[9, 11, 13], false, false).await;
    check(Origin::Before(at(4)), 3, &[1, 3], true, false).await;
    check(Origin::Before(at(1)), 3, &[], true, false).await;
    check(Origin::Before(Seq::LAST), 1, &[19], false, true).await;
    check(Origin::After(at(13)), 2, &[15, 17], false, false).await;
    check(Origin::After(at(15)), 2, &[17, 19], false, true).await;
    check(Origin::After(Seq::ZERO), 2, &[1, 3], true, false).await;
    check(Origin::After(at(20)), 2, &[], false, true).await;
    check(Origin::Around(at(9)), 4, &[5, 7, 9, 11], false, false).await;
    check(Origin::Around(at(10)), 4, &[7, 9, 11, 13], false, false).await;
    check(Origin::Around(at(1)), 4, &[1, 3], true, false).await;
    check(Origin::Around(at(19)), 5, &[15, 17, 19], false, true).await;
    check(Origin::End, 0, &[19], false, true).await;
    let cy = house.guest("cy", SHOWS).await;
    let refused = house.ask(&cy, Command::Leaf { of: id, from: Origin::End, limit: 1 }).await;
    assert_eq!(refused.unwrap_err(), Refusal::UnknownConversation);
}

#[tokio::test]
async fn what_is_about_a_message_that_was_cleared_away_does_not_show_it() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SHOWS).await, house.guest("bob", SHOWS).await);
    let first = house.say(&ann, bob.with(), "secret plan").await.unwrap();
    let id = first.conversation;
    house.ask(&bob, conversation::Command::Clear { conversation: id }).await.unwrap();
    amend(&house, &ann, first, edited("secret plan, better")).await.unwrap();
    let text = DraftPart::Ready(Part::text("and?"));
    let parts = vec![DraftPart::Ready(Part::Reply { to: first.seq }), text];
    house.ask(&ann, Command::Post { to: ConversationRef::Id(id), parts, key: None }).await.unwrap();
    let bobs = letters(&house, &bob, id).await;
    assert_eq!(numbers(&bobs), [3], "the edit is not shown");
    assert_eq!(bobs[0].about, None);
    assert_eq!(leaf(&house, &bob, id, Origin::End, 10).await.letters[0].about, None);
    let anns = letters(&house, &ann, id).await;
    assert_eq!(numbers(&anns), [1, 2, 3]);
    assert_eq!(anns[2].about.as_ref().unwrap().excerpt, "secret plan, better");
    // Also not to one who catches up, who goes on behind it.
    let mut ear = house.listen(&elsewhere(&bob, support::SILENT)).await;
    let heard = ear.hear().await;
    assert!(heard.iter().all(|line| !line.contains("Edited") && !line.contains("secret")), "{heard:?}");
    assert!(heard.iter().any(|line| line.contains("and?")), "{heard:?}");
}

#[tokio::test]
async fn nobody_is_told_live_of_what_was_said_before_they_came() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", SHOWS).await);
    let create = conversation::Command::Create { name: "tea".into(), members: Vec::new(), invite: false };
    house.ask(&ann, create).await.unwrap();
    let id = ConversationId::new(1).unwrap();
    let of = ConversationRef::Id(id);
    let old = house.say(&ann, of.clone(), "old").await.unwrap();
    // Of bob's ears one hears him come, one is new, and one shows no acts.
    let mut ears = vec![house.listen(&bob).await];
    ears[0].hear().await;
    let add = conversation::Command::Add { conversation: id, who: bob.named(), invite: false };
    house.ask(&ann, add).await.unwrap();
    ears[0].hear().await;
    for device in [SHOWS, POLITE] {
        ears.push(house.listen(&elsewhere(&bob, device)).await);
    }
    let mut anns = house.listen(&elsewhere(&ann, SHOWS)).await;
    let answer = |to: Place| Command::Post {
        to: ConversationRef::Id(id),
        parts: [Part::Reply { to: to.seq }, Part::text("answer")].map(DraftPart::Ready).into(),
        key: None,
    };
    let new = house.say(&ann, of.clone(), "new").await.unwrap();
    for ear in ears.iter_mut().chain([&mut anns]) {
        ear.hear().await;
    }
    amend(&house, &ann, old, edited("older")).await.unwrap();
    house.ask(&ann, answer(old)).await.unwrap();
    amend(&house, &ann, new, edited("newer")).await.unwrap();
    house.ask(&ann, answer(new)).await.unwrap();
    let [to_old, to_new] = [old, new].map(|place| format!("ann: Reply(to {})+answer", place.seq));
    let edits = [old, new].map(|place| format!("ann: Edited({})", place.seq));
    let all = [&edits[0], &format!("{to_old} > older"), &edits[1], &format!("{to_new} > newer")];
    assert_eq!(anns.hear().await.iter().collect::<Vec<_>>(), all);
    for ear in &mut ears {
        let heard = ear.hear().await;
        assert_eq!(heard.iter().collect::<Vec<_>>(), [&to_old, &edits[1], &format!("{to_new} > newer")]);
    }
    // What one has cleared away is as what was said before, from then on; and nothing that follows is lost.
    house.ask(&bob, conversation::Command::Clear { conversation: id }).await.unwrap();
    house.say(&ann, of, "last").await.unwrap();
    house.ask(&ann, answer(new)).await.unwrap();
    amend(&house, &ann, new, Deed::Deleted).await.unwrap();
    for ear in &mut ears {
        let heard = ear.hear().await;
        assert_eq!(heard[1..], ["ann: last".to_owned(), to_new.clone()], "{heard:?}");
    }
}

#[tokio::test]
async fn a_shelf_has_no_quote_of_what_was_said_before_its_owner_came() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", SHOWS).await);
    let create = conversation::Command::Create { name: "tea".into(), members: Vec::new(), invite: false };
    house.ask(&ann, create).await.unwrap();
    let id = ConversationId::new(1).unwrap();
    let of = ConversationRef::Id(id);
    house.say(&ann, of.clone(), "old").await.unwrap();
    let add = conversation::Command::Add { conversation: id, who: bob.named(), invite: false };
    house.ask(&ann, add).await.unwrap();
    house.say(&ann, of.clone(), "new").await.unwrap();
    let quotes = async |who: &Guest| {
        let listed = match house.ask(who, conversation::Command::Shelves { only: None }).await {
            Ok(koine_model::Reply::Conversation(conversation::Reply::Shelves(shelves))) => shelves,
            other => panic!("{other:?}"),
        };
        let room = match house.ask(who, conversation::Command::Room { conversation: id }).await {
            Ok(koine_model::Reply::Conversation(conversation::Reply::Room(shelf, _))) => *shelf,
            other => panic!("{other:?}"),
        };
        let quote = |letter: &Letter| letter.about.as_ref().map(|quote| quote.excerpt.clone());
        [&listed[0], &room].map(|shelf| quote(shelf.last.as_ref().unwrap()))
    };
    for (to, anns, bobs) in [(1, Some("old"), None), (2, Some("new"), Some("new"))] {
        let parts = [Part::Reply { to: Seq::new(to) }, Part::text("answer")].map(DraftPart::Ready).into();
        house.ask(&ann, Command::Post { to: of.clone(), parts, key: None }).await.unwrap();
        assert_eq!(quotes(&ann).await, [anns, anns].map(|text| text.map(str::to_owned)));
        assert_eq!(quotes(&bob).await, [bobs, bobs].map(|text| text.map(str::to_owned)));
    }
}
