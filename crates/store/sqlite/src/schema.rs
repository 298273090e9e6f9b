//! The schema's versions, and the way from each to the next.
//!
//! `PRAGMA user_version` says how many migrations a file has seen. All that are missing run in one transaction, so a
//! failed one leaves the file as it was; and a copy of the file is made first, for whoever wants the old program back.

use crate::OpenError;
use crate::copy::remove;
use crate::epoch;
use crate::folder::{self, Folder};
use crate::open::Copied;
use rusqlite::Connection;
use std::error::Error as StdError;
use std::fs::{self, File};
use std::path::Path;

/// Every migration, oldest first. A released one is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_begin.sql"),
    include_str!("migrations/0002_tokens.sql"),
    include_str!("migrations/0003_log.sql"),
    include_str!("migrations/0004_people.sql"),
    include_str!("migrations/0005_search.sql"),
    include_str!("migrations/0006_moments.sql"),
    include_str!("migrations/0007_runs.sql"),
    include_str!("migrations/0008_media_use.sql"),
    include_str!("migrations/0009_operators.sql"),
    include_str!("migrations/0010_leftovers.sql"),
    include_str!("migrations/0011_epoch.sql"),
];

/// The newest version that there is.
pub(crate) const NEWEST: u32 = {
    let count = MIGRATIONS.len();
    assert!(count < 1_000);
    count as u32
};

/// How much is shown of a statement that failed, in characters.
const MOST_OF_A_LINE: usize = 80;

/// The version of a database.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings the database to the newest version.
pub(crate) fn migrate(connection: &mut Connection, folder: &Folder) -> Result<(), OpenError> {
    migrate_along(connection, folder, MIGRATIONS)
}

fn migrate_along(connection: &mut Connection, folder: &Folder, migrations: &[&str]) -> Result<(), OpenError> {
    let unreadable = |source| OpenError::Database { database: folder.database(), source };
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    let found = version(connection).map_err(unreadable)?;
    if found > known {
        return Err(OpenError::Newer { database: folder.database(), found, known });
    }
    if found == known {
        return Ok(());
    }
    let copy = (found > 0).then(|| folder.backup(found));
    if let Some(copy) = &copy {
        back_up(connection, folder.path(), copy)
            .map_err(|source| OpenError::Backup { copy: copy.clone(), source })?;
    }
    let missing = (1..).zip(migrations).skip(usize::try_from(found).unwrap_or(usize::MAX));
    run(connection, missing, known).map_err(|(step, source)| OpenError::Migrate {
        database: folder.database(),
        from: found,
        to: known,
        step,
        copy: Copied(copy),
        source: Box::new(briefly(source)),
    })
}

/// An error of SQLite's without the statements that were still to come: of the one that failed, its first line.
fn briefly(error: rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqlInputError { error, msg, sql, .. } => {
            let mut lines = sql.lines().map(str::trim);
            let line = lines.find(|line| !line.is_empty() && !line.starts_with("--")).unwrap_or_default();
            let line: String = line.chars().take(MOST_OF_A_LINE).collect();
            rusqlite::Error::SqliteFailure(error, Some(format!("{msg}, in the statement {line:?}")))
        }
        other => other,
    }
}

/// Runs what is missing, each with the version to which it leads; on an error tells which.
fn run<'a>(
    connection: &mut Connection,
    missing: impl Iterator<Item = (u32, &'a &'a str)>,
    version: u32,
) -> Result<(), (u32, rusqlite::Error)> {
    let transaction = connection.transaction().map_err(|error| (version, error))?;
    for (step, migration) in missing {
        transaction.execute_batch(migration).map_err(|error| (step, error))?;
    }
    let ended = transaction.pragma_update(None, "user_version", version).and_then(|()| transaction.commit());
    ended.map_err(|error| (version, error))
}

/// A copy that is there is whole: it gets its name only when it is on disk. Nothing is left of one that fails: it may be what fills
/// the disk.
fn back_up(
    connection: &Connection,
    folder: &Path,
    copy: &Path,
) -> Result<(), Box<dyn StdError + Send + Sync>> {
    let unfinished = copy.with_extension("bak.unfinished");
    remove(&unfinished)?;
    let made = (|| -> Result<(), Box<dyn StdError + Send + Sync>> {
        let target = unfinished.to_str().ok_or("the path is not UTF-8")?;
        connection.execute("VACUUM INTO ?1", [target])?;
        // Whoever goes back to it has the numbers given out once more that were given out since.
        let copied = Connection::open(&unfinished)?;
        copied.pragma_update(None, "journal_mode", "MEMORY")?;
        epoch::renew(&copied)?;
        copied.close().map_err(|(_, error)| error)?;
        File::open(&unfinished)?.sync_all()?;
        Ok(fs::rename(&unfinished, copy)?)
    })();
    if let Err(error) = made {
        if let Err(error) = remove(&unfinished) {
            tracing::warn!(file = %unfinished.display(), %error, "an unfinished copy was not removed");
        }
        return Err(error);
    }
    folder::sync(folder)?;
    tracing::info!(copy = %copy.display(), "the database was copied before its schema changes");
    Ok(())
}

/// Really changes something, so that a disk that takes nothing more is noticed.
pub(crate) fn touch(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE meta SET value = value + 1 WHERE name = 'checks'")?
        .execute([])
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media;
    use crate::open::writing_connection;
    use crate::tokens;
    use koine_model::session::SessionId;
    use koine_model::{AccountId, Timestamp};
    use koine_store::TokenOwner;

    const FIRST: &str = "CREATE TABLE thing (name TEXT); INSERT INTO thing VALUES ('old')";
    const SECOND: &str = "ALTER TABLE thing ADD COLUMN size INTEGER; UPDATE thing SET name = 'new'";

    fn name_in(path: &Path) -> String {
        Connection::open(path).unwrap().query_row("SELECT name FROM thing", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_new_file_is_not_copied_and_an_old_one_is() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate_along(&mut connection, &folder, &[FIRST]).unwrap();
        assert!(!folder.backup(0).exists());
        migrate_along(&mut connection, &folder, &[FIRST, SECOND]).unwrap();
        assert_eq!(name_in(&folder.backup(1)), "old");
        assert_eq!(name_in(&folder.database()), "new");
    }

    #[test]
    fn whoever_goes_back_to_the_copy_is_in_another_epoch() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate(&mut connection, &folder).unwrap();
        let epoch = epoch::of(&connection).unwrap();
        let next: Vec<&str> = MIGRATIONS.iter().copied().chain([FIRST]).collect();
        migrate_along(&mut connection, &folder, &next).unwrap();
        assert_eq!(epoch::of(&connection).unwrap(), epoch);
        let copy = Connection::open(folder.backup(NEWEST)).unwrap();
        assert_eq!(version(&copy).unwrap(), NEWEST);
        assert_ne!(epoch::of(&copy).unwrap(), epoch);
    }

    #[test]
    fn nothing_is_left_of_a_copy_that_fails() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate_along(&mut connection, &folder, &[FIRST]).unwrap();
        // Something has the copy's name that gives way to no file.
        fs::create_dir_all(folder.backup(1).join("something")).unwrap();
        let refused = migrate_along(&mut connection, &folder, &[FIRST, SECOND]).unwrap_err();
        assert!(matches!(refused, OpenError::Backup { .. }), "{refused}");
        let names = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let unfinished = names.filter(|name| name.to_string_lossy().contains("unfinished"));
        assert_eq!(unfinished.count(), 0);
        assert_eq!(name_in(&folder.database()), "old");
    }

    #[test]
    fn a_failed_migration_leaves_the_file_as_it_was() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate_along(&mut connection, &folder, &[FIRST]).unwrap();
        let broken = migrate_along(&mut connection, &folder, &[FIRST, SECOND, "UPDATE nowhere SET x = 1"]);
        assert!(matches!(broken, Err(OpenError::Migrate { from: 1, to: 3, .. })));
        // What failed, which file it is, and where the copy is; and not all that was to be done.
        let long =
            format!("-- Why.\n\nUPDATE thing SET name = x;\n{}", "CREATE TABLE other (x);\n".repeat(200));
        let broken = migrate_along(&mut connection, &folder, &[FIRST, SECOND, &long]).unwrap_err();
        let (database, copy) = (folder.database(), folder.backup(1));
        let expected = format!(
            "the database {} cannot be brought from schema 1 to 3 (the step to 3 failed), and is as it was; a copy of it is {}",
            database.display(),
            copy.display()
        );
        assert_eq!(broken.to_string(), expected);
        let why = broken.source().unwrap().to_string();
        assert_eq!(why, "no such column: x, in the statement \"UPDATE thing SET name = x;\"");
        let broken = migrate_along(&mut connection, &folder, &[FIRST, "INSERT INTO thing VALUES (1, 2)"]);
        let why = broken.unwrap_err().source().unwrap().to_string();
        assert!(why.contains("has 1 columns but 2 values were supplied"), "{why}");
        assert_eq!(name_in(&folder.database()), "old");
        // The same copy is made again by the next attempt.
        migrate_along(&mut connection, &folder, &[FIRST, SECOND]).unwrap();
        assert_eq!(name_in(&folder.backup(1)), "old");
    }

    #[test]
    fn what_was_said_before_acts_were_known_is_a_message() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate_along(&mut connection, &folder, &MIGRATIONS[..2]).unwrap();
        let old = "INSERT INTO member (conversation, account, since, at) VALUES (1, 1000000001, 0, 0);
                   INSERT INTO message (place, sender, at, body) VALUES (4294967297, 1000000001, 0, x'01');";
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection.execute_batch(old).unwrap();
        migrate(&mut connection, &folder).unwrap();
        let one = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(one("SELECT flags FROM message"), 0);
        assert_eq!(one("SELECT words FROM member"), 1);
    }

    #[test]
    fn what_was_indexed_before_gets_its_moments() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate_along(&mut connection, &folder, &MIGRATIONS[..5]).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        let number = |conversation: i64, seq: i64| conversation << 32 | seq;
        for (conversation, moments) in [(1, [7, 9, 3, 9, 1]), (2, [1, 2, 3, 4, 5]), (3, [5, 4, 3, 2, 1])] {
            for (seq, at) in (1..).zip(moments) {
                let insert =
                    "INSERT INTO message (place, sender, at, body) VALUES (?1, 1000000001, ?2, x'01')";
                connection.execute(insert, [number(conversation, seq), at]).unwrap();
            }
        }
        connection.execute_batch("INSERT INTO indexed VALUES (1, 4), (2, 5)").unwrap();
        migrate(&mut connection, &folder).unwrap();
        let pairs = |query: &str| {
            let mut statement = connection.prepare(query).unwrap();
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.collect::<Result<Vec<(i64, i64)>, _>>().unwrap()
        };
        assert_eq!(pairs("SELECT conversation, latest FROM indexed ORDER BY 1"), [(1, 9), (2, 5)]);
        assert_eq!(pairs("SELECT place, moment FROM belated"), [(number(1, 3), 9)]);
    }

    #[test]
    fn what_was_done_before_is_in_runs() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate_along(&mut connection, &folder, &MIGRATIONS[..6]).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        for (place, flags) in [(1, 0), (2, 1), (3, 1), (4, 2), (5, 1), (6, 4), (7, 1), (8, 1), (9, 1)] {
            let insert =
                "INSERT INTO message (place, sender, at, body, flags) VALUES (?1, 1000000001, 0, x'01', ?2)";
            connection.execute(insert, [place, flags]).unwrap();
        }
        migrate(&mut connection, &folder).unwrap();
        let mut statement = connection.prepare("SELECT first, last FROM act_run ORDER BY first").unwrap();
        let runs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let runs: Vec<(i64, i64)> = runs.collect::<Result<_, _>>().unwrap();
        assert_eq!(runs, [(2, 3), (5, 5), (7, 9)]);
    }

    #[test]
    fn older_attachments_are_counted_for_who_sent_them() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate_along(&mut connection, &folder, &MIGRATIONS[..7]).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        let old = "INSERT INTO message (place, sender, at, body) VALUES (1, 1000000001, 0, x'01'), (2, 1000000002, 0, x'01');
                   INSERT INTO media (id, hash, size, mime, name, place) VALUES
                   (x'01', x'00', 5, '', '', 1), (x'02', x'00', 70, '', '', 1), (x'03', x'00', 900, '', '', 2);";
        connection.execute_batch(old).unwrap();
        migrate(&mut connection, &folder).unwrap();
        let used = |account| media::kept(&connection, account).unwrap();
        let second = AccountId::new(AccountId::FIRST.number() + 1).unwrap();
        assert_eq!((used(AccountId::FIRST), used(second), used(AccountId::LAST)), (75, 900, 0));
        media::remove(&connection, 1).unwrap();
        assert_eq!((used(AccountId::FIRST), used(second)), (75, 900), "they are still on the disk");
        connection.execute_batch("DELETE FROM leftover").unwrap();
        assert_eq!((used(AccountId::FIRST), used(second)), (0, 900));
    }

    #[test]
    fn older_pictures_are_counted_for_whose_they_are() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate_along(&mut connection, &folder, &MIGRATIONS[..9]).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        let ann = AccountId::FIRST;
        let old = format!(
            "INSERT INTO account VALUES ({ann}, 'ann', 'ann', 'ann', 'ann', '', '', '', '', x'01', 7, 0, 0, 0, 0);
             INSERT INTO conversation VALUES (1, 1, 'tea', x'02', 30, {ann}, 0), (2, 1, 'cake', NULL, NULL, {ann}, 0);
             INSERT INTO media (id, hash, size, mime, name, place, owner) VALUES (x'01', x'00', 500, '', '', 1, {ann});"
        );
        connection.execute_batch(&old).unwrap();
        migrate(&mut connection, &folder).unwrap();
        let used = |expected| assert_eq!(media::kept(&connection, ann).unwrap(), expected);
        used(537);
        connection.execute_batch("UPDATE account SET avatar_hash = NULL, avatar_size = NULL").unwrap();
        connection.execute_batch("DELETE FROM conversation").unwrap();
        used(537);
        connection.execute_batch("DELETE FROM leftover").unwrap();
        used(500);
    }

    #[test]
    fn older_tokens_become_sessions() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate_along(&mut connection, &folder, &MIGRATIONS[..2]).unwrap();
        let days = 5 * 24 * 60 * 60 * 1000;
        let ann = AccountId::FIRST;
        connection
            .execute_batch(&format!(
                "INSERT INTO account VALUES ({ann}, 'ann', 'ann', 'ann', 'ann', '', '', '', '', NULL, NULL, 0, 0, 0);
                 INSERT INTO token VALUES (zeroblob(32), {ann}, 'd', {});
                 INSERT INTO token VALUES (randomblob(32), {ann}, 'd', {});",
                days + 7,
                days + 3
            ))
            .unwrap();
        migrate(&mut connection, &folder).unwrap();
        let found = tokens::find(&connection, &[0; 32], "d", Timestamp(0)).unwrap().unwrap();
        assert_eq!(found.owner, TokenOwner { account: ann, session: SessionId(2) });
        let listed = tokens::list(&connection, ann, Timestamp(0)).unwrap();
        let used: Vec<_> =
            listed.iter().map(|token| (token.created.0, token.used.0, token.label.as_str())).collect();
        assert_eq!(used, [(3, 3, ""), (7, 7, "")]);
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(place.path()).unwrap();
        let mut connection = writing_connection(&folder).unwrap();
        migrate_along(&mut connection, &folder, &[FIRST, SECOND]).unwrap();
        let refused = migrate_along(&mut connection, &folder, &[FIRST]);
        assert!(matches!(refused, Err(OpenError::Newer { found: 2, known: 1, .. })));
    }
}
