//! Lost passwords: who gets a link, what it does, and how long it is good.

mod support;

use koine_core::credentials::Cost;
use koine_core::surroundings::{About, Mail, Mailer, Maintenance, Posted, Surroundings, Told};
use koine_core::{Caller, Change, Error, Limits};
use koine_model::account::{self, AccountRef, Known, ProfileChange};
use koine_model::refusal::Field;
use koine_model::secret::Secret;
use koine_model::{Refusal, Reply};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Guest, House, POLITE, SILENT};

const MINUTE: i64 = 60_000;
const NOBODY: Caller = Caller { device: POLITE, embeds_media: false, actor: None };
const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";
const SHA256: &str = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";

const CHEAP: Cost = Cost { memory_kib: 8, iterations: 1 };
/// Takes a good part of a second.
const DEAR: Cost = Cost { memory_kib: 8, iterations: 10_000 };

/// Keeps every mail; says of those below `.invalid` that they could not be sent, and of those below `.test` that it does not know.
#[derive(Default)]
struct Pigeons(Mutex<Vec<Mail>>);

impl Mailer for Pigeons {
    fn post(&self, mail: Mail, told: Told) {
        let posted = match mail.to.rsplit_once('.') {
            Some((_, "invalid")) => Posted::Failed,
            Some((_, "test")) => Posted::Unsure,
            _ => Posted::Sent,
        };
        self.0.lock().unwrap().push(mail);
        told(posted);
    }
}

#[derive(Default)]
struct Sign(AtomicBool);

impl Maintenance for Sign {
    fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

struct Office {
    house: House,
    pigeons: Arc<Pigeons>,
    sign: Arc<Sign>,
}

impl Office {
    fn open() -> Self {
        Self::costing(CHEAP)
    }

    fn costing(cost: Cost) -> Self {
        let (pigeons, sign) = (Arc::new(Pigeons::default()), Arc::new(Sign::default()));
        let surroundings = Surroundings {
            mailer: Some(pigeons.clone()),
            maintenance: sign.clone(),
            ..Surroundings::default()
        };
        Self { house: House::costing(surroundings, Limits::default(), cost), pigeons, sign }
    }

    /// Somebody with an address of their own name.
    async fn guest(&self, name: &str) -> Guest {
        let guest = self.house.guest(name, POLITE).await;
        self.move_to(&guest, &format!("{name}@Example.org")).await;
        guest
    }

    async fn move_to(&self, who: &Guest, email: &str) {
        let change = ProfileChange { email: Some(email.to_owned()), ..ProfileChange::default() };
        self.house.ask(who, account::Command::Change(Box::new(change))).await.unwrap();
    }

    async fn ask(&self, who: &str, known: Known) -> Result<Reply, Refusal> {
        let who = AccountRef::Typed(who.to_owned());
        self.house.core.execute(NOBODY, account::Command::Recover { who, known }.into()).await.answer
    }

    async fn lost(&self, name: &str) -> Result<Reply, Refusal> {
        self.ask(name, Known::Email(format!("{name}@example.org"))).await
    }

    /// Does what `scene` does while mails are sent.
    async fn during(&self, scene: impl Future<Output = ()>) {
        let serving = self.house.core.recovery_serve(|token| format!("http://h/recover/{token}"));
        tokio::select! {
            () = serving => panic!("the serving has ended"),
            () = scene => {}
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("it takes too long"),
        }
    }

    /// All mails, once as many were sent.
    async fn mails(&self, count: usize) -> Vec<Mail> {
        loop {
            let mails = self.pigeons.0.lock().unwrap().clone();
            assert!(mails.len() <= count, "{} mails", mails.len());
            if mails.len() == count {
                return mails;
            }
            tokio::task::yield_now().await;
        }
    }

    /// The token in the last of so many mails.
    async fn token(&self, count: usize) -> String {
        let mails = self.mails(count).await;
        let link = mails.last().unwrap().link.clone();
        link.strip_prefix("http://h/recover/").unwrap().to_owned()
    }

    async fn finish(&self, token: &str, password: &str) -> Result<(), Refusal> {
        match self.house.core.recovery_finish(token, Secret::plain(password)).await {
            Ok(()) => Ok(()),
            Err(Error::Refused(refusal)) => Err(refusal),
            Err(Error::Failed(failure)) => panic!("{failure}"),
        }
    }

    async fn is_good(&self, token: &str) -> bool {
        self.house.core.recovery_find(token).await.unwrap().is_some()
    }

    async fn sign_in(&self, name: &str, secret: Secret) -> Result<(), Refusal> {
        let who = AccountRef::Typed(name.to_owned());
        let command = account::Command::SignIn { who, secret };
        self.house.core.execute(NOBODY, command.into()).await.answer.map(drop)
    }
}

#[tokio::test]
async fn a_link_sets_another_password_once() {
    let office = Office::open();
    let ann = office.guest("ann").await;
    let issued = office.house.ask(&ann, account::Command::IssueToken).await;
    let Ok(Reply::Account(account::Reply::Token(token_of_ann))) = issued else { panic!("{issued:?}") };
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
    for _ in 0..64 {
        assert!(matches!(office.lost("nobody").await, Ok(Reply::Done)));
    }
    assert!(matches!(office.lost("nobody").await, Err(Refusal::Busy)));
}

#[tokio::test]
async fn without_mail_it_cannot_be_done() {
    let house = House::new();
    let known = Known::Email("ann@example.org".to_owned());
    let command = account::Command::Recover { who: AccountRef::Typed("ann".to_owned()), known };
    assert!(matches!(house.core.execute(NOBODY, command.into()).await.answer, Err(Refusal::NoMail)));
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
                while let Ok(Reply::Account(account::Reply::Token(token))) =
                    office.house.ask(&ann, account::Command::IssueToken).await
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
