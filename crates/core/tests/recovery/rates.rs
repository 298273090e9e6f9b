//! How many letters go out, and to whom.

use super::office::{MINUTE, NOBODY, Office};
use koine_core::limits::RateLimits;
use koine_core::rates::Peer;
use koine_core::surroundings::About;
use koine_core::{Caller, Change};
use koine_model::account::{self, Known};
use koine_model::{Refusal, Reply};

const FEW: RateLimits = RateLimits {
    failed_logins: 0,
    failed_logins_per_address: 0,
    login_delay_seconds: 900,
    registrations_per_address: 0,
    mails_per_address: 3,
    mails_per_recipient: 2,
    passwords_per_address: 0,
    requests_per_second: 0,
    request_burst: 1,
    posts_per_second: 0,
    post_burst: 1,
};

const ELSEWHERE: Peer = Peer::V4([192, 0, 2, 1]);

async fn verify(office: &Office, peer: Peer, email: &str) -> Result<(), Refusal> {
    let command = account::Command::VerifyEmail { email: email.to_owned() };
    let outcome = office.house.core.execute(Caller { peer, ..NOBODY }, command.into()).await;
    assert_eq!(outcome.answer.is_ok(), matches!(outcome.change, Change::Verifying(_)));
    outcome.answer.map(drop)
}

fn too_often(seconds: u32) -> Result<(), Refusal> {
    Err(Refusal::TooOften { seconds })
}

#[tokio::test]
async fn one_place_asks_for_so_many_letters() {
    let office = Office::allowing(FEW);
    for name in ["a", "b", "c"] {
        assert_eq!(verify(&office, Peer::LOCAL, &format!("{name}@example.org")).await, Ok(()));
    }
    assert_eq!(verify(&office, Peer::LOCAL, "d@example.org").await, too_often(1200));
    assert!(matches!(office.lost("ann").await, Err(Refusal::TooOften { seconds: 1200 })));
    assert_eq!(verify(&office, ELSEWHERE, "d@example.org").await, Ok(()));
    office.house.clock.advance(20 * MINUTE);
    assert!(matches!(office.lost("ann").await, Ok(Reply::Done)));
}

#[tokio::test]
async fn one_mailbox_gets_so_many_letters_of_a_kind_whoever_asks() {
    let office = Office::allowing(FEW);
    let ann = office.guest("ann").await;
    office.move_to(&ann, "ann@example.org").await;
    office
        .during(async {
            for last in 0..2 {
                let peer = Peer::V4([198, 51, 100, last]);
                assert_eq!(verify(&office, peer, "Ann@Example.org").await, Ok(()));
            }
            assert_eq!(verify(&office, ELSEWHERE, "ann@example.org").await, too_often(1800));
            // These are no way of keeping those of the other kind from her. Of a lost password nobody is told anything.
            let known = || Known::Email("ann@example.org".to_owned());
            let ask = async |last| {
                office.house.clock.advance(2 * MINUTE);
                let peer = Peer::V4([203, 0, 113, last]);
                assert!(matches!(office.ask_from(peer, "ann", known()).await, Ok(Reply::Done)));
            };
            ask(1).await;
            assert_eq!(office.mails(1).await.len(), 1);
            ask(2).await;
            assert_eq!(office.mails(2).await.len(), 2);
            ask(3).await;
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            assert_eq!(office.mails(2).await.len(), 2);
            office.house.clock.advance(30 * MINUTE);
            ask(4).await;
            assert_eq!(office.mails(3).await.len(), 3);
        })
        .await;
}

#[tokio::test]
async fn whoever_reads_the_old_address_hears_of_the_new_one() {
    let office = Office::open();
    let ann = office.guest("ann").await;
    let news = || {
        let news = office.pigeons.news.lock().unwrap();
        news.iter().map(|mail| (mail.to.clone(), mail.about.clone(), mail.link.clone())).collect::<Vec<_>>()
    };
    assert_eq!(news(), [], "there was none before");
    office.move_to(&ann, "ANN@example.org").await;
    assert_eq!(news(), [], "it is the same");
    let told = |to: &str| (to.to_owned(), About::AddressChanged("ann".to_owned()), String::new());
    office.move_to(&ann, "eve@example.org").await;
    assert_eq!(news().len(), 1);
    assert_eq!(news()[0].1, told("").1);
    assert!(news()[0].0.eq_ignore_ascii_case("ann@example.org"), "{:?}", news());
    office.move_to(&ann, "").await;
    assert_eq!(news()[1..], [told("eve@example.org")]);
    // An account is no machine for letters to others.
    for name in ["x", "y", "z"] {
        office.move_to(&ann, &format!("{name}@example.org")).await;
    }
    assert_eq!(news().len(), 3);
}

#[tokio::test]
async fn one_mailbox_hears_so_often_of_another_address_whatever_the_accounts() {
    let office = Office::allowing(FEW);
    let news = || {
        let news = office.pigeons.news.lock().unwrap();
        news.iter().filter(|mail| mail.to.eq_ignore_ascii_case("victim@example.org")).count()
    };
    // One after the other, they make the same address theirs and give it up again.
    for name in ["ann", "bob", "carl", "dora", "eve"] {
        let guest = office.guest(name).await;
        office.move_to(&guest, "Victim@example.org").await;
        office.move_to(&guest, &format!("{name}@example.com")).await;
    }
    assert_eq!(news(), 2);
    // Letters of other kinds are counted apart, and an hour later there are some again.
    assert_eq!(verify(&office, ELSEWHERE, "victim@example.org").await, Ok(()));
    office.house.clock.advance(60 * MINUTE);
    let guest = office.guest("fay").await;
    office.move_to(&guest, "victim@example.org").await;
    office.move_to(&guest, "fay@example.com").await;
    assert_eq!(news(), 3);
}
