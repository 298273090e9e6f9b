//! One upload: a file of bytes, and beside it a file that says which chunks are in there.
//!
//! Only the finish waits for the disk. What a power cut has spoilt before is found when the upload is taken up again: of
//! every chunk the beginning of its hash is noted, and the upload goes on behind the last one that is whole.

use super::{State, Uploads, growing, remove};
use crate::blobs::Shelves;
use crate::outcome::{Outcome, Stop};
use koine_model::media::Blob;
use koine_model::refusal::Field;
use koine_model::upload::Progress;
use koine_model::{AccountId, Refusal};
use koine_store::Quota;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// One note: where the chunk ends, and how its hash begins. The first one of a file has the size and the number of chunks.
const NOTE: usize = 16;
/// What is read at once.
const BUFFER: usize = 64 << 10;

pub(super) type Note = [u8; NOTE];

/// What the notes of an upload say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Noted {
    /// How many bytes it will have.
    pub(super) size: u64,
    /// How many chunks there will be; zero as long as nobody has said.
    pub(super) total: u32,
    /// One for each chunk that has come.
    pub(super) notes: Vec<Note>,
}

impl Noted {
    /// Where each chunk ends.
    pub(super) fn ends(&self) -> impl Iterator<Item = u64> {
        self.notes.iter().map(|note| number(note, 0))
    }
}

/// Where an upload lies. Whoever works on it takes its [`Uploads::turn`] first.
pub(crate) struct Partial<'a> {
    uploads: &'a Uploads,
    account: AccountId,
    name: String,
}

impl<'a> Partial<'a> {
    pub(super) fn named(uploads: &'a Uploads, account: AccountId, name: String) -> Self {
        Self { uploads, account, name }
    }

    pub(super) fn bytes(&self) -> PathBuf {
        self.uploads.folder.join(&self.name)
    }

    fn notes(&self) -> PathBuf {
        self.bytes().with_extension("notes")
    }

    /// What a growing upload is about; chunked ones have none.
    pub(super) fn about(&self) -> PathBuf {
        self.bytes().with_extension("about")
    }

    /// Its size, where it is not finished.
    pub(super) fn held(&self) -> Outcome<Option<u64>> {
        let noted = self.read()?.map(|noted| noted.size);
        // A power cut may have taken the notes, and then what it is about tells.
        Ok(noted.or_else(|| growing::size_of(&self.about())))
    }

    /// Begins, or goes on behind what is whole. `Busy` beyond the quota.
    pub(crate) fn begin(&self, size: u64, quota: Quota) -> Outcome<Progress> {
        self.uploads.sweep_sometimes()?;
        let is_new = !self.uploads.holds(self.account, &self.name);
        self.uploads.hold(self.account, &self.name, size, quota)?;
        let begun = self.begin_held(size);
        if is_new && begun.is_err() {
            // Nobody goes on with what did not begin.
            self.uploads.release(self.account, &self.name);
        }
        begun
    }

    fn begin_held(&self, size: u64) -> Outcome<Progress> {
        if let Some(state) = self.take_up()?
            && state.size == size
        {
            return Ok(state.into());
        }
        // What it has become, if it has, is true of those bytes alone.
        remove(&self.about())?;
        Ok(self.begin_anew(size)?.into())
    }

    /// Begins with the first byte, whatever there was.
    pub(super) fn begin_anew(&self, size: u64) -> Outcome<State> {
        let state = State { size, ..State::default() };
        self.rewrite(state, &[])?;
        // Whoever reads the old bytes meanwhile goes on reading those: they are not cut off, a new file takes their place.
        remove(&self.bytes())?;
        File::create(self.bytes())?;
        self.uploads.remember(&self.name, state);
        Ok(state)
    }

    pub(crate) fn append(&self, index: u32, total: u32, bytes: &[u8]) -> Outcome<Progress> {
        let state = self.take_up()?.ok_or(Refusal::NotThere)?;
        if index >= 1 && index <= state.chunks {
            return Ok(state.into());
        }
        if index != state.chunks.saturating_add(1)
            || index > total
            || (state.total != 0 && state.total != total)
        {
            return Err(Refusal::Unusable(Field::Message).into());
        }
        remove(&self.about())?;
        Ok(self.write(State { total, ..state }, state.total != total, bytes)?.into())
    }

    /// Adds bytes at the end, and a note of them.
    pub(super) fn write(&self, state: State, begins: bool, bytes: &[u8]) -> Outcome<State> {
        let end = u64::try_from(bytes.len()).ok().and_then(|length| state.bytes.checked_add(length));
        let end = end.filter(|end| *end <= state.size).ok_or(Refusal::TooLarge(Field::Message))?;
        // Whatever fails half-way, the next one looks at the files again.
        self.uploads.forget(&self.name);
        // A kill between taking the bytes away and the notes leaves notes alone: then it all begins again.
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(self.bytes())?;
        file.seek(SeekFrom::Start(state.bytes))?;
        file.write_all(bytes)?;
        let mut file = OpenOptions::new().write(true).open(self.notes())?;
        if begins {
            file.write_all(&first(state.size, state.total))?;
        }
        file.seek(SeekFrom::End(0))?;
        file.write_all(&note(end, &Sha256::digest(bytes).into()))?;
        let state = State { chunks: state.chunks.saturating_add(1), bytes: end, ..state };
        self.uploads.remember(&self.name, state);
        Ok(state)
    }

    pub(crate) fn discard(&self) -> Outcome<()> {
        for path in [self.notes(), self.bytes(), self.about()] {
            remove(&path)?;
        }
        self.uploads.release(self.account, &self.name);
        Ok(())
    }

    /// Makes a blob of an upload that is whole. Answered when it is on disk.
    pub(crate) fn finish(&self, shelves: &Shelves) -> Outcome<Blob> {
        let state = self.take_up()?.ok_or(Refusal::NotThere)?;
        if state.bytes != state.size || state.chunks != state.total {
            return Err(Refusal::Unusable(Field::Message).into());
        }
        let blob = self.blob(state.size)?;
        self.adopt(shelves, &blob)?;
        self.discard()?;
        Ok(blob)
    }

    /// What blob the bytes are, which are on disk by then.
    pub(super) fn blob(&self, size: u64) -> Outcome<Blob> {
        let mut file = File::open(self.bytes())?;
        if let Err(error) = file.sync_all() {
            // The system may have forgotten bytes that it still shows, and the next sync would not say so: they are to be sent again.
            self.discard()?;
            return Err(error.into());
        }
        let hash = hash(&mut file, size)?.ok_or(Stop::Damaged("an upload of another size"))?;
        Ok(Blob { hash, size })
    }

    /// Puts the bytes among the blobs, where that was not done before.
    pub(super) fn adopt(&self, shelves: &Shelves, blob: &Blob) -> Outcome<()> {
        match shelves.adopt(&self.bytes(), blob) {
            Err(Stop::File(error)) if error.kind() == ErrorKind::NotFound && shelves.renew(blob) => {}
            adopted => adopted?,
        }
        remove(&self.notes())?;
        self.uploads.release(self.account, &self.name);
        Ok(())
    }

    /// How far it has come: as is remembered, or as its files say, of which only what is whole stays.
    pub(super) fn take_up(&self) -> Outcome<Option<State>> {
        if let Some(state) = self.uploads.state(&self.name) {
            return Ok(Some(state));
        }
        let Some(Noted { size, total, notes }) = self.read()? else { return Ok(None) };
        let whole = whole(&self.bytes(), &notes)?;
        let kept = notes.get(..whole).unwrap_or_default();
        let bytes = kept.last().map_or(0, |note| number(note, 0));
        let state = State { size, total, chunks: u32::try_from(whole).unwrap_or(u32::MAX), bytes };
        if whole < notes.len() {
            self.rewrite(state, kept)?;
        }
        self.uploads.remember(&self.name, state);
        Ok(Some(state))
    }

    fn read(&self) -> Outcome<Option<Noted>> {
        Ok(noted(&self.notes())?)
    }

    fn rewrite(&self, state: State, notes: &[Note]) -> Outcome<()> {
        let all = [&first(state.size, state.total)[..], notes.as_flattened()].concat();
        Ok(fs::write(self.notes(), all)?)
    }
}

/// What a file of notes says; `None` where there is none, or not even its beginning. A file whose length is on the disk may have zeros for
/// what a power cut has taken, and no upload has the size 0.
pub(super) fn noted(path: &Path) -> io::Result<Option<Noted>> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let (notes, _) = bytes.as_chunks::<NOTE>();
    let Some((first, notes)) = notes.split_first() else { return Ok(None) };
    let total = u32::try_from(number(first, 8)).unwrap_or(0);
    let size = number(first, 0);
    Ok((size > 0).then(|| Noted { size, total, notes: notes.to_vec() }))
}

/// How many chunks are in a file as they were noted.
pub(super) fn whole(bytes: &Path, notes: &[Note]) -> io::Result<usize> {
    let Ok(mut file) = File::open(bytes) else { return Ok(0) };
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

impl From<State> for Progress {
    fn from(state: State) -> Self {
        Self { chunks: state.chunks, bytes: state.bytes, total: state.total }
    }
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
