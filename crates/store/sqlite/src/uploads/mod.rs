//! Media that are still coming in: which there are, whose, and how far they have come.
//!
//! What each holds stands in its files. What is in memory here spares reading them for each chunk, and says how much an account
//! has begun and not finished.

mod growing;
mod left;
mod partial;

pub(crate) use left::{Left, left};
pub(crate) use partial::Partial;

use crate::folder;
use koine_metrics::Limit;
use koine_model::media::Blob;
use koine_model::{AccountId, Refusal};
use koine_store::Quota;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// What nobody has touched for so long is taken away.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How often that is looked for, when somebody begins an upload.
const SWEPT_EVERY: Duration = Duration::from_secs(60 * 60);
/// Its time of change tells when that was done last.
const SWEPT: &str = "swept";
/// How many uploads can be worked on at the same time, at most.
const LOCKS: usize = 32;
/// The most states in memory; when they are reached, all are forgotten at once, and read again.
const MOST_STATES: usize = 20_000;

/// What is held by whoever works on an upload. To wait for it takes no thread.
type Turn = tokio::sync::Mutex<()>;

/// The folder of all uploads.
pub(crate) struct Uploads {
    folder: PathBuf,
    /// Each upload belongs to one of them: whoever works on it holds that.
    locks: [Arc<Turn>; LOCKS],
    hasher: RandomState,
    states: Mutex<HashMap<String, State>>,
    /// The sizes of what is not finished.
    held: Mutex<HashMap<AccountId, HashMap<String, u64>>>,
}

/// How far an upload has come, and what is said to be its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct State {
    size: u64,
    /// How many chunks there will be; zero as long as nobody has said.
    total: u32,
    chunks: u32,
    bytes: u64,
}

impl Uploads {
    /// Makes the folder, takes away what was given up, and looks at what is left.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        folder::create(&folder)?;
        let uploads = Self {
            folder,
            locks: Default::default(),
            hasher: RandomState::new(),
            states: Mutex::default(),
            held: Mutex::default(),
        };
        uploads.sweep()?;
        for name in uploads.names()?.into_keys() {
            let Some(account) = account_of(&name) else { continue };
            let size = Partial::named(&uploads, account, name.clone()).held();
            if let Some(size) = size.unwrap_or_default() {
                locked(&uploads.held).entry(account).or_default().insert(name, size);
            }
        }
        Ok(uploads)
    }

    /// What the upload that `account` calls `key` is called here. Nothing that a client says becomes a part of a path.
    pub(crate) fn name(&self, account: AccountId, key: &str) -> String {
        let name: String = Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{account}-{name}")
    }

    /// The upload of that name, for whoever has its turn.
    pub(crate) fn partial(&self, account: AccountId, name: String) -> Partial<'_> {
        Partial::named(self, account, name)
    }

    /// Nobody else works on an upload of that name while this is held.
    pub(crate) async fn turn(&self, name: &str) -> OwnedMutexGuard<()> {
        Arc::clone(self.lock(name)).lock_owned().await
    }

    fn lock(&self, name: &str) -> &Arc<Turn> {
        let [first, ..] = &self.locks;
        let number = usize::try_from(self.hasher.hash_one(name) % (1 << 16)).unwrap_or(0) % LOCKS;
        self.locks.get(number).unwrap_or(first)
    }

    /// Counts an upload of `size` bytes among those of its account, unless they are too many.
    fn hold(&self, account: AccountId, name: &str, size: u64, quota: Quota) -> Result<(), Refusal> {
        let mut held = locked(&self.held);
        let mine = held.entry(account).or_default();
        let others = || mine.iter().filter(|(known, _)| known.as_str() != name);
        let bytes = others().fold(size, |sum, (_, size)| sum.saturating_add(*size));
        if others().count() >= quota.uploads || bytes > quota.bytes {
            return Err(Limit::UnfinishedUploads.met(Refusal::Busy));
        }
        if bytes > quota.room {
            return Err(Limit::MediaQuota.met(Refusal::Quota));
        }
        mine.insert(name.to_owned(), size);
        Ok(())
    }

    /// The bytes of all uploads of an account, taken together.
    pub(crate) fn bytes_of(&self, account: AccountId) -> u64 {
        let held = locked(&self.held);
        held.get(&account).map_or(0, |mine| mine.values().fold(0, |sum, size| sum.saturating_add(*size)))
    }

    /// The bytes that an upload will be, where it is not finished.
    pub(crate) fn size_of(&self, account: AccountId, name: &str) -> Option<u64> {
        locked(&self.held).get(&account).and_then(|mine| mine.get(name)).copied()
    }

    /// Whether an upload is counted.
    fn holds(&self, account: AccountId, name: &str) -> bool {
        locked(&self.held).get(&account).is_some_and(|mine| mine.contains_key(name))
    }

    /// Counts an upload out.
    fn release(&self, account: AccountId, name: &str) {
        locked(&self.states).remove(name);
        let mut held = locked(&self.held);
        if let Some(mine) = held.get_mut(&account) {
            mine.remove(name);
            if mine.is_empty() {
                held.remove(&account);
            }
        }
    }

    fn state(&self, name: &str) -> Option<State> {
        locked(&self.states).get(name).copied()
    }

    fn remember(&self, name: &str, state: State) {
        let mut states = locked(&self.states);
        if states.len() >= MOST_STATES {
            states.clear();
        }
        states.insert(name.to_owned(), state);
    }

    fn forget(&self, name: &str) {
        locked(&self.states).remove(name);
    }

    /// Takes away what was given up, unless that was done a moment ago.
    fn sweep_sometimes(&self) -> io::Result<()> {
        let swept = age(&self.folder.join(SWEPT)).ok();
        if swept.is_some_and(|age| age < SWEPT_EVERY) { Ok(()) } else { self.sweep().map(drop) }
    }

    /// Takes away what was given up. Tells how many uploads that were.
    pub(crate) fn sweep(&self) -> io::Result<u32> {
        // Written, so that its time of change is the present by the clock that ages are told by.
        fs::write(self.folder.join(SWEPT), b".")?;
        let mut swept = 0;
        for (name, (files, touched)) in self.names()? {
            if touched <= KEPT {
                continue;
            }
            // Whoever sweeps may work on another one: nobody waits for a turn while having one.
            let Ok(_turn) = self.lock(&name).try_lock() else { continue };
            // Somebody may have come back to it since.
            if files.iter().any(|file| age(file).is_ok_and(|age| age <= KEPT)) {
                continue;
            }
            for file in files {
                remove(&file)?;
            }
            if let Some(account) = account_of(&name) {
                self.release(account, &name);
            }
            swept += 1;
        }
        Ok(swept)
    }

    /// The blobs that uploads have become, as far as that is still known.
    pub(crate) fn blobs(&self) -> io::Result<Vec<Blob>> {
        let mut blobs = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "about") {
                blobs.extend(growing::blob_of(&path));
            }
        }
        Ok(blobs)
    }

    /// The files of each upload, and how long ago the last of them was changed.
    fn names(&self) -> io::Result<HashMap<String, (Vec<PathBuf>, Duration)>> {
        let mut names: HashMap<String, (Vec<PathBuf>, Duration)> = HashMap::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let Some(name) = path.file_stem().and_then(|stem| stem.to_str()).filter(|name| *name != SWEPT)
            else {
                continue;
            };
            // Another thread may have finished it just now.
            let Ok(age) = age(&path) else { continue };
            let (files, touched) = names.entry(name.to_owned()).or_insert((Vec::new(), Duration::MAX));
            *touched = age.min(*touched);
            files.push(path);
        }
        Ok(names)
    }
}

/// Whose upload of that name it is.
fn account_of(name: &str) -> Option<AccountId> {
    name.split_once('-').and_then(|(account, _)| AccountId::parse(account))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn age(path: &Path) -> io::Result<Duration> {
    Ok(fs::metadata(path)?.modified()?.elapsed().unwrap_or_default())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::sync::mpsc;
    use std::thread;
    use std::time::SystemTime;

    #[test]
    fn who_sweeps_while_it_has_a_turn_waits_for_no_other() {
        const GIVEN_UP: u32 = 320;
        let place = tempfile::tempdir().unwrap();
        let uploads = Uploads::open(place.path().to_owned()).unwrap();
        // Some of them have the lock of the one that is begun.
        let old = SystemTime::UNIX_EPOCH;
        let given_up = (0..GIVEN_UP).map(|number| format!("{}-{number}", AccountId::FIRST));
        for name in given_up.chain([SWEPT.to_owned()]) {
            File::create(place.path().join(name)).unwrap().set_modified(old).unwrap();
        }
        let (done, is_done) = mpsc::channel();
        thread::spawn(move || {
            let name = uploads.name(AccountId::FIRST, "new");
            let turn = uploads.lock(&name).try_lock().unwrap();
            let begun = uploads
                .partial(AccountId::FIRST, name)
                .begin(1, Quota { uploads: 9, bytes: 9, room: u64::MAX });
            drop(turn);
            done.send(begun.is_ok()).unwrap();
        });
        assert!(is_done.recv_timeout(Duration::from_secs(20)).expect("it does not wait for itself"));
        let left = fs::read_dir(place.path()).unwrap().count();
        assert!(left < usize::try_from(GIVEN_UP).unwrap() / 2, "{left} are left");
    }

    #[test]
    fn what_could_not_begin_holds_no_room() {
        let place = tempfile::tempdir().unwrap();
        let uploads = Uploads::open(place.path().to_owned()).unwrap();
        let (ann, quota) = (AccountId::FIRST, Quota { uploads: 1, bytes: 9, room: 9 });
        let name = uploads.name(ann, "m");
        // Where its notes would be, nothing can be written.
        let notes = place.path().join(&name).with_extension("notes");
        fs::create_dir(&notes).unwrap();
        uploads.partial(ann, name.clone()).begin(9, quota).unwrap_err();
        assert_eq!(uploads.bytes_of(ann), 0);
        uploads.partial(ann, uploads.name(ann, "other")).begin(9, quota).unwrap();
        uploads.partial(ann, uploads.name(ann, "other")).discard().unwrap();
        fs::remove_dir(&notes).unwrap();
        uploads.partial(ann, name.clone()).begin(8, quota).unwrap();
        // One that had begun goes on holding its room when it is begun once more in vain.
        uploads.forget(&name);
        fs::remove_file(&notes).unwrap();
        fs::create_dir(&notes).unwrap();
        uploads.partial(ann, name).begin(8, quota).unwrap_err();
        assert_eq!(uploads.bytes_of(ann), 8);
    }
}
