//! The flags of the command line, as a layer of the settings.

use super::KnownDialect;
use super::document::Document;
use super::unsound::Unsound;
use crate::arguments::Flags;
use toml::{Table, Value};

/// What the flags say. Each is checked alone, so that an error can name it.
pub(super) fn layer(flags: &Flags, known: &[KnownDialect]) -> Result<Table, Unsound> {
    let mut layer = Layer { settled: Table::new(), known };
    if let Some(folder) = &flags.data {
        layer.set("--data", &["data"], Value::String(folder.clone()))?;
    }
    if let Some(url) = &flags.public_url {
        layer.set("--public-url", &["http", "public_url"], Value::String(url.clone()))?;
    }
    if let Some(level) = &flags.log {
        layer.set("--log", &["log", "level"], Value::String(level.clone()))?;
    }
    for address in &flags.http {
        layer.append("--http", &["http", "listen"], address)?;
    }
    for listener in &flags.listen {
        let (dialect, address) = listener
            .split_once('=')
            .ok_or_else(|| Unsound::at("--listen", format_args!("{listener:?} is not DIALECT=ADDRESS")))?;
        layer.append("--listen", &["dialects", dialect, "listen"], address)?;
    }
    Ok(layer.settled)
}

struct Layer<'a> {
    settled: Table,
    known: &'a [KnownDialect],
}

impl Layer<'_> {
    fn set(&mut self, flag: &str, path: &[&str], value: Value) -> Result<(), Unsound> {
        let alone = nested(path, value.clone());
        Document::check(&alone, self.known).map_err(|reason| Unsound::at(flag, reason))?;
        if let Some((last, sections)) = path.split_last() {
            section(&mut self.settled, sections).insert((*last).to_owned(), value);
        }
        Ok(())
    }

    /// Adds to the list that earlier occurrences of the same flag have begun.
    fn append(&mut self, flag: &str, path: &[&str], address: &str) -> Result<(), Unsound> {
        let found =
            path.split_last().and_then(|(last, sections)| section(&mut self.settled, sections).get(*last));
        let earlier = found.and_then(Value::as_array).cloned().unwrap_or_default();
        let added = address.split(',').map(|it| Value::String(it.trim().to_owned()));
        self.set(flag, path, Value::Array(earlier.into_iter().chain(added).collect()))
    }
}

fn nested(path: &[&str], value: Value) -> Table {
    let mut table = Table::new();
    if let Some((last, sections)) = path.split_last() {
        section(&mut table, sections).insert((*last).to_owned(), value);
    }
    table
}

/// The table below `table` at `path`, made where it is missing.
fn section<'a>(table: &'a mut Table, path: &[&str]) -> &'a mut Table {
    path.iter().fold(table, |table, name| {
        table
            .entry((*name).to_owned())
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .expect("flags put nothing but tables above a key")
    })
}
