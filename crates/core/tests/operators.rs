//! Operators: keeping people out, passwords, deletion, sessions, and who may register.

mod support;

use koine_bus::{Mailbox, Post, Signal};
use koine_core::operate::Operator;
use koine_core::rates::Peer;
use koine_core::{Caller, Change, Core, Limits, Seat, Surroundings};
use koine_model::account::{self, AccountRef};
use koine_model::conversation::ConversationRef;
use koine_model::device::{Device, Sessions, Tokens};
use koine_model::invite::InviteCode;
use koine_model::secret::Secret;
use koine_model::server::Registration;
use koine_model::session::SessionId;
use koine_model::token::Token;
use koine_model::{Refusal, Reply};
use koine_store::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use support::{Guest, House, POLITE, SILENT, registration};

const WEB: Device =
    Device { listens: false, tokens: Tokens::LONG, ..Device::plain("web", Sessions::Several) };
const NOBODY: Caller = Caller { device: WEB, peer: Peer::LOCAL, embeds_media: false, actor: None };
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn operator(house: &House) -> Operator<'_> {
    house.core.operator()
}

fn sit(house: &House, guest: &Guest) -> (Seat, Arc<Mailbox>) {
    let mailbox = Arc::new(Mailbox::default());
    (Core::seat(&house.core, guest.actor, &guest.caller(), &mailbox, Some(HERE)), mailbox)
}

fn signal(mailbox: &Mailbox) -> Option<Signal> {
    match mailbox.poll_post(&mut Context::from_waker(Waker::noop()), false) {
        Poll::Ready(Post::Signal(signal)) => Some(signal),
        _ => None,
    }
}

fn refusal<T>(answer: Result<T, Error>) -> Option<Refusal> {
    match answer {
        Ok(_) => None,
        Err(Error::Refused(refusal)) => Some(refusal),
        Err(Error::Failed(failure)) => panic!("{failure}"),
    }
}

async fn sign_in(house: &House, who: &Guest, password: &str) -> Result<(), Refusal> {
    let command = account::Command::SignIn { who: who.named(), secret: Secret::plain(password) };
    house.core.execute(NOBODY, command.into()).await.answer.map(drop)
}

async fn token(house: &House, who: &mut Guest) -> Token {
    let command = account::Command::IssueToken { label: "a phone".to_owned() };
    let outcome = house.core.execute(who.caller(), command.into()).await;
    let Change::Session(actor) = outcome.change else { panic!("{:?}", outcome.answer) };
    who.actor = actor;
    match outcome.answer {
        Ok(Reply::Account(account::Reply::Token(token, _))) => token,
        other => panic!("{other:?}"),
    }
}

async fn resume(house: &House, token: Token) -> Result<(), Refusal> {
    house.core.execute(NOBODY, account::Command::Resume { token }.into()).await.answer.map(drop)
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_what_is_said_to_them_waits() {
    let house = House::new();
    let (mut ann, bob) = (house.guest("ann", WEB).await, house.guest("bob", POLITE).await);
    let kept = token(&house, &mut ann).await;
    let (_seat, mailbox) = sit(&house, &ann);
    let done = operator(&house).account_disable(&ann.named()).await.unwrap();
    assert!(done.disabled && done.online);
    assert_eq!(signal(&mailbox), Some(Signal::SignedOut));
    // What the connection says before it is closed is nobody's.
    let outcome = house.ask(&ann, account::Command::Sessions).await;
    assert!(matches!(outcome, Err(Refusal::NotSignedIn)), "{outcome:?}");
    assert_eq!(sign_in(&house, &ann, "secret").await, Err(Refusal::Disabled));
    // Only who knows the password is told.
    assert_eq!(sign_in(&house, &ann, "guess").await, Err(Refusal::WrongSecret));
    assert_eq!(resume(&house, kept).await, Err(Refusal::NotSignedIn));
    // A sign-in whose proof was looked at before comes too late: it would have to show its token again.
    let (_late, told) = sit(&house, &ann);
    assert_eq!(signal(&told), Some(Signal::Outdated));
    house.say(&bob, ConversationRef::With(ann.named()), "see you").await.unwrap();
    assert!(!operator(&house).account_enable(&ann.named()).await.unwrap().disabled);
    assert_eq!(sign_in(&house, &ann, "secret").await, Ok(()));
    assert_eq!(resume(&house, kept).await, Err(Refusal::NotSignedIn), "tokens do not come back");
    assert_eq!(operator(&house).account_groups(ann.id()).await.unwrap(), (1, Vec::new()));
}

#[tokio::test]
async fn another_password_ends_what_the_old_one_opened() {
    let house = House::new();
    let mut ann = house.guest("ann", WEB).await;
    let kept = token(&house, &mut ann).await;
    let (_seat, mailbox) = sit(&house, &ann);
    let empty = operator(&house).account_set_password(&ann.named(), Secret::plain("")).await;
    assert!(matches!(refusal(empty), Some(Refusal::Empty(_))));
    assert_eq!(signal(&mailbox), None);
    operator(&house).account_set_password(&ann.named(), Secret::plain("other")).await.unwrap();
    assert_eq!(signal(&mailbox), Some(Signal::SignedOut));
    assert_eq!(sign_in(&house, &ann, "secret").await, Err(Refusal::WrongSecret));
    assert_eq!(sign_in(&house, &ann, "other").await, Ok(()));
    assert_eq!(resume(&house, kept).await, Err(Refusal::NotSignedIn));
}

#[tokio::test]
async fn who_is_deleted_is_gone() {
    let house = House::new();
    let ann = house.guest("ann", POLITE).await;
    let (_seat, mailbox) = sit(&house, &ann);
    let gone = operator(&house).account_delete(&ann.named()).await.unwrap();
    assert!(gone.profile.deleted);
    assert_eq!(signal(&mailbox), Some(Signal::Deleted));
    assert_eq!(sign_in(&house, &ann, "secret").await, Err(Refusal::UnknownAccount));
    let by_handle = AccountRef::Typed("ann".to_owned());
    assert_eq!(refusal(operator(&house).account_find(&by_handle).await), Some(Refusal::UnknownAccount));
    assert!(operator(&house).account_find(&ann.named()).await.unwrap().profile.deleted);
    for again in [
        refusal(operator(&house).account_delete(&ann.named()).await),
        refusal(operator(&house).account_disable(&ann.named()).await),
        refusal(operator(&house).account_enable(&ann.named()).await),
        refusal(operator(&house).account_set_password(&ann.named(), Secret::plain("x")).await),
        refusal(operator(&house).session_end_all(&ann.named()).await),
    ] {
        assert_eq!(again, Some(Refusal::UnknownAccount));
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let house = House::new();
    let (mut ann, bob) = (house.guest("ann", WEB).await, house.guest("bob", SILENT).await);
    let kept = token(&house, &mut ann).await;
    let (seat, mailbox) = sit(&house, &ann);
    let (_other, told) = sit(&house, &bob);
    let all = operator(&house).session_list(None).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(
        (all[0].account, all[0].dialect.as_str(), all[0].label.as_str()),
        (ann.id(), "web", "a phone")
    );
    assert!(all[0].token && all[0].seen.is_none() && all[0].addresses == [HERE]);
    assert_eq!(
        (all[1].account, all[1].handle.as_str(), all[1].dialect.as_str()),
        (bob.id(), "bob", "silent")
    );
    assert!(!all[1].token && all[1].addresses == [HERE]);
    assert_eq!(operator(&house).session_list(Some(&bob.named())).await.unwrap(), all[1..]);
    let wrong = operator(&house).session_end(&bob.named(), all[0].session).await;
    assert_eq!(refusal(wrong), Some(Refusal::NotThere), "a session is its account's alone");
    assert_eq!(
        refusal(operator(&house).session_end(&bob.named(), SessionId(7)).await),
        Some(Refusal::NotThere)
    );
    operator(&house).session_end(&bob.named(), all[1].session).await.unwrap();
    assert_eq!((signal(&told), signal(&mailbox)), (Some(Signal::SignedOut), None));
    drop(seat);
    let kept_alone = operator(&house).session_list(Some(&ann.named())).await.unwrap();
    assert!(kept_alone[0].seen.is_some() && kept_alone[0].addresses.is_empty());
    let (_seat, mailbox) = sit(&house, &ann);
    assert_eq!(operator(&house).session_end_all(&ann.named()).await.unwrap(), 1);
    assert_eq!(signal(&mailbox), Some(Signal::SignedOut));
    // A connection that has not heard of it yet gets no token that would outlast it.
    let late = account::Command::IssueToken { label: String::new() };
    assert_eq!(house.ask(&ann, late).await.map(drop), Err(Refusal::NotSignedIn));
    assert_eq!(operator(&house).session_list(Some(&ann.named())).await.unwrap().len(), 1, "its connection");
    assert_eq!(resume(&house, kept).await, Err(Refusal::NotSignedIn));
    assert_eq!(sign_in(&house, &ann, "secret").await, Ok(()), "the password stays good");
}

async fn register(house: &House, name: &str, invitation: Option<InviteCode>) -> Result<(), Refusal> {
    let mut asked = registration(Some(name), name, Secret::plain("secret"));
    asked.invitation = invitation;
    let command = account::Command::Register(Box::new(asked.clone()));
    let verified = account::Command::RegisterVerified(Box::new(asked));
    let outcome = house.core.execute(NOBODY, command.into()).await.answer.map(drop);
    if outcome.is_err() {
        let again = house.core.execute(NOBODY, verified.into()).await.answer.map(drop);
        assert_eq!(again, outcome, "both ways of registering are refused alike");
    }
    outcome
}

fn house(registration: Registration) -> House {
    House::within(Surroundings { registration, ..Surroundings::default() }, Limits::default())
}

async fn verify(house: &House) -> Result<(), Refusal> {
    let command = account::Command::VerifyEmail { email: "a@b.example".to_owned() };
    house.core.execute(NOBODY, command.into()).await.answer.map(drop)
}

#[tokio::test]
async fn where_registration_is_closed_only_operators_make_accounts() {
    let house = house(Registration::Closed);
    let (code, _) = operator(&house).invite_new(1, 1).await.unwrap();
    for invitation in [None, Some(code)] {
        assert_eq!(register(&house, "ann", invitation).await, Err(Refusal::RegistrationClosed));
    }
    assert_eq!(verify(&house).await, Err(Refusal::RegistrationClosed));
    let asked = registration(Some("ann"), "Ann", Secret::plain("secret"));
    let made = operator(&house).account_add(asked.clone()).await.unwrap();
    assert_eq!((made.profile.nick.as_str(), made.online), ("Ann", false));
    assert_eq!(refusal(operator(&house).account_add(asked).await), Some(Refusal::HandleTaken));
    let who = AccountRef::Typed("ann".to_owned());
    let command = account::Command::SignIn { who, secret: Secret::plain("secret") };
    assert!(house.core.execute(NOBODY, command.into()).await.answer.is_ok());
}

#[tokio::test]
async fn where_registration_is_by_invitation_each_code_lets_so_many_in() {
    let house = house(Registration::Invitation);
    assert_eq!(register(&house, "ann", None).await, Err(Refusal::InvitationNeeded));
    assert_eq!(verify(&house).await, Err(Refusal::InvitationNeeded));
    assert_eq!(register(&house, "ann", Some(InviteCode::new(7))).await, Err(Refusal::BadInvitation));
    let (code, invite) = operator(&house).invite_new(2, 1).await.unwrap();
    let read = InviteCode::parse(&code.expose());
    assert_eq!(register(&house, "ann", read).await, Ok(()));
    assert_eq!(register(&house, "ann", Some(code)).await, Err(Refusal::HandleTaken));
    assert_eq!(register(&house, "bob", Some(code)).await, Ok(()));
    assert_eq!(register(&house, "eve", Some(code)).await, Err(Refusal::BadInvitation));
    let (record, good) = operator(&house).invite_list().await.unwrap()[0];
    assert_eq!((record.number, record.used, record.uses, good), (invite.number, 2, 2, false));
    // One that is out of date, and one that was revoked.
    let (late, _) = operator(&house).invite_new(5, 1).await.unwrap();
    house.clock.advance(24 * 60 * 60 * 1000);
    assert_eq!(register(&house, "eve", Some(late)).await, Err(Refusal::BadInvitation));
    let (revoked, invite) = operator(&house).invite_new(5, 1).await.unwrap();
    assert!(operator(&house).invite_revoke(invite.number).await.unwrap());
    assert!(!operator(&house).invite_revoke(invite.number).await.unwrap());
    assert_eq!(register(&house, "eve", Some(revoked)).await, Err(Refusal::BadInvitation));
}

#[tokio::test]
async fn where_everybody_may_register_no_code_is_used_up() {
    let house = House::new();
    let (code, _) = operator(&house).invite_new(1, 1).await.unwrap();
    assert_eq!(register(&house, "ann", Some(code)).await, Ok(()));
    assert_eq!(register(&house, "bob", Some(InviteCode::new(7))).await, Ok(()));
    assert_eq!(operator(&house).invite_list().await.unwrap()[0].0.used, 0);
}
