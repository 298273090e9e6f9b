//! Presence: what friends believe is what is so, however comings and goings cross.

mod support;

use koine_bus::Mailbox;
use koine_core::Caller;
use koine_model::account;
use koine_model::contact::Command;
use koine_model::device::{Device, Sessions};
use koine_model::secret::Secret;
use std::sync::Arc;
use support::{Ear, Guest, House, POLITE};

async fn friends(house: &House) -> (Guest, Guest) {
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    house.ask(&ann, Command::Add { who: bob.named() }).await.unwrap();
    house.ask(&bob, Command::Add { who: ann.named() }).await.unwrap();
    (ann, bob)
}

/// What somebody believes who has heard all this: each line changes something.
fn belief(heard: &[String], before: &str) -> String {
    let mut belief = before.to_owned();
    for line in heard {
        assert_ne!(*line, belief, "told twice: {heard:?}");
        belief = line.clone();
    }
    belief
}

#[tokio::test]
async fn two_sessions_that_go_at_once_are_gone() {
    let house = House::new();
    let (ann, bob) = friends(&house).await;
    let mut anns = house.listen(&ann).await;
    for signed_out in [true, false] {
        let (one, other) = (house.listen(&bob).await, house.listen(&bob).await);
        assert_eq!(anns.hear().await, ["bob Online"]);
        let gone = tokio::join!(one.attachment.part(signed_out), other.attachment.part(signed_out));
        gone.0.unwrap();
        gone.1.unwrap();
        assert_eq!(anns.hear().await, ["bob Offline"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goings_that_cross_comings_leave_the_truth() {
    let house = Arc::new(House::new());
    let (ann, bob) = friends(&house).await;
    let mut anns = house.listen(&ann).await;
    let mut believed = "bob Offline".to_owned();
    let mut here: Vec<Ear> = Vec::new();
    for round in 0..100_usize {
        let going = here.pop();
        let leave = async {
            if let Some(ear) = going {
                ear.attachment.part(true).await.unwrap();
            }
        };
        let (caller, actor) = (bob.caller(), bob.actor);
        let core = house.core.clone();
        #[expect(clippy::disallowed_methods, reason = "the two must cross on two threads")]
        let coming = tokio::spawn(async move {
            let mailbox = Arc::new(Mailbox::default());
            let attachment = core.attach(actor, caller, mailbox.clone()).await.unwrap();
            Ear { attachment, mailbox, caller }
        });
        let ((), come) = tokio::join!(leave, coming);
        here.push(come.unwrap());
        if round % 3 == 0 {
            for ear in here.drain(..) {
                ear.attachment.part(false).await.unwrap();
            }
        }
        believed = belief(&anns.hear().await, &believed);
        let truth = if here.is_empty() { "bob Offline" } else { "bob Online" };
        assert_eq!(believed, truth, "round {round}");
    }
}

#[tokio::test]
async fn who_is_driven_out_is_gone_until_the_newer_one_comes() {
    const STRICT: Device = Device::plain("strict", Sessions::RefuseNewer);
    let house = House::new();
    let (ann, bob) = friends(&house).await;
    let mut anns = house.listen(&ann).await;
    let strict = Guest { device: STRICT, actor: bob.actor, person: bob.person.clone() };
    let silent = house.listen(&strict).await;
    assert_eq!(anns.hear().await, ["bob Online"]);
    let command = account::Command::SignIn { who: bob.named(), secret: Secret::plain("secret") };
    let outcome = house.core.execute(Caller { actor: None, ..strict.caller() }, command.into()).await;
    outcome.answer.unwrap();
    assert_eq!(anns.hear().await, ["bob Offline"], "the newer one has not come yet");
    let _newer = house.listen(&strict).await;
    silent.attachment.part(false).await.unwrap();
    assert_eq!(anns.hear().await, ["bob Online"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_no_friend_any_more_does_not_hear_of_comings_that_cross_the_parting() {
    let house = Arc::new(House::new());
    let (ann, bob) = friends(&house).await;
    let mut bobs = house.listen(&bob).await;
    for round in 0..150 {
        bobs.hear().await;
        let (caller, actor) = (ann.caller(), ann.actor);
        let core = house.core.clone();
        #[expect(clippy::disallowed_methods, reason = "the two must cross on two threads")]
        let coming = tokio::spawn(async move {
            let mailbox = Arc::new(Mailbox::default());
            let attachment = core.attach(actor, caller, mailbox.clone()).await.unwrap();
            Ear { attachment, mailbox, caller }
        });
        let (who, blocks) = (bob.named(), round % 3 == 0);
        let part =
            if blocks { Command::Block { who } } else { Command::Remove { who, both: round % 3 == 1 } };
        let (come, parted) = tokio::join!(coming, house.ask(&ann, part));
        parted.unwrap();
        let heard = bobs.hear().await;
        assert_ne!(heard.last().map(String::as_str), Some("ann Online"), "round {round}: {heard:?}");
        come.unwrap().attachment.part(false).await.unwrap();
        assert!(bobs.hear().await.is_empty(), "round {round}");
        if blocks {
            house.ask(&ann, Command::Unblock { who: bob.named() }).await.unwrap();
        }
        house.ask(&ann, Command::Add { who: bob.named() }).await.unwrap();
        house.ask(&bob, Command::Request { who: ann.named() }).await.unwrap();
    }
}
