//! Looking for words, through the core's one door.

mod support;

use koine_model::message::{self, Reply as Said, Search};
use koine_model::refusal::Field;
use koine_model::{Refusal, Reply};
use support::{Guest, House, POLITE};

async fn look(house: &House, who: &Guest, query: &str, limit: usize) -> Result<(Vec<String>, bool), Refusal> {
    let search = Search { query: query.to_owned(), of: None, before: None, limit };
    match house.ask(who, message::Command::Search(Box::new(search))).await? {
        Reply::Message(Said::Hits { hits, more }) => {
            let shown = hits.iter().map(|hit| {
                let runs = hit.snippet.iter();
                let runs = runs.map(|(run, hit)| if *hit { format!("[{run}]") } else { run.clone() });
                format!("{}: {}", hit.letter.sender.handle, runs.collect::<String>())
            });
            Ok((shown.collect(), more))
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn hits_show_where_the_words_are() {
    let house = House::new();
    let (ann, bob) = (house.guest("ann", POLITE).await, house.guest("bob", POLITE).await);
    house.say(&ann, bob.with(), "Прочитай сообщения, please").await.unwrap();
    house.say(&bob, ann.with(), "какое сообщение?").await.unwrap();
    let both = ["bob: какое [сообщение]?", "ann: Прочитай [сообщения], please"];
    assert_eq!(look(&house, &ann, "сообщение", 10).await.unwrap(), (both.map(String::from).to_vec(), false));
    assert_eq!(look(&house, &bob, "сообщение", 1).await.unwrap(), (vec![both[0].to_owned()], true));
    let eve = house.guest("eve", POLITE).await;
    assert_eq!(look(&house, &eve, "сообщение", 10).await.unwrap(), (vec![], false));
    assert_eq!(look(&house, &ann, "?!", 10).await.unwrap(), (vec![], false));
    let long = "x".repeat(2000);
    assert_eq!(look(&house, &ann, &long, 10).await, Err(Refusal::TooLarge(Field::Message)));
}
