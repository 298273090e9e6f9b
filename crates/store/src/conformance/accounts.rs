//! Accounts: unique names, looking up, changing.

use super::World;
use super::world::{NOW, handle, newcomer, password, refused};
use crate::{Change, NewAccount, NewPassword, Verifier, WantedHandle};
use koine_model::account::{AccountRef, Card};
use koine_model::media::Blob;
use koine_model::secret::Form;
use koine_model::{AccountId, Refusal};

/// Each account gets the smallest number that was never given out.
pub async fn ids_count_up(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    assert_eq!(ann, AccountId::FIRST);
    assert_eq!(bob.number(), ann.number() + 1);
    world.account_delete(bob, NOW).await.unwrap();
    assert_eq!(world.person("cy").await.number(), bob.number() + 1);
}

/// What was given at registration is there afterwards.
pub async fn a_profile_is_kept_as_given(world: World) {
    let new = NewAccount { email: "Ann@Example.org".into(), phone: "+1 23".into(), ..newcomer("Ann") };
    let made = world.account_create(new).await.unwrap();
    assert_eq!(made.handle.as_str(), "Ann");
    assert_eq!(
        (made.nick.as_str(), made.email.as_str(), made.phone.as_str()),
        ("Ann", "Ann@Example.org", "+1 23")
    );
    assert_eq!((made.status.as_str(), made.avatar, made.created, made.deleted), ("", None, NOW, false));
    let found = world.account_find(&AccountRef::Id(made.id)).await.unwrap().unwrap();
    assert_eq!((found.profile, found.answers_requests), (made, false));
}

/// Letter case does not make another handle, in any script.
pub async fn a_handle_is_unique_in_every_letter_case(world: World) {
    world.people(["ann", "Аня"]).await;
    refused(world.account_create(newcomer("ANN")).await, Refusal::HandleTaken);
    refused(world.account_create(newcomer("аНЯ")).await, Refusal::HandleTaken);
    world.person("anna").await;
}

/// Nobody may choose a handle that could be somebody's number.
pub async fn a_handle_like_an_id_is_taken(world: World) {
    refused(world.account_create(newcomer("1000000001")).await, Refusal::HandleTaken);
    let ann = world.person("ann").await;
    let change = Change { handle: Some(handle("1000000009")), ..Change::default() };
    refused(world.account_change(ann, change).await, Refusal::HandleTaken);
}

/// Without a handle the first candidate that is free becomes it.
pub async fn a_handle_is_made_of_the_nick(world: World) {
    let nameless = || NewAccount { handle: WantedHandle::FromNick, ..newcomer("Ann Lee") };
    let first = world.account_create(nameless()).await.unwrap();
    assert_eq!((first.handle.as_str(), first.nick.as_str()), ("Ann_Lee", "Ann Lee"));
    let second = world.account_create(nameless()).await.unwrap();
    assert_eq!(second.handle.as_str(), format!("ann_lee.{}", second.id).replace("ann_lee", "Ann_Lee"));
    world.person(&format!("ann_LEE.{}", second.id.number() + 2)).await;
    let fourth = world.account_create(nameless()).await.unwrap();
    assert_eq!(fourth.handle.as_str(), fourth.id.to_string());
    // Whoever is called by a number may go on being so.
    let change = Change { handle: Some(fourth.handle.clone()), ..Change::default() };
    assert_eq!(world.account_change(fourth.id, change).await.unwrap(), fourth);
}

/// A nick is unique only where that is asked for, and the deleted do not count.
pub async fn a_nick_may_have_to_be_unique(world: World) {
    let named = |name: &str, nick: &str, unique| NewAccount {
        nick: nick.to_owned(),
        nick_is_unique: unique,
        ..newcomer(name)
    };
    let ann = world.account_create(named("ann", "Ärger", true)).await.unwrap().id;
    refused(world.account_create(named("bob", "äRGER", true)).await, Refusal::NickTaken);
    let cy = world.account_create(named("cy", "ÄRGER", false)).await.unwrap().id;
    world.account_delete(ann, NOW).await.unwrap();
    refused(world.account_create(named("bob", "ärger", true)).await, Refusal::NickTaken);
    world.account_delete(cy, NOW).await.unwrap();
    world.account_create(named("bob", "ärger", true)).await.unwrap();
}

/// An e-mail address is one account's, in every letter case; no address is nobody's.
pub async fn an_email_address_is_unique(world: World) {
    let addressed = |name: &str, email: &str| NewAccount { email: email.to_owned(), ..newcomer(name) };
    let ann = world.account_create(addressed("ann", "Ann@Ex.org")).await.unwrap().id;
    refused(world.account_create(addressed("bob", "aNN@eX.ORG")).await, Refusal::EmailTaken);
    let bob = world.account_create(addressed("bob", "")).await.unwrap().id;
    world.account_create(addressed("cy", "")).await.unwrap();
    let change = |email: &str| Change { email: Some(email.to_owned()), ..Change::default() };
    refused(world.account_change(bob, change("ANN@ex.org")).await, Refusal::EmailTaken);
    assert_eq!(world.account_change(ann, change("ANN@ex.org")).await.unwrap().email, "ANN@ex.org");
    world.account_change(ann, change("")).await.unwrap();
    world.account_change(bob, change("ann@ex.org")).await.unwrap();
}

/// An address means one person, whether it is their e-mail address or their handle.
pub async fn an_address_names_one_account(world: World) {
    let addressed = |name: &str, email: &str| NewAccount { email: email.to_owned(), ..newcomer(name) };
    let renamed = |name: &str| Change { handle: Some(handle(name)), ..Change::default() };
    let moved = |email: &str| Change { email: Some(email.to_owned()), ..Change::default() };
    let ann = world.account_create(newcomer("Ann@Ex.org")).await.unwrap().id;
    refused(world.account_create(addressed("eve", "aNN@ex.ORG")).await, Refusal::EmailTaken);
    let eve = world.account_create(addressed("eve", "eve@ex.org")).await.unwrap().id;
    refused(world.account_change(eve, moved("ann@ex.org")).await, Refusal::EmailTaken);
    refused(world.account_create(newcomer("EVE@ex.org")).await, Refusal::HandleTaken);
    refused(world.account_change(ann, renamed("eve@EX.org")).await, Refusal::HandleTaken);
    let nameless = NewAccount { handle: WantedHandle::FromNick, ..newcomer("eve@ex.org") };
    let cy = world.account_create(nameless).await.unwrap();
    assert_eq!(cy.handle.as_str(), format!("eve@ex.org.{}", cy.id));
    // Both may be one's own, and what was given up is nobody's.
    world.account_change(ann, moved("ann@ex.org")).await.unwrap();
    world.account_change(eve, renamed("eve@ex.org")).await.unwrap();
    world.account_change(ann, Change { handle: Some(handle("ann")), ..moved("") }).await.unwrap();
    world.account_change(eve, Change { handle: Some(handle("eve")), ..moved("ann@ex.org") }).await.unwrap();
    refused(world.account_change(ann, renamed("ann@ex.org")).await, Refusal::HandleTaken);
    // What is no address keeps nobody from a handle, and the other way round.
    world.account_change(eve, moved("dan")).await.unwrap();
    let dan = world.account_create(newcomer("dan")).await.unwrap().id;
    world.account_change(dan, moved("ann")).await.unwrap();
}

/// What is typed into a login field is a number, else an address, else a handle.
pub async fn an_account_is_found_by_what_was_typed(world: World) {
    let ann = world.account_create(NewAccount { email: "x@y".into(), ..newcomer("ann") }).await.unwrap().id;
    let bob = world.person("me@home").await;
    let check = async |typed: &str, expected: Option<AccountId>| {
        let found = world.account_find(&AccountRef::Typed(typed.to_owned())).await.unwrap();
        assert_eq!(found.map(|account| account.profile.id), expected, "{typed}");
    };
    check(&ann.to_string(), Some(ann)).await;
    check("X@Y", Some(ann)).await;
    check("ANN", Some(ann)).await;
    check("me@home", Some(bob)).await;
    check("1999999999", None).await;
    check("nobody", None).await;
    check("", None).await;
    let by_handle = world.account_find(&AccountRef::Handle(handle("Ann"))).await.unwrap();
    assert_eq!(by_handle.unwrap().profile.id, ann);
    assert!(world.account_find(&AccountRef::Handle(handle("x@y"))).await.unwrap().is_none());
}

/// Profiles come as they were asked for, also twice; unknown ones are left out.
pub async fn profiles_come_in_the_order_asked(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let found = world.account_profiles(&[bob, AccountId::LAST, ann, bob]).await.unwrap();
    assert_eq!(found.iter().map(|profile| profile.id).collect::<Vec<_>>(), [bob, ann, bob]);
    assert!(world.account_profiles(&[]).await.unwrap().is_empty());
}

/// A form that has a verifier keeps it.
pub async fn verifiers_are_added_and_never_replaced(world: World) {
    let verifier = |form, hash: &str| Verifier { form, hash: hash.to_owned() };
    let new = NewAccount { verifiers: vec![verifier(Form::Md5, "one")], ..newcomer("ann") };
    let ann = world.account_create(new).await.unwrap().id;
    let added = vec![verifier(Form::Plain, "two"), verifier(Form::Md5, "three")];
    world.account_signed_in(ann, &[verifier(Form::Md5, "one")], added, false).await.unwrap();
    let mut verifiers = world.account_verifiers(ann).await.unwrap();
    verifiers.sort_by_key(|verifier| verifier.form);
    assert_eq!(verifiers, [verifier(Form::Plain, "two"), verifier(Form::Md5, "one")]);
    assert!(world.account_verifiers(AccountId::LAST).await.unwrap().is_empty());
}

/// What checked the old password is gone, also for forms that the new one does not have; others keep theirs.
pub async fn a_new_password_replaces_every_verifier(world: World) {
    let verifier = |form, hash: &str| Verifier { form, hash: hash.to_owned() };
    let old = vec![verifier(Form::Plain, "1"), verifier(Form::Md5, "2"), verifier(Form::Sha256, "3")];
    let new = |name: &str| NewAccount { verifiers: old.clone(), ..newcomer(name) };
    let ann = world.account_create(new("ann")).await.unwrap().id;
    let bob = world.account_create(new("bob")).await.unwrap().id;
    let before = world.profile(ann).await;
    for renewed in [
        vec![verifier(Form::Plain, "4"), verifier(Form::Md5, "5"), verifier(Form::Sha256, "6")],
        vec![verifier(Form::Sha256, "7")],
    ] {
        world.account_change_password(password(ann, renewed.clone())).await.unwrap();
        let mut verifiers = world.account_verifiers(ann).await.unwrap();
        verifiers.sort_by_key(|verifier| verifier.form);
        assert_eq!(verifiers, renewed);
    }
    assert_eq!(world.account_verifiers(bob).await.unwrap().len(), 3);
    assert_eq!(world.profile(ann).await, before);
}

/// What follows from the old password is not added to the new one.
pub async fn a_sign_in_that_a_new_password_overtook_adds_nothing(world: World) {
    let verifier = |form, hash: &str| Verifier { form, hash: hash.to_owned() };
    let old = verifier(Form::Md5, "old");
    let new = NewAccount { verifiers: vec![old.clone()], ..newcomer("ann") };
    let ann = world.account_create(new).await.unwrap().id;
    let renewed = vec![verifier(Form::Md5, "new")];
    world.account_change_password(password(ann, renewed.clone())).await.unwrap();
    let added = vec![verifier(Form::Plain, "old"), verifier(Form::Sha256, "old")];
    refused(world.account_signed_in(ann, &[old], added, true).await, Refusal::WrongSecret);
    assert_eq!(world.account_verifiers(ann).await.unwrap(), renewed);
    assert!(!world.account_find(&AccountRef::Id(ann)).await.unwrap().unwrap().answers_requests);
}

/// Of two who know the old password, the one who comes second has proven nothing; a form that was added meanwhile is no change.
pub async fn a_new_password_takes_the_place_of_the_proven_one(world: World) {
    let verifier = |form, hash: &str| Verifier { form, hash: hash.to_owned() };
    let old = vec![verifier(Form::Md5, "1")];
    let ann =
        world.account_create(NewAccount { verifiers: old.clone(), ..newcomer("ann") }).await.unwrap().id;
    world.account_signed_in(ann, &old, vec![verifier(Form::Plain, "2")], false).await.unwrap();
    let new = |hash: &str, instead_of: &[Verifier]| NewPassword {
        instead_of: Some(instead_of.to_vec()),
        ..password(ann, vec![verifier(Form::Plain, hash)])
    };
    refused(world.account_change_password(new("x", &[])).await, Refusal::WrongSecret);
    world.account_change_password(new("3", &old)).await.unwrap();
    refused(world.account_change_password(new("4", &old)).await, Refusal::WrongSecret);
    assert_eq!(world.account_verifiers(ann).await.unwrap(), [verifier(Form::Plain, "3")]);
}

/// Whoever is gone stays so.
pub async fn a_new_password_is_for_who_is_there(world: World) {
    let ann = world.person("ann").await;
    world.account_delete(ann, NOW).await.unwrap();
    for nobody in [ann, AccountId::LAST] {
        let verifiers = vec![Verifier { form: Form::Plain, hash: "1".to_owned() }];
        refused(world.account_change_password(password(nobody, verifiers)).await, Refusal::UnknownAccount);
        assert!(world.account_verifiers(nobody).await.unwrap().is_empty());
    }
}

/// Once somebody can answer requests, they always can.
pub async fn a_sign_in_tells_whether_requests_are_answered(world: World) {
    let ann = world.person("ann").await;
    for (answers, expected) in [(false, false), (true, true), (false, true)] {
        world.account_signed_in(ann, &[], Vec::new(), answers).await.unwrap();
        let found = world.account_find(&AccountRef::Id(ann)).await.unwrap().unwrap();
        assert_eq!(found.answers_requests, expected);
    }
}

/// `None` keeps what is there; an empty text takes it away.
pub async fn a_change_touches_only_what_it_names(world: World) {
    let new = NewAccount { email: "a@b".into(), phone: "1".into(), ..newcomer("ann") };
    let before = world.account_create(new).await.unwrap();
    let unchanged = world.account_change(before.id, Change::default()).await.unwrap();
    assert_eq!(unchanged, before);

    let avatar = Some(Blob { hash: [9; 32], size: 5 });
    let change = Change {
        handle: Some(handle("ANN")),
        nick: Some("Annie".into()),
        status: Some("busy".into()),
        avatar: Some(avatar),
        ..Change::default()
    };
    let after = world.account_change(before.id, change).await.unwrap();
    assert_eq!((after.handle.as_str(), after.nick.as_str(), after.status.as_str()), ("ANN", "Annie", "busy"));
    assert_eq!((after.avatar, after.email.as_str(), after.phone.as_str()), (avatar, "a@b", "1"));
    assert_eq!(world.profile(before.id).await, after);

    let change = Change {
        email: Some(String::new()),
        phone: Some(String::new()),
        avatar: Some(None),
        ..Change::default()
    };
    let bare = world.account_change(before.id, change).await.unwrap();
    assert_eq!(
        (bare.avatar, bare.email.as_str(), bare.phone.as_str(), bare.nick.as_str()),
        (None, "", "", "Annie")
    );
}

/// A change is made as a whole or not at all.
pub async fn a_refused_change_changes_nothing(world: World) {
    world.account_create(NewAccount { email: "a@b".into(), ..newcomer("ann") }).await.unwrap();
    let bob = world.person("bob").await;
    let before = world.profile(bob).await;
    let taken_handle = Change { handle: Some(handle("Ann")), nick: Some("x".into()), ..Change::default() };
    refused(world.account_change(bob, taken_handle).await, Refusal::HandleTaken);
    let taken_address = Change {
        handle: Some(handle("bobby")),
        email: Some("A@B".into()),
        nick: Some("x".into()),
        ..Change::default()
    };
    refused(world.account_change(bob, taken_address).await, Refusal::EmailTaken);
    assert_eq!(world.profile(bob).await, before);
    world.person("bobby").await;
    refused(world.account_change(AccountId::LAST, Change::default()).await, Refusal::UnknownAccount);
}

/// Nobody can pass for whoever had a handle before; the former owner may have it back.
pub async fn a_handle_that_was_given_up_stays_taken(world: World) {
    let ann = world.person("ann").await;
    let renamed = |name: &str| Change { handle: Some(handle(name)), ..Change::default() };
    world.account_change(ann, renamed("annie")).await.unwrap();
    assert!(world.account_find(&AccountRef::Handle(handle("ann"))).await.unwrap().is_none());
    refused(world.account_create(newcomer("Ann")).await, Refusal::HandleTaken);
    world.account_change(ann, renamed("ann")).await.unwrap();
    assert_eq!(world.profile(ann).await.handle.as_str(), "ann");
}

/// A card's address goes before its phone number; neither matches when empty.
pub async fn cards_are_matched_by_address_and_then_by_phone(world: World) {
    let new = |name: &str, email: &str, phone: &str| NewAccount {
        email: email.to_owned(),
        phone: phone.to_owned(),
        ..newcomer(name)
    };
    let ann = world.account_create(new("ann", "ann@x", "1")).await.unwrap().id;
    let bob = world.account_create(new("bob", "", "22")).await.unwrap().id;
    world.person("cy").await;
    let card = |email: &str, phone: &str| Card { email: email.to_owned(), phone: phone.to_owned() };
    let cards = [card("ANN@X", "22"), card("no@x", "22"), card("", ""), card("", "2"), card("", "1")];
    let found = world.account_match(&cards).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|profile| profile.map(|profile| profile.id)).collect();
    assert_eq!(found, [Some(ann), Some(bob), None, None, Some(ann)]);
}
