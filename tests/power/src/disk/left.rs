//! What a disk holds in one of all possible cases: which of the uncertain changes are there.

use super::{Change, Disk, Luck, Node, SECTOR};
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// One possible content of a disk.
pub struct Left<'a> {
    disk: &'a Disk,
    names: BTreeMap<PathBuf, Node>,
    /// For each file what is there of what was uncertain, in order.
    files: Vec<Vec<Part<'a>>>,
}

/// A change that is there.
struct Part<'a> {
    at: usize,
    change: &'a Change,
    /// The places of the sectors that are not, of a write.
    missing: Vec<usize>,
}

impl Disk {
    /// Draws what is there.
    pub fn left(&self, luck: &Luck) -> Left<'_> {
        let (mut luck, mut number) = (luck.clone(), 0);
        let mut happens = |luck: &mut Luck| {
            number += 1;
            match luck {
                Luck::Nothing => false,
                Luck::All => true,
                Luck::AllBut(missing) => number - 1 != *missing,
                Luck::Any(chance) => chance.below(2) == 0,
            }
        };
        let mut names = self.names.clone();
        let mut last = false;
        for naming in &self.pending {
            last = happens(&mut luck) && (last || !naming.moves);
            match naming.node {
                Some(node) if last => drop(names.insert(naming.path.clone(), node)),
                None if last => drop(names.remove(&naming.path)),
                _ => {}
            }
        }
        let mut files = Vec::new();
        for file in &self.files {
            let mut parts = Vec::new();
            for (at, change) in &file.pending {
                if happens(&mut luck) {
                    parts.push(Part { at: *at, change, missing: luck.tears(change) });
                }
            }
            files.push(parts);
        }
        Left { disk: self, names, files }
    }
}

impl Left<'_> {
    /// The same for all that hold the same, whenever the power went: made of the changes that each file has seen.
    pub fn id(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (path, node) in &self.names {
            path.hash(&mut hasher);
            let Node::File(file) = node else { continue };
            let (file, parts) = (&self.disk.files[*file], &self.files[*file]);
            let seen = parts.iter().fold(file.seen, |seen, part| {
                if part.missing.is_empty() {
                    follow(seen, part.at)
                } else {
                    follow(seen, (part.at, &part.missing))
                }
            });
            seen.hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Writes it into the folder `to`: what the data folder has.
    pub fn write(&self, to: &Path) {
        fs::create_dir_all(to).expect("a folder");
        // A folder comes before what is in it.
        for (path, node) in &self.names {
            let Ok(inside) = path.strip_prefix(&self.disk.root) else { continue };
            let place = to.join(inside);
            let is_reachable = place.parent().is_some_and(Path::is_dir);
            match node {
                Node::Folder if is_reachable && !place.is_dir() => fs::create_dir(&place).expect("a folder"),
                Node::File(file) if is_reachable => fs::write(&place, self.content(*file)).expect("a file"),
                _ => {}
            }
        }
    }

    fn content(&self, file: usize) -> Vec<u8> {
        let mut bytes = self.disk.files[file].certain.clone();
        for Part { change, missing, .. } in &self.files[file] {
            change.apply(&mut bytes, missing);
        }
        bytes
    }
}

/// The name of what has seen one more thing.
pub(super) fn follow(seen: u64, next: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seen, next).hash(&mut hasher);
    hasher.finish()
}

impl Luck {
    /// The places of the sectors that are missing of a change that is there.
    fn tears(&mut self, change: &Change) -> Vec<usize> {
        let Self::Any(chance) = self else { return Vec::new() };
        let Change::Write(at, new) = change else { return Vec::new() };
        if chance.below(3) != 0 {
            return Vec::new();
        }
        let sectors = std::iter::successors(Some(*at), |place| Some((place / SECTOR + 1) * SECTOR));
        sectors.take_while(|place| *place < at + new.len()).filter(|_| chance.below(2) != 0).collect()
    }
}

impl Change {
    /// Changes `bytes`, but for the sectors that are missing.
    pub(super) fn apply(&self, bytes: &mut Vec<u8>, missing: &[usize]) {
        match self {
            Self::Cut(length) => bytes.resize(*length, 0),
            Self::Write(at, new) => {
                let end = at + new.len();
                // The file may have become longer although what makes it so is not there.
                bytes.resize(bytes.len().max(end), 0);
                let mut place = *at;
                while place < end {
                    let next = end.min((place / SECTOR + 1) * SECTOR);
                    if !missing.contains(&place) {
                        bytes[place..next].copy_from_slice(&new[place - at..next - at]);
                    }
                    place = next;
                }
            }
        }
    }
}
