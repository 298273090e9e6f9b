//! Each flavour of each dialect inside TLS: to and from somebody, and again after the server was started anew.

use crate::everybody_has_all;
use koine_e2e::matrix::{Person, Town};

#[tokio::test]
async fn everyone_talks_inside_tls() {
    let mut town = Town::found_by(koine_e2e::recipe().with_tls()).await;
    let mut people = town.welcome_all("secret").await;
    let mut friend = town.welcome(people[0].flavour, "friend".to_owned()).await;
    both_ways(&mut people, &mut friend, "at first").await;
    friend.leaves().await;
    for person in &mut people {
        person.leaves().await;
    }
    town.restart().await;
    let mut friends = [friend];
    town.sign_in(&mut friends).await;
    town.sign_in(&mut people).await;
    let [mut friend] = friends;
    both_ways(&mut people, &mut friend, "later").await;
    everybody_has_all(&mut friend, "at the end", &mut people, &mut []).await;
    friend.leaves().await;
    for person in &mut people {
        person.leaves().await;
    }
    let log = town.close().await;
    assert!(!log.contains("ERROR"), "{log}");
}

async fn both_ways(people: &mut [Person], friend: &mut Person, when: &str) {
    for person in people {
        let name = person.flavour.name;
        let text = format!("Привет 👩‍🚀 {when}, {name}");
        let told = friend.tells(&person.known, &text).await;
        told.unwrap_or_else(|wrong| panic!("to {name}: {wrong}"));
        let heard = person.hears_from(&friend.known, &text).await;
        heard.unwrap_or_else(|wrong| panic!("to {name}: {wrong}"));
        let back = format!("{text}, too");
        let told = person.tells(&friend.known, &back).await;
        told.unwrap_or_else(|wrong| panic!("from {name}: {wrong}"));
        let heard = friend.hears_from(&person.known, &back).await;
        heard.unwrap_or_else(|wrong| panic!("from {name}: {wrong}"));
    }
}
