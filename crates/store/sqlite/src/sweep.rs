//! Taking media away that nothing names.
//!
//! A blob is on the disk before anything names it, so one that nothing names may be about to be named. That is why it is left alone
//! for some time after it was last written, and why whoever finds it there already makes it count as written.

use crate::blobs::{Blobs, Shelves};
use crate::folder;
use crate::outcome::Outcome;
use crate::uploads::age;
use koine_store::{Answer, Pace, Swept};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::{Duration, UNIX_EPOCH};

impl Blobs {
    /// Takes away what is not among `named` and was not written for the time of `unused`, or only tells what it is.
    pub(crate) async fn sweep(
        &self,
        named: HashSet<[u8; 32]>,
        unused: Duration,
        dry: bool,
        pace: Pace,
    ) -> Answer<Swept> {
        self.run("take away media", move |shelves| shelves.sweep(named, unused, dry, &*pace)).await
    }

    pub(crate) async fn sweep_uploads(&self) -> Answer<u32> {
        self.run("take away uploads", |shelves| Ok(shelves.uploads.sweep()?)).await
    }
}

impl Shelves {
    /// How far this is, is counted in directories of blobs.
    fn sweep(
        &self,
        mut named: HashSet<[u8; 32]>,
        unused: Duration,
        dry: bool,
        pace: &dyn Fn(u64, u64) -> bool,
    ) -> Outcome<Swept> {
        named.extend(self.uploads.blobs()?.into_iter().map(|blob| blob.hash));
        let mut swept = Swept::default();
        let all = shelves(self.media())?;
        let of = u64::try_from(all.len()).unwrap_or(u64::MAX);
        for (done, shelf) in (0..).zip(all) {
            let (mut changed, mut goes_on) = (false, true);
            for (path, hash) in files(&shelf)? {
                goes_on = pace(done, of);
                if !goes_on {
                    break;
                }
                if named.contains(&hash) {
                    continue;
                }
                if let Some(bytes) = self.sweep_one(&path, unused, dry)? {
                    swept.files += 1;
                    swept.bytes = swept.bytes.saturating_add(bytes);
                    changed = !dry;
                }
            }
            if changed {
                folder::sync(&shelf)?;
            }
            if !goes_on {
                return Ok(swept);
            }
        }
        pace(of, of);
        Ok(swept)
    }

    /// The size of a file that is old enough, and is gone then unless all this is `dry`.
    pub(crate) fn sweep_one(&self, path: &Path, unused: Duration, dry: bool) -> Outcome<Option<u64>> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if age(path)? < unused {
            return Ok(None);
        }
        let bytes = fs::metadata(path)?.len();
        if !dry {
            fs::remove_file(path)?;
        }
        Ok(Some(bytes))
    }
}

/// The directories of a media folder that hold blobs.
pub(crate) fn shelves(media: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(media)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_shelf = name.to_str().is_some_and(|name| name.len() == 2 && bytes_of(name).is_some());
        if is_shelf && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The blobs in one of these directories: where each lies, and the hash in its name.
pub(crate) fn files(shelf: &Path) -> io::Result<Vec<(PathBuf, [u8; 32])>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(shelf)? {
        let entry = entry?;
        let name = entry.file_name();
        let hash = name.to_str().and_then(bytes_of).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        if let Some(hash) = hash
            && entry.file_type()?.is_file()
        {
            found.push((entry.path(), hash));
        }
    }
    Ok(found)
}

/// Makes a file count as written now, by the clock of the machine, which ages of files are told by.
pub(crate) fn touch(file: &File) -> io::Result<()> {
    let now = UNIX_EPOCH.checked_add(UNIX_EPOCH.elapsed().unwrap_or_default());
    file.set_modified(now.ok_or(ErrorKind::InvalidInput)?)
}

/// The bytes that lower-case hexadecimal digits stand for.
fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let value = |digit: &u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some((value(high)? << 4) | value(low)?)).collect()
}
