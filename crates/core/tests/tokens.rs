//! Tokens, listening when asked, and clearing a conversation, through the core's one door.

mod support;

use koine_core::delivery::Start;
use koine_core::rates::Peer;
use koine_core::{Caller, Change, Limits};
use koine_model::account::{self, Reply as Account};
use koine_model::conversation::{self, ConversationRef, Digest, Reply as Conversation};
use koine_model::device::{Device, Sessions, Tokens};
use koine_model::message::{self, Order, Span};
use koine_model::token::Token;
use koine_model::{AccountId, ConversationId, Refusal, Reply};
use support::{Guest, House, POLITE};

const POLLING: Device = Device { listens: false, ..Device::plain("polling", Sessions::Several) };

async fn issue(house: &House, who: &Guest) -> Result<Token, Refusal> {
    match house.ask(who, account::Command::IssueToken { label: String::new() }).await? {
        Reply::Account(Account::Token(token, _)) => Ok(token),
        other => panic!("{other:?}"),
    }
}

async fn resume(house: &House, device: Device, token: Token) -> Result<AccountId, Refusal> {
    let caller = Caller { peer: Peer::LOCAL, device, embeds_media: false, actor: None };
    let outcome = house.core.execute(caller, account::Command::Resume { token }.into()).await;
    match (outcome.answer?, outcome.change) {
        (Reply::Account(Account::Resumed(face, _)), Change::SignedIn(actor)) => {
            assert_eq!(face.id, actor.account());
            Ok(face.id)
        }
        other => panic!("{other:?}"),
    }
}

async fn digests(house: &House, who: &Guest) -> Vec<Digest> {
    match house.ask(who, conversation::Command::Digest).await {
        Ok(Reply::Conversation(Conversation::Digests(digests))) => digests,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_proves_who_asks_where_it_was_made() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLLING).await, house.guest("bob", POLLING).await);
    let token = issue(&house, &ann).await.unwrap();
    assert_eq!(resume(&house, POLLING, token).await, Ok(ann.id()));
    assert_eq!(resume(&house, POLITE, token).await, Err(Refusal::NotSignedIn));
    assert_eq!(resume(&house, POLLING, Token::new(7)).await, Err(Refusal::NotSignedIn));
    house.ask(&bob, account::Command::RevokeToken { token }).await.unwrap();
    assert_eq!(resume(&house, POLLING, token).await, Ok(ann.id()), "it is not bob's to take back");
    house.ask(&ann, account::Command::RevokeToken { token }).await.unwrap();
    assert_eq!(resume(&house, POLLING, token).await, Err(Refusal::NotSignedIn));
    house.ask(&ann, account::Command::RevokeToken { token }).await.unwrap();
}

#[tokio::test]
async fn a_token_lives_for_five_days_after_its_last_use() {
    let house = House::new();
    let ann = house.guest("ann", POLLING).await;
    let (used, unused) = (issue(&house, &ann).await.unwrap(), issue(&house, &ann).await.unwrap());
    house.clock.advance(Tokens::SHORT.lifetime - 1000);
    assert_eq!(resume(&house, POLLING, used).await, Ok(ann.id()));
    house.clock.advance(1000);
    assert_eq!(resume(&house, POLLING, used).await, Ok(ann.id()));
    assert_eq!(resume(&house, POLLING, unused).await, Err(Refusal::NotSignedIn));
}

#[tokio::test]
async fn an_account_has_so_many_live_tokens() {
    let house = House::with(Limits { tokens_per_account: 2, ..Limits::default() });
    let (ann, bob) = (house.guest("ann", POLLING).await, house.guest("bob", POLLING).await);
    let first = issue(&house, &ann).await.unwrap();
    issue(&house, &ann).await.unwrap();
    assert_eq!(issue(&house, &ann).await.unwrap_err(), Refusal::TooManyTokens);
    issue(&house, &bob).await.unwrap();
    house.ask(&ann, account::Command::RevokeToken { token: first }).await.unwrap();
    issue(&house, &ann).await.unwrap();
    house.clock.advance(Tokens::SHORT.lifetime + 1000);
    issue(&house, &ann).await.unwrap();
}

#[tokio::test]
async fn a_deleted_account_has_no_tokens() {
    let house = House::new();
    let ann = house.guest("ann", POLLING).await;
    let token = issue(&house, &ann).await.unwrap();
    house.ask(&ann, account::Command::Delete).await.unwrap();
    assert_eq!(resume(&house, POLLING, token).await, Err(Refusal::NotSignedIn));
}

#[tokio::test]
async fn who_asks_to_listen_hears_what_follows() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLLING).await, house.guest("bob", POLITE).await);
    house.say(&bob, ann.with(), "before").await.unwrap();
    let outcome = house
        .core
        .execute(ann.caller(), account::Command::Listen { have: None, epoch: None, newest: None }.into())
        .await;
    assert_eq!(outcome.change, Change::Listens(Start::Arrived));
    // Said after the answer and before the ear is there.
    house.say(&bob, ann.with(), "between").await.unwrap();
    let mut ear = house.listen(&ann).await;
    house.say(&bob, ann.with(), "after").await.unwrap();
    assert_eq!(ear.hear().await, ["bob: between", "bob: after"]);
}

#[tokio::test]
async fn a_cleared_conversation_is_gone_until_something_is_said() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLLING).await, house.guest("bob", POLITE).await);
    let id = house.say(&bob, ann.with(), "one").await.unwrap().conversation;
    let last =
        |digests: Vec<Digest>| digests[0].last.as_ref().map(|letter| letter.message.place.seq.number());
    assert_eq!(last(digests(&house, &ann).await), Some(1));
    house.ask(&ann, conversation::Command::Clear { conversation: id }).await.unwrap();
    assert!(digests(&house, &ann).await.is_empty());
    assert_eq!(last(digests(&house, &bob).await), Some(1));
    house.ask(&ann, conversation::Command::Open { with: bob.named() }).await.unwrap();
    assert_eq!(last(digests(&house, &ann).await), None, "it is there again, and empty");
    house.say(&bob, ann.with(), "two").await.unwrap();
    assert_eq!(last(digests(&house, &ann).await), Some(2));
    let cid = house.guest("cid", POLITE).await;
    let clear = |conversation| conversation::Command::Clear { conversation };
    assert_eq!(house.ask(&cid, clear(id)).await.unwrap_err(), Refusal::UnknownConversation);
    let nowhere = ConversationId::new(99).unwrap();
    assert_eq!(house.ask(&ann, clear(nowhere)).await.unwrap_err(), Refusal::UnknownConversation);
}

#[tokio::test]
async fn history_is_read_from_either_end() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLLING).await, house.guest("bob", POLITE).await);
    for text in ["one", "two", "three"] {
        house.say(&bob, ann.with(), text).await.unwrap();
    }
    let read = async |order| {
        let of = ConversationRef::With(bob.named());
        let history = message::Command::History { of, span: Span::ALL, order, limit: 2 };
        match house.ask(&ann, history).await {
            Ok(Reply::Message(message::Reply::History(letters))) => {
                letters.iter().map(|letter| letter.message.place.seq.number()).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read(Order::Oldest).await, [1, 2]);
    assert_eq!(read(Order::Newest).await, [2, 3]);
}
