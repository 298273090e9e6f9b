//! Messages on pages to which no way leads any more: every page of the database is looked at, whatever table it may be of.
//!
//! Only pages in use are believed, for what lies on free ones was taken away. A row is a message when it has the shape of one, and
//! what it says can be read.

use crate::rows;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, params};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// How a page begins that holds rows of a table, and how long that beginning is.
const LEAF: u8 = 0x0d;
const LEAF_HEAD: usize = 8;

/// How long a row may be: longer than any message, so that a damaged length does not fill the memory.
const MOST: usize = 64 << 20;

/// Copies the messages that are found on the pages of `source` and are not in `target`. Tells how many. All pages are written to
/// `image` first, as they are at this moment.
pub(super) fn copy(source: &Connection, target: &Connection, image: &Path) -> rusqlite::Result<u64> {
    if !draw(source, image).is_ok_and(|drawn| drawn) {
        return Ok(0);
    }
    // A page that cannot be read has nothing to save.
    let Ok(Some(mut pages)) = Pages::open(image) else { return Ok(0) };
    let Ok(Some(free)) = pages.free() else { return Ok(0) };
    let mut insert = target.prepare(
        "INSERT OR IGNORE INTO message (place, sender, at, body, key, flags) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut saved = 0;
    for number in (2..=pages.count).filter(|number| !free.contains(number)) {
        let Ok(page) = pages.read(number) else { continue };
        for message in pages.messages(&page) {
            let Message { place, sender, at, body, key, flags } = message;
            let inserted = insert.execute(params![place, sender, at, body, key, flags])?;
            saved += u64::try_from(inserted).unwrap_or(0);
        }
    }
    Ok(saved)
}

/// Writes all pages to a file, with what waits in the write-ahead log. Tells whether that could be done.
fn draw(source: &Connection, image: &Path) -> rusqlite::Result<bool> {
    let mut target = Connection::open(image)?;
    target.pragma_update(None, "synchronous", "OFF")?;
    target.pragma_update(None, "journal_mode", "OFF")?;
    let backup = Backup::new(source, &mut target)?;
    Ok(backup.step(-1)? == StepResult::Done)
}

/// The pages of a database, as SQLite's file format has them.
struct Pages {
    file: File,
    size: usize,
    /// How much of a page is used.
    usable: usize,
    /// How many pages there are; their numbers begin with 1.
    count: u32,
}

/// A row of the table of messages.
struct Message {
    place: i64,
    sender: i64,
    at: i64,
    body: Vec<u8>,
    key: Option<String>,
    flags: i64,
}

impl Pages {
    fn open(path: &Path) -> io::Result<Option<Self>> {
        let mut file = File::open(path)?;
        let mut head = [0; 100];
        file.read_exact(&mut head)?;
        let size = match number(&head, 16, 2) {
            Some(1) => 65_536,
            Some(size) if size.is_power_of_two() && size >= 512 => usize::try_from(size).unwrap_or(0),
            _ => return Ok(None),
        };
        let reserved = number(&head, 20, 1).and_then(|reserved| usize::try_from(reserved).ok()).unwrap_or(0);
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let count = u32::try_from(length / size).unwrap_or(u32::MAX);
        Ok(Some(Self { file, size, usable: size.saturating_sub(reserved).max(480), count }))
    }

    fn read(&mut self, number: u32) -> io::Result<Vec<u8>> {
        let size = u64::try_from(self.size).unwrap_or(u64::MAX);
        self.file.seek(SeekFrom::Start(u64::from(number.saturating_sub(1)).saturating_mul(size)))?;
        let mut page = vec![0; self.size];
        self.file.read_exact(&mut page)?;
        Ok(page)
    }

    /// The pages that are free; `None` where not all of them are known.
    fn free(&mut self) -> io::Result<Option<HashSet<u32>>> {
        let head = self.read(1)?;
        let (Some(mut trunk), Some(all)) = (page_number(&head, 32), page_number(&head, 36)) else {
            return Ok(None);
        };
        let mut free = HashSet::new();
        while trunk != 0 && trunk <= self.count && free.insert(trunk) {
            let page = self.read(trunk)?;
            let leaves = page_number(&page, 4).and_then(|leaves| usize::try_from(leaves).ok()).unwrap_or(0);
            let leaves = (0..leaves.min(self.size / 4)).map_while(|leaf| page_number(&page, 8 + 4 * leaf));
            free.extend(leaves);
            trunk = page_number(&page, 0).unwrap_or(0);
        }
        Ok(Some(free).filter(|free| u32::try_from(free.len()) == Ok(all)))
    }

    /// The messages on a page.
    fn messages(&mut self, page: &[u8]) -> Vec<Message> {
        if page.first() != Some(&LEAF) {
            return Vec::new();
        }
        let cells = number(page, 3, 2).and_then(|cells| usize::try_from(cells).ok()).unwrap_or(0);
        let mut found = Vec::new();
        for cell in 0..cells.min(page.len() / 2) {
            let Some(cell) = number(page, LEAF_HEAD + 2 * cell, 2)
                .and_then(|start| usize::try_from(start).ok())
                .and_then(|start| page.get(start..self.usable))
            else {
                continue;
            };
            found.extend(self.record(cell).and_then(|(place, record)| message(place, &record)));
        }
        found
    }

    /// The number and the bytes of the row that begins here.
    fn record(&mut self, cell: &[u8]) -> Option<(i64, Vec<u8>)> {
        let (length, cell) = varint(cell)?;
        let (place, cell) = varint(cell)?;
        let place = i64::try_from(place).ok()?;
        let length = usize::try_from(length).ok().filter(|length| *length <= MOST)?;
        let most = self.usable - 35;
        if length <= most {
            return Some((place, cell.get(..length)?.to_vec()));
        }
        // What finds no room is on a chain of other pages.
        let least = (self.usable - 12) * 32 / 255 - 23;
        let fitting = least + (length - least) % (self.usable - 4);
        let local = if fitting <= most { fitting } else { least };
        let mut record = cell.get(..local)?.to_vec();
        let mut next = page_number(cell, local)?;
        for _ in 0..self.count {
            if record.len() >= length || next == 0 || next > self.count {
                break;
            }
            let page = self.read(next).ok()?;
            let rest = length - record.len();
            record.extend(page.get(4..self.usable)?.iter().take(rest));
            next = page_number(&page, 0)?;
        }
        (record.len() == length).then_some((place, record))
    }
}

/// The message that a record holds, if it is one: a place, a sender, a moment, a body, perhaps a key, and flags if the row is
/// young enough.
fn message(place: i64, record: &[u8]) -> Option<Message> {
    let (length, rest) = varint(record)?;
    let length = usize::try_from(length).ok()?;
    let mut kinds = record.get(record.len() - rest.len()..length)?;
    let mut values = record.get(length..)?;
    let mut columns = Vec::new();
    while !kinds.is_empty() && columns.len() <= 6 {
        let kind;
        (kind, kinds) = varint(kinds)?;
        let width = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 => 8,
            12.. => (kind - 12) / 2,
            _ => return None,
        };
        let value;
        (value, values) = values.split_at_checked(usize::try_from(width).ok()?)?;
        columns.push((kind, value));
    }
    let (first, flags) = columns.split_at_checked(5)?;
    let [(0, _), sender, at, (12.., body), key] = first else { return None };
    let key = match *key {
        (0, _) => None,
        (kind @ 13.., text) if kind % 2 == 1 => Some(String::from_utf8(text.to_vec()).ok()?),
        _ => return None,
    };
    let flags = match flags {
        [] => 0,
        [flags] => integer(*flags)?,
        _ => return None,
    };
    let is_said = place >> 32 > 0 && place & 0xffff_ffff > 0;
    let is_read = rows::decode(body).is_ok_and(|parts| !parts.is_empty());
    let (sender, at) = (integer(*sender)?, integer(*at)?);
    (is_said && is_read).then(|| Message { place, sender, at, body: body.to_vec(), key, flags })
}

/// A number of a record.
fn integer((kind, value): (u64, &[u8])) -> Option<i64> {
    match kind {
        8 => return Some(0),
        9 => return Some(1),
        1..=6 => {}
        _ => return None,
    }
    let is_negative = value.first()? & 0x80 != 0;
    let mut bytes = if is_negative { [0xff; 8] } else { [0; 8] };
    bytes.get_mut(8_usize.checked_sub(value.len())?..)?.copy_from_slice(value);
    Some(i64::from_be_bytes(bytes))
}

/// A number of so many bytes, the most significant one first.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    Some(bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

fn page_number(bytes: &[u8], at: usize) -> Option<u32> {
    u32::try_from(number(bytes, at, 4)?).ok()
}

/// A number of one to nine bytes, and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        if index == 8 {
            return Some(((value << 8) | u64::from(*byte), bytes.get(9..)?));
        }
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::message::Part;

    /// What SQLite writes is read as it was written, whatever its size; what is no message is none.
    #[test]
    fn rows_are_read_from_their_pages() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE message (place INTEGER PRIMARY KEY, sender INTEGER NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL, key TEXT);
                 CREATE TABLE other (a INTEGER PRIMARY KEY, b BLOB, c INTEGER, d BLOB, e TEXT);
                 CREATE TABLE copy (place INTEGER PRIMARY KEY, sender, at, body, key, flags);",
            )
            .unwrap();
        let mut expected = Vec::new();
        for (seq, length) in
            [1, 100, 4_000, 4_050, 4_061, 4_100, 5_000, 8_150, 100_000, 3].into_iter().enumerate()
        {
            let number = (7 << 32) + i64::try_from(seq).unwrap() + 1;
            let body = rows::encode(&[Part::text("x".repeat(length))]).unwrap();
            let (sender, at) = (1_000_000_001 + i64::from(u8::try_from(seq).unwrap()), -5 + number % 9);
            let key = (length % 2 == 0).then(|| format!("key {seq}"));
            let insert = "INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5)";
            connection.execute(insert, params![number, sender, at, body, key]).unwrap();
            connection
                .execute(
                    "INSERT INTO other VALUES (?1, ?4, ?2, ?4, ?5)",
                    params![number, sender, at, body, key],
                )
                .unwrap();
            expected.push((number, sender, at, body, key, 0_i64));
        }
        connection.execute_batch("ALTER TABLE message ADD COLUMN flags INTEGER NOT NULL DEFAULT 0").unwrap();
        connection.execute("UPDATE message SET flags = 6 WHERE place = (7 << 32) + 2", []).unwrap();
        expected[1].5 = 6;
        let target = Connection::open_in_memory().unwrap();
        target
            .execute_batch("CREATE TABLE message (place INTEGER PRIMARY KEY, sender, at, body, key, flags)")
            .unwrap();
        // What was taken away stays away: its pages are free.
        connection.execute("DELETE FROM message WHERE place = (7 << 32) + 9", []).unwrap();
        expected.remove(8);
        assert_eq!(copy(&connection, &target, &place.path().join("image")).unwrap(), 9);
        let mut statement = target.prepare("SELECT * FROM message ORDER BY place").unwrap();
        let found = statement
            .query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            })
            .unwrap();
        assert_eq!(
            found.collect::<Result<Vec<(i64, i64, i64, Vec<u8>, Option<String>, i64)>, _>>().unwrap(),
            expected
        );
    }

    #[test]
    fn bytes_of_any_kind_do_no_harm() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("pages");
        let mut seed = 7_u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        };
        let mut bytes: Vec<u8> = (0..200 * 512).map(|_| noise()).collect();
        bytes[16..18].copy_from_slice(&[2, 0]);
        bytes.chunks_mut(512).for_each(|page| page[0] = LEAF);
        std::fs::write(&path, bytes).unwrap();
        let mut pages = Pages::open(&path).unwrap().unwrap();
        assert_eq!((pages.count, pages.free().unwrap()), (200, None));
        let found: usize =
            (2..=200).map(|number| pages.read(number).map(|page| pages.messages(&page).len()).unwrap()).sum();
        assert_eq!(found, 0);
    }

    #[test]
    fn numbers_are_read_as_sqlite_writes_them() {
        assert_eq!(varint(&[0x7f, 1]), Some((127, &[1][..])));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, &[][..])));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, &[][..])));
        assert_eq!(varint(&[0xff; 8]), None);
        assert_eq!(integer((1, &[0xff])), Some(-1));
        assert_eq!(integer((5, &[0, 0, 0, 1, 0, 0])), Some(65_536));
        assert_eq!((integer((8, &[])), integer((9, &[])), integer((0, &[]))), (Some(0), Some(1), None));
    }
}
