//! Whether everything in a data folder, or in a backup, is as it must be.
//!
//! It is read at one moment, beside a running server, which is not held up. Nothing is changed. What cannot be read is a finding
//! like any other, so that one damage does not hide the others.

mod accounts;
mod leftovers;
mod log;
mod media;
mod rules;
mod uploads;

#[doc(hidden)]
pub use rules::RULES;

use crate::folder::Folder;
use crate::hold::Hold;
use crate::open::{is_beside, reading_connection};
use crate::outcome::Outcome;
use crate::schema;
use crate::upkeep::{Finding, Grade, Part, UpkeepError, Watch, database, file, reading};
use rusqlite::Connection;
use std::collections::HashSet;
use std::error::Error as StdError;
use std::path::Path;

/// How closely media are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// Not at all.
    Rows,
    /// Whether they are there, with all their bytes.
    Sizes,
    /// Whether each byte is the one that was put there.
    Bytes,
}

/// What a check comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Verdict {
    /// How many things are not as they must be.
    pub damages: u64,
    /// How many messages and acts there are, as far as they can be read.
    pub entries: u64,
}

/// How many findings of one kind are told one by one.
const MOST_ALIKE: u64 = 20;

/// Checks the data folder `data`.
///
/// # Errors
///
/// Where there is no database, or none that this program knows. Damages are no errors: `watch` is told of them.
pub fn check(data: &Path, depth: Depth, watch: &mut dyn Watch) -> Result<Verdict, UpkeepError> {
    let path = Folder::at(data).database();
    if !path.is_file() {
        return Err(UpkeepError::NoData { folder: data.to_owned() });
    }
    let _hold = Hold::keep(data).map_err(file("hold the media of", data))?;
    check_database(data, &path, depth, watch)
}

/// Checks the database at `path`, whose media lie in the folder `data`. The media must be held.
pub(crate) fn check_database(
    data: &Path,
    path: &Path,
    depth: Depth,
    watch: &mut dyn Watch,
) -> Result<Verdict, UpkeepError> {
    let connection = reading_connection(path).map_err(database("open", path))?;
    let mut check = Check {
        connection: &connection,
        data,
        watch,
        verdict: Verdict::default(),
        alike: 0,
        unreadable: HashSet::new(),
    };
    // What a check of this length reads is one moment of the database.
    let begun = connection.execute_batch("BEGIN").and_then(|()| schema::version(&connection));
    let version = match begun {
        Ok(version) => version,
        // Nothing is known of it then, and nothing may be wrong with it.
        Err(error) if is_beside(&error) => return Err(reading(path)(error)),
        Err(error) => {
            check.unreadable("the database", &error);
            return Ok(check.verdict);
        }
    };
    if version > schema::NEWEST {
        let (found, known) = (version, schema::NEWEST);
        return Err(UpkeepError::Newer { database: path.to_owned(), found, known });
    }
    check.run("the database", rules::structure);
    if check.verdict.damages > 0 {
        check.begin_afresh();
    }
    if version == 0 {
        check.damage("the database is empty: no program of koine's has written it".to_owned());
        return Ok(check.verdict);
    }
    if version < schema::NEWEST {
        check.run("the messages", log::count);
        check.note(format!(
            "the database has schema {version}: what is in it is checked after a start of this program has brought it to schema {}",
            schema::NEWEST
        ));
        return Ok(check.verdict);
    }
    // Before anything that may be damaged is met: nothing can be noted afterwards.
    let spans = log::spans(&check);
    if spans.is_err() {
        check.begin_afresh();
    }
    check.run("the database", |check| Ok(check.connection.execute_batch(rules::KEPT)?));
    let read = check.run("the messages", |check| log::check(check, *spans.as_ref().unwrap_or(&0)));
    if let (true, Err(stop)) = (read, &spans) {
        check.unreadable("the messages", stop);
    }
    for (number, rule) in (1..).zip(RULES) {
        // Who does not know where the log ends knows nothing that comes after its end.
        if spans.is_ok() || !rule.contains(log::TABLE) {
            check.run("the database", |check| rules::check(check, rule));
        }
        check.watch.progress(Part::Rules, number, RULES.len().try_into().unwrap_or(0));
    }
    check.run("the accounts", accounts::keys);
    check.run("the accounts", accounts::passwords);
    if depth != Depth::Rows {
        check.run("the media", |check| media::check(check, depth));
        check.run("the media", media::let_go);
        check.run("the uploads", |check| uploads::check(check, depth == Depth::Bytes));
        check.run("the data folder", leftovers::check);
    }
    Ok(check.verdict)
}

/// A check under way.
struct Check<'a> {
    connection: &'a Connection,
    data: &'a Path,
    watch: &'a mut dyn Watch,
    verdict: Verdict,
    /// How many findings of the kind that is being looked for there were.
    alike: u64,
    /// What was told of what cannot be read. Several rules need the same page.
    unreadable: HashSet<String>,
}

impl Check<'_> {
    /// Whether all could be read that was to be looked at.
    fn run(&mut self, what: &str, part: impl FnOnce(&mut Self) -> Outcome<()>) -> bool {
        self.alike = 0;
        let outcome = part(self);
        if let Some(more) = self.alike.checked_sub(MOST_ALIKE).filter(|more| *more > 0) {
            self.tell(Grade::Damage, format!("{more} more like these"));
        }
        if let Err(stop) = &outcome {
            self.unreadable(what, stop);
        }
        outcome.is_ok()
    }

    /// Goes on with the database of this moment. SQLite writes nothing more, not even a temporary table, in a transaction that
    /// has met a damaged page; temporary tables of that transaction are gone.
    fn begin_afresh(&mut self) {
        let ended =
            if self.connection.is_autocommit() { Ok(()) } else { self.connection.execute_batch("ROLLBACK") };
        if let Err(error) = ended.and_then(|()| self.connection.execute_batch("BEGIN")) {
            self.unreadable("the database", &error);
        }
    }

    fn damage(&mut self, text: String) {
        self.verdict.damages += 1;
        self.alike += 1;
        if self.alike <= MOST_ALIKE {
            self.tell(Grade::Damage, text);
        }
    }

    fn note(&mut self, text: String) {
        self.tell(Grade::Note, text);
    }

    fn unreadable(&mut self, what: &str, error: &dyn StdError) {
        let mut text = format!("{what} cannot be read: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        if self.unreadable.insert(text.clone()) {
            self.verdict.damages += 1;
            self.tell(Grade::Damage, text);
        }
    }

    fn tell(&mut self, grade: Grade, text: String) {
        self.watch.found(Finding { grade, text });
    }
}
