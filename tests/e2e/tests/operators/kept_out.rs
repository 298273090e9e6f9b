//! Whoever is disabled is out at once, in every dialect; what is said to them waits.

use crate::koine::koine;
use koine_e2e::matrix::{Entry, Flavour, Person, Town, flavours};

#[tokio::test]
async fn who_is_disabled_is_out_in_every_dialect() {
    let mut town = Town::found().await;
    let data = town.server().data();
    let native = *flavours().iter().find(|flavour| flavour.name == "native").expect("the own protocol");
    let mut friend = town.welcome(native, "friend".to_owned()).await;
    for (flavour, mut person) in flavours().into_iter().zip(town.welcome_all("out").await) {
        let who = person.known.handle.clone();
        let said = koine(&data, &["account", "disable", &who]);
        assert_eq!(
            said.well(),
            format!("account {} ({who}) is disabled, and signed out everywhere\n", person.known.id)
        );
        is_out(&mut person, flavour).await;
        // Neither a password nor a token lets in.
        cannot_sign_in(&town, &mut person, flavour).await;
        friend.tells(&person.known, "when you are back").await.expect("a message that waits");
        assert!(koine(&data, &["account", "list"]).well().contains(" disabled "));
        assert!(koine(&data, &["account", "enable", &who]).well().ends_with(" is enabled\n"));
        comes_back(&town, &mut person, flavour).await;
        person.hears_from(&friend.known, "when you are back").await.expect("what was said meanwhile");
    }
    let log = town.close().await;
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test]
async fn another_password_signs_out_in_every_dialect() {
    let mut town = Town::found().await;
    let data = town.server().data();
    for (flavour, mut person) in flavours().into_iter().zip(town.welcome_all("new").await) {
        let who = person.known.handle.clone();
        let run = crate::koine::koine_given(&data, &["account", "set-password", &who], "another one\n");
        assert!(run.well().ends_with("is given another password, and signed out everywhere\n"), "{run:?}");
        is_out(&mut person, flavour).await;
        let mut again = fresh(&town, &person, flavour).await;
        assert_eq!(again.client.sign_in().await, Ok(Entry::WrongPassword), "{}", flavour.name);
    }
    // The old one back, which all know.
    for flavour in flavours() {
        let who = format!("new_{}", flavour.name.replace([' ', '-'], "_"));
        crate::koine::koine_given(&data, &["account", "set-password", &who], "secret\n").well();
    }
    town.close().await;
}

/// The connection has ended. Where each request brings its own proof, one that was quicker than the end is answered that it has none.
async fn is_out(person: &mut Person, flavour: Flavour) {
    let wrong = match person.client.hear().await {
        Err(wrong) => wrong,
        Ok(said) => panic!("{}: {said:?}", flavour.name),
    };
    let words: &[&str] = match flavour.dialect {
        "mode-token" => &["closed", "\"401\""],
        "native" => &["closed", "\"ended\""],
        _ => &["closed"],
    };
    assert!(words.iter().any(|word| wrong.contains(word)), "{}: {wrong}", flavour.name);
}

async fn cannot_sign_in(town: &Town, person: &mut Person, flavour: Flavour) {
    // What it has kept counts no more.
    town.connect(person).await;
    let entry = person.client.sign_in().await;
    assert_ne!(entry, Ok(Entry::In), "{}", flavour.name);
    // The password is right, and the server says what is wrong where the protocol has words for it.
    let mut again = fresh(town, person, flavour).await;
    let entry = again.client.sign_in().await;
    match flavour.dialect {
        "minioicq" | "native" => {
            let wrong = entry.expect_err("nobody is let in");
            assert!(wrong.to_lowercase().contains("disabled"), "{}: {wrong}", flavour.name);
        }
        _ => assert_eq!(entry, Ok(Entry::WrongPassword), "{}", flavour.name),
    }
    again.leaves().await;
}

async fn comes_back(town: &Town, person: &mut Person, flavour: Flavour) {
    *person = fresh(town, person, flavour).await;
    person.signs_in().await.unwrap_or_else(|wrong| panic!("{}: {wrong}", flavour.name));
}

/// The same person with a program that remembers nothing, connected.
async fn fresh(town: &Town, person: &Person, flavour: Flavour) -> Person {
    let mut again = Person::new(flavour, person.known.clone());
    town.connect(&mut again).await;
    again
}
