//! What happens while a password is being set or checked: another link, another address, another proof, and the end of the account.

use super::office::{DEAR, MINUTE, NOBODY, Office};
use koine_core::{Caller, Change};
use koine_model::secret::Secret;
use koine_model::{Refusal, Reply, account, conversation, upload};
use std::collections::VecDeque;
use std::time::Duration;

#[tokio::test]
async fn of_two_at_once_one_sets_the_password() {
    let office = Office::open();
    office.guest("ann").await;
    office
        .during(async {
            office.lost("ann").await.unwrap();
            let token = office.token(1).await;
            let (one, other) = tokio::join!(office.finish(&token, "one"), office.finish(&token, "other"));
            assert_eq!((one, other), (Ok(()), Err(Refusal::NotThere)));
            assert_eq!(office.sign_in("ann", Secret::plain("one")).await, Ok(()));
        })
        .await;
}

#[tokio::test]
async fn of_two_links_at_once_one_sets_the_password() {
    let office = Office::costing(DEAR);
    office.guest("ann").await;
    office
        .during(async {
            office.lost("ann").await.unwrap();
            let one = office.token(1).await;
            office.house.clock.advance(MINUTE);
            office.lost("ann").await.unwrap();
            let other = office.token(2).await;
            // Both are hashed before either is set.
            let set = tokio::join!(office.finish(&one, "one"), office.finish(&other, "other"));
            let password = match set {
                (Ok(()), Err(Refusal::NotThere)) => "one",
                (Err(Refusal::NotThere), Ok(())) => "other",
                both => panic!("{both:?}"),
            };
            assert_eq!(office.sign_in("ann", Secret::plain(password)).await, Ok(()));
            assert!(!office.is_good(&one).await && !office.is_good(&other).await);
        })
        .await;
}

#[tokio::test]
async fn whoever_lost_the_address_meanwhile_sets_no_password() {
    let office = Office::costing(DEAR);
    let ann = office.guest("ann").await;
    office
        .during(async {
            office.lost("ann").await.unwrap();
            let token = office.token(1).await;
            let moving = office.move_to(&ann, "ann@elsewhere.example");
            let (finished, ()) = tokio::join!(office.finish(&token, "password"), moving);
            assert_eq!(finished, Err(Refusal::NotThere));
            assert_eq!(office.sign_in("ann", Secret::plain("secret")).await, Ok(()));
        })
        .await;
}

#[tokio::test]
async fn a_login_that_was_under_way_counts_no_more() {
    let office = Office::open();
    let ann = office.guest("ann").await;
    office
        .during(async {
            office.lost("ann").await.unwrap();
            let token = office.token(1).await;
            // Signed in by the old password, and not yet listening when it was changed.
            office.finish(&token, "password").await.unwrap();
            let mut ear = office.house.listen(&ann).await;
            assert_eq!(ear.hear().await, ["SignedOut"]);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_handed_out_meanwhile_are_worthless() {
    let office = Office::open();
    let ann = office.guest("ann").await;
    office
        .during(async {
            office.lost("ann").await.unwrap();
            let token = office.token(1).await;
            let issuing = async {
                let mut issued = VecDeque::new();
                // Until the old proof counts no more: by then the password is another one, or about to be.
                while let Ok(Reply::Account(account::Reply::Token(token, _))) =
                    office.house.ask(&ann, account::Command::IssueToken { label: String::new() }).await
                {
                    issued.push_back(token);
                    // So many may live at once.
                    if issued.len() == 5 {
                        let token = issued.pop_front().unwrap();
                        let _ = office.house.ask(&ann, account::Command::RevokeToken { token }).await;
                    }
                }
                issued
            };
            let (issued, finished) = tokio::join!(issuing, office.finish(&token, "password"));
            assert_eq!(finished, Ok(()));
            for token in issued {
                let resume = account::Command::Resume { token };
                let answer = office.house.core.execute(NOBODY, resume.into()).await.answer;
                assert!(matches!(answer, Err(Refusal::NotSignedIn)), "{answer:?}");
            }
        })
        .await;
}

#[tokio::test]
async fn whoever_came_before_the_account_was_deleted_is_nobody_after_it() {
    let office = Office::open();
    // Signed in, and not on the roster: they cannot be told to go.
    let ann = office.guest("ann").await;
    office.house.core.operator().account_delete(&ann.named()).await.unwrap();
    let overview = conversation::Command::List;
    let upload =
        upload::Command::Open { key: "key".to_owned(), size: 1, mime: String::new(), name: String::new() };
    assert!(matches!(office.house.ask(&ann, overview).await, Err(Refusal::NotSignedIn)));
    assert!(matches!(office.house.ask(&ann, upload).await, Err(Refusal::NotSignedIn)));
    let mut ear = office.house.listen(&ann).await;
    assert_eq!(ear.hear().await, ["SignedOut"]);
}

#[tokio::test]
async fn a_login_that_is_checked_while_the_account_is_deleted_proves_nothing() {
    let office = Office::costing(DEAR);
    for lead in 1..=10 {
        let ann = office.guest(&format!("ann{lead}")).await;
        let sign_in = account::Command::SignIn { who: ann.named(), secret: Secret::plain("secret") };
        let deleting = async {
            tokio::time::sleep(Duration::from_millis(20 * lead)).await;
            office.house.core.operator().account_delete(&ann.named()).await.unwrap();
        };
        let (outcome, ()) = tokio::join!(office.house.core.execute(NOBODY, sign_in.into()), deleting);
        match outcome.change {
            Change::SignedIn(actor) => {
                let caller = Caller { actor: Some(actor), ..NOBODY };
                let asked = office.house.core.execute(caller, account::Command::Sessions.into()).await;
                assert!(matches!(asked.answer, Err(Refusal::NotSignedIn)), "{:?}", asked.answer);
                return;
            }
            // The account was gone before its password was looked at: once more, with a longer lead.
            _ => assert_eq!(outcome.answer.map(drop), Err(Refusal::UnknownAccount)),
        }
    }
    panic!("no password was checked before the account was deleted");
}
