//! A system that forgets what a failed sync should have written: it goes on showing it, says that the next sync succeeded, and shows
//! what the disk has only some time later.
//!
//! What was written while the server ran stands in a file (see `faults.c`). When the server has ended, the blocks are put back that
//! nobody has written again since a sync of them failed. What was written and never synced stays: the system still writes it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The unit in which a system writes and forgets, in bytes.
const BLOCK: u64 = 4096;

/// Something that was written down.
#[derive(Debug, PartialEq, Eq)]
enum Note {
    /// Before these bytes were written over, beginning here.
    Written(u64, Vec<u8>),
    /// The file became this short.
    Cut(u64),
    /// A sync of it succeeded.
    Synced,
    /// A sync of it failed.
    Failed,
    /// It has got this name.
    Moved(PathBuf),
}

/// A block that the disk may not have as it is shown.
struct Block {
    /// What the disk has for certain.
    before: Vec<u8>,
    /// A sync of it has failed since it was written.
    is_lost: bool,
}

/// The blocks of each file, by where they begin.
#[derive(Default)]
struct Disk(BTreeMap<PathBuf, BTreeMap<u64, Block>>);

/// Puts back what was lost by the notes in the file `memory`, which is empty then. Tells how many blocks these are.
pub(crate) fn forget(memory: &Path) -> usize {
    let mut disk = Disk::default();
    for (file, note) in parse(&fs::read(memory).expect("notes")) {
        disk.apply(file, note);
    }
    let mut lost = 0;
    for (path, blocks) in disk.0 {
        // What was taken away meanwhile is nobody's.
        let Ok(file) = OpenOptions::new().write(true).open(&path) else { continue };
        let length = file.metadata().expect("a size").len();
        for (at, block) in blocks.into_iter().filter(|(at, block)| block.is_lost && *at < length) {
            let there = usize::try_from(length - at).expect("a size").min(block.before.len());
            file.write_all_at(&block.before[..there], at).expect("a file that can be written");
            lost += 1;
        }
    }
    File::create(memory).expect("a file that can be made anew");
    lost
}

impl Disk {
    fn apply(&mut self, path: PathBuf, note: Note) {
        let blocks = self.0.entry(path.clone()).or_default();
        match note {
            Note::Written(at, before) => {
                for (place, before) in (at..).step_by(4096).zip(before.chunks(4096)) {
                    let new = || Block { before: before.to_vec(), is_lost: false };
                    blocks.entry(place).or_insert_with(new).is_lost = false;
                }
            }
            Note::Cut(length) => blocks.retain(|at, _| *at < length.next_multiple_of(BLOCK)),
            Note::Synced => blocks.retain(|_, block| block.is_lost),
            Note::Failed => blocks.values_mut().for_each(|block| block.is_lost = true),
            Note::Moved(to) => {
                let blocks = self.0.remove(&path).unwrap_or_default();
                self.0.insert(to, blocks);
            }
        }
    }
}

/// Reads the notes. A kill may have cut off the last one.
fn parse(mut bytes: &[u8]) -> Vec<(PathBuf, Note)> {
    let mut notes = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<24>() {
        let word = |at: usize| u32::from_ne_bytes(head[at..at + 4].try_into().expect("four bytes"));
        let length = |at: usize| usize::try_from(word(at)).expect("a size");
        let at = u64::from_ne_bytes(head[16..].try_into().expect("eight bytes"));
        let Some((name, rest)) = rest.split_at_checked(length(4)) else { break };
        let Some((body, rest)) = rest.split_at_checked(length(8)) else { break };
        let path = |bytes: &[u8]| PathBuf::from(std::str::from_utf8(bytes).expect("a path of text"));
        let note = match word(0) {
            1 => Note::Written(at, body.to_vec()),
            2 => Note::Cut(at),
            3 => Note::Synced,
            4 => Note::Failed,
            5 => Note::Moved(path(body)),
            other => panic!("there are no notes of the kind {other}"),
        };
        notes.push((path(name), note));
        bytes = rest;
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(bytes: u8, count: usize) -> Vec<u8> {
        vec![bytes; count * 4096]
    }

    /// The blocks that are lost, and the first byte that each had.
    fn lost(notes: Vec<Note>) -> Vec<(u64, u8)> {
        let mut disk = Disk::default();
        for note in notes {
            disk.apply("log".into(), note);
        }
        let blocks = disk.0.into_values().flatten();
        blocks.filter(|(_, block)| block.is_lost).map(|(at, block)| (at / BLOCK, block.before[0])).collect()
    }

    #[test]
    fn only_what_was_not_written_again_is_lost() {
        let written = |at: u64, before: u8, count: usize| Note::Written(at * BLOCK, blocks(before, count));
        assert_eq!(lost(vec![written(0, 1, 2)]), [], "the system still writes it");
        assert_eq!(lost(vec![written(0, 1, 2), Note::Synced, Note::Failed]), []);
        assert_eq!(lost(vec![written(0, 1, 2), Note::Failed, Note::Synced]), [(0, 1), (1, 1)]);
        // What the disk has is what was there before the first write.
        let again = vec![written(0, 1, 2), Note::Failed, written(1, 2, 1), Note::Synced];
        assert_eq!(lost(again), [(0, 1)]);
        let twice = vec![written(0, 1, 1), Note::Failed, written(0, 2, 1), Note::Failed];
        assert_eq!(lost(twice), [(0, 1)]);
        assert_eq!(lost(vec![written(0, 1, 2), Note::Failed, Note::Cut(BLOCK)]), [(0, 1)]);
        assert_eq!(lost(vec![written(0, 1, 2), Note::Failed, Note::Moved("other".into())]), [(0, 1), (1, 1)]);
    }
}
