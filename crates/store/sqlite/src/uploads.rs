//! Media that are still coming in: a file of bytes, and beside it a file that says which chunks are in there.
//!
//! Only the finish waits for the disk. What a power cut has spoilt before is found when the upload is taken up again: of
//! every chunk the beginning of its hash is noted, and the upload goes on behind the last one that is whole.

use crate::blobs::Shelves;
use crate::folder;
use crate::outcome::{Outcome, Stop};
use koine_model::media::Blob;
use koine_model::refusal::Field;
use koine_model::upload::Progress;
use koine_model::{AccountId, Refusal};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What nobody has touched for so long is taken away at the next start.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// One note: where the chunk ends, and how its hash begins. The first one of a file has the size and the number of chunks.
const NOTE: usize = 16;
/// What is read at once.
const BUFFER: usize = 64 << 10;

type Note = [u8; NOTE];

/// Where an upload lies.
pub(crate) struct Partial {
    bytes: PathBuf,
    notes: PathBuf,
}

/// Makes the folder, and takes away what was given up.
pub(crate) fn prepare(partial: &Path) -> io::Result<()> {
    folder::create(partial)?;
    for entry in fs::read_dir(partial)? {
        let entry = entry?;
        let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
        if age > KEPT {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

impl Partial {
    /// The upload that `account` calls `key`. Nothing that a client says becomes a part of a path.
    pub(crate) fn new(folder: &Path, account: AccountId, key: &str) -> Self {
        let name: String = Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = folder.join(format!("{account}-{name}"));
        Self { notes: bytes.with_extension("notes"), bytes }
    }

    /// Begins, or goes on behind what is whole.
    pub(crate) fn begin(&self, size: u64) -> Outcome<Progress> {
        if let Some((known, total, notes)) = self.read()?
            && known == size
        {
            let whole = self.whole(&notes)?;
            let kept = notes.get(..whole).unwrap_or_default();
            self.rewrite(size, total, kept)?;
            return Ok(progress(total, kept));
        }
        self.rewrite(size, 0, &[])?;
        File::create(&self.bytes)?;
        Ok(Progress::default())
    }

    pub(crate) fn append(&self, index: u32, total: u32, bytes: &[u8]) -> Outcome<Progress> {
        let (size, known, mut notes) = self.read()?.ok_or(Refusal::NotThere)?;
        let so_far = progress(known, &notes);
        if index >= 1 && index <= so_far.chunks {
            return Ok(so_far);
        }
        if index != so_far.chunks.saturating_add(1) || index > total || (known != 0 && known != total) {
            return Err(Refusal::Unusable(Field::Message).into());
        }
        let end = u64::try_from(bytes.len()).ok().and_then(|length| so_far.bytes.checked_add(length));
        let end = end.filter(|end| *end <= size).ok_or(Refusal::TooLarge(Field::Message))?;
        // A kill between taking the bytes away and the notes leaves notes alone: then it all begins again.
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(&self.bytes)?;
        file.seek(SeekFrom::Start(so_far.bytes))?;
        file.write_all(bytes)?;
        let note = note(end, &Sha256::digest(bytes).into());
        let mut file = OpenOptions::new().write(true).open(&self.notes)?;
        if known == 0 {
            file.write_all(&first(size, total))?;
        }
        file.seek(SeekFrom::End(0))?;
        file.write_all(&note)?;
        notes.push(note);
        Ok(progress(total, &notes))
    }

    pub(crate) fn discard(&self) -> Outcome<()> {
        for path in [&self.notes, &self.bytes] {
            match fs::remove_file(path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        Ok(())
    }

    /// Makes a blob of an upload that is whole. Answered when it is on disk.
    pub(crate) fn finish(&self, shelves: &Shelves) -> Outcome<Blob> {
        let (size, total, notes) = self.read()?.ok_or(Refusal::NotThere)?;
        let done = progress(total, &notes);
        if done.bytes != size || done.chunks != total {
            return Err(Refusal::Unusable(Field::Message).into());
        }
        let mut file = File::open(&self.bytes)?;
        file.sync_all()?;
        let hash = hash(&mut file, size)?.ok_or(Stop::Damaged("an upload of another size"))?;
        drop(file);
        let blob = Blob { hash, size };
        shelves.adopt(&self.bytes, &blob)?;
        self.discard()?;
        Ok(blob)
    }

    /// The size, the number of chunks, and the notes; `None` where there is no upload.
    fn read(&self) -> Outcome<Option<(u64, u32, Vec<Note>)>> {
        let bytes = match fs::read(&self.notes) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let (notes, _) = bytes.as_chunks::<NOTE>();
        let Some((first, notes)) = notes.split_first() else { return Ok(None) };
        let total = u32::try_from(number(first, 8)).unwrap_or(0);
        Ok(Some((number(first, 0), total, notes.to_vec())))
    }

    fn rewrite(&self, size: u64, total: u32, notes: &[Note]) -> Outcome<()> {
        let all = [&first(size, total)[..], notes.as_flattened()].concat();
        Ok(fs::write(&self.notes, all)?)
    }

    /// How many chunks are as they were noted.
    fn whole(&self, notes: &[Note]) -> Outcome<usize> {
        let Ok(mut file) = File::open(&self.bytes) else { return Ok(0) };
        let mut begin = 0;
        for (index, noted) in notes.iter().enumerate() {
            let end = number(noted, 0);
            let length = end.saturating_sub(begin);
            match hash(&mut file, length)? {
                Some(hash) if note(end, &hash) == *noted => begin = end,
                _ => return Ok(index),
            }
        }
        Ok(notes.len())
    }
}

fn progress(total: u32, notes: &[Note]) -> Progress {
    let bytes = notes.last().map_or(0, |note| number(note, 0));
    Progress { chunks: u32::try_from(notes.len()).unwrap_or(u32::MAX), bytes, total }
}

fn first(size: u64, total: u32) -> Note {
    two(size, u64::from(total))
}

fn note(end: u64, hash: &[u8; 32]) -> Note {
    two(end, hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes)))
}

fn two(one: u64, other: u64) -> Note {
    let both = (u128::from(one) << 64) | u128::from(other);
    both.to_be_bytes()
}

fn number(note: &Note, at: usize) -> u64 {
    let bytes = note.get(at..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The hash of the next `length` bytes; `None` when there are not as many.
fn hash(file: &mut File, length: u64) -> io::Result<Option<[u8; 32]>> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut part = file.take(length);
    let mut seen = 0;
    loop {
        let read = part.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        seen += u64::try_from(read).unwrap_or(0);
    }
    Ok((seen == length).then(|| hasher.finalize().into()))
}
