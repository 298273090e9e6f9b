//! The row of `meta` that tells in which epoch the data are.

use crate::schema;
use koine_model::Epoch;
use rusqlite::{Connection, OptionalExtension as _};

/// The first schema that has it.
const FIRST: u32 = 11;

/// The epoch of a database of the newest schema. One that has lost its row begins another.
pub(crate) fn of(connection: &Connection) -> rusqlite::Result<Epoch> {
    if let Some(epoch) = read(connection)? {
        return Ok(epoch);
    }
    renew(connection)?;
    read(connection)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// Begins another epoch. A database of an older schema gets its first one with the newer schema.
pub(crate) fn renew(connection: &Connection) -> rusqlite::Result<()> {
    if schema::version(connection)? < FIRST {
        return Ok(());
    }
    let renew =
        "INSERT OR REPLACE INTO meta (name, value) VALUES ('epoch', max(random() & 9223372036854775807, 1))";
    connection.execute(renew, []).map(drop)
}

fn read(connection: &Connection) -> rusqlite::Result<Option<Epoch>> {
    let read = "SELECT value FROM meta WHERE name = 'epoch' AND value > 0";
    let value = connection.query_row(read, [], |row| row.get::<_, i64>(0)).optional()?;
    Ok(value.map(|value| Epoch::new(value.unsigned_abs())))
}
