//! Where an account is signed in, how that ends, another password, and the question before the end.

mod support;

use koine_bus::{Mailbox, Post, Signal};
use koine_core::{Caller, Change, Core, Limits, Seat};
use koine_model::account::{self, Reply as Account};
use koine_model::device::{Device, Sessions, Tokens};
use koine_model::refusal::Field;
use koine_model::secret::Secret;
use koine_model::session::{Session, SessionId};
use koine_model::token::Token;
use koine_model::{Refusal, Reply};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use support::{Guest, House, SILENT};

const WEB: Device =
    Device { listens: false, tokens: Tokens::LONG, ..Device::plain("web", Sessions::Several) };
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A connection that is signed in.
struct Desk {
    guest: Guest,
    mailbox: Arc<Mailbox>,
    _seat: Seat,
}

impl Desk {
    fn sit(house: &House, guest: Guest) -> Self {
        let mailbox = Arc::new(Mailbox::default());
        let seat = Core::seat(&house.core, guest.actor, &guest.caller(), &mailbox, None);
        Self { guest, mailbox, _seat: seat }
    }

    fn session(&self) -> SessionId {
        self.guest.actor.session()
    }

    /// What the connection is told.
    fn signal(&self) -> Option<Signal> {
        match self.mailbox.poll_post(&mut Context::from_waker(Waker::noop()), false) {
            Poll::Ready(Post::Signal(signal)) => Some(signal),
            _ => None,
        }
    }
}

async fn issue(house: &House, who: &mut Guest, label: &str) -> Result<(Token, SessionId), Refusal> {
    let command = account::Command::IssueToken { label: label.to_owned() };
    let outcome = house.core.execute(who.caller(), command.into()).await;
    match (outcome.answer?, outcome.change) {
        (Reply::Account(Account::Token(token, session)), Change::Session(actor)) => {
            assert_eq!(actor.session(), session);
            who.actor = actor;
            Ok((token, session))
        }
        other => panic!("{other:?}"),
    }
}

async fn resume(house: &House, like: &Guest, token: Token) -> Result<Guest, Refusal> {
    let caller = Caller { actor: None, ..like.caller() };
    let outcome = house.core.execute(caller, account::Command::Resume { token }.into()).await;
    outcome.answer?;
    let Change::SignedIn(actor) = outcome.change else { panic!("not signed in") };
    Ok(Guest { actor, device: like.device, person: like.person.clone() })
}

async fn sign_in(house: &House, like: &Guest, password: &str) -> Result<Guest, Refusal> {
    let command = account::Command::SignIn { who: like.named(), secret: Secret::plain(password) };
    let outcome = house.core.execute(Caller { actor: None, ..like.caller() }, command.into()).await;
    outcome.answer?;
    let Change::SignedIn(actor) = outcome.change else { panic!("not signed in") };
    Ok(Guest { actor, device: like.device, person: like.person.clone() })
}

async fn sessions(house: &House, who: &Guest) -> Vec<Session> {
    match house.ask(who, account::Command::Sessions).await {
        Ok(Reply::Account(Account::Sessions(sessions))) => sessions,
        other => panic!("{other:?}"),
    }
}

fn shown(sessions: &[Session]) -> Vec<(&str, &str, bool, bool)> {
    let shown = |session: &'_ Session| (session.online, session.current);
    sessions
        .iter()
        .map(|session| {
            let (online, current) = shown(session);
            (session.dialect.as_str(), session.label.as_str(), online, current)
        })
        .collect()
}

#[tokio::test]
async fn tokens_and_live_connections_are_listed() {
    let house = House::new();
    let mut ann = house.guest("ann", WEB).await;
    let legacy = Guest { device: SILENT, ..sign_in(&house, &ann, "secret").await.unwrap() };
    issue(&house, &mut ann, "Firefox on the laptop").await.unwrap();
    let mut away = sign_in(&house, &ann, "secret").await.unwrap();
    issue(&house, &mut away, "").await.unwrap();
    let (ann, legacy) = (Desk::sit(&house, ann), Desk::sit(&house, legacy));
    let listed = sessions(&house, &ann.guest).await;
    assert_eq!(
        shown(&listed),
        [
            ("web", "Firefox on the laptop", true, true),
            ("web", "", false, false),
            ("silent", "", true, false)
        ]
    );
    let numbers: Vec<_> = listed.iter().map(|session| session.id).collect();
    assert_eq!(numbers, [ann.session(), away.actor.session(), legacy.session()]);
    assert_eq!(shown(&sessions(&house, &legacy.guest).await)[2], ("silent", "", true, true));
    drop(legacy);
    assert_eq!(sessions(&house, &ann.guest).await.len(), 2);
    let bob = house.guest("bob", WEB).await;
    assert!(sessions(&house, &bob).await.is_empty(), "a connection without a seat is none");
}

#[tokio::test]
async fn an_ended_session_is_worthless_and_its_connections_end() {
    let house = House::new();
    let mut ann = house.guest("ann", WEB).await;
    let (token, session) = issue(&house, &mut ann, "").await.unwrap();
    let again = Desk::sit(&house, resume(&house, &ann, token).await.unwrap());
    let late = resume(&house, &ann, token).await.unwrap();
    let other = Desk::sit(&house, sign_in(&house, &ann, "secret").await.unwrap());
    let bob = house.guest("bob", WEB).await;
    let end = |session| account::Command::EndSession { session };
    assert_eq!(house.ask(&bob, end(session)).await.unwrap_err(), Refusal::NotThere);
    assert_eq!(again.signal(), None);
    house.ask(&other.guest, end(session)).await.unwrap();
    assert_eq!((again.signal(), other.signal()), (Some(Signal::SignedOut), None));
    assert_eq!(resume(&house, &ann, token).await.err(), Some(Refusal::NotSignedIn));
    let late = Desk::sit(&house, late);
    assert_eq!(late.signal(), Some(Signal::SignedOut), "the token was looked up before it went");
    assert_eq!(sessions(&house, &other.guest).await.len(), 2, "their connections have not ended yet");
    assert_eq!(house.ask(&other.guest, end(session)).await.unwrap_err(), Refusal::NotThere);
    drop((again, late));
    assert_eq!(house.ask(&other.guest, end(session)).await.unwrap_err(), Refusal::NotThere);
}

#[tokio::test]
async fn a_connection_without_a_token_is_ended_alone() {
    let house = House::new();
    let ann = house.guest("ann", SILENT).await;
    let second = sign_in(&house, &ann, "secret").await.unwrap();
    let (first, second) = (Desk::sit(&house, ann), Desk::sit(&house, second));
    assert_ne!(first.session(), second.session());
    house.ask(&first.guest, account::Command::EndSession { session: second.session() }).await.unwrap();
    assert_eq!((first.signal(), second.signal()), (None, Some(Signal::SignedOut)));
    let again = account::Command::EndSession { session: second.session() };
    assert_eq!(house.ask(&first.guest, again).await.unwrap_err(), Refusal::NotThere, "it is on its way out");
    let own = account::Command::EndSession { session: first.session() };
    house.ask(&first.guest, own).await.unwrap();
    assert_eq!(first.signal(), Some(Signal::SignedOut));
}

#[tokio::test]
async fn labels_are_short_lines() {
    let house = House::new();
    let mut ann = house.guest("ann", WEB).await;
    issue(&house, &mut ann, &"ы".repeat(100)).await.unwrap();
    let long = issue(&house, &mut ann, &"ы".repeat(101)).await;
    assert_eq!(long.unwrap_err(), Refusal::TooLarge(Field::Name));
    let lines = issue(&house, &mut ann, "a\nb").await;
    assert_eq!(lines.unwrap_err(), Refusal::Unusable(Field::Name));
}

#[tokio::test]
async fn tokens_live_as_long_and_are_as_many_as_their_device_says() {
    let house = House::with(Limits { tokens_per_account: 1, ..Limits::default() });
    let (mut web, mut plain) = (house.guest("ann", WEB).await, house.guest("bob", SILENT).await);
    let (token, _) = issue(&house, &mut web, "").await.unwrap();
    for _ in 1..Tokens::MANY {
        issue(&house, &mut web, "").await.unwrap();
    }
    assert_eq!(issue(&house, &mut web, "").await.unwrap_err(), Refusal::TooManyTokens);
    let (short, _) = issue(&house, &mut plain, "").await.unwrap();
    assert_eq!(issue(&house, &mut plain, "").await.unwrap_err(), Refusal::TooManyTokens);
    house.clock.advance(6 * DAY);
    assert_eq!(resume(&house, &plain, short).await.err(), Some(Refusal::NotSignedIn));
    house.clock.advance(83 * DAY);
    resume(&house, &web, token).await.unwrap();
    house.clock.advance(89 * DAY);
    resume(&house, &web, token).await.unwrap();
    house.clock.advance(91 * DAY);
    assert_eq!(resume(&house, &web, token).await.err(), Some(Refusal::NotSignedIn));
}

#[tokio::test]
async fn another_password_ends_all_but_the_session_that_asks() {
    let house = House::new();
    let mut ann = house.guest("ann", WEB).await;
    let mut phone = sign_in(&house, &ann, "secret").await.unwrap();
    let (kept, _) = issue(&house, &mut ann, "").await.unwrap();
    let (lost, _) = issue(&house, &mut phone, "").await.unwrap();
    let late = sign_in(&house, &ann, "secret").await.unwrap();
    let (mut ann, phone) = (Desk::sit(&house, ann), Desk::sit(&house, phone));
    let change = |old: &str, new: &str| account::Command::ChangePassword {
        old: Secret::plain(old),
        new: Secret::plain(new),
    };
    let wrong = house.ask(&ann.guest, change("wrong", "new")).await;
    assert_eq!(wrong.unwrap_err(), Refusal::WrongSecret);
    let empty = house.ask(&ann.guest, change("secret", "")).await;
    assert_eq!(empty.unwrap_err(), Refusal::Empty(Field::Secret));
    assert_eq!(phone.signal(), None);
    let outcome = house.core.execute(ann.guest.caller(), change("secret", "new").into()).await;
    assert!(matches!(outcome.answer, Ok(Reply::Done)), "{:?}", outcome.answer);
    assert_eq!((ann.signal(), phone.signal()), (None, Some(Signal::SignedOut)));
    let old_proof = house.ask(&ann.guest, account::Command::Sessions).await;
    assert_eq!(old_proof.unwrap_err(), Refusal::NotSignedIn, "the connection has another proof now");
    let Change::Session(actor) = outcome.change else { panic!("no other proof") };
    ann.guest.actor = actor;
    assert_eq!(sessions(&house, &ann.guest).await.len(), 2, "the phone's connection has not ended yet");
    let asked = house.ask(&phone.guest, account::Command::Sessions).await;
    assert_eq!(asked.unwrap_err(), Refusal::NotSignedIn);
    assert_eq!(Desk::sit(&house, late).signal(), Some(Signal::SignedOut));
    resume(&house, &ann.guest, kept).await.unwrap();
    assert_eq!(resume(&house, &ann.guest, lost).await.err(), Some(Refusal::NotSignedIn));
    assert_eq!(sign_in(&house, &ann.guest, "secret").await.err(), Some(Refusal::WrongSecret));
    sign_in(&house, &ann.guest, "new").await.unwrap();
    // All forms are there, though the old one may have had fewer.
    let md5 = Secret::classify("22af645d1859cb5ca6da0c484f1f37ea");
    let command = account::Command::SignIn { who: ann.guest.named(), secret: md5 };
    let caller = Caller { actor: None, ..ann.guest.caller() };
    house.core.execute(caller, command.into()).await.answer.unwrap();
}

#[tokio::test]
async fn of_two_changes_at_once_one_has_proven_nothing() {
    let house = House::new();
    let ann = house.guest("ann", WEB).await;
    let phone = sign_in(&house, &ann, "secret").await.unwrap();
    let change = |new: &str| account::Command::ChangePassword {
        old: Secret::plain("secret"),
        new: Secret::plain(new),
    };
    let both = tokio::join!(house.ask(&ann, change("one")), house.ask(&phone, change("other")));
    let refused = match both {
        (Ok(_), Err(refusal)) | (Err(refusal), Ok(_)) => refusal,
        both => panic!("{both:?}"),
    };
    assert!(matches!(refused, Refusal::WrongSecret | Refusal::NotSignedIn), "{refused:?}");
}

#[tokio::test]
async fn an_account_goes_after_a_question() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", WEB).await, house.guest("bob", WEB).await);
    let other = Desk::sit(&house, sign_in(&house, &ann, "secret").await.unwrap());
    let ask = async |who: &Guest, secret: &str| {
        let command = account::Command::AskDelete { secret: Secret::plain(secret) };
        match house.ask(who, command).await? {
            Reply::Account(Account::Question { code, until }) => Ok::<_, Refusal>((code, until)),
            other => panic!("{other:?}"),
        }
    };
    let confirm = |code: &str| account::Command::ConfirmDelete { code: code.to_owned() };
    assert_eq!(ask(&ann, "wrong").await.unwrap_err(), Refusal::WrongSecret);
    let (old, _) = ask(&ann, "secret").await.unwrap();
    let (code, _) = ask(&ann, "secret").await.unwrap();
    for (who, code) in [(&bob, code.as_str()), (&ann, "x"), (&ann, ""), (&ann, old.as_str())] {
        assert_eq!(house.ask(who, confirm(code)).await.unwrap_err(), Refusal::NotThere);
    }
    house.clock.advance(6 * 60 * 1000);
    assert_eq!(house.ask(&ann, confirm(&code)).await.unwrap_err(), Refusal::NotThere, "too late");
    let (code, until) = ask(&ann, "secret").await.unwrap();
    assert!(until > house.core.clock().now());
    let outcome = house.core.execute(ann.caller(), confirm(&code).into()).await;
    assert!(matches!((outcome.answer, outcome.change), (Ok(Reply::Done), Change::SignedOut)));
    assert_eq!(other.signal(), Some(Signal::Deleted));
    assert_eq!(sign_in(&house, &ann, "secret").await.err(), Some(Refusal::UnknownAccount));
}

#[tokio::test]
async fn another_password_has_other_connections_of_the_session_come_back() {
    let house = House::new();
    let mut ann = house.guest("ann", WEB).await;
    let (token, _) = issue(&house, &mut ann, "").await.unwrap();
    let tab = Desk::sit(&house, resume(&house, &ann, token).await.unwrap());
    let late = resume(&house, &ann, token).await.unwrap();
    let ann = Desk::sit(&house, ann);
    let change = account::Command::ChangePassword { old: Secret::plain("secret"), new: Secret::plain("new") };
    house.ask(&ann.guest, change).await.unwrap();
    assert_eq!((ann.signal(), tab.signal()), (None, Some(Signal::Outdated)));
    assert_eq!(Desk::sit(&house, late).signal(), Some(Signal::Outdated), "the token was looked up before");
    let again = Desk::sit(&house, resume(&house, &ann.guest, token).await.unwrap());
    assert_eq!(again.signal(), None);
    sessions(&house, &again.guest).await;
}

#[tokio::test]
async fn a_revoked_token_ends_the_other_connections_of_its_session() {
    let house = House::new();
    let mut ann = house.guest("ann", WEB).await;
    let (token, _) = issue(&house, &mut ann, "").await.unwrap();
    let tab = Desk::sit(&house, resume(&house, &ann, token).await.unwrap());
    let late = resume(&house, &ann, token).await.unwrap();
    let other = Desk::sit(&house, sign_in(&house, &ann, "secret").await.unwrap());
    let ann = Desk::sit(&house, ann);
    house.ask(&ann.guest, account::Command::RevokeToken { token }).await.unwrap();
    assert_eq!((ann.signal(), tab.signal(), other.signal()), (None, Some(Signal::SignedOut), None));
    assert_eq!(Desk::sit(&house, late).signal(), Some(Signal::SignedOut), "the token was looked up before");
}
