//! Uploads that a message, a person or a group names later, through the core's one door.

mod support;

use bytes::Bytes;
use koine_core::Limits;
use koine_model::account::{self, ProfileChange};
use koine_model::conversation::{self, ConversationRef, Reply as Conversation};
use koine_model::media::Upload;
use koine_model::message::{self, DraftPart, Part, Reply as Said};
use koine_model::refusal::Field;
use koine_model::upload::{Command, Reply as Uploaded};
use koine_model::{Place, Refusal, Reply};
use support::{Guest, House, POLITE};

async fn ask(house: &House, who: &Guest, command: Command) -> Result<(u64, u64), Refusal> {
    match house.ask(who, command).await? {
        Reply::Upload(Uploaded::Grown { bytes, size }) => Ok((bytes, size)),
        Reply::Done => Ok((0, 0)),
        other => panic!("{other:?}"),
    }
}

async fn open(house: &House, who: &Guest, key: &str, size: u64, mime: &str) -> Result<(u64, u64), Refusal> {
    let (key, mime, name) = (key.to_owned(), mime.to_owned(), "кот\n.png".to_owned());
    ask(house, who, Command::Open { key, size, mime, name }).await
}

async fn extend(
    house: &House,
    who: &Guest,
    key: &str,
    offset: u64,
    bytes: &'static [u8],
) -> Result<(u64, u64), Refusal> {
    ask(house, who, Command::Extend { key: key.to_owned(), offset, bytes: Bytes::from_static(bytes) }).await
}

async fn post(
    house: &House,
    who: &Guest,
    to: ConversationRef,
    upload: &str,
    key: Option<&str>,
) -> Result<Place, Refusal> {
    let parts = vec![DraftPart::Uploaded { key: upload.to_owned() }];
    match house.ask(who, message::Command::Post { to, parts, key: key.map(str::to_owned) }).await? {
        Reply::Message(Said::Posted(place, _)) => Ok(place),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_message_names_what_was_uploaded_and_may_be_said_again() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let mut ear = house.listen(&bob).await;
    assert_eq!(open(&house, &ann, "u", 6, "image/png").await, Ok((0, 6)));
    assert_eq!(extend(&house, &ann, "u", 0, b"abc").await, Ok((3, 6)));
    assert_eq!(post(&house, &ann, bob.with(), "u", Some("k")).await, Err(Refusal::Unusable(Field::Message)));
    assert_eq!(extend(&house, &ann, "u", 2, b"cdef").await, Err(Refusal::Unusable(Field::Message)));
    assert_eq!(ask(&house, &ann, Command::Look { key: "u".into() }).await, Ok((3, 6)));
    assert_eq!(extend(&house, &ann, "u", 3, b"def").await, Ok((6, 6)));
    assert_eq!(post(&house, &bob, ann.with(), "u", None).await, Err(Refusal::NotThere), "it is ann's");
    let stranger = ConversationRef::Id(koine_model::ConversationId::new(99).unwrap());
    assert_eq!(post(&house, &ann, stranger, "u", None).await, Err(Refusal::UnknownConversation));
    let first = post(&house, &ann, bob.with(), "u", Some("k")).await.unwrap();
    // The answer was lost, and the client says it again.
    assert_eq!(post(&house, &ann, bob.with(), "u", Some("k")).await, Ok(first));
    assert_eq!(house.say(&ann, bob.with(), "next").await.unwrap().seq, first.seq.next());
    assert!(ear.hear().await.contains(&"ann: image/png".to_owned()));
    assert_eq!(ask(&house, &ann, Command::Look { key: "u".into() }).await, Ok((6, 6)));
    assert_eq!(extend(&house, &ann, "u", 6, b"g").await, Err(Refusal::Unusable(Field::Message)));
    ask(&house, &ann, Command::Drop { key: "u".into() }).await.unwrap();
    assert_eq!(ask(&house, &ann, Command::Look { key: "u".into() }).await, Err(Refusal::NotThere));
}

#[tokio::test]
async fn the_name_is_one_line() {
    let house = House::new();
    let ann = house.guest("ann", POLITE).await;
    open(&house, &ann, "u", 1, "image/png").await.unwrap();
    extend(&house, &ann, "u", 0, b"a").await.unwrap();
    let place = post(&house, &ann, ann.with(), "u", None).await.unwrap();
    let history = message::Command::History {
        of: ConversationRef::Id(place.conversation),
        span: message::Span::ALL,
        order: message::Order::Newest,
        limit: 1,
    };
    let Ok(Reply::Message(Said::History(letters))) = house.ask(&ann, history).await else {
        panic!("no history")
    };
    let Part::Media(media) = &letters[0].message.parts[0] else { panic!("no media") };
    assert_eq!((media.name.as_str(), media.mime.as_str(), media.blob.size), ("кот.png", "image/png", 1));
}

#[tokio::test]
async fn uploads_are_bounded() {
    let limits =
        Limits { upload_bytes: 10, unfinished_bytes: 15, unfinished_uploads: 3, ..Limits::default() };
    let house = House::with(limits);
    let ann = house.guest("ann", POLITE).await;
    assert_eq!(open(&house, &ann, "u", 0, "").await, Err(Refusal::Empty(Field::Message)));
    assert_eq!(open(&house, &ann, "u", 11, "").await, Err(Refusal::TooLarge(Field::Message)));
    open(&house, &ann, "u", 10, "").await.unwrap();
    assert_eq!(open(&house, &ann, "v", 6, "").await, Err(Refusal::Busy));
    open(&house, &ann, "v", 1, "").await.unwrap();
    open(&house, &ann, "w", 1, "").await.unwrap();
    assert_eq!(open(&house, &ann, "x", 1, "").await, Err(Refusal::Busy));
}

#[tokio::test]
async fn people_and_groups_have_uploaded_pictures() {
    let house = House::with(Limits { avatar_bytes: 4, ..Limits::default() });
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    for (key, size, mime, bytes) in
        [("p", 3, "image/png", &b"abc"[..]), ("t", 3, "text/plain", b"abc"), ("l", 5, "image/png", b"abcde")]
    {
        open(&house, &ann, key, size, mime).await.unwrap();
        extend(&house, &ann, key, 0, bytes).await.unwrap();
    }
    let change = |key: &str| {
        let change = ProfileChange { uploaded_picture: Some(key.to_owned()), ..ProfileChange::default() };
        account::Command::Change(Box::new(change))
    };
    assert_eq!(house.ask(&ann, change("t")).await.unwrap_err(), Refusal::Unusable(Field::Picture));
    assert_eq!(house.ask(&ann, change("l")).await.unwrap_err(), Refusal::TooLarge(Field::Picture));
    assert_eq!(house.ask(&ann, change("none")).await.unwrap_err(), Refusal::NotThere);
    house.ask(&ann, change("p")).await.unwrap();
    assert_eq!(house.core.avatar(ann.id()).await.unwrap().unwrap(), "abc");

    let create =
        conversation::Command::Create { name: "tea".into(), members: vec![bob.named()], invite: false };
    let Ok(Reply::Conversation(Conversation::Conversation(tea))) = house.ask(&ann, create).await else {
        panic!("no group")
    };
    let id = tea.conversation.id;
    let picture = |key: Option<&str>| conversation::Command::Picture {
        conversation: id,
        uploaded: key.map(str::to_owned),
    };
    let mut ear = house.listen(&bob).await;
    ear.hear().await;
    assert_eq!(house.ask(&bob, picture(None)).await.unwrap_err(), Refusal::NotLeader);
    let Ok(Reply::Conversation(Conversation::Conversation(tea))) = house.ask(&ann, picture(Some("p"))).await
    else {
        panic!("no group")
    };
    let hash = tea.conversation.avatar.unwrap().hash;
    let known = hash.first_chunk().unwrap();
    assert_eq!(house.core.group_avatar(id, known).await.unwrap().unwrap(), "abc");
    assert_eq!(house.core.group_avatar(id, &[0; 16]).await.unwrap(), None);
    assert_eq!(ear.hear().await, ["Pictured ann"]);
    house.ask(&ann, picture(None)).await.unwrap();
    assert_eq!(house.core.group_avatar(id, known).await.unwrap(), None);
}

#[tokio::test]
async fn attachments_have_so_much_room() {
    let house = House::with(Limits { media_quota_bytes: Some(10), ..Limits::default() });
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let send = async |who: &Guest, to: ConversationRef, bytes: &'static [u8]| {
        let (mime, name) = ("text/plain".to_owned(), String::new());
        let upload = Upload { bytes: Bytes::from_static(bytes), mime, name };
        let command = message::Command::Post { to, parts: vec![DraftPart::Upload(upload)], key: None };
        match house.ask(who, command).await? {
            Reply::Message(Said::Posted(place, _)) => Ok(place),
            other => panic!("{other:?}"),
        }
    };
    let first = send(&ann, bob.with(), b"abcdef").await.unwrap();
    assert_eq!(send(&ann, bob.with(), b"ghijk").await, Err(Refusal::Quota));
    // Another's room is another's, and words take none.
    send(&bob, ann.with(), b"ghijklmnop").await.unwrap();
    house.say(&ann, bob.with(), "a text that is longer than ten bytes").await.unwrap();
    // What is begun counts with what it will be; what was begun goes on.
    assert_eq!(open(&house, &ann, "u", 5, "").await, Err(Refusal::Quota));
    open(&house, &ann, "u", 3, "").await.unwrap();
    open(&house, &ann, "u", 3, "").await.unwrap();
    assert_eq!(send(&ann, bob.with(), b"gh").await, Err(Refusal::Quota));
    send(&ann, bob.with(), b"g").await.unwrap();
    extend(&house, &ann, "u", 0, b"xyz").await.unwrap();
    post(&house, &ann, bob.with(), "u", None).await.unwrap();
    assert_eq!(open(&house, &ann, "v", 1, "").await, Err(Refusal::Quota));
    // What is deleted makes room, once it is gone from the disk.
    let act = message::Act { target: first.seq, deed: message::Deed::Deleted };
    let command = message::Command::Amend { conversation: first.conversation, act, key: None };
    house.ask(&ann, command).await.unwrap();
    house.core.media_tend(std::time::Duration::ZERO).await.unwrap();
    assert_eq!(send(&ann, bob.with(), b"1234567").await, Err(Refusal::Quota));
    // Of several at once each sees the others.
    let (one, two, three) = tokio::join!(
        send(&ann, bob.with(), b"123"),
        send(&ann, bob.with(), b"456"),
        send(&ann, bob.with(), b"789")
    );
    let refused = [one, two, three].into_iter().filter(|sent| *sent == Err(Refusal::Quota)).count();
    assert!((1..=3).contains(&refused), "{refused} of three were refused, and two fit at most");
    open(&house, &bob, "w", 1, "").await.unwrap_err();
}

#[tokio::test]
async fn what_a_refused_message_named_is_still_an_upload() {
    let house = House::with(Limits { upload_bytes: 10, unfinished_bytes: 10, ..Limits::default() });
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    let place = house.say(&ann, bob.with(), "hello").await.unwrap();
    let keyed = |text: &str| message::Command::Post {
        to: bob.with(),
        parts: vec![DraftPart::Ready(Part::text(text))],
        key: Some("used".into()),
    };
    house.ask(&ann, keyed("x")).await.unwrap();
    open(&house, &ann, "u", 6, "image/png").await.unwrap();
    extend(&house, &ann, "u", 0, b"abcdef").await.unwrap();
    let answer = message::Command::Post {
        to: bob.with(),
        parts: vec![
            DraftPart::Ready(Part::Reply { to: koine_model::Seq::new(99) }),
            DraftPart::Uploaded { key: "u".into() },
        ],
        key: None,
    };
    house.ask(&bob, koine_model::contact::Command::Block { who: ann.named() }).await.unwrap();
    assert_eq!(post(&house, &ann, bob.with(), "u", None).await, Err(Refusal::Blocked));
    house.ask(&bob, koine_model::contact::Command::Unblock { who: ann.named() }).await.unwrap();
    assert_eq!(house.ask(&ann, answer).await.unwrap_err(), Refusal::UnknownMessage);
    assert_eq!(post(&house, &ann, bob.with(), "u", Some("used")).await, Err(Refusal::KeyReused));
    // It counts, and it can be sent.
    assert_eq!(open(&house, &ann, "v", 5, "").await, Err(Refusal::Busy));
    assert_eq!(ask(&house, &ann, Command::Look { key: "u".into() }).await, Ok((6, 6)));
    let sent = post(&house, &ann, bob.with(), "u", Some("k")).await.unwrap();
    assert_eq!(sent.seq.number(), place.seq.number() + 2);
    open(&house, &ann, "v", 5, "").await.unwrap();
    // Said again, it is answered: also where it could not be said now.
    house.ask(&bob, koine_model::contact::Command::Block { who: ann.named() }).await.unwrap();
    assert_eq!(post(&house, &ann, bob.with(), "u", Some("k")).await, Ok(sent));
}
