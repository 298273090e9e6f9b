//! What is done too often, by whom, and who is not concerned.

mod support;

use koine_core::credentials::Cost;
use koine_core::limits::RateLimits;
use koine_core::rates::Peer;
use koine_core::{Caller, Limits, Surroundings};
use koine_model::account::{self, AccountRef};
use koine_model::conversation::ConversationRef;
use koine_model::secret::Secret;
use koine_model::{Refusal, Reply};
use std::time::Duration;
use support::{House, POLITE, SILENT, registration};

const HERE: Peer = Peer::LOCAL;
const SECOND: i64 = 1000;

fn house(rates: RateLimits) -> House {
    House::with(Limits { rates, ..Limits::default() })
}

fn guessing(failed_logins: u32, failed_logins_per_address: u32) -> RateLimits {
    let login_delay_seconds = 900;
    RateLimits { failed_logins, failed_logins_per_address, login_delay_seconds, ..RateLimits::default() }
}

fn at(last: u8) -> Peer {
    Peer::V4([192, 0, 2, last])
}

async fn sign_in(house: &House, peer: Peer, name: &str, secret: &str) -> Result<(), Refusal> {
    let caller = Caller { peer, device: POLITE, embeds_media: false, actor: None };
    let (who, secret) = (AccountRef::Typed(name.to_owned()), Secret::plain(secret));
    house.core.execute(caller, account::Command::SignIn { who, secret }.into()).await.answer.map(drop)
}

fn too_often(seconds: u32) -> Result<(), Refusal> {
    Err(Refusal::TooOften { seconds })
}

const WRONG: Result<(), Refusal> = Err(Refusal::WrongSecret);

#[tokio::test]
async fn who_guesses_waits_longer_each_time() {
    let house = house(guessing(3, 0));
    house.guest("ann", SILENT).await;
    for _ in 0..3 {
        assert_eq!(sign_in(&house, at(1), "ann", "guess").await, WRONG);
    }
    for seconds in [1, 2, 4, 8] {
        assert_eq!(sign_in(&house, at(1), "ann", "guess").await, WRONG);
        // The right one is not looked at, either: whoever guesses learns nothing.
        assert_eq!(sign_in(&house, at(1), "ann", "secret").await, too_often(seconds));
        house.clock.advance(i64::from(seconds) * SECOND);
    }
    assert_eq!(sign_in(&house, at(1), "ann", "secret").await, Ok(()));
    // Whoever has shown it begins anew.
    assert_eq!(sign_in(&house, at(1), "ann", "guess").await, WRONG);
    assert_eq!(sign_in(&house, at(1), "ann", "secret").await, Ok(()));
}

#[tokio::test]
async fn no_delay_is_longer_than_the_longest() {
    let house = house(RateLimits { login_delay_seconds: 5, ..guessing(1, 0) });
    house.guest("ann", SILENT).await;
    for _ in 0..8 {
        assert_eq!(sign_in(&house, HERE, "ann", "guess").await, WRONG);
        house.clock.advance(5 * SECOND);
    }
    assert_eq!(sign_in(&house, HERE, "ann", "guess").await, WRONG);
    assert_eq!(sign_in(&house, HERE, "ann", "secret").await, too_often(5));
}

#[tokio::test]
async fn others_keep_nobody_out() {
    let house = house(guessing(2, 0));
    house.guest("ann", SILENT).await;
    assert_eq!(sign_in(&house, at(1), "ann", "secret").await, Ok(()));
    // Twenty are free over all addresses.
    for last in 100..125 {
        let _ = sign_in(&house, at(last), "ann", "guess").await;
    }
    // Where she has been before she is not concerned.
    assert_eq!(sign_in(&house, at(1), "ann", "secret").await, Ok(()));
    assert_eq!(sign_in(&house, HERE, "ann", "secret").await, Ok(()), "she registered there");
    // From a new place she waits once, whatever the others go on doing.
    let Err(Refusal::TooOften { seconds }) = sign_in(&house, at(2), "ann", "secret").await else {
        panic!("not slowed down")
    };
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(sign_in(&house, at(2), "ann", "secret").await, too_often(seconds));
    house.clock.advance(i64::from(seconds) * SECOND);
    for last in 125..130 {
        let _ = sign_in(&house, at(last), "ann", "guess").await;
    }
    // She need not come in the very second, and what is tidied up meanwhile does not matter.
    house.clock.advance(120 * SECOND);
    house.core.tend();
    for last in 130..180 {
        let _ = sign_in(&house, at(last), "ann", "guess").await;
    }
    assert_eq!(sign_in(&house, at(2), "ann", "secret").await, Ok(()));
    // And others than ann are not concerned at all.
    house.guest("bob", SILENT).await;
    assert_eq!(sign_in(&house, at(2), "bob", "secret").await, Ok(()));
}

/// Where accounts were opened, and who has failed, the process alone remembers. A restart amid guesses makes the owner wait once at each
/// address, and not at all where a program of theirs has come back by a token first.
#[tokio::test]
async fn a_restart_amid_guesses_makes_the_owner_wait_once_and_a_token_spares_that() {
    let rates = guessing(2, 4);
    let first = house(rates);
    let ann = first.guest("ann", POLITE).await;
    let issued = first.ask(&ann, account::Command::IssueToken { label: String::new() }).await;
    let Ok(Reply::Account(account::Reply::Token(token, _))) = issued else { panic!("{issued:?}") };
    for last in [1, 2, 3] {
        assert_eq!(sign_in(&first, at(last), "ann", "secret").await, Ok(()));
    }
    let house = first.restarted(Limits { rates, ..Limits::default() }).await;
    let guess = async |places: std::ops::Range<u8>| {
        for last in places {
            let _ = sign_in(&house, at(last), "ann", "guess").await;
        }
    };
    guess(100..125).await;
    let Err(Refusal::TooOften { seconds }) = sign_in(&house, at(1), "ann", "secret").await else {
        panic!("it is known from before")
    };
    assert!((1..=60).contains(&seconds), "{seconds}");
    house.clock.advance(i64::from(seconds) * SECOND);
    guess(125..150).await;
    assert_eq!(sign_in(&house, at(1), "ann", "secret").await, Ok(()));
    guess(150..200).await;
    assert_eq!(sign_in(&house, at(1), "ann", "secret").await, Ok(()), "she waits once");
    // Whoever guesses at the very address where she is keeps her out for as long as that goes on, until she is known there.
    for number in 0..8 {
        let _ = sign_in(&house, at(2), &format!("nobody {number}"), "guess").await;
    }
    assert!(matches!(sign_in(&house, at(2), "ann", "secret").await, Err(Refusal::TooOften { .. })));
    let caller = Caller { peer: at(2), device: POLITE, embeds_media: false, actor: None };
    house.core.execute(caller, account::Command::Resume { token }.into()).await.answer.unwrap();
    assert_eq!(sign_in(&house, at(2), "ann", "secret").await, Ok(()), "her program has come back by a token");
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_waits() {
    let house = house(guessing(5, 10));
    for name in ["ann", "bob", "carl"] {
        house.guest(name, SILENT).await;
    }
    for round in 0..11 {
        let (name, no) = match round % 3 {
            0 => ("ann", Refusal::WrongSecret),
            1 => ("bob", Refusal::WrongSecret),
            _ => ("nobody", Refusal::UnknownAccount),
        };
        assert_eq!(sign_in(&house, at(1), name, "guess").await, Err(no), "{round}");
    }
    assert_eq!(sign_in(&house, at(1), "nobody", "guess").await, too_often(1));
    assert_eq!(sign_in(&house, at(1), "carl", "secret").await, too_often(1));
    assert_eq!(sign_in(&house, at(2), "carl", "secret").await, Ok(()));
    house.clock.advance(SECOND);
    assert_eq!(sign_in(&house, at(1), "carl", "secret").await, Ok(()));
    assert_eq!(sign_in(&house, at(1), "ann", "guess").await, WRONG);
    // Whoever has been let in there before is not kept out by neighbours.
    assert_eq!(sign_in(&house, at(1), "carl", "secret").await, Ok(()));
    assert!(matches!(sign_in(&house, at(1), "bob", "secret").await, Err(Refusal::TooOften { .. })));
}

#[tokio::test]
async fn guesses_beside_each_other_are_no_way_around_it() {
    let house = house(guessing(3, 0));
    house.guest("ann", SILENT).await;
    let guesses = (0..40).map(|_| sign_in(&house, at(1), "ann", "guess"));
    let answers = futures_util::future::join_all(guesses).await;
    let wrong = answers.iter().filter(|answer| **answer == WRONG).count();
    let refused = answers.iter().filter(|answer| matches!(answer, Err(Refusal::TooOften { .. }))).count();
    // Sixteen at once, and those that find room before three have failed; fewer where the first three fail early.
    assert!((3..=18).contains(&wrong), "{wrong} were looked at");
    assert_eq!(wrong + refused, 40);
    // How long it is until the next one depends on how many that were.
    let expected = match u32::try_from(wrong).unwrap() - 3 {
        0 => WRONG,
        over => too_often(900.min(1 << (over - 1))),
    };
    assert_eq!(sign_in(&house, at(1), "ann", "guess").await, expected, "after {wrong}");
}

#[tokio::test]
async fn an_open_connection_is_no_way_around_it() {
    let house = house(guessing(2, 0));
    let ann = house.guest("ann", SILENT).await;
    let change = |old: &str| account::Command::ChangePassword {
        old: Secret::plain(old),
        new: Secret::plain("another"),
    };
    for _ in 0..3 {
        assert!(matches!(house.ask(&ann, change("guess")).await, Err(Refusal::WrongSecret)));
    }
    assert!(matches!(house.ask(&ann, change("secret")).await, Err(Refusal::TooOften { seconds: 1 })));
    let delete = account::Command::AskDelete { secret: Secret::plain("secret") };
    assert!(matches!(house.ask(&ann, delete).await, Err(Refusal::TooOften { seconds: 1 })));
    house.clock.advance(SECOND);
    assert!(matches!(house.ask(&ann, change("secret")).await, Ok(Reply::Done)));
}

#[tokio::test]
async fn one_place_makes_so_many_accounts() {
    let house = house(RateLimits { registrations_per_address: 3, ..RateLimits::default() });
    let register = async |peer, name: &str| {
        let caller = Caller { peer, device: SILENT, embeds_media: false, actor: None };
        let registration = registration(Some(name), name, Secret::plain("secret"));
        let command = account::Command::Register(Box::new(registration));
        house.core.execute(caller, command.into()).await.answer.map(drop)
    };
    for name in ["ann", "bob", "carl"] {
        assert_eq!(register(HERE, name).await, Ok(()));
        // What is told at once costs nothing.
        assert_eq!(register(HERE, name).await, Err(Refusal::HandleTaken));
    }
    assert_eq!(register(HERE, "dora").await, too_often(1200));
    assert_eq!(register(at(1), "dora").await, Ok(()));
    house.clock.advance(1200 * SECOND);
    assert_eq!(register(HERE, "eve").await, Ok(()));
    assert_eq!(register(HERE, "fay").await, too_often(1200));
}

#[tokio::test]
async fn posts_are_counted_for_an_account() {
    let house = house(RateLimits { posts_per_second: 2, post_burst: 3, ..RateLimits::default() });
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    for _ in 0..3 {
        assert_eq!(house.core.post_admit(ann.id()), Ok(()));
    }
    let wait = house.core.post_admit(ann.id()).unwrap_err();
    assert!(wait <= Duration::from_millis(500) && wait > Duration::from_millis(400), "{wait:?}");
    assert_eq!(house.core.post_admit(bob.id()), Ok(()));
    house.clock.advance(SECOND / 2);
    assert_eq!(house.core.post_admit(ann.id()), Ok(()));
    // Only whoever drives a connection counts: the core refuses nothing that was admitted.
    assert!(house.say(&ann, ConversationRef::With(bob.named()), "hi").await.is_ok());
}

#[tokio::test]
async fn requests_are_counted_for_an_account() {
    let house = house(RateLimits { requests_per_second: 2, request_burst: 3, ..RateLimits::default() });
    let (ann, bob) = (house.guest("ann", SILENT).await, house.guest("bob", SILENT).await);
    for _ in 0..3 {
        assert_eq!(house.core.request_wait(ann.id()), None);
        house.core.request_count(ann.id());
    }
    let wait = house.core.request_wait(ann.id()).unwrap();
    assert!(wait <= Duration::from_millis(500) && wait > Duration::from_millis(400), "{wait:?}");
    // One that was asked for at the same moment as the last takes nothing of what comes.
    house.core.request_count(ann.id());
    assert_eq!(house.core.request_wait(bob.id()), None);
    house.clock.advance(SECOND / 2);
    assert_eq!(house.core.request_wait(ann.id()), None);
}

#[tokio::test]
async fn one_place_has_its_share_of_what_is_checked_at_once() {
    let rates = RateLimits { passwords_per_address: 3, ..RateLimits::default() };
    // The last of them asks before the first has been answered, also where threads are slow to begin.
    let dear = Cost { memory_kib: 8, iterations: 30_000 };
    let house = House::costing(Surroundings::default(), Limits { rates, ..Limits::default() }, dear);
    house.guest("ann", SILENT).await;
    let nobodies = (0..10).map(|_| sign_in(&house, at(1), "nobody", "guess"));
    let somebodies = (0..10).map(|_| sign_in(&house, at(2), "ann", "guess"));
    let other = sign_in(&house, at(3), "ann", "secret");
    let (nobodies, somebodies, other) = tokio::join!(
        futures_util::future::join_all(nobodies),
        futures_util::future::join_all(somebodies),
        other
    );
    let count = |answers: &[Result<(), Refusal>], which: Refusal| {
        answers.iter().filter(|answer| **answer == Err(which)).count()
    };
    assert_eq!(count(&nobodies, Refusal::UnknownAccount), 3);
    assert_eq!(count(&nobodies, Refusal::TooOften { seconds: 1 }), 7);
    assert_eq!(count(&somebodies, Refusal::WrongSecret), 3);
    assert_eq!(count(&somebodies, Refusal::TooOften { seconds: 1 }), 7);
    assert_eq!(other, Ok(()));
    // Whoever has been answered has room again.
    assert_eq!(sign_in(&house, at(1), "ann", "secret").await, Ok(()));
}

#[tokio::test]
async fn without_limits_nothing_is_refused() {
    let house = house(RateLimits::default());
    house.guest("ann", SILENT).await;
    for _ in 0..60 {
        assert_eq!(sign_in(&house, at(1), "ann", "guess").await, WRONG);
        assert_eq!(sign_in(&house, at(1), "nobody", "guess").await, Err(Refusal::UnknownAccount));
    }
    assert_eq!(sign_in(&house, at(1), "ann", "secret").await, Ok(()));
}
