//! The configuration file: which one it is, and what is wrong in it, by line and column.

use super::KnownDialect;
use super::document::Document;
use super::environment::CONFIG;
use super::unsound::{Unsound, reworded};
use crate::arguments::Flags;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

const USUAL: &str = "koine.toml";

/// A file that could be read; its text may be anything yet.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    text: String,
}

/// The file that was asked for, or the usual one if it is there.
pub(super) fn find(flags: &Flags, environment: &BTreeMap<String, String>) -> Result<Option<File>, Unsound> {
    if let Some(path) = &flags.config {
        return read(path, "--config: ").map(Some);
    }
    // An empty variable is how many tools hand on one that is not set.
    if let Some(path) = environment.get(CONFIG).filter(|it| !it.is_empty()) {
        return read(Path::new(path), "KOINE_CONFIG: ").map(Some);
    }
    match Path::new(USUAL).try_exists() {
        Ok(false) => Ok(None),
        Ok(true) | Err(_) => read(Path::new(USUAL), "").map(Some),
    }
}

fn read(path: &Path, asked_by: &str) -> Result<File, Unsound> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Unsound::new(format!("{asked_by}there is no file {shown}")),
        _ => Unsound::new(format!("{asked_by}the file {shown} cannot be read: {error}")),
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        Unsound::at(place(path, &good, good.len()), "this is not UTF-8 text")
    })?;
    Ok(File { path: path.to_owned(), text })
}

impl File {
    pub(super) fn into_path(self) -> PathBuf {
        self.path
    }

    /// What the file says, if every word of it is sound.
    pub(super) fn layer(&self, known: &[KnownDialect]) -> Result<toml::Table, Unsound> {
        let (table, mistakes) = DeTable::parse_recoverable(&self.text);
        // An open quote makes nonsense of all that follows it, so only the first mistake is worth showing.
        if let Some(first) = mistakes.iter().min_by_key(|it| it.span().map(|span| span.start)) {
            return Err(self.blame(first, self.repeated_key(first)));
        }
        let blame = |error: toml::de::Error| {
            let key = error.span().and_then(|span| key_at(table.get_ref(), &span));
            self.blame(&error, key)
        };
        let document: Document = toml::from_str(&self.text).map_err(blame)?;
        if let Some(name) = document.unknown_dialect(known) {
            let offset = offset_of_dialect(table.get_ref(), name).unwrap_or_default();
            let place = place(&self.path, &self.text, offset);
            return Err(Unsound::at(place, KnownDialect::missing(name, known)));
        }
        toml::from_str(&self.text).map_err(blame)
    }

    fn blame(&self, error: &toml::de::Error, key: Option<String>) -> Unsound {
        let reason = reworded(error.message());
        let place = match error.span() {
            Some(span) => place(&self.path, &self.text, span.start),
            None => self.path.display().to_string(),
        };
        match key {
            Some(key) => Unsound::at(place, format_args!("{key}: {reason}")),
            None => Unsound::at(place, reason),
        }
    }

    /// Among the mistakes of a text that is no TOML, this is the one that concerns a certain key.
    fn repeated_key(&self, mistake: &toml::de::Error) -> Option<String> {
        let span = mistake.span().filter(|_| mistake.message().starts_with("duplicate key"))?;
        self.text.get(span).map(str::to_owned)
    }
}

fn offset_of_dialect(table: &DeTable<'_>, name: &str) -> Option<usize> {
    let dialects = table.get("dialects")?.get_ref().as_table()?;
    let (key, _) = dialects.iter().find(|(key, _)| key.get_ref() == name)?;
    Some(key.span().start)
}

/// `FILE:LINE:COLUMN`, both counted from 1 as editors do.
fn place(path: &Path, text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{}:{line}:{column}", path.display())
}

/// The dotted name of the key that stands at `span`, or whose value does.
///
/// The headers of a table may stand anywhere in the file, so every table is looked into.
fn key_at(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref();
        if let DeValue::Table(inner) = value.get_ref()
            && let Some(rest) = key_at(inner, span)
        {
            return Some(format!("{name}.{rest}"));
        }
        let is_here = |it: Range<usize>| it.start <= span.start && span.start < it.end;
        (is_here(key.span()) || is_here(value.span())).then(|| name.to_string())
    })
}
