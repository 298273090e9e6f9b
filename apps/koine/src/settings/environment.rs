//! The variables `KOINE_SECTION__KEY`.

use super::KnownDialect;
use super::document::{Document, nested};
use super::unsound::Unsound;
use std::collections::BTreeMap;

const PREFIX: &str = "KOINE_";

/// The one variable that is no setting: it names the configuration file.
pub(super) const CONFIG: &str = "KOINE_CONFIG";

/// A layer for every variable that is ours. Each is checked alone, so that an error can name it.
pub(super) fn layers(
    environment: &BTreeMap<String, String>,
    known: &[KnownDialect],
) -> Result<Vec<toml::Table>, Unsound> {
    environment
        .iter()
        .filter(|(name, _)| name.as_str() != CONFIG && !is_kubernetes(name))
        .filter_map(|(name, text)| Some((name, name.strip_prefix(PREFIX)?, text)))
        .map(|(name, key, text)| layer(key, text, known).map_err(|reason| Unsound::at(name, reason)))
        .collect()
}

/// A variable has no type: `2024` may be a number or the name of a folder. The likelier reading
/// goes first, and its complaint is the one to show if neither is sound.
fn layer(key: &str, text: &str, known: &[KnownDialect]) -> Result<toml::Table, String> {
    let path = path(key, known);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let guessed = nested(&path, guess(text));
    let Err(reason) = Document::check(&guessed, known) else { return Ok(guessed) };
    let literal = nested(&path, toml::Value::String(text.to_owned()));
    Document::check(&literal, known).map(|()| literal).map_err(|_| reason)
}

fn path(key: &str, known: &[KnownDialect]) -> Vec<String> {
    let mut path: Vec<String> = key.split("__").map(str::to_lowercase).collect();
    if let [section, name, ..] = path.as_mut_slice()
        && section == "dialects"
        // No shell can set a variable with a hyphen in its name.
        && let Some(dialect) = known.iter().find(|it| it.name.replace('-', "_") == name.replace('-', "_"))
    {
        name.clone_from(&dialect.name);
    }
    path
}

fn guess(text: &str) -> toml::Value {
    let literal = || toml::Value::String(text.to_owned());
    let Ok(value) = text.parse::<figment::value::Value>();
    toml::Value::try_from(value).unwrap_or_else(|_| literal())
}

/// Kubernetes gives every container such variables for a service that is called `koine` or
/// `koine-something`; none of them is meant for us, and none must keep the server from starting.
fn is_kubernetes(name: &str) -> bool {
    let marks = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT_"];
    !name.contains("__") && (name.ends_with("_PORT") || marks.iter().any(|it| name.contains(it)))
}
