//! The trace: what the server has done, in the order in which it took effect.

use std::path::PathBuf;

/// One thing that the server has done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record {
    /// It has opened a file or a folder.
    Opened {
        /// The descriptor.
        fd: i32,
        /// Which.
        path: PathBuf,
        /// Whether it was made by that.
        created: bool,
        /// Whether all that was in it went by that.
        truncated: bool,
        /// Whether it is a folder.
        folder: bool,
    },
    /// It has closed one.
    Closed(i32),
    /// It has written into a file.
    Written {
        /// The descriptor.
        fd: i32,
        /// Where the bytes begin in the file.
        at: usize,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// It has given a file another length, in bytes.
    Cut(i32, usize),
    /// It has begun to sync.
    Begun(i32),
    /// That sync has ended.
    Synced(i32),
    /// It has given a file another name.
    Renamed(PathBuf, PathBuf),
    /// It has removed a file, or an empty folder.
    Removed(PathBuf),
    /// It has made a folder.
    Made(PathBuf),
    /// It has sent bytes to a client.
    Sent(i32, Vec<u8>),
}

impl Record {
    /// Whether it changes what may be on the disk.
    pub fn touches_the_disk(&self) -> bool {
        !matches!(self, Self::Sent(..) | Self::Closed(_) | Self::Begun(_))
    }
}

/// Reads a trace, which must be whole.
pub fn parse(mut bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<25>() {
        let length = number(&head[21..25]);
        assert!(rest.len() >= length, "the trace is cut short");
        let (body, rest) = rest.split_at(length);
        records.push(record(head, body));
        bytes = rest;
    }
    assert!(bytes.is_empty(), "the trace is cut short");
    records
}

fn record(head: &[u8; 25], body: &[u8]) -> Record {
    let fd = i32::from_le_bytes(head[1..5].try_into().expect("four bytes"));
    let (one, other) = (number(&head[5..13]), number(&head[13..21]));
    let path = |bytes: &[u8]| PathBuf::from(std::str::from_utf8(bytes).expect("a path of text"));
    match head[0] {
        1 => Record::Opened {
            fd,
            path: path(body),
            created: one & 1 != 0,
            truncated: one & 2 != 0,
            folder: one & 4 != 0,
        },
        2 => Record::Closed(fd),
        3 => Record::Written { fd, at: one, bytes: body.to_vec() },
        4 => Record::Cut(fd, one),
        5 => Record::Begun(fd),
        6 => Record::Synced(fd),
        7 => Record::Renamed(path(&body[..other]), path(&body[other..])),
        8 | 11 => Record::Removed(path(body)),
        9 => Record::Made(path(body)),
        10 => Record::Sent(fd, body.to_vec()),
        other => panic!("no record has the kind {other}"),
    }
}

fn number(bytes: &[u8]) -> usize {
    let mut all = [0; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    usize::try_from(u64::from_le_bytes(all)).expect("a size")
}
