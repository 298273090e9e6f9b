//! What operators do: lists, keeping people out, and invitations.

use super::World;
use super::world::{NOW, newcomer, refused};
use crate::{InviteRecord, NewAccount, NewInvite, NewToken};
use koine_model::account::AccountRef;
use koine_model::session::SessionId;
use koine_model::{AccountId, Refusal, Timestamp};
use tokio::task::JoinSet;

const HOUR: i64 = 60 * 60 * 1000;

fn later(milliseconds: i64) -> Timestamp {
    Timestamp(NOW.0 + milliseconds)
}

fn token(account: AccountId, hash: u8, until: i64) -> NewToken {
    let (device, label) = ("d".into(), "a phone".into());
    NewToken { account, hash: [hash; 32], device, label, at: NOW, until: later(until), most: 3 }
}

fn invite(hash: u8, uses: u32) -> NewInvite {
    NewInvite { hash: [hash; 32], uses, at: NOW, until: later(HOUR) }
}

fn invited(name: &str, hash: u8, at: Timestamp) -> NewAccount {
    NewAccount { invitation: Some([hash; 32]), at, ..newcomer(name) }
}

/// Accounts come page by page, in the order of their numbers, deleted ones too.
pub async fn accounts_are_listed_page_by_page(world: World) {
    let people = world.people(["ann", "bob", "cy", "di", "eve"]).await;
    world.account_delete(people[2], NOW).await.unwrap();
    world.token_create(token(people[1], 1, HOUR)).await.unwrap();
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = world.account_page(after, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.profile.id);
        found.extend(page);
    }
    assert_eq!(found.iter().map(|one| one.profile.id).collect::<Vec<_>>(), people);
    assert_eq!(
        found.iter().map(|one| one.profile.deleted).collect::<Vec<_>>(),
        [false, false, true, false, false]
    );
    assert_eq!(
        found.iter().map(|one| one.seen.is_some()).collect::<Vec<_>>(),
        [false, true, false, false, false]
    );
    for one in found {
        assert_eq!(world.account_record(one.profile.id).await.unwrap(), Some(one));
    }
    assert_eq!(world.account_record(AccountId::LAST).await.unwrap(), None);
}

/// Whoever is kept out has no tokens and gets none, cannot be recorded as signed in, and is found and written to as before.
pub async fn who_is_disabled_is_kept_out(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.token_create(token(ann, 1, HOUR)).await.unwrap();
    world.token_create(token(bob, 2, HOUR)).await.unwrap();
    assert!(world.account_disable(ann, true).await.unwrap());
    assert!(!world.account_disable(ann, true).await.unwrap(), "it is so already");
    assert_eq!(world.token_use([1; 32], "d", NOW, NOW).await.unwrap(), None);
    assert!(world.token_use([2; 32], "d", NOW, NOW).await.unwrap().is_some());
    refused(world.token_create(token(ann, 3, HOUR)).await, Refusal::Disabled);
    refused(world.account_signed_in(ann, &[], Vec::new(), true).await, Refusal::Disabled);
    let found = world.account_find(&AccountRef::Id(ann)).await.unwrap().unwrap();
    assert!(found.disabled && !found.profile.deleted);
    assert!(world.account_record(ann).await.unwrap().unwrap().disabled);
    let (conversation, _) = world.direct_open(bob, ann, NOW).await.unwrap();
    world.say(bob, conversation.id, "until later").await;
    assert!(world.account_disable(ann, false).await.unwrap());
    assert!(!world.account_disable(ann, false).await.unwrap());
    world.token_create(token(ann, 3, HOUR)).await.unwrap();
    world.account_signed_in(ann, &[], Vec::new(), true).await.unwrap();
    assert_eq!(world.history(conversation.id, ann).await.len(), 1);
    world.account_delete(ann, NOW).await.unwrap();
    refused(world.account_disable(ann, true).await, Refusal::UnknownAccount);
    refused(world.account_disable(AccountId::LAST, true).await, Refusal::UnknownAccount);
}

/// Living tokens of all accounts come page by page, in the order of their sessions.
pub async fn tokens_are_listed_page_by_page(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.token_create(token(ann, 1, HOUR)).await.unwrap();
    world.token_create(token(bob, 2, 1)).await.unwrap();
    world.token_create(token(bob, 3, HOUR)).await.unwrap();
    world.token_create(token(ann, 4, HOUR)).await.unwrap();
    let mut found = Vec::new();
    let mut after = SessionId(0);
    loop {
        let page = world.token_page(after, 2, later(1)).await.unwrap();
        assert!(page.len() <= 2);
        let Some((_, last)) = page.last() else { break };
        assert!(last.session > after);
        after = last.session;
        found.extend(page);
    }
    assert_eq!(found.iter().map(|(account, _)| *account).collect::<Vec<_>>(), [ann, bob, ann]);
    assert!(found.iter().all(|(_, token)| token.device == "d" && token.label == "a phone"));
}

/// All tokens of one account are nobody's then; what is told of is those that lived.
pub async fn all_tokens_of_an_account_end_at_once(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let first = world.token_create(token(ann, 1, HOUR)).await.unwrap();
    world.token_create(token(ann, 2, 1)).await.unwrap();
    world.token_create(token(bob, 3, HOUR)).await.unwrap();
    let last = world.token_create(token(ann, 4, HOUR)).await.unwrap();
    assert_eq!(world.token_end_all(ann, later(1)).await.unwrap(), [first, last]);
    assert_eq!(world.token_end_all(ann, later(1)).await.unwrap(), []);
    for hash in [1, 2, 4] {
        assert_eq!(world.token_use([hash; 32], "d", NOW, NOW).await.unwrap(), None);
    }
    assert!(world.token_use([3; 32], "d", NOW, NOW).await.unwrap().is_some());
}

/// As many register with an invitation as it is for, and nobody after its end.
pub async fn an_invitation_lets_so_many_in(world: World) {
    let number = world.invite_create(invite(1, 2)).await.unwrap();
    assert!(world.invite_is_good([1; 32], NOW).await.unwrap());
    assert!(!world.invite_is_good([2; 32], NOW).await.unwrap());
    assert!(!world.invite_is_good([1; 32], later(HOUR)).await.unwrap());
    refused(world.account_create(invited("ann", 2, NOW)).await, Refusal::BadInvitation);
    refused(world.account_create(invited("ann", 1, later(HOUR))).await, Refusal::BadInvitation);
    world.account_create(invited("ann", 1, later(HOUR - 1))).await.unwrap();
    // What is refused for another reason uses nothing up.
    refused(world.account_create(invited("ann", 1, NOW)).await, Refusal::HandleTaken);
    let record = |used| InviteRecord { number, uses: 2, used, created: NOW, until: later(HOUR) };
    assert_eq!(world.invite_list().await.unwrap(), [record(1)]);
    world.account_create(invited("bob", 1, NOW)).await.unwrap();
    refused(world.account_create(invited("cy", 1, NOW)).await, Refusal::BadInvitation);
    assert!(!world.invite_is_good([1; 32], NOW).await.unwrap());
    assert_eq!(world.invite_list().await.unwrap(), [record(2)]);
    assert_eq!(world.account_find(&AccountRef::Typed("cy".into())).await.unwrap(), None);
}

/// Of many who register at once, no more get in than it is for.
pub async fn an_invitation_is_not_used_too_often(world: World) {
    world.invite_create(invite(1, 3)).await.unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..12 {
        let world = world.clone();
        tasks.spawn(async move { world.account_create(invited(&format!("guest{number}"), 1, NOW)).await });
    }
    let mut let_in = 0;
    for outcome in tasks.join_all().await {
        match outcome {
            Ok(_) => let_in += 1,
            refusal => refused(refusal, Refusal::BadInvitation),
        }
    }
    assert_eq!(let_in, 3);
    assert_eq!(world.invite_list().await.unwrap()[0].used, 3);
}

/// A revoked invitation is worthless, and its number nobody else's.
pub async fn an_invitation_is_revoked(world: World) {
    let first = world.invite_create(invite(1, 1)).await.unwrap();
    assert!(world.invite_revoke(first).await.unwrap());
    assert!(!world.invite_revoke(first).await.unwrap() && !world.invite_revoke(u64::MAX).await.unwrap());
    refused(world.account_create(invited("ann", 1, NOW)).await, Refusal::BadInvitation);
    let second = world.invite_create(invite(2, 1)).await.unwrap();
    assert!(second > first);
    assert_eq!(world.invite_list().await.unwrap().len(), 1);
}
