//! Words, as they are looked for: how a text is taken apart, and what a query means.
//!
//! Every backend indexes and looks for what this makes of a text, and the core marks what was found by the same rules.
//! Left out: which messages there are, and who may see them.

mod fold;
mod query;
mod snippet;

pub use fold::{Stems, Word, words};
pub use query::{Query, Term};
pub use snippet::snippet;

use koine_model::markup;
use koine_model::message::{Markup, Part};
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// What can be found of a part, in Unicode's composed form: its plain words, or the name of its file.
pub fn findable(part: &Part) -> Option<Cow<'_, str>> {
    let text: Cow<'_, str> = match part {
        Part::Text { text, markup: Markup::Plain } => text.into(),
        Part::Text { text, markup: Markup::Html } => markup::plain(text).into(),
        Part::Media(media) if !media.name.is_empty() => (&media.name).into(),
        Part::Foreign { text, .. } => text.into(),
        Part::Media(_) | Part::Reply { .. } | Part::Act(_) | Part::Removed => return None,
    };
    Some(if is_nfc(&text) { text } else { text.nfc().collect::<String>().into() })
}
