//! The flags of the command line.

use super::KnownDialect;
use super::document::{Document, nested};
use super::unsound::Unsound;
use crate::arguments::Flags;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// A layer for every flag that was given. Each is checked alone, so that an error can name it.
pub(super) fn layers(flags: &Flags, known: &[KnownDialect]) -> Result<Vec<Table>, Unsound> {
    let mut layers = Vec::new();
    let mut add = |flag: &str, path: &[&str], value: Value| {
        let layer = nested(path, value);
        Document::check(&layer, known).map_err(|reason| Unsound::at(flag, reason))?;
        layers.push(layer);
        Ok(())
    };
    if let Some(folder) = &flags.data {
        add("--data", &["data"], Value::String(folder.clone()))?;
    }
    if let Some(url) = &flags.public_url {
        add("--public-url", &["http", "public_url"], Value::String(url.clone()))?;
    }
    if let Some(level) = &flags.log {
        add("--log", &["log", "level"], Value::String(level.clone()))?;
    }
    if !flags.http.is_empty() {
        add("--http", &["http", "listen"], list(flags.http.iter().map(String::as_str)))?;
    }
    for (dialect, addresses) in by_dialect(&flags.listen)? {
        add("--listen", &["dialects", dialect, "listen"], list(addresses.into_iter()))?;
    }
    Ok(layers)
}

/// Each dialect that was named, with everything it was given: the flag adds up when it is repeated.
fn by_dialect(listen: &[String]) -> Result<BTreeMap<&str, Vec<&str>>, Unsound> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for listener in listen {
        let (dialect, address) = listener
            .split_once('=')
            .ok_or_else(|| Unsound::at("--listen", format_args!("{listener:?} is not DIALECT=ADDRESS")))?;
        found.entry(dialect).or_default().push(address);
    }
    Ok(found)
}

fn list<'a>(addresses: impl Iterator<Item = &'a str>) -> Value {
    let each = addresses.flat_map(|it| it.split(',')).map(|it| Value::String(it.trim().to_owned()));
    Value::Array(each.collect())
}
