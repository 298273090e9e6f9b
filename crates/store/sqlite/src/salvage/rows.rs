//! Reading a table of which a part cannot be read.
//!
//! Rows that have numbers are looked for behind a damage by their numbers; the others are read from both ends.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, Statement, params_from_iter};

/// What was copied of a table.
#[derive(Default)]
pub(super) struct Report {
    pub(super) rows: u64,
    /// Whether all of it could be read.
    pub(super) is_whole: bool,
}

/// How many numbers are tried one by one between two rows that can be read.
const TRIED: i64 = 100_000;

/// How a table is read and written.
struct Table<'a> {
    source: &'a Connection,
    name: String,
    /// The columns that both databases have, separated by commas.
    columns: String,
    width: usize,
    insert: Statement<'a>,
    report: Report,
}

/// Copies the rows of `table` that can be read.
pub(super) fn copy<'a>(
    source: &'a Connection,
    target: &'a Connection,
    table: &str,
) -> rusqlite::Result<Report> {
    let shared: Vec<String> = match columns(source, table) {
        Ok(there) => columns(target, table)?.into_iter().filter(|column| there.contains(column)).collect(),
        // Not even its columns can be read.
        Err(_) => Vec::new(),
    };
    if shared.is_empty() {
        // A table that an older schema does not have is whole.
        let is_there = source
            .prepare("SELECT 1 FROM sqlite_schema WHERE name = ?1")
            .and_then(|mut find| find.exists([table]));
        return Ok(Report { rows: 0, is_whole: is_there.is_ok_and(|is_there| !is_there) });
    }
    let values = vec!["?"; shared.len()].join(", ");
    let (width, list) = (shared.len(), shared.join(", "));
    let insert = target.prepare(&format!("INSERT OR IGNORE INTO {table} ({list}) VALUES ({values})"))?;
    let mut table = Table {
        source,
        name: table.to_owned(),
        columns: list,
        width,
        insert,
        report: Report { rows: 0, is_whole: true },
    };
    if has_numbers(target, &table.name)? {
        table.read_by_numbers()?
    } else {
        table.read_from_both_ends(&key(target, &table.name)?)?
    }
    Ok(table.report)
}

impl Table<'_> {
    /// Reads on behind each damage: the next row that can be read is found by ever longer steps, and what lies between by trying.
    fn read_by_numbers(&mut self) -> rusqlite::Result<()> {
        let mut after = i64::MIN;
        loop {
            let (last, is_whole) = self.read_on(after)?;
            if is_whole {
                return Ok(());
            }
            self.report.is_whole = false;
            let Some(next) = self.leap(last.max(0))? else { return Ok(()) };
            after = next;
        }
    }

    /// Copies all rows behind a number, as far as they can be read. Tells the last number, and whether that was all.
    fn read_on(&mut self, after: i64) -> rusqlite::Result<(i64, bool)> {
        let query =
            format!("SELECT rowid, {} FROM {} WHERE rowid > ?1 ORDER BY rowid", self.columns, self.name);
        let mut last = after;
        let Ok(mut statement) = self.source.prepare(&query) else { return Ok((last, false)) };
        let Ok(mut rows) = statement.query([after]) else { return Ok((last, false)) };
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    last = row.get(0)?;
                    self.insert(row, 1)?;
                }
                Ok(None) => return Ok((last, true)),
                Err(_) => return Ok((last, false)),
            }
        }
    }

    /// A number behind which can be read again, where behind `from` it cannot; `None` where nothing more can be.
    fn leap(&mut self, from: i64) -> rusqlite::Result<Option<i64>> {
        let (mut bad, mut step) = (from, 1_i64);
        let mut good = loop {
            let Some(next) = bad.checked_add(step) else { return Ok(None) };
            if self.can_read_behind(next) {
                break next;
            }
            (bad, step) = (next, step.saturating_mul(2));
        };
        if good - from <= TRIED {
            for number in from + 1..=good {
                self.try_one(number)?;
            }
            return Ok(Some(good));
        }
        while good - bad > 1 {
            let middle = bad + (good - bad) / 2;
            if self.can_read_behind(middle) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        Ok(Some(good))
    }

    fn can_read_behind(&self, number: i64) -> bool {
        let query =
            format!("SELECT {} FROM {} WHERE rowid > ?1 ORDER BY rowid LIMIT 1", self.columns, self.name);
        let read = |statement: &mut Statement<'_>| {
            statement.query([number]).and_then(|mut rows| rows.next().map(drop))
        };
        self.source.prepare_cached(&query).is_ok_and(|mut statement| read(&mut statement).is_ok())
    }

    fn try_one(&mut self, number: i64) -> rusqlite::Result<()> {
        let source = self.source;
        let query = format!("SELECT {} FROM {} WHERE rowid = ?1", self.columns, self.name);
        let Ok(mut statement) = source.prepare_cached(&query) else { return Ok(()) };
        let Ok(mut rows) = statement.query([number]) else { return Ok(()) };
        match rows.next() {
            Ok(Some(row)) => self.insert(row, 0),
            _ => Ok(()),
        }
    }

    /// Copies from the beginning to the first damage, and from the end back to the last one.
    fn read_from_both_ends(&mut self, key: &[String]) -> rusqlite::Result<()> {
        for direction in ["", " DESC"] {
            let order: Vec<String> = key.iter().map(|column| format!("{column}{direction}")).collect();
            let query = format!("SELECT {} FROM {} ORDER BY {}", self.columns, self.name, order.join(", "));
            let Ok(mut statement) = self.source.prepare(&query) else {
                self.report.is_whole = false;
                continue;
            };
            let Ok(mut rows) = statement.query([]) else { continue };
            loop {
                match rows.next() {
                    Ok(Some(row)) => self.insert(row, 0)?,
                    Ok(None) => return Ok(()),
                    Err(_) => break,
                }
            }
            self.report.is_whole = false;
        }
        Ok(())
    }

    /// Writes a row. One that breaks a rule of the table is as good as lost.
    fn insert(&mut self, row: &Row<'_>, first: usize) -> rusqlite::Result<()> {
        let columns = first..first.saturating_add(self.width);
        let Ok(values) = columns.map(|column| row.get::<_, Value>(column)).collect::<Result<Vec<_>, _>>()
        else {
            self.report.is_whole = false;
            return Ok(());
        };
        // What was read before, or breaks a rule of the table, is passed over.
        self.report.rows += u64::try_from(self.insert.execute(params_from_iter(values))?).unwrap_or(0);
        Ok(())
    }
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// The columns of the primary key, in their order.
fn key(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

fn has_numbers(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    connection.query_row("SELECT wr = 0 FROM pragma_table_list(?1)", [table], |row| row.get(0))
}
