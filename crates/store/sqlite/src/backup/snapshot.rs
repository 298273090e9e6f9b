//! The database of one moment, page by page, beside a server that goes on writing.

use crate::copy::remove;
use crate::open::reading_connection;
use crate::upkeep::{Part, UpkeepError, Watch, database, file, reading};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, ffi};
use std::fs::File;
use std::path::Path;

/// How many pages are copied before it is told how far this has come: 16 MiB.
const STEP: i32 = 4096;

/// Copies the database `from` to `to`, which is on disk then, but for its name. `change` is made to the copy before.
///
/// The server writes on meanwhile, into its write-ahead log, which cannot begin anew as long as this reads. So nothing waits here
/// between the steps: the log grows by what is written in the time that reading the database once takes.
pub(super) fn copy(
    from: &Path,
    to: &Path,
    change: fn(&Connection) -> rusqlite::Result<()>,
    watch: &mut dyn Watch,
) -> Result<(), UpkeepError> {
    for name in ["", "-journal"] {
        let mut stale = to.as_os_str().to_owned();
        stale.push(name);
        remove(stale.as_ref()).map_err(file("remove", to))?;
    }
    let source = reading_connection(from).map_err(database("open", from))?;
    // Within a transaction, all steps are of one moment, whatever is written meanwhile.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;").map_err(reading(from))?;
    let mut target = Connection::open(to).map_err(database("write", to))?;
    run(&source, &mut target, change, watch).map_err(|error| match is_of_the_copy(&error) {
        true => database("write", to)(error),
        false => database("copy", from)(error),
    })?;
    target.close().map_err(|(_, error)| database("write", to)(error))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(file("write", to))
}

/// Whether something could not be written. The database that is copied is only read.
fn is_of_the_copy(error: &rusqlite::Error) -> bool {
    let written = [ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_TRUNCATE];
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(failure.code, ErrorCode::DiskFull | ErrorCode::CannotOpen)
                || written.contains(&failure.extended_code)
        }
        _ => false,
    }
}

fn run(
    source: &Connection,
    target: &mut Connection,
    change: fn(&Connection) -> rusqlite::Result<()>,
    watch: &mut dyn Watch,
) -> rusqlite::Result<()> {
    // A copy without its name need not survive a crash.
    target.pragma_update(None, "synchronous", "OFF")?;
    target.pragma_update(None, "journal_mode", "OFF")?;
    {
        let backup = Backup::new(source, target)?;
        loop {
            let step = backup.step(STEP)?;
            let progress = backup.progress();
            let number = |pages: i32| u64::try_from(pages).unwrap_or(0);
            let of = number(progress.pagecount);
            watch.progress(Part::Database, of.saturating_sub(number(progress.remaining)), of);
            match step {
                StepResult::More => {}
                StepResult::Done => break,
                // Only a program that is not the server holds such locks, and not for long.
                _ => std::thread::sleep(std::time::Duration::from_millis(20)),
            }
        }
    }
    source.execute_batch("ROLLBACK")?;
    // One file, which can be read where nothing can be written.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.pragma_update(None, "journal_mode", "MEMORY")?;
    change(target)
}
