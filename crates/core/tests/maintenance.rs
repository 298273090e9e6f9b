//! Maintenance: who may sign in while nobody else may.

mod support;

use koine_core::rates::Peer;
use koine_core::surroundings::{Maintenance, Surroundings};
use koine_core::{Caller, Limits};
use koine_model::account::{self, AccountRef};
use koine_model::conversation::ConversationRef;
use koine_model::secret::Secret;
use koine_model::{Refusal, Reply, server};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::{House, POLITE, SILENT, registration};

#[derive(Default)]
struct Sign(AtomicBool);

impl Maintenance for Sign {
    fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

const NOBODY: Caller = Caller { peer: Peer::LOCAL, device: SILENT, embeds_media: false, actor: None };

async fn sign_in(house: &House, name: &str, secret: &str) -> Result<(), Refusal> {
    let (who, secret) = (AccountRef::Typed(name.to_owned()), Secret::plain(secret));
    house.core.execute(NOBODY, account::Command::SignIn { who, secret }.into()).await.answer.map(drop)
}

async fn status(house: &House) -> server::Status {
    match house.core.execute(NOBODY, server::Command::Status.into()).await.answer {
        Ok(Reply::Server(server::Reply::Status(status))) => status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_operators_sign_in() {
    let sign = Arc::new(Sign::default());
    let operators = vec!["ANN".to_owned(), "1000000003".to_owned()];
    let surroundings = Surroundings { maintenance: sign.clone(), operators, ..Surroundings::default() };
    let house = House::within(surroundings, Limits::default());
    for name in ["ann", "bob", "eve"] {
        house.guest(name, POLITE).await;
    }
    assert_eq!(status(&house).await, server::Status::Running);
    sign.0.store(true, Ordering::Relaxed);
    assert_eq!(status(&house).await, server::Status::Maintenance);
    assert_eq!(sign_in(&house, "ann", "secret").await, Ok(()));
    assert_eq!(sign_in(&house, "1000000003", "secret").await, Ok(()));
    assert_eq!(sign_in(&house, "bob", "secret").await, Err(Refusal::Maintenance));
    // Nothing tells who the operators are to somebody who does not have their passwords.
    assert_eq!(sign_in(&house, "ann", "guess").await, Err(Refusal::WrongSecret));
    assert_eq!(sign_in(&house, "bob", "guess").await, Err(Refusal::WrongSecret));
    let registration = registration(Some("carl"), "Carl", Secret::plain("secret"));
    let command = account::Command::Register(Box::new(registration));
    assert!(matches!(house.core.execute(NOBODY, command.into()).await.answer, Err(Refusal::Maintenance)));
    sign.0.store(false, Ordering::Relaxed);
    assert_eq!(sign_in(&house, "bob", "secret").await, Ok(()));
}

#[tokio::test]
async fn whoever_is_signed_in_stays() {
    let sign = Arc::new(Sign::default());
    let surroundings = Surroundings { maintenance: sign.clone(), ..Surroundings::default() };
    let house = House::within(surroundings, Limits::default());
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    sign.0.store(true, Ordering::Relaxed);
    let to = ConversationRef::With(bob.named());
    assert!(house.say(&ann, to, "hi").await.is_ok());
}

#[tokio::test]
async fn a_token_is_no_way_around_it() {
    let sign = Arc::new(Sign::default());
    let operators = vec!["ann".to_owned()];
    let surroundings = Surroundings { maintenance: sign.clone(), operators, ..Surroundings::default() };
    let house = House::within(surroundings, Limits::default());
    for (name, expected) in [("ann", Ok(())), ("bob", Err(Refusal::Maintenance))] {
        let guest = house.guest(name, POLITE).await;
        let issued = house.ask(&guest, account::Command::IssueToken { label: String::new() }).await;
        let Ok(Reply::Account(account::Reply::Token(token, _))) = issued else { panic!("{issued:?}") };
        let caller = Caller { device: POLITE, ..NOBODY };
        let resume = || async {
            house.core.execute(caller, account::Command::Resume { token }.into()).await.answer.map(drop)
        };
        assert_eq!(resume().await, Ok(()));
        sign.0.store(true, Ordering::Relaxed);
        assert_eq!(resume().await, expected, "{name}");
        sign.0.store(false, Ordering::Relaxed);
    }
}
