//! Deleting an account: what goes, what stays, who leads next.

use super::World;
use super::world::{NOW, handle, newcomer, refused, words};
use crate::{Change, ContactEdges, Departure, NewAccount, Verifier};
use koine_model::account::{AccountRef, Card};
use koine_model::conversation::ConversationRef;
use koine_model::media::Blob;
use koine_model::secret::Form;
use koine_model::{AccountId, Refusal};

/// Personal fields, verifiers, contacts, requests and invitations go.
pub async fn nothing_personal_stays(world: World) {
    let new = NewAccount {
        email: "a@b".into(),
        phone: "12".into(),
        verifiers: vec![Verifier { form: Form::Plain, hash: "h".into() }],
        ..newcomer("ann")
    };
    let ann = world.account_create(new).await.unwrap().id;
    let [bob, cy, di] = world.people(["bob", "cy", "di"]).await;
    let change = Change {
        status: Some("x".into()),
        avatar: Some(Some(Blob { hash: [1; 32], size: 1 })),
        ..Change::default()
    };
    world.account_change(ann, change).await.unwrap();
    world.befriend(ann, bob).await;
    world.contact_request(ann, cy, false, NOW).await.unwrap();
    world.contact_request(di, ann, false, NOW).await.unwrap();
    let tea = world.group(bob, &[]).await;
    world.member_add(tea, bob, ann, true, NOW).await.unwrap();

    world.account_delete(ann, NOW).await.unwrap();

    let left = world.profile(ann).await;
    assert!(left.deleted);
    let texts = (left.nick.as_str(), left.email.as_str(), left.phone.as_str(), left.status.as_str());
    assert_eq!((texts, left.avatar), (("", "", "", ""), None));
    assert!(world.account_verifiers(ann).await.unwrap().is_empty());
    for account in [ann, bob, cy, di] {
        assert_eq!(world.contact_list(account).await.unwrap(), ContactEdges::default());
        assert!(world.contact_holders(account).await.unwrap().is_empty());
    }
    assert!(world.invitation_list(ann).await.unwrap().is_empty());
    let cards = [Card { email: "a@b".into(), phone: "12".into() }];
    assert_eq!(world.account_match(&cards).await.unwrap(), [None]);
    world.account_create(NewAccount { email: "A@B".into(), ..newcomer("eve") }).await.unwrap();
}

/// The number is known, the handle taken, and what was said is still there.
pub async fn the_handle_and_the_messages_stay(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    let tea = world.group(bob, &[ann]).await;
    world.say(ann, direct, "one").await;
    world.say(ann, tea, "two").await;
    world.account_delete(ann, NOW).await.unwrap();

    assert_eq!(world.profile(ann).await.handle, handle("ann"));
    assert_eq!(world.account_profiles(&[ann]).await.unwrap().len(), 1);
    let typed = AccountRef::Typed(ann.to_string());
    assert!(world.account_find(&typed).await.unwrap().unwrap().profile.deleted);
    assert!(world.account_find(&AccountRef::Handle(handle("ann"))).await.unwrap().is_none());
    assert!(world.account_find(&AccountRef::Typed("ann".into())).await.unwrap().is_none());
    refused(world.account_create(newcomer("Ann")).await, Refusal::HandleTaken);
    for conversation in [direct, tea] {
        let history = world.history(conversation, bob).await;
        assert_eq!(history.iter().map(|message| message.sender).collect::<Vec<_>>(), [ann]);
    }
    assert_eq!(world.members(direct).await.len(), 2);
    assert_eq!(world.members(tea).await, [bob]);
}

/// Groups pass on as when a member leaves; those of one member go.
pub async fn groups_pass_to_the_longest_standing_member(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let led = world.group(ann, &[cy, bob]).await;
    let alone = world.group(ann, &[]).await;
    let followed = world.group(bob, &[ann]).await;
    world.say(ann, alone, "echo").await;
    world.say(bob, led, "?").await;
    let mut expected = Vec::new();
    for (id, new_leader, dissolved) in [(led, Some(cy), false), (alone, None, true), (followed, None, false)]
    {
        let conversation = world.conversation_find(id).await.unwrap().unwrap();
        expected.push(Departure { conversation, new_leader, dissolved });
    }
    let mut departures = world.account_delete(ann, NOW).await.unwrap();
    departures.sort_by_key(|departure| departure.conversation.id);
    assert_eq!(departures, expected);
    assert_eq!(world.say(bob, led, "!").await.conversation.leader, cy);
    assert_eq!(world.conversation_find(alone).await.unwrap(), None);
    assert_eq!(world.members(led).await, [cy, bob]);
}

/// A direct conversation with somebody who is gone can be read, and nothing more.
pub async fn nobody_talks_to_who_is_gone(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say(bob, direct, "hello").await;
    world.account_delete(ann, NOW).await.unwrap();
    refused(world.message_append(words(bob, direct, "?")).await, Refusal::UnknownAccount);
    let mut append = words(bob, direct, "?");
    append.to = ConversationRef::With(AccountRef::Id(ann));
    refused(world.message_append(append.clone()).await, Refusal::UnknownAccount);
    append.to = ConversationRef::With(AccountRef::Handle(handle("ann")));
    refused(world.message_append(append).await, Refusal::UnknownAccount);
    assert_eq!(world.history(direct, bob).await.len(), 1);
}

/// Whoever is gone neither goes again nor comes back.
pub async fn the_deleted_are_refused(world: World) {
    let ann = world.person("ann").await;
    world.account_delete(ann, NOW).await.unwrap();
    refused(world.account_delete(ann, NOW).await, Refusal::UnknownAccount);
    refused(world.account_delete(AccountId::LAST, NOW).await, Refusal::UnknownAccount);
    refused(world.account_change(ann, Change::default()).await, Refusal::UnknownAccount);
    let verifier = Verifier { form: Form::Plain, hash: "h".into() };
    refused(world.account_signed_in(ann, &[], vec![verifier], true).await, Refusal::UnknownAccount);
    assert!(world.account_verifiers(ann).await.unwrap().is_empty());
}
