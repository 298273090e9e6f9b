//! The bytes of media: files that are named by what is in them.
//!
//! A file gets its name when its bytes are on disk, so what has a name is whole. Its time of change tells when somebody last wanted
//! it written: what nothing names is taken away some time after that (`sweep`), and nothing else is.

use crate::OpenError;
use crate::crew::Crew;
use crate::folder::{self, Folder};
use crate::outcome::{Outcome, Stop};
use crate::sweep;
use crate::uploads::{Partial, Uploads};
use bytes::Bytes;
use koine_model::AccountId;
use koine_model::media::Blob;
use koine_store::Answer;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many files are written or read at the same time. Each one may hold a thread for as long as the disk takes.
const AT_ONCE: usize = 8;
/// How many may wait for that, with the bytes that they hold. What is beyond is refused as busy.
const MOST_WAITING: usize = 8192;

/// The media folder.
pub(crate) struct Blobs {
    shelves: Arc<Shelves>,
    crew: Crew,
}

pub(crate) struct Shelves {
    media: PathBuf,
    unfinished: PathBuf,
    pub(crate) uploads: Uploads,
    next: AtomicU64,
    /// Nobody finds a file there, or takes one away, while somebody else does.
    pub(crate) turn: Mutex<()>,
}

impl Blobs {
    /// Makes the folder, and takes away what was not finished when the last process ended.
    pub(crate) fn open(folder: &Folder) -> Result<Self, OpenError> {
        let media = folder.media();
        let unfinished = media.join("tmp");
        let uploads = prepare(&media, &unfinished)
            .map_err(|source| OpenError::Media { folder: media.clone(), source })?;
        let shelves = Shelves { media, unfinished, uploads, next: AtomicU64::new(0), turn: Mutex::default() };
        Ok(Self { shelves: Arc::new(shelves), crew: Crew::new(AT_ONCE, MOST_WAITING) })
    }

    pub(crate) async fn write(&self, bytes: Bytes) -> Answer<Blob> {
        self.run("write media", move |shelves| shelves.write(&bytes)).await
    }

    pub(crate) async fn read(&self, blob: Blob) -> Answer<Option<Bytes>> {
        self.run("read media", move |shelves| shelves.read(&blob)).await
    }

    pub(crate) async fn read_range(&self, blob: Blob, offset: u64, length: usize) -> Answer<Option<Bytes>> {
        self.run("read media", move |shelves| shelves.read_range(&blob, offset, length)).await
    }

    /// Does something with the upload that `account` calls `key`.
    pub(crate) async fn upload<T: Send + 'static>(
        &self,
        attempt: &'static str,
        account: AccountId,
        key: &str,
        operation: impl FnOnce(&Partial<'_>, &Shelves) -> Outcome<T> + Send + 'static,
    ) -> Answer<T> {
        let name = self.shelves.uploads.name(account, key);
        // Before the permit: whoever waits for somebody else's turn with one upload keeps nobody from other files.
        let turn = self.shelves.uploads.turn(&name).await;
        let work = move |shelves: &Shelves| {
            let _turn = turn;
            operation(&shelves.uploads.partial(account, name), shelves)
        };
        self.run(attempt, work).await
    }

    /// The bytes of all uploads that an account has begun.
    pub(crate) fn unfinished(&self, account: AccountId) -> u64 {
        self.shelves.uploads.bytes_of(account)
    }

    /// How many bytes an unfinished upload will be.
    pub(crate) fn upload_size(&self, account: AccountId, key: &str) -> Option<u64> {
        let uploads = &self.shelves.uploads;
        uploads.size_of(account, &uploads.name(account, key))
    }

    /// Waits for what is under way, and ends reading and writing.
    pub(crate) async fn close(&self) {
        self.crew.finish().await;
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        attempt: &'static str,
        operation: impl FnOnce(&Shelves) -> Outcome<T> + Send + 'static,
    ) -> Answer<T> {
        let shelves = Arc::clone(&self.shelves);
        self.crew.run(attempt, move || operation(&shelves)).await
    }
}

impl Shelves {
    fn write(&self, bytes: &[u8]) -> Outcome<Blob> {
        let size = u64::try_from(bytes.len()).map_err(|_| Stop::Damaged("a size"))?;
        let blob = Blob { hash: Sha256::digest(bytes).into(), size };
        let (shelf, file) = self.place(&blob);
        if !self.renew(&blob) {
            folder::create(&shelf)?;
            let unfinished = self.unfinished.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
            let finished = write_synced(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, &file));
            if let Err(error) = finished {
                // The next start tries once more.
                let _ = fs::remove_file(&unfinished);
                return Err(error.into());
            }
        }
        // Also for a file that was there: whoever put it there may not have come this far yet.
        folder::sync(&shelf)?;
        folder::sync(&self.media)?;
        Ok(blob)
    }

    fn read(&self, blob: &Blob) -> Outcome<Option<Bytes>> {
        let (_, file) = self.place(blob);
        let bytes = match fs::read(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        match u64::try_from(bytes.len()) {
            Ok(size) if size == blob.size => Ok(Some(bytes.into())),
            _ => Err(Stop::Damaged("a media file of another size")),
        }
    }

    fn read_range(&self, blob: &Blob, offset: u64, length: usize) -> Outcome<Option<Bytes>> {
        let (_, file) = self.place(blob);
        let mut file = match File::open(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let left = usize::try_from(blob.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length.min(left)];
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut bytes)?;
        Ok(Some(bytes.into()))
    }

    /// Whether a blob is there. It counts as written just now: whoever asks is going to name it.
    pub(crate) fn renew(&self, blob: &Blob) -> bool {
        let (_, file) = self.place(blob);
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        fs::metadata(&file).is_ok_and(|found| found.len() == blob.size)
            && File::open(file).is_ok_and(|file| sweep::touch(&file).is_ok())
    }

    /// Gives a file whose bytes are on disk its place among the blobs.
    pub(crate) fn adopt(&self, path: &Path, blob: &Blob) -> Outcome<()> {
        let (shelf, file) = self.place(blob);
        folder::create(&shelf)?;
        // What is moved must not be lost with the folder that it is moved to: nobody sends it once more.
        folder::sync(&self.media)?;
        // Whoever takes old files away must not have looked at the one before and then remove this one.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // Its last byte may have come long ago.
        sweep::touch(&File::open(path)?)?;
        fs::rename(path, file)?;
        Ok(folder::sync(&shelf)?)
    }

    /// The directory and the file of a blob.
    pub(crate) fn place(&self, blob: &Blob) -> (PathBuf, PathBuf) {
        let (shelf, file) = place(blob);
        (self.media.join(shelf), self.media.join(file))
    }

    pub(crate) fn media(&self) -> &Path {
        &self.media
    }
}

/// The directory and the file of a blob, from a media folder on.
pub(crate) fn place(blob: &Blob) -> (PathBuf, PathBuf) {
    let name = blob.hash.iter().fold(String::with_capacity(64), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    });
    let shelf = PathBuf::from(name.get(..2).unwrap_or_default());
    let file = shelf.join(name);
    (shelf, file)
}

fn prepare(media: &Path, unfinished: &Path) -> io::Result<Uploads> {
    folder::create(media)?;
    folder::create(unfinished)?;
    for entry in fs::read_dir(unfinished)? {
        fs::remove_file(entry?.path())?;
    }
    let uploads = Uploads::open(media.join("partial"))?;
    folder::sync(media)?;
    Ok(uploads)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn who_waits_for_an_upload_keeps_nobody_from_other_files() {
        let place = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&Folder::prepare(place.path()).unwrap()).unwrap();
        let (ann, blob) = (AccountId::FIRST, blobs.write(Bytes::from_static(b"x")).await.unwrap());
        let (end, until) = mpsc::channel();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let mut slow = Box::pin(blobs.upload("wait", ann, "k", move |_, _| {
            let _ = begun.send(());
            let _ = until.recv();
            Ok(())
        }));
        tokio::select! {
            _ = &mut slow => panic!("it ended"),
            begun = has_begun => begun.unwrap(),
        }
        let wait = || Box::pin(blobs.upload("wait", ann, "k", |_, _| Ok(())));
        let mut waiting: Vec<_> = (0..2 * AT_ONCE).map(|_| wait()).collect();
        for upload in &mut waiting {
            assert!(timeout(Duration::from_millis(1), upload).await.is_err());
        }
        let read = timeout(Duration::from_secs(20), blobs.read(blob)).await;
        assert_eq!(read.expect("a permit is free").unwrap().unwrap(), "x");
        end.send(()).unwrap();
        slow.await.unwrap();
        for upload in waiting {
            timeout(Duration::from_secs(20), upload).await.unwrap().unwrap();
        }
    }

    /// Otherwise whoever takes old files away may have looked at the one that lay there before, and remove the new one.
    #[test]
    fn what_is_adopted_waits_for_whoever_takes_files_away() {
        let place = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&Folder::prepare(place.path()).unwrap()).unwrap();
        let (path, blob) = (place.path().join("upload"), Blob { hash: Sha256::digest(b"x").into(), size: 1 });
        fs::write(&path, b"x").unwrap();
        let (shelves, from) = (Arc::clone(&blobs.shelves), path.clone());
        let sweeping = blobs.shelves.turn.lock().unwrap();
        let (done, is_done) = mpsc::channel();
        let adopting = std::thread::spawn(move || {
            shelves.adopt(&from, &blob).unwrap();
            done.send(()).unwrap();
        });
        assert!(is_done.recv_timeout(Duration::from_millis(200)).is_err(), "it does not wait");
        assert!(path.exists());
        drop(sweeping);
        is_done.recv_timeout(Duration::from_secs(20)).unwrap();
        adopting.join().unwrap();
        assert_eq!(blobs.shelves.read(&blob).unwrap().unwrap(), "x");
    }
}
