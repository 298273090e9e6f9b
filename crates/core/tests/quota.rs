//! What counts against an account's room: all that it has on the disk, at every moment.

mod support;

use bytes::Bytes;
use koine_core::Limits;
use koine_model::account::{self, ProfileChange};
use koine_model::conversation::{self, ConversationRef, Reply as Conversation};
use koine_model::media::Upload;
use koine_model::message::{self, Act, Deed, DraftPart, Reply as Said};
use koine_model::refusal::Field;
use koine_model::upload::Command;
use koine_model::{ConversationId, Place, Refusal, Reply};
use std::time::Duration;
use support::{Guest, House, POLITE};

fn house(media_quota_bytes: u64) -> House {
    House::with(Limits { media_quota_bytes: Some(media_quota_bytes), ..Limits::default() })
}

async fn post(
    house: &House,
    who: &Guest,
    to: ConversationRef,
    bytes: &'static [u8],
    key: Option<&str>,
) -> Result<Place, Refusal> {
    let upload = Upload { bytes: Bytes::from_static(bytes), mime: "text/plain".into(), name: String::new() };
    let parts = vec![DraftPart::Upload(upload)];
    match house.ask(who, message::Command::Post { to, parts, key: key.map(str::to_owned) }).await? {
        Reply::Message(Said::Posted(place, _)) => Ok(place),
        other => panic!("{other:?}"),
    }
}

async fn send(house: &House, who: &Guest, bytes: &'static [u8]) -> Result<Place, Refusal> {
    post(house, who, who.with(), bytes, None).await
}

async fn delete(house: &House, who: &Guest, place: Place) {
    let act = Act { target: place.seq, deed: Deed::Deleted };
    let command = message::Command::Amend { conversation: place.conversation, act, key: None };
    house.ask(who, command).await.unwrap();
}

async fn take_away(house: &House) {
    house.core.media_tend(Duration::ZERO).await.unwrap();
}

async fn group(house: &House, who: &Guest) -> ConversationId {
    let create = conversation::Command::Create { name: "tea".into(), members: Vec::new(), invite: false };
    match house.ask(who, create).await {
        Ok(Reply::Conversation(Conversation::Conversation(overview))) => overview.conversation.id,
        other => panic!("{other:?}"),
    }
}

/// Uploads chunk by chunk, but for the end.
async fn upload(
    house: &House,
    who: &Guest,
    key: &str,
    to: &ConversationRef,
    bytes: &'static [u8],
) -> Result<(), Refusal> {
    let size = u64::try_from(bytes.len()).unwrap();
    house.ask(who, Command::Begin { key: key.into(), to: to.clone(), size }).await?;
    let bytes = Bytes::from_static(bytes);
    house.ask(who, Command::Append { key: key.into(), index: 1, total: 1, bytes }).await.map(drop)
}

fn finish(key: &str, to: ConversationRef) -> Command {
    Command::Finish { key: key.into(), to, mime: String::new(), name: String::new() }
}

fn picture(bytes: &'static [u8]) -> account::Command {
    let change = ProfileChange { picture: Some(Bytes::from_static(bytes)), ..ProfileChange::default() };
    account::Command::Change(Box::new(change))
}

#[tokio::test]
async fn what_was_deleted_counts_until_it_is_taken_away() {
    let house = house(10);
    let ann = house.guest("ann", POLITE).await;
    let place = send(&house, &ann, b"abcdef").await.unwrap();
    delete(&house, &ann, place).await;
    assert_eq!(send(&house, &ann, b"ghijkl").await, Err(Refusal::Quota), "the first is on the disk still");
    // It stays as long as whoever reads it may need it.
    let hour = Duration::from_secs(3600);
    house.core.media_tend(hour).await.unwrap();
    house.clock.advance(3_599_000);
    house.core.media_tend(hour).await.unwrap();
    assert_eq!(send(&house, &ann, b"ghijkl").await, Err(Refusal::Quota));
    take_away(&house).await;
    send(&house, &ann, b"ghijkl").await.unwrap();
    // Nor does it help to say it under a key that was used before, for which nothing new is posted.
    let said = post(&house, &ann, ann.with(), b"m", Some("k")).await.unwrap();
    delete(&house, &ann, said).await;
    take_away(&house).await;
    for _ in 0..3 {
        assert_eq!(post(&house, &ann, ann.with(), b"m", Some("k")).await, Ok(said));
    }
    assert_eq!(send(&house, &ann, b"no").await, Err(Refusal::Quota));
    take_away(&house).await;
    send(&house, &ann, b"yes!").await.unwrap();
}

#[tokio::test]
async fn what_somebody_else_has_sent_stays() {
    let house = house(10);
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let hers = send(&house, &ann, b"abcdef").await.unwrap();
    let his = send(&house, &bob, b"abcdef").await.unwrap();
    delete(&house, &ann, hers).await;
    take_away(&house).await;
    send(&house, &ann, b"0123456789").await.unwrap();
    assert_eq!(send(&house, &bob, b"ghijk").await, Err(Refusal::Quota));
    let history = message::Command::History {
        of: ConversationRef::Id(his.conversation),
        span: message::Span::ALL,
        order: message::Order::Oldest,
        limit: 1,
    };
    let Ok(Reply::Message(Said::History(letters))) = house.ask(&bob, history).await else {
        panic!("no history")
    };
    let message::Part::Media(media) = &letters[0].message.parts[0] else { panic!("no media") };
    assert_eq!(house.core.media_whole(media, 10).await.unwrap().unwrap(), "abcdef");
    delete(&house, &bob, his).await;
    take_away(&house).await;
    assert_eq!(house.core.media_whole(media, 10).await.unwrap(), None);
}

#[tokio::test]
async fn an_upload_that_cannot_be_posted_counts_on() {
    let house = house(10);
    let ann = house.guest("ann", POLITE).await;
    for key in ["one", "two"] {
        let to = ConversationRef::Id(group(&house, &ann).await);
        upload(&house, &ann, key, &to, b"abcde").await.unwrap();
        let ConversationRef::Id(conversation) = to else { unreachable!() };
        house.ask(&ann, conversation::Command::Leave { conversation }).await.unwrap();
        let finished = house.ask(&ann, finish(key, to)).await;
        assert_eq!(finished.map(drop), Err(Refusal::UnknownConversation));
    }
    assert_eq!(upload(&house, &ann, "three", &ann.with(), b"f").await, Err(Refusal::Quota));
    // It goes on as a message that can be posted, or is dropped.
    house.ask(&ann, finish("one", ann.with())).await.unwrap();
    house.ask(&ann, Command::Drop { key: "two".into() }).await.unwrap();
    upload(&house, &ann, "three", &ann.with(), b"fghij").await.unwrap();
    assert_eq!(send(&house, &ann, b"k").await, Err(Refusal::Quota));
}

#[tokio::test]
async fn what_is_refused_at_the_last_moment_counts_until_it_is_taken_away() {
    let house = house(10);
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    house.say(&ann, bob.with(), "hello").await.unwrap();
    house.ask(&bob, koine_model::contact::Command::Block { who: ann.named() }).await.unwrap();
    upload(&house, &ann, "u", &bob.with(), b"abcdef").await.unwrap();
    assert_eq!(house.ask(&ann, finish("u", bob.with())).await.map(drop), Err(Refusal::Blocked));
    assert_eq!(post(&house, &ann, bob.with(), b"ghij", None).await, Err(Refusal::Blocked));
    assert_eq!(send(&house, &ann, b"k").await, Err(Refusal::Quota));
    take_away(&house).await;
    send(&house, &ann, b"0123456789").await.unwrap();
}

#[tokio::test]
async fn pictures_count_and_the_last_one_of_each_does_for_long() {
    let house = house(10);
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    house.ask(&ann, picture(b"face")).await.unwrap();
    house.ask(&ann, picture(b"smile")).await.unwrap();
    assert_eq!(house.ask(&ann, picture(b"frown")).await.map(drop), Err(Refusal::Quota));
    assert_eq!(send(&house, &ann, b"ab").await, Err(Refusal::Quota));
    take_away(&house).await;
    send(&house, &ann, b"abcde").await.unwrap();
    assert_eq!(house.ask(&ann, picture(b"x")).await.map(drop), Err(Refusal::Quota));
    // Words can be changed all the same, and what is refused counts, too.
    let words = ProfileChange { status: Some("busy".into()), ..ProfileChange::default() };
    house.ask(&ann, account::Command::Change(Box::new(words))).await.unwrap();
    let taken = ProfileChange {
        handle: Some(account::Handle::parse("ann").unwrap()),
        picture: Some(Bytes::from_static(b"of bob")),
        ..ProfileChange::default()
    };
    let refused = house.ask(&bob, account::Command::Change(Box::new(taken))).await;
    assert_eq!(refused.map(drop), Err(Refusal::HandleTaken));
    assert_eq!(send(&house, &bob, b"abcde").await, Err(Refusal::Quota));
    take_away(&house).await;
    send(&house, &bob, b"abcde").await.unwrap();

    // A group's picture is whose who gave it.
    let tea = group(&house, &bob).await;
    let open = Command::Open { key: "p".into(), size: 5, mime: "image/png".into(), name: String::new() };
    house.ask(&bob, open).await.unwrap();
    let extend = Command::Extend { key: "p".into(), offset: 0, bytes: Bytes::from_static(b"a pot") };
    house.ask(&bob, extend).await.unwrap();
    let wear = |uploaded: Option<&str>| conversation::Command::Picture {
        conversation: tea,
        uploaded: uploaded.map(str::to_owned),
    };
    house.ask(&bob, wear(Some("p"))).await.unwrap();
    assert_eq!(send(&house, &bob, b"f").await, Err(Refusal::Quota));
    house.ask(&bob, wear(None)).await.unwrap();
    assert_eq!(send(&house, &bob, b"f").await, Err(Refusal::Quota));
    take_away(&house).await;
    send(&house, &bob, b"fghij").await.unwrap();
    assert_eq!(
        house.ask(&bob, wear(Some("p"))).await.map(drop),
        Err(Refusal::Unusable(Field::Message)),
        "what was taken away is to be uploaded again"
    );
}

/// Whatever is being posted counts at every moment: as an upload, as what is on its way, or as a message.
#[tokio::test]
async fn there_is_no_moment_in_which_an_upload_does_not_count() {
    let house = house(10);
    let ann = house.guest("ann", POLITE).await;
    for round in 0..60 {
        let open = |key: &str| Command::Open {
            key: format!("{key} {round}"),
            size: 6,
            mime: String::new(),
            name: String::new(),
        };
        let (key, chunked) = (format!("first {round}"), round % 2 == 0);
        let post = if chunked {
            upload(&house, &ann, &key, &ann.with(), b"abcdef").await.unwrap();
            koine_model::Command::from(finish(&key, ann.with()))
        } else {
            house.ask(&ann, open("first")).await.unwrap();
            let bytes = Bytes::from_static(b"abcdef");
            house.ask(&ann, Command::Extend { key: key.clone(), offset: 0, bytes }).await.unwrap();
            let parts = vec![DraftPart::Uploaded { key }];
            message::Command::Post { to: ann.with(), parts, key: None }.into()
        };
        let others = async {
            for number in 0..20 {
                let other = house.ask(&ann, open(&format!("other {number}"))).await;
                assert_eq!(other.map(drop), Err(Refusal::Quota), "round {round}, {number}");
                tokio::task::yield_now().await;
            }
        };
        let (posted, ()) = tokio::join!(house.ask(&ann, post), others);
        let Ok(Reply::Message(Said::Posted(place, _))) = posted else { panic!("{posted:?}") };
        delete(&house, &ann, place).await;
        take_away(&house).await;
    }
}
