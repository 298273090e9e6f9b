//! Accounts: names, one password in every form, profiles, the end.

mod support;

use koine_core::credentials::Cost;
use koine_core::rates::Peer;
use koine_core::{Caller, Change, Limits, Surroundings};
use koine_model::account::{self, AccountRef, Handle, ProfileChange};
use koine_model::refusal::Field;
use koine_model::secret::Secret;
use koine_model::{Refusal, Reply, message};
use std::time::Duration;
use support::{House, POLITE, SILENT, registration};

async fn register(house: &House, registration: account::Registration) -> Result<String, Refusal> {
    let caller = Caller { peer: Peer::LOCAL, device: SILENT, embeds_media: false, actor: None };
    let command = account::Command::Register(Box::new(registration));
    match house.core.execute(caller, command.into()).await.answer? {
        Reply::Account(account::Reply::Signed(person)) => Ok(person.profile.handle.to_string()),
        other => panic!("{other:?}"),
    }
}

async fn sign_in(house: &House, who: AccountRef, secret: Secret) -> Result<(), Refusal> {
    let caller = Caller { peer: Peer::LOCAL, device: SILENT, embeds_media: false, actor: None };
    let outcome = house.core.execute(caller, account::Command::SignIn { who, secret }.into()).await;
    assert_eq!(outcome.answer.is_ok(), matches!(outcome.change, Change::SignedIn(_)));
    outcome.answer.map(drop)
}

const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";
const SHA256: &str = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";

#[tokio::test]
async fn whoever_brings_no_handle_gets_one() {
    let house = House::new();
    let plain = || Secret::plain("secret");
    assert_eq!(register(&house, registration(None, "Ann Lee", plain())).await.unwrap(), "Ann_Lee");
    assert_eq!(register(&house, registration(None, "ann lee", plain())).await.unwrap(), "ann_lee.1000000002");
    assert_eq!(register(&house, registration(None, "group:x", plain())).await.unwrap(), "1000000003");
    let taken = register(&house, registration(Some("ANN_LEE"), "x", plain())).await;
    assert_eq!(taken, Err(Refusal::HandleTaken));
    let like_an_id = register(&house, registration(Some("1000000009"), "x", plain())).await;
    assert_eq!(like_an_id, Err(Refusal::HandleTaken));
}

#[tokio::test]
async fn what_cannot_be_registered_is_told_why() {
    let house = House::new();
    let with = |nick: &str, secret: &str| registration(None, nick, Secret::plain(secret));
    assert_eq!(register(&house, with(" ", "x")).await, Err(Refusal::Empty(Field::Name)));
    assert_eq!(register(&house, with("ann", "")).await, Err(Refusal::Empty(Field::Secret)));
    assert_eq!(register(&house, with("a\nb", "x")).await, Err(Refusal::Unusable(Field::Name)));
    assert_eq!(register(&house, with(&"x".repeat(2000), "x")).await, Err(Refusal::TooLarge(Field::Name)));
    let mut spaced = with("ann", "x");
    spaced.email = "a b@c".into();
    assert_eq!(register(&house, spaced).await, Err(Refusal::Unusable(Field::Email)));
    register(&house, with("Nick", "x")).await.unwrap();
    let mut unique = with("nick", "x");
    unique.nick_is_unique = true;
    assert_eq!(register(&house, unique).await, Err(Refusal::NickTaken));
}

#[tokio::test]
async fn one_password_opens_the_account_in_every_form() {
    let house = House::new();
    let ann = || AccountRef::Handle(Handle::parse("ann").unwrap());
    register(&house, registration(Some("ann"), "Ann", Secret::classify(MD5))).await.unwrap();
    assert_eq!(sign_in(&house, ann(), Secret::classify(MD5)).await, Ok(()));
    assert_eq!(sign_in(&house, ann(), Secret::classify(SHA256)).await, Err(Refusal::WrongSecret));
    assert_eq!(sign_in(&house, ann(), Secret::plain("passw0rd")).await, Err(Refusal::WrongSecret));
    assert_eq!(sign_in(&house, ann(), Secret::plain("password")).await, Ok(()));
    assert_eq!(
        sign_in(&house, ann(), Secret::classify(SHA256)).await,
        Ok(()),
        "the plain login has added the form"
    );
    let nobody = AccountRef::Typed("nobody".into());
    assert_eq!(sign_in(&house, nobody, Secret::plain("password")).await, Err(Refusal::UnknownAccount));
}

#[tokio::test]
async fn a_login_of_nobody_takes_as_long_as_a_wrong_password() {
    // Dear enough that everything else is small beside it.
    let cost = Cost { memory_kib: 8 << 10, iterations: 4 };
    let house = House::costing(Surroundings::default(), Limits::default(), cost);
    house.guest("ann", SILENT).await;
    let login = async |name: &str| {
        let began = tokio::time::Instant::now();
        let who = AccountRef::Handle(Handle::parse(name).unwrap());
        assert!(sign_in(&house, who, Secret::plain("wrong")).await.is_err());
        began.elapsed()
    };
    // The shortest of several: what a busy machine adds is not what is asked for. The busier, the more it takes.
    let (mut somebody, mut nobody) = (login("ann").await, login("bob").await);
    let alike = |one: Duration, other: Duration| one * 2 > other && other * 2 > one;
    for _ in 0..40 {
        somebody = somebody.min(login("ann").await);
        nobody = nobody.min(login("bob").await);
    }
    assert!(alike(somebody, nobody), "{somebody:?} and {nobody:?}");
}

#[tokio::test]
async fn a_login_field_takes_the_id_the_address_and_the_handle() {
    let house = House::new();
    let mut with_email = registration(Some("ann"), "Ann", Secret::plain("password"));
    with_email.email = "Ann@Example.org".into();
    register(&house, with_email).await.unwrap();
    for typed in ["1000000001", "ann@example.ORG", "ANN"] {
        let who = AccountRef::Typed(typed.into());
        assert_eq!(sign_in(&house, who, Secret::plain("password")).await, Ok(()), "{typed}");
    }
}

#[tokio::test]
async fn a_profile_changes_in_part_and_its_picture_is_served() {
    let house = House::new();
    let ann = house.guest("ann", SILENT).await;
    let drawn = house.core.avatar(ann.id()).await.unwrap().unwrap();
    assert!(drawn.starts_with(b"\x89PNG"));
    let change = |change| account::Command::Change(Box::new(change));
    let picture =
        ProfileChange { picture: Some("PICTURE".into()), status: Some("busy".into()), ..Default::default() };
    house.ask(&ann, change(picture)).await.unwrap();
    assert_eq!(house.core.avatar(ann.id()).await.unwrap().unwrap(), "PICTURE");
    let nick = ProfileChange { nick: Some("Anna".into()), ..Default::default() };
    let Ok(Reply::Account(account::Reply::Person(person))) = house.ask(&ann, change(nick)).await else {
        panic!()
    };
    assert_eq!((person.profile.nick.as_str(), person.profile.status.as_str()), ("Anna", "busy"));
    assert!(person.has_own_picture());
    let gone = ProfileChange { picture: Some("".into()), ..Default::default() };
    house.ask(&ann, change(gone)).await.unwrap();
    assert_eq!(house.core.avatar(ann.id()).await.unwrap().unwrap(), drawn);
    let large = ProfileChange {
        picture: Some(vec![0; Limits::default().avatar_bytes + 1].into()),
        ..Default::default()
    };
    assert_eq!(house.ask(&ann, change(large)).await.unwrap_err(), Refusal::TooLarge(Field::Picture));
}

#[tokio::test]
async fn a_deleted_account_leaves_its_messages_and_nothing_else() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", POLITE).await);
    house.say(&ann, bob.with(), "hello").await.unwrap();
    let mut at_home = house.listen(&ann).await;
    house.ask(&ann, account::Command::Delete).await.unwrap();
    assert!(
        at_home.hear().await.contains(&"Deleted".to_owned()),
        "the account's connections are told to end"
    );
    assert_eq!(sign_in(&house, ann.named(), Secret::plain("secret")).await, Err(Refusal::UnknownAccount));
    let again = register(&house, registration(Some("ann"), "x", Secret::plain("x"))).await;
    assert_eq!(again, Err(Refusal::HandleTaken), "the handle stays taken");
    assert_eq!(house.say(&bob, ann.with(), "are you there?").await, Err(Refusal::UnknownAccount));
    let recent = house.ask(&bob, message::Command::Recent { limit: 10 }).await;
    let Ok(Reply::Message(message::Reply::Recent(recent))) = recent else { panic!("{recent:?}") };
    assert_eq!(recent.letters.len(), 1);
    assert_eq!(
        (recent.letters[0].sender.id, recent.letters[0].sender.nick.as_str()),
        (ann.id(), "deleted account")
    );
}
