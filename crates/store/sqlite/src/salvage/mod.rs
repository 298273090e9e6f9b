//! What can be saved of a damaged database: every row that can still be read, in a new data folder where everything is as it must be.
//!
//! Where the way through the table of messages is broken, they are looked for on all pages (`leaves`). What hung on lost rows is mended
//! or left out (`mend`), accounts are found by what they are called (`keys`), and messages that are lost stand there as removed ones, so that all others keep their places. What can be
//! made of other rows is made anew. Uploads that were not finished, and files that somebody had let go of, are left out.

mod keys;
mod leaves;
mod mend;
mod rows;

use crate::backup::{keep_apart, media};
use crate::check::{self, Depth, Verdict};
use crate::copy::remove;
use crate::folder::{self, Folder};
use crate::hold::Hold;
use crate::open::{reading_connection, writing_connection};
use crate::schema;
use crate::upkeep::{Finding, Grade, UpkeepError, Watch, database, file, reading};
use crate::wal;
use rusqlite::{Connection, params};
use std::fs::{self, File};
use std::path::Path;

/// What was saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// How many messages and acts.
    pub entries: u64,
    /// How many entries of the log could not be read, and stand there as removed messages.
    pub lost: u64,
    /// Of how many tables not all rows could be read: of what nothing else tells, nobody knows how much is lost.
    pub in_part: u64,
    /// How many media files.
    pub media: u64,
    /// How many of them are missing or damaged.
    pub media_missing: u64,
    /// What a check of the new folder says.
    pub verdict: Verdict,
}

/// What is about the index of words, which is made anew when somebody searches, what is made anew of the messages, and the names of
/// files that nothing names, which are not copied.
const MADE_ANEW: &[&str] =
    &["indexed", "belated", "reindex", "act_run", "media", "media_use", "leftover", "message_key"];

/// How many times as long as it is a database may have been.
const CREDIBLE: u64 = 16;

/// Copies what can be read of the data folder `data` into the new folder `into`. `watch` is told what was lost.
///
/// # Errors
///
/// When not even the beginning of the database can be read, or the copy cannot be written.
pub fn salvage(data: &Path, into: &Path, watch: &mut dyn Watch) -> Result<Salvaged, UpkeepError> {
    let path = Folder::at(data).database();
    if !path.is_file() {
        return Err(UpkeepError::NoData { folder: data.to_owned() });
    }
    if fs::read_dir(into).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(UpkeepError::NotEmpty { folder: into.to_owned() });
    }
    let source = open(&path)?;
    let version = schema::version(&source).map_err(reading(&path))?;
    if version == 0 {
        return Err(UpkeepError::Blank { database: path });
    }
    if version > schema::NEWEST {
        let (found, known) = (version, schema::NEWEST);
        return Err(UpkeepError::Newer { database: path, found, known });
    }
    let target = Folder::prepare(into)?;
    keep_apart(data, into)?;
    let _lock = target.lock()?;
    let _hold = Hold::keep(data).map_err(file("hold the media of", data))?;
    let mark = target.restoring();
    File::create(&mark).and_then(|mark| mark.sync_all()).map_err(file("write", &mark))?;
    let mut saved = Salvaged::default();
    let copy = target.database();
    let mut new = writing_connection(&target)?;
    wal::settle(&new, &target)?;
    schema::migrate(&mut new, &target)?;
    // Of an older schema, the columns that there are: the new ones have their defaults.
    let transaction = new.transaction().map_err(database("write", &copy))?;
    for table in tables(&transaction).map_err(database("read", &copy))? {
        let mut report = rows::copy(&source, &transaction, &table).map_err(database("write", &copy))?;
        if !report.is_whole {
            if table == "message" {
                let image = into.join("pages.unfinished");
                let more = leaves::copy(&source, &transaction, &image).map_err(database("write", &copy))?;
                report.rows = report.rows.saturating_add(more);
                remove(&image).map_err(file("remove", &image))?;
            }
            saved.in_part = saved.in_part.saturating_add(1);
            let text = match report.rows {
                0 => format!("nothing could be read of the table {table}"),
                rows => format!("the table {table} could be read in part: {rows} rows were saved"),
            };
            watch.found(Finding { grade: Grade::Damage, text });
        }
    }
    numbers(&source, &transaction).map_err(database("write", &copy))?;
    let mended = mend::mend(&transaction, room(&source, &path))
        .map_err(|stop| UpkeepError::Store { attempt: "mend what was saved", source: Box::new(stop) })?;
    saved.lost = mended.lost;
    if mended.astray > 0 {
        watch.found(Finding {
            grade: Grade::Damage,
            text: format!(
                "{} messages stand further from all others of their conversations than this database has room for: they are left out",
                mended.astray
            ),
        });
    }
    transaction.commit().map_err(database("write", &copy))?;
    drop(source);
    let (copied, _) = media::copy(media::list(&new, data)?, data, into, watch)?;
    (saved.media, saved.media_missing) = (copied.media, copied.media_missing);
    new.close().map_err(|(_, error)| database("write", &copy)(error))?;
    fs::remove_file(&mark).map_err(file("remove", &mark))?;
    folder::sync(into).map_err(file("write", into))?;
    saved.verdict = check::check_database(into, &copy, Depth::Sizes, watch)?;
    saved.entries = saved.verdict.entries;
    Ok(saved)
}

/// Also a file that was cut off is read as far as it goes.
fn open(path: &Path) -> Result<Connection, UpkeepError> {
    let connection = reading_connection(path).map_err(database("open", path))?;
    connection.pragma_update(None, "writable_schema", true).map_err(database("open", path))?;
    Ok(connection)
}

/// How many bytes the database had before it was damaged, at most. Of one that was cut off its beginning tells, if that is credible.
fn room(source: &Connection, path: &Path) -> u64 {
    let length = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
    let there = length(path).saturating_add(length(&wal::log_of(path)));
    let pragma = |query: &str| source.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap_or(0);
    let told = pragma("PRAGMA page_count").saturating_mul(pragma("PRAGMA page_size"));
    there.max(u64::try_from(told).unwrap_or(0).min(there.saturating_mul(CREDIBLE)))
}

/// The tables to be copied.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
             AND name <> 'words' AND name NOT LIKE 'words~_%' ESCAPE '~' ORDER BY rowid",
    )?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    names.filter(|name| !name.as_ref().is_ok_and(|name| MADE_ANEW.contains(&name.as_str()))).collect()
}

/// Remembers which numbers were given out, as far as that can be read.
fn numbers(source: &Connection, target: &Connection) -> rusqlite::Result<()> {
    let read = || -> rusqlite::Result<Vec<(String, i64)>> {
        let mut statement = source.prepare("SELECT name, seq FROM sqlite_sequence")?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    for (name, seq) in read().unwrap_or_default() {
        let known = target
            .execute("UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1", params![name, seq])?;
        if known == 0 {
            target.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", params![name, seq])?;
        }
    }
    Ok(())
}
