//! A disk that fails, or takes its time, while the server runs: a library in C that is preloaded into it.

use crate::forgetting;
use koine_testkit::{Recipe, preload};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The switch of the faults of one server's disk.
pub struct Faults {
    library: PathBuf,
    path: PathBuf,
    switch: File,
    memory: PathBuf,
}

/// What is wrong with a disk. Every fault is as bad as it can be: nothing is written or read, however small, and no sync is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It works.
    None,
    /// There is no room left.
    Full,
    /// Neither writing nor syncing works.
    Broken,
    /// Everything can be written, but no sync succeeds.
    NoSync,
    /// The same, of the file of the database alone: what is committed goes into its log.
    NoSyncOfTheDatabase,
    /// Each sync takes so many milliseconds.
    Slow(u32),
    /// The same, of the database and its log alone: files of media are written.
    SlowCommits(u32),
    /// Each sync of the database and its log waits until it is let go.
    HeldCommits,
    /// Nothing can be read. What is in memory is there.
    Unreadable,
    /// Nothing can be read but for a change: so changes are made, and what others are to be told of them is not there.
    UnreadableButForChanges,
    /// The same, and each sync takes so many milliseconds.
    UnreadableButForSlowChanges(u32),
}

/// What the system says of such a disk.
const NO_ROOM: u32 = 28;
const NO_GOOD: u32 = 5;
/// The files that are meant, as in `faults.c`.
const LOG: u32 = 1;
const DATABASE: u32 = 2;
const ALL: u32 = 7;
/// A delay without an end.
const HELD: u32 = u32::MAX;
/// Where the count of those that were let go stands in the file of the switch, and of those that came to wait, in bytes.
const LET_GO: u64 = 24;
const CAME: u64 = 28;
/// How long is waited for a sync to come.
const PATIENCE: Duration = Duration::from_secs(60);

impl Faults {
    /// Compiles the library into `folder`. Nothing is wrong at first.
    pub fn compile(folder: &Path) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/faults.c");
        let library = preload::compile(&source, folder);
        let path = folder.join("faults");
        let switch =
            File::options().read(true).write(true).create(true).truncate(true).open(&path).expect("a file");
        let faults = Self { library, path, switch, memory: folder.join("memory") };
        faults.write(LET_GO, &[0, 0]);
        faults.switch(Fault::None);
        faults
    }

    /// Has a server's disk be the one that fails. `root` is its data folder, without symbolic links in its path.
    #[must_use]
    pub fn on(&self, recipe: Recipe, root: &Path) -> Recipe {
        let text = |path: &Path| path.to_str().expect("a path of text").to_owned();
        recipe
            .with("LD_PRELOAD", &text(&self.library))
            .with("FAULTS", &text(&self.path))
            .with("FAULTS_ROOT", &text(root))
    }

    /// The same, and the system may forget what a failed sync should have written.
    #[must_use]
    pub fn on_a_forgetful_system(&self, recipe: Recipe, root: &Path) -> Recipe {
        self.on(recipe, root).with("FAULTS_MEMORY", self.memory.to_str().expect("a path of text"))
    }

    /// Forgets that now, when the server has ended. Tells how many blocks the disk does not have.
    pub fn forget(&self) -> usize {
        forgetting::forget(&self.memory)
    }

    /// The disk is like this from now on.
    pub fn switch(&self, fault: Fault) {
        let numbers = match fault {
            Fault::None => [0, 0, 0, 0, 0, 0],
            Fault::Full => [NO_ROOM, 0, 0, ALL, 0, 0],
            Fault::Broken => [NO_GOOD, NO_GOOD, 0, ALL, 0, 0],
            Fault::NoSync => [0, NO_GOOD, 0, ALL, 0, 0],
            Fault::NoSyncOfTheDatabase => [0, NO_GOOD, 0, DATABASE, 0, 0],
            Fault::Slow(milliseconds) => [0, 0, milliseconds, ALL, 0, 0],
            Fault::SlowCommits(milliseconds) => [0, 0, milliseconds, LOG | DATABASE, 0, 0],
            Fault::HeldCommits => [0, 0, HELD, LOG | DATABASE, 0, 0],
            Fault::Unreadable => [0, 0, 0, ALL, NO_GOOD, 0],
            Fault::UnreadableButForChanges => [0, 0, 0, ALL, NO_GOOD, 1],
            Fault::UnreadableButForSlowChanges(milliseconds) => [0, 0, milliseconds, ALL, NO_GOOD, 1],
        };
        self.write(0, &numbers);
    }

    /// Lets the first `count` syncs go of all that were held since the beginning.
    pub fn let_go(&self, count: u32) {
        self.write(LET_GO, &[count]);
    }

    /// Waits until so many syncs came to be held since the beginning.
    pub async fn until_held(&self, count: u32) {
        let begin = Instant::now();
        while self.came() < count {
            assert!(begin.elapsed() < PATIENCE, "{} syncs came instead of {count}", self.came());
            sleep(Duration::from_millis(10)).await;
        }
    }

    fn came(&self) -> u32 {
        let mut bytes = [0; 4];
        self.switch.read_exact_at(&mut bytes, CAME).expect("a file that can be read");
        u32::from_ne_bytes(bytes)
    }

    fn write(&self, at: u64, numbers: &[u32]) {
        let bytes: Vec<u8> = numbers.iter().copied().flat_map(u32::to_ne_bytes).collect();
        self.switch.write_all_at(&bytes, at).expect("a file that can be written");
    }
}
