//! A person as replies show them.

use koine_dialect::toolbox::base64;
use koine_model::account::{Person, Profile};
use serde::Serialize;

/// What every list of people says of each.
#[derive(Serialize, Default)]
pub(crate) struct Card {
    pub(crate) uid: String,
    pub(crate) nick: String,
    pub(crate) email: String,
    pub(crate) phone: String,
}

/// A card with the picture.
#[derive(Serialize, Default)]
pub(crate) struct PictureCard {
    #[serde(flatten)]
    pub(crate) card: Card,
    pub(crate) picture: String,
}

impl From<&Profile> for Card {
    fn from(profile: &Profile) -> Self {
        Self {
            uid: profile.handle.to_string(),
            nick: profile.nick.clone(),
            email: profile.email.clone(),
            phone: profile.phone.clone(),
        }
    }
}

impl From<&Person> for PictureCard {
    fn from(person: &Person) -> Self {
        Self { card: Card::from(&person.profile), picture: picture(person) }
    }
}

/// The picture that a person has set. The drawn one of the others is left out: clients draw their own.
pub(crate) fn picture(person: &Person) -> String {
    if person.has_own_picture() { base64::encode(&person.picture) } else { String::new() }
}
