//! Tokens: how many, until when, whose.

use super::World;
use super::world::{NOW, password, refused};
use crate::{NewPassword, NewToken, TokenRecord};
use koine_model::session::SessionId;
use koine_model::{AccountId, Refusal, Timestamp};

const HOUR: i64 = 60 * 60 * 1000;

fn later(milliseconds: i64) -> Timestamp {
    Timestamp(NOW.0 + milliseconds)
}

fn token(account: AccountId, hash: u8) -> NewToken {
    NewToken {
        account,
        hash: [hash; 32],
        device: "d".into(),
        label: "a phone".into(),
        at: NOW,
        until: later(5 * HOUR),
        most: 3,
    }
}

impl World {
    async fn owner(&self, hash: u8, at: i64, until: i64) -> Option<AccountId> {
        let found = self.token_use([hash; 32], "d", later(at), later(until)).await.unwrap();
        found.map(|owner| owner.account)
    }
}

/// A token is its owner's on its device, and nobody's elsewhere.
pub async fn a_token_names_its_owner_on_its_device(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.token_create(token(ann, 1)).await.unwrap();
    world.token_create(token(bob, 2)).await.unwrap();
    assert_eq!(world.owner(1, 0, 0).await, Some(ann));
    assert_eq!(world.owner(2, 0, 0).await, Some(bob));
    assert_eq!(world.owner(3, 0, 0).await, None);
    assert_eq!(world.token_use([1; 32], "other", NOW, NOW).await.unwrap(), None);
}

/// It ends on the moment, also while nobody looks.
pub async fn a_token_expires(world: World) {
    let ann = world.person("ann").await;
    world.token_create(token(ann, 1)).await.unwrap();
    assert_eq!(world.owner(1, 5 * HOUR - 1, 0).await, Some(ann));
    assert_eq!(world.owner(1, 5 * HOUR, 9 * HOUR).await, None);
    assert_eq!(world.owner(1, 0, 0).await, Some(ann), "asking for an earlier end does not bring it nearer");
}

/// Use moves the end, give or take an hour.
pub async fn a_token_in_use_lives_on(world: World) {
    let ann = world.person("ann").await;
    world.token_create(token(ann, 1)).await.unwrap();
    for hour in 1..20 {
        assert_eq!(world.owner(1, hour * HOUR, (hour + 5) * HOUR).await, Some(ann), "{hour}");
    }
    assert_eq!(world.owner(1, 23 * HOUR - 1, 0).await, Some(ann));
    assert_eq!(world.owner(1, 24 * HOUR, 0).await, None);
}

/// Only those that live count, and only the account's own.
pub async fn an_account_has_so_many_tokens(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.token_create(token(bob, 9)).await.unwrap();
    for hash in 1..=3 {
        world.token_create(token(ann, hash)).await.unwrap();
    }
    refused(world.token_create(token(ann, 4)).await, Refusal::TooManyTokens);
    assert_eq!(world.owner(4, 0, 0).await, None);
    assert!(world.token_revoke(ann, [2; 32]).await.unwrap().is_some());
    world.token_create(token(ann, 4)).await.unwrap();
    refused(world.token_create(token(ann, 5)).await, Refusal::TooManyTokens);
    world.token_create(NewToken { device: "other".into(), ..token(ann, 7) }).await.unwrap();
    let new = NewToken { at: later(5 * HOUR), until: later(6 * HOUR), ..token(ann, 5) };
    world.token_create(new).await.unwrap();
    refused(world.token_create(token(AccountId::LAST, 6)).await, Refusal::UnknownAccount);
}

/// Only its owner takes a token back, and only once.
pub async fn a_revoked_token_is_nobodys(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let session = world.token_create(token(ann, 1)).await.unwrap();
    assert_eq!(world.token_revoke(bob, [1; 32]).await.unwrap(), None);
    assert_eq!(world.owner(1, 0, 0).await, Some(ann));
    assert_eq!(world.token_revoke(ann, [1; 32]).await.unwrap(), Some(session));
    assert_eq!(world.token_revoke(ann, [1; 32]).await.unwrap(), None);
    assert_eq!(world.owner(1, 0, 9 * HOUR).await, None);
}

/// Whoever is gone has no tokens.
pub async fn tokens_go_with_their_account(world: World) {
    let ann = world.person("ann").await;
    world.token_create(token(ann, 1)).await.unwrap();
    world.account_delete(ann, NOW).await.unwrap();
    assert_eq!(world.owner(1, 0, 0).await, None);
    refused(world.token_create(token(ann, 2)).await, Refusal::UnknownAccount);
}

/// Whoever had a token had it by the old password.
pub async fn tokens_go_with_the_password(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    for hash in 1..=3 {
        world.token_create(token(ann, hash)).await.unwrap();
    }
    world.token_create(token(bob, 4)).await.unwrap();
    world.account_change_password(password(ann, Vec::new())).await.unwrap();
    for hash in 1..=3 {
        assert_eq!(world.owner(hash, 0, 9 * HOUR).await, None);
    }
    assert_eq!(world.owner(4, 0, 0).await, Some(bob));
    world.token_create(token(ann, 5)).await.unwrap();
    assert_eq!(world.owner(5, 0, 0).await, Some(ann));
}

/// Each token is a session with a number of its own, which is not given out again.
pub async fn a_token_stands_for_a_session(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let first = world.token_create(token(ann, 1)).await.unwrap();
    let bobs = world.token_create(token(bob, 2)).await.unwrap();
    let named = world.token_use([1; 32], "d", NOW, NOW).await.unwrap().unwrap();
    assert_eq!((named.account, named.session), (ann, first));
    assert!(!world.token_end(bob, first).await.unwrap());
    assert!(world.token_end(ann, first).await.unwrap());
    assert!(!world.token_end(ann, first).await.unwrap());
    assert!(!world.token_end(ann, SessionId(u64::MAX)).await.unwrap());
    assert_eq!(world.owner(1, 0, 9 * HOUR).await, None);
    assert!(world.token_end(bob, bobs).await.unwrap());
    let next = world.token_create(token(ann, 1)).await.unwrap();
    assert!(next > bobs, "{next:?} after {bobs:?}");
}

/// Its owner sees what lives, since when, and when it was used.
pub async fn tokens_are_listed_while_they_live(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let session = world.token_create(token(ann, 1)).await.unwrap();
    world.token_create(token(bob, 2)).await.unwrap();
    world.token_create(NewToken { until: later(HOUR), ..token(ann, 3) }).await.unwrap();
    world.owner(1, 2 * HOUR, 7 * HOUR).await;
    let expected = TokenRecord {
        session,
        device: "d".into(),
        label: "a phone".into(),
        created: NOW,
        used: later(2 * HOUR),
    };
    assert_eq!(world.token_list(ann, later(HOUR)).await.unwrap(), [expected]);
    assert!(world.token_list(ann, later(7 * HOUR)).await.unwrap().is_empty());
    assert!(world.token_list(AccountId::LAST, NOW).await.unwrap().is_empty());
}

/// Whoever changes the password stays signed in where they do it.
pub async fn a_new_password_keeps_one_token(world: World) {
    let ann = world.person("ann").await;
    world.token_create(token(ann, 1)).await.unwrap();
    let kept = world.token_create(token(ann, 2)).await.unwrap();
    let new = NewPassword { keeps: Some(kept), ..password(ann, Vec::new()) };
    world.account_change_password(new).await.unwrap();
    assert_eq!((world.owner(1, 0, 0).await, world.owner(2, 0, 0).await), (None, Some(ann)));
    let unknown = NewPassword { keeps: Some(SessionId(u64::MAX)), ..password(ann, Vec::new()) };
    world.account_change_password(unknown).await.unwrap();
    assert_eq!(world.owner(2, 0, 0).await, None);
}
