//! What a disk may hold when the power goes.
//!
//! The rules: what was written to a file before a sync of it began is there once that has ended. Everything else may be there or not,
//! each write for itself, and of a write any sectors of 512 bytes. A name that was given or taken away is so once the folder it is in was
//! synced; before, it may be either way, and a file that moves may have both names for a while. File systems promise more than that.

mod left;

pub use left::Left;

use crate::trace::Record;
use koine_testkit::chance::Chance;
use left::follow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

/// The unit in which disks write, in bytes.
const SECTOR: usize = 512;

/// What a disk holds for certain, and what it may hold.
#[derive(Clone, Default)]
pub struct Disk {
    files: Vec<File>,
    /// The names as the server sees them.
    seen: BTreeMap<PathBuf, Node>,
    /// The names that are there for certain.
    names: BTreeMap<PathBuf, Node>,
    pending: Vec<Naming>,
    open: HashMap<i32, Opened>,
    /// How many records were applied.
    now: usize,
    root: PathBuf,
    lies: Lies,
}

/// What kind of sync the disk ignores: to show that the test would notice.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Lies {
    /// None.
    #[default]
    Never,
    /// Of the database and its log.
    AboutTheDatabase,
    /// Of the files of media.
    AboutMedia,
    /// Of the folders of media.
    AboutFolders,
}

/// Which of all possible contents of the disk is looked at.
#[derive(Clone, Debug)]
pub enum Luck {
    /// Only what is certain.
    Nothing,
    /// Everything.
    All,
    /// Everything but the change of this number.
    AllBut(usize),
    /// Any changes, and of each any sectors.
    Any(Chance),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Node {
    File(usize),
    Folder,
}

#[derive(Clone, Default)]
struct File {
    certain: Vec<u8>,
    /// A name of the changes that it has seen for certain.
    seen: u64,
    pending: Vec<(usize, Change)>,
}

#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
}

/// A name that was given (`Some`) or taken away.
#[derive(Clone)]
struct Naming {
    at: usize,
    path: PathBuf,
    node: Option<Node>,
    /// It cannot be without the one that was made at the same moment: a file does not lose its last name by being moved.
    moves: bool,
}

#[derive(Clone)]
struct Opened {
    target: Target,
    /// Whether it lies in the data folder itself, as the database does.
    is_outer: bool,
    sync: usize,
}

#[derive(Clone)]
enum Target {
    File(usize),
    Folder(PathBuf),
}

impl Disk {
    /// A disk with the data folder `root`, which ignores what `lies` says.
    pub fn of(root: &Path, lies: Lies) -> Self {
        Self { root: root.to_owned(), lies, ..Self::default() }
    }

    /// The same disk, with what lies in `folder` now as the content of the data folder, for certain.
    #[must_use]
    pub fn holding(mut self, folder: &Path) -> Self {
        self.take_in(folder, Path::new(""));
        self
    }

    /// The same disk, which ignores what `lies` says.
    #[must_use]
    pub fn lying(mut self, lies: Lies) -> Self {
        self.lies = lies;
        self
    }

    fn take_in(&mut self, folder: &Path, inside: &Path) {
        for entry in fs::read_dir(folder.join(inside)).expect("a folder") {
            let inside = inside.join(entry.expect("an entry").file_name());
            let (place, path) = (folder.join(&inside), self.root.join(&inside));
            // Every start makes SQLite's shared memory anew.
            let is_file = place.is_file() && !path.to_string_lossy().ends_with("-shm");
            let node = if is_file {
                let certain = fs::read(&place).expect("a file");
                let seen = follow(0, self.files.len());
                self.files.push(File { certain, seen, pending: Vec::new() });
                Node::File(self.files.len() - 1)
            } else if place.is_dir() {
                self.take_in(folder, &inside);
                Node::Folder
            } else {
                continue;
            };
            self.seen.insert(path.clone(), node);
            self.names.insert(path, node);
        }
    }

    /// The next thing that was done.
    pub fn apply(&mut self, record: &Record) {
        self.now += 1;
        match record {
            Record::Opened { fd, path, created, truncated, folder } => {
                let target = self.opened(path, *created, *truncated, *folder);
                self.open
                    .insert(*fd, Opened { target, is_outer: path.parent() == Some(&self.root), sync: 0 });
            }
            Record::Closed(fd) => drop(self.open.remove(fd)),
            Record::Written { fd, at, bytes } => self.change(*fd, Change::Write(*at, bytes.clone())),
            Record::Cut(fd, length) => self.change(*fd, Change::Cut(*length)),
            Record::Begun(fd) => self.opened_as(*fd).sync = self.now,
            Record::Synced(fd) => self.synced(*fd),
            // They hold nothing, and how they are made is not recorded.
            Record::Renamed(path, _) | Record::Removed(path) if is_socket(path) => {}
            Record::Renamed(from, to) => {
                let node =
                    self.seen.remove(from).unwrap_or_else(|| panic!("{} was not there", from.display()));
                self.seen.insert(to.clone(), node);
                self.name(to, Some(node), false);
                self.name(from, None, true);
            }
            Record::Removed(path) => {
                self.seen.remove(path);
                self.name(path, None, false);
            }
            Record::Made(path) => {
                self.seen.insert(path.clone(), Node::Folder);
                self.name(path, Some(Node::Folder), false);
            }
            Record::Sent(..) => {}
        }
    }

    /// How many changes may be there or not.
    pub fn uncertain(&self) -> usize {
        self.pending.len() + self.files.iter().map(|file| file.pending.len()).sum::<usize>()
    }

    fn opened(&mut self, path: &Path, created: bool, truncated: bool, folder: bool) -> Target {
        if folder {
            return Target::Folder(path.to_owned());
        }
        let file = match self.seen.get(path) {
            Some(Node::File(file)) if !created => *file,
            _ => {
                self.files.push(File { seen: follow(0, self.files.len()), ..File::default() });
                let node = Node::File(self.files.len() - 1);
                self.seen.insert(path.to_owned(), node);
                self.name(path, Some(node), false);
                self.files.len() - 1
            }
        };
        if truncated {
            self.files[file].pending.push((self.now, Change::Cut(0)));
        }
        Target::File(file)
    }

    fn opened_as(&mut self, fd: i32) -> &mut Opened {
        self.open.get_mut(&fd).unwrap_or_else(|| panic!("{fd} was not opened"))
    }

    fn change(&mut self, fd: i32, change: Change) {
        let now = self.now;
        match self.opened_as(fd).target {
            Target::File(file) => self.files[file].pending.push((now, change)),
            Target::Folder(_) => panic!("a folder is written into"),
        }
    }

    fn name(&mut self, path: &Path, node: Option<Node>, moves: bool) {
        self.pending.push(Naming { at: self.now, path: path.to_owned(), node, moves });
    }

    fn synced(&mut self, fd: i32) {
        let Opened { target, is_outer, sync } = self.opened_as(fd).clone();
        let is_ignored = match (&target, self.lies) {
            (_, Lies::Never) => false,
            (Target::File(_), lies) => {
                lies == if is_outer { Lies::AboutTheDatabase } else { Lies::AboutMedia }
            }
            (Target::Folder(folder), lies) => lies == Lies::AboutFolders && *folder != self.root,
        };
        match target {
            _ if is_ignored => {}
            Target::File(file) => {
                let File { certain, seen, pending } = &mut self.files[file];
                for (at, change) in pending.extract_if(.., |(at, _)| *at < sync) {
                    change.apply(certain, &[]);
                    *seen = follow(*seen, at);
                }
            }
            Target::Folder(folder) => {
                let is_in = |naming: &Naming| naming.at < sync && naming.path.parent() == Some(&folder);
                // With the old name of a file that was moved, its new one is certain.
                let moved: Vec<_> =
                    self.pending.iter().filter(|naming| is_in(naming) && naming.moves).collect();
                let moved: Vec<_> = moved.into_iter().map(|naming| naming.at).collect();
                let is_certain = |naming: &mut Naming| is_in(naming) || moved.contains(&naming.at);
                for naming in self.pending.extract_if(.., is_certain) {
                    match naming.node {
                        Some(node) => drop(self.names.insert(naming.path, node)),
                        None => drop(self.names.remove(&naming.path)),
                    }
                }
            }
        }
    }
}

/// Whether `path` is the operators' socket, or what becomes it.
fn is_socket(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"control.sock"))
}
