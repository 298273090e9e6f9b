//! Lost passwords: who gets a link, what it does, and how long it is good.

mod meanwhile;
mod office;
mod rates;
#[path = "../support/mod.rs"]
mod support;

use koine_core::Change;
use koine_core::rates::Peer;
use koine_core::surroundings::About;
use koine_model::account::{self, AccountRef, Known};
use koine_model::refusal::Field;
use koine_model::secret::Secret;
use koine_model::{Refusal, Reply};
use office::{MINUTE, NOBODY, Office};
use std::sync::atomic::Ordering;
use support::{House, SILENT};

const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";
const SHA256: &str = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";

#[tokio::test]
async fn a_link_sets_another_password_once() {
    let office = Office::open();
    let ann = office.guest("ann").await;
    let issued = office.house.ask(&ann, account::Command::IssueToken { label: String::new() }).await;
    let Ok(Reply::Account(account::Reply::Token(token_of_ann, _))) = issued else { panic!("{issued:?}") };
    let mut ear = office.house.listen(&ann).await;
    office
        .during(async {
            assert!(matches!(office.lost("ann").await, Ok(Reply::Done)));
            let [mail] = &office.mails(1).await[..] else { panic!() };
            assert_eq!((mail.to.as_str(), mail.minutes), ("ann@Example.org", 30));
            assert!(mail.about == About::Recovery);
            let token = office.token(1).await;
            let handle = office.house.core.recovery_find(&token).await.unwrap();
            assert_eq!(handle.unwrap().as_str(), "ann");
            // Until it is used, all is as it was.
            assert_eq!(office.sign_in("ann", Secret::plain("secret")).await, Ok(()));
            assert_eq!(office.finish(&token, "").await, Err(Refusal::Empty(Field::Secret)));
            let long = "x".repeat(2000);
            assert_eq!(office.finish(&token, &long).await, Err(Refusal::TooLarge(Field::Secret)));
            assert_eq!(office.finish(&"0".repeat(32), "password").await, Err(Refusal::NotThere));
            assert_eq!(ear.hear().await, [""; 0]);

            assert_eq!(office.finish(&token, "password").await, Ok(()));
            assert_eq!(ear.hear().await, ["SignedOut"]);
            assert_eq!(office.sign_in("ann", Secret::plain("secret")).await, Err(Refusal::WrongSecret));
            for form in ["password", MD5, SHA256] {
                assert_eq!(office.sign_in("ann", Secret::classify(form)).await, Ok(()), "{form}");
            }
            let resume = account::Command::Resume { token: token_of_ann };
            let resumed = office.house.core.execute(NOBODY, resume.into()).await;
            assert!(matches!(resumed.answer, Err(Refusal::NotSignedIn)) && resumed.change == Change::None);
            // Who was signed in before is nobody now, also on a connection that listens to nothing.
            let find = account::Command::Find { who: ann.named() };
            assert!(matches!(office.house.ask(&ann, find).await, Err(Refusal::NotSignedIn)));

            assert!(!office.is_good(&token).await);
            assert_eq!(office.finish(&token, "another").await, Err(Refusal::NotThere));
        })
        .await;
}

#[tokio::test]
async fn whoever_is_not_known_gets_the_same_answer_and_no_mail() {
    let office = Office::open();
    for name in ["ann", "bob", "marker"] {
        office.guest(name).await;
    }
    let gone = office.guest("gone").await;
    office.house.ask(&gone, account::Command::Delete).await.unwrap();
    let silent = office.house.guest("silent", SILENT).await;
    let email = |text: &str| Known::Email(text.to_owned());
    let handle = |text: &str| Known::Handle(text.to_owned());
    office
        .during(async {
            for (who, known) in [
                ("nobody", email("nobody@example.org")),
                ("nobody", email("ann@example.org")),
                ("", email("ann@example.org")),
                (&"x".repeat(300), handle("ann")),
                ("ann", email("bob@example.org")),
                ("ann", email("")),
                ("ann", handle("bob")),
                ("ann", handle("")),
                ("gone", email("gone@example.org")),
                (&gone.id().to_string(), handle("gone")),
                // No address is nobody's.
                ("silent", email("")),
                ("silent", handle("silent")),
            ] {
                assert!(matches!(office.ask(who, known).await, Ok(Reply::Done)), "{who}");
                tokio::task::yield_now().await;
            }
            office.move_to(&silent, "no-address").await;
            office.ask("silent", email("no-address")).await.unwrap();
            // Whoever asked before has been looked at before.
            office.ask("marker", handle(" MARKER ")).await.unwrap();
            let mails = office.mails(1).await;
            assert_eq!(mails.first().unwrap().to, "marker@Example.org");
            // A number or an address names an account as it does where one logs in.
            office.ask("ANN@example.org", email(" ann@EXAMPLE.org ")).await.unwrap();
            assert_eq!(office.mails(2).await.last().unwrap().to, "ann@Example.org");
        })
        .await;
}

#[tokio::test]
async fn links_are_few_and_run_out() {
    let office = Office::open();
    let (clock, _) = (&office.house.clock, office.guest("ann").await);
    office.guest("marker").await;
    office
        .during(async {
            office.lost("ann").await.unwrap();
            let first = office.token(1).await;
            // One a minute.
            office.lost("ann").await.unwrap();
            office.lost("marker").await.unwrap();
            assert_eq!(office.mails(2).await.last().unwrap().to, "marker@Example.org");
            for count in 3..=4 {
                clock.advance(MINUTE);
                office.lost("ann").await.unwrap();
                office.mails(count).await;
            }
            // Three at once.
            clock.advance(MINUTE);
            office.lost("ann").await.unwrap();
            office.lost("marker").await.unwrap();
            assert_eq!(office.mails(5).await.last().unwrap().to, "marker@Example.org");
            assert!(office.is_good(&first).await, "an older link is still good");
            clock.advance(27 * MINUTE);
            assert!(!office.is_good(&first).await);
            assert_eq!(office.finish(&first, "password").await, Err(Refusal::NotThere));
            office.house.core.tend();
            office.lost("ann").await.unwrap();
            let last = office.token(6).await;
            clock.advance(30 * MINUTE - 1000);
            assert!(office.is_good(&last).await);
            clock.advance(1000);
            assert!(!office.is_good(&last).await);
        })
        .await;
}

#[tokio::test]
async fn a_link_is_for_the_account_as_it_was() {
    let office = Office::open();
    let [ann, bob, eve] = [office.guest("ann").await, office.guest("bob").await, office.guest("eve").await];
    office
        .during(async {
            let mut tokens = Vec::new();
            for (index, name) in ["ann", "bob", "eve"].into_iter().enumerate() {
                office.lost(name).await.unwrap();
                tokens.push(office.token(index + 1).await);
            }
            let [of_ann, of_bob, of_eve] = &tokens[..] else { panic!() };
            office.move_to(&ann, "ann@elsewhere.example").await;
            office.house.ask(&bob, account::Command::Delete).await.unwrap();
            office.house.clock.advance(MINUTE);
            office.lost("eve").await.unwrap();
            let second = office.token(4).await;
            assert_eq!(office.finish(&second, "password").await, Ok(()));
            for token in [of_ann, of_bob, of_eve] {
                assert!(!office.is_good(token).await);
                assert_eq!(office.finish(token, "another").await, Err(Refusal::NotThere));
            }
            assert_eq!(office.sign_in("ann", Secret::plain("secret")).await, Ok(()));
            assert_eq!(office.sign_in("eve", Secret::plain("password")).await, Ok(()));
            assert_eq!(eve.person.profile.handle.as_str(), "eve");
        })
        .await;
}

#[tokio::test]
async fn what_was_not_mailed_is_not_good_and_may_be_asked_for_again_at_once() {
    let office = Office::open();
    let ann = office.guest("ann").await;
    office.move_to(&ann, "ann@example.invalid").await;
    let ask = || office.ask("ann", Known::Handle("ann".to_owned()));
    office
        .during(async {
            for count in 1..=5 {
                ask().await.unwrap();
                let token = office.token(count).await;
                assert!(!office.is_good(&token).await);
            }
        })
        .await;
}

#[tokio::test]
async fn what_may_have_been_mailed_is_good_and_may_be_asked_for_again_at_once() {
    let office = Office::open();
    let ann = office.guest("ann").await;
    office.move_to(&ann, "ann@example.test").await;
    let ask = || office.ask("ann", Known::Handle("ann".to_owned()));
    office
        .during(async {
            ask().await.unwrap();
            let first = office.token(1).await;
            ask().await.unwrap();
            let second = office.token(2).await;
            assert!(office.is_good(&first).await && office.is_good(&second).await);
            assert_eq!(office.finish(&first, "password").await, Ok(()));
            assert_eq!(office.finish(&second, "another").await, Err(Refusal::NotThere));
        })
        .await;
}

#[tokio::test]
async fn under_maintenance_nobody_gets_a_link_and_those_that_are_out_work() {
    let office = Office::open();
    for name in ["ann", "marker"] {
        office.guest(name).await;
    }
    office
        .during(async {
            office.lost("ann").await.unwrap();
            let token = office.token(1).await;
            office.sign.0.store(true, Ordering::Relaxed);
            for name in ["marker", "nobody"] {
                assert!(matches!(office.lost(name).await, Err(Refusal::Maintenance)), "{name}");
            }
            assert_eq!(office.finish(&token, "password").await, Ok(()));
            assert_eq!(office.sign_in("ann", Secret::plain("password")).await, Err(Refusal::Maintenance));
            office.sign.0.store(false, Ordering::Relaxed);
            assert_eq!(office.sign_in("ann", Secret::plain("password")).await, Ok(()));
        })
        .await;
}

#[tokio::test]
async fn more_requests_than_can_be_looked_at_are_too_much() {
    let office = Office::open();
    // Nobody looks at them.
    let known = || Known::Email("nobody@example.org".to_owned());
    let ask = |last| office.ask_from(Peer::V4([192, 0, 2, last]), "nobody", known());
    for last in 0..4 {
        for _ in 0..16 {
            assert!(matches!(ask(last).await, Ok(Reply::Done)));
        }
        assert!(matches!(ask(last).await, Err(Refusal::Busy)), "nobody has more than a share");
    }
    assert!(matches!(ask(4).await, Err(Refusal::Busy)));
}

#[tokio::test]
async fn without_mail_it_cannot_be_done() {
    let house = House::new();
    let known = Known::Email("ann@example.org".to_owned());
    let command = account::Command::Recover { who: AccountRef::Typed("ann".to_owned()), known };
    assert!(matches!(house.core.execute(NOBODY, command.into()).await.answer, Err(Refusal::NoMail)));
}
