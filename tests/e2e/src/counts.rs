//! What the server asks of the C library and the system, counted by a library in C that is preloaded into it.

use koine_testkit::{Recipe, preload};
use std::fs::File;
use std::ops::Sub;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The counters of one server.
pub struct Counts {
    library: PathBuf,
    path: PathBuf,
    file: File,
}

/// How often what was done, since the server began or between two moments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counted {
    /// Pieces of memory that were asked for, made larger ones among them.
    pub allocations: u64,
    /// How many bytes these were.
    pub bytes: u64,
    /// Calls that read from a socket, those that found nothing among them.
    pub received: u64,
    /// Calls that wrote to a socket.
    pub sent: u64,
    /// Calls that read from a file.
    pub read: u64,
    /// Calls that wrote to a file.
    pub written: u64,
    /// Calls that had the disk take a file in.
    pub synced: u64,
    /// Calls that waited for sockets.
    pub waited: u64,
    /// Calls that woke such a waiting, or noticed it.
    pub woken: u64,
}

/// As in `counts.c`.
const KINDS: usize = 9;

impl Counts {
    /// Compiles the library into `folder`.
    pub fn compile(folder: &Path) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/counts.c");
        let library = preload::compile(&source, folder);
        let path = folder.join("counts");
        std::fs::write(&path, [0; KINDS * size_of::<u64>()]).expect("a file");
        let file = File::open(&path).expect("a file that can be read");
        Self { library, path, file }
    }

    /// Has a server be counted.
    #[must_use]
    pub fn on(&self, recipe: Recipe) -> Recipe {
        let text = |path: &Path| path.to_str().expect("a path of text").to_owned();
        recipe.with("LD_PRELOAD", &text(&self.library)).with("COUNTS", &text(&self.path))
    }

    /// What was counted so far.
    pub fn now(&self) -> Counted {
        let mut bytes = [0; KINDS * size_of::<u64>()];
        self.file.read_exact_at(&mut bytes, 0).expect("a file that can be read");
        let (numbers, _) = bytes.as_chunks::<{ size_of::<u64>() }>();
        let [allocations, bytes, received, sent, read, written, synced, waited, woken] =
            <[_; KINDS]>::try_from(numbers).expect("all of them").map(u64::from_ne_bytes);
        Counted { allocations, bytes, received, sent, read, written, synced, waited, woken }
    }
}

impl Sub for Counted {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            allocations: self.allocations - earlier.allocations,
            bytes: self.bytes - earlier.bytes,
            received: self.received - earlier.received,
            sent: self.sent - earlier.sent,
            read: self.read - earlier.read,
            written: self.written - earlier.written,
            synced: self.synced - earlier.synced,
            waited: self.waited - earlier.waited,
            woken: self.woken - earlier.woken,
        }
    }
}
