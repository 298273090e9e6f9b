//! Contacts: edges and requests.

use super::World;
use super::world::{NOW, refused};
use crate::{ContactEdges, Edge, Requested};
use koine_model::{AccountId, Refusal};

fn edges(edges: &[(AccountId, bool)], requests: &[AccountId]) -> ContactEdges {
    let edges = edges.iter().map(|(peer, mutual)| Edge { peer: *peer, mutual: *mutual }).collect();
    ContactEdges { edges, requests: requests.to_vec(), ..ContactEdges::default() }
}

async fn check(world: &World, owner: AccountId, expected: ContactEdges) {
    // What the others are asked is looked at from both sides in a test of its own.
    let found = ContactEdges { asked: Vec::new(), ..world.contact_list(owner).await.unwrap() };
    assert_eq!(found, expected);
}

/// An added contact is there at once, and is asked for theirs.
pub async fn adding_asks_for_the_edge_back(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    assert_eq!(world.contact_add(ann, bob, false, NOW).await.unwrap(), Requested::Waits);
    check(&world, ann, edges(&[(bob, false)], &[])).await;
    check(&world, bob, edges(&[], &[ann])).await;
    assert_eq!(world.contact_holders(bob).await.unwrap(), [ann]);
    assert!(world.contact_holders(ann).await.unwrap().is_empty());
}

/// Whoever adds back has answered the request.
pub async fn adding_back_makes_both_friends(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.contact_add(ann, bob, false, NOW).await.unwrap();
    assert_eq!(world.contact_add(bob, ann, false, NOW).await.unwrap(), Requested::Completed);
    check(&world, ann, edges(&[(bob, true)], &[])).await;
    check(&world, bob, edges(&[(ann, true)], &[])).await;
}

/// An account that cannot answer has accepted.
pub async fn an_accepted_contact_is_mutual_at_once(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    assert_eq!(world.contact_add(ann, bob, true, NOW).await.unwrap(), Requested::Completed);
    assert_eq!(world.contact_request(ann, cy, true, NOW).await.unwrap(), Requested::Completed);
    check(&world, ann, edges(&[(bob, true), (cy, true)], &[])).await;
    check(&world, bob, edges(&[(ann, true)], &[])).await;
    check(&world, cy, edges(&[(ann, true)], &[])).await;
}

/// Adding somebody who waits for an answer is the answer.
pub async fn adding_who_asked_completes(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.contact_request(bob, ann, false, NOW).await.unwrap();
    assert_eq!(world.contact_add(ann, bob, false, NOW).await.unwrap(), Requested::Completed);
    check(&world, ann, edges(&[(bob, true)], &[])).await;
    check(&world, bob, edges(&[(ann, true)], &[])).await;
}

/// Until it is accepted, a request is nothing but a request.
pub async fn a_request_makes_no_edge(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    assert_eq!(world.contact_request(ann, bob, false, NOW).await.unwrap(), Requested::Waits);
    check(&world, ann, edges(&[], &[])).await;
    check(&world, bob, edges(&[], &[ann])).await;
}

/// A request that is repeated is one request; one among friends is complete.
pub async fn asking_twice_is_one_request(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    for _ in 0..2 {
        assert_eq!(world.contact_request(ann, bob, false, NOW).await.unwrap(), Requested::Waits);
    }
    check(&world, bob, edges(&[], &[ann])).await;
    world.contact_answer(bob, ann, true, NOW).await.unwrap();
    assert_eq!(world.contact_request(ann, bob, false, NOW).await.unwrap(), Requested::Completed);
    check(&world, bob, edges(&[(ann, true)], &[])).await;
}

/// Two who ask each other are friends.
pub async fn asking_who_asked_completes(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.contact_request(ann, bob, false, NOW).await.unwrap();
    assert_eq!(world.contact_request(bob, ann, false, NOW).await.unwrap(), Requested::Completed);
    check(&world, ann, edges(&[(bob, true)], &[])).await;
    check(&world, bob, edges(&[(ann, true)], &[])).await;
}

/// Whoever has the asker already need not be asked.
pub async fn asking_completes_for_who_has_the_asker(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.contact_add(ann, bob, false, NOW).await.unwrap();
    world.contact_answer(bob, ann, false, NOW).await.unwrap();
    assert_eq!(world.contact_request(bob, ann, false, NOW).await.unwrap(), Requested::Completed);
    check(&world, ann, edges(&[(bob, true)], &[])).await;
    check(&world, bob, edges(&[(ann, true)], &[])).await;
}

/// An accepted request makes both edges, a declined one takes none away.
pub async fn a_request_is_accepted_or_declined(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    world.contact_request(bob, ann, false, NOW).await.unwrap();
    world.contact_add(cy, ann, false, NOW).await.unwrap();
    world.contact_answer(ann, bob, true, NOW).await.unwrap();
    world.contact_answer(ann, cy, false, NOW).await.unwrap();
    check(&world, ann, edges(&[(bob, true)], &[])).await;
    check(&world, bob, edges(&[(ann, true)], &[])).await;
    check(&world, cy, edges(&[(ann, false)], &[])).await;
    refused(world.contact_answer(ann, bob, true, NOW).await, Refusal::NotThere);
    refused(world.contact_answer(ann, cy, false, NOW).await, Refusal::NotThere);
}

/// The other keeps the account unless `both` says otherwise.
pub async fn removing_takes_one_edge_or_both(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    world.befriend(ann, bob).await;
    world.befriend(ann, cy).await;
    assert!(world.contact_remove(ann, bob, false).await.unwrap(), "they were friends");
    assert!(world.contact_remove(ann, cy, true).await.unwrap());
    check(&world, ann, edges(&[], &[])).await;
    check(&world, bob, edges(&[(ann, false)], &[])).await;
    check(&world, cy, edges(&[], &[])).await;
    refused(world.contact_remove(ann, bob, false).await, Refusal::NotThere);
    refused(world.contact_remove(ann, cy, true).await, Refusal::NotThere);
    assert!(!world.contact_remove(ann, bob, true).await.unwrap(), "one alone had the other");
    check(&world, bob, edges(&[], &[])).await;
}

/// What was asked goes with the edge; what the other asked goes with both.
pub async fn removing_takes_the_request_back(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.contact_add(ann, bob, false, NOW).await.unwrap();
    world.contact_remove(ann, bob, false).await.unwrap();
    check(&world, bob, edges(&[], &[])).await;
    world.contact_request(bob, ann, false, NOW).await.unwrap();
    refused(world.contact_remove(ann, bob, false).await, Refusal::NotThere);
    check(&world, ann, edges(&[], &[bob])).await;
    world.contact_remove(ann, bob, true).await.unwrap();
    check(&world, ann, edges(&[], &[])).await;
}

/// Whoever asks sees whom, until it is answered, taken back, or done with.
pub async fn whom_one_has_asked_is_known(world: World) {
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    let asked = async || world.contact_list(ann).await.unwrap().asked;
    assert!(asked().await.is_empty());
    for peer in [dan, bob, cid] {
        world.contact_request(ann, peer, false, NOW).await.unwrap();
    }
    assert_eq!(asked().await, [dan, bob, cid]);
    assert!(world.contact_list(bob).await.unwrap().asked.is_empty());
    world.contact_answer(bob, ann, false, NOW).await.unwrap();
    assert_eq!(asked().await, [dan, cid]);
    world.contact_answer(dan, ann, true, NOW).await.unwrap();
    assert_eq!(asked().await, [cid]);
    world.contact_remove(ann, cid, true).await.unwrap();
    assert!(asked().await.is_empty());
    check(&world, cid, edges(&[], &[])).await;
    world.contact_add(ann, cid, false, NOW).await.unwrap();
    assert_eq!(asked().await, [cid], "who is a contact of one side alone was asked, too");
    world.contact_block(cid, ann, NOW).await.unwrap();
    assert!(asked().await.is_empty());
}

/// Contacts, requests and holders come in the order in which they were made.
pub async fn lists_are_oldest_first(world: World) {
    let [ann, bob, cy, di] = world.people(["ann", "bob", "cy", "di"]).await;
    world.contact_add(ann, di, false, NOW).await.unwrap();
    world.contact_add(ann, bob, false, NOW).await.unwrap();
    world.contact_request(cy, ann, false, NOW).await.unwrap();
    world.contact_request(bob, ann, false, NOW).await.unwrap();
    world.contact_request(di, ann, false, NOW).await.unwrap();
    // Those whom ann has already are friends now, and wait no more.
    check(&world, ann, edges(&[(di, true), (bob, true)], &[cy])).await;
    world.contact_add(cy, bob, false, NOW).await.unwrap();
    world.contact_add(di, bob, false, NOW).await.unwrap();
    assert_eq!(world.contact_holders(bob).await.unwrap(), [ann, cy, di]);
    check(&world, bob, edges(&[(ann, true)], &[cy, di])).await;
}

/// Every refusal of adding and asking.
pub async fn contacts_refuse(world: World) {
    let [ann, bob, gone] = world.people(["ann", "bob", "gone"]).await;
    world.account_delete(gone, NOW).await.unwrap();
    refused(world.contact_add(ann, ann, false, NOW).await, Refusal::Yourself);
    refused(world.contact_request(ann, ann, true, NOW).await, Refusal::Yourself);
    for nobody in [gone, AccountId::LAST] {
        refused(world.contact_add(ann, nobody, false, NOW).await, Refusal::UnknownAccount);
        refused(world.contact_request(ann, nobody, true, NOW).await, Refusal::UnknownAccount);
    }
    world.contact_add(ann, bob, false, NOW).await.unwrap();
    refused(world.contact_add(ann, bob, true, NOW).await, Refusal::Already);
    check(&world, bob, edges(&[], &[ann])).await;
    refused(world.contact_answer(ann, bob, true, NOW).await, Refusal::NotThere);
    refused(world.contact_remove(bob, ann, false).await, Refusal::NotThere);
}
