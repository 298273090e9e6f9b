//! Uploads that grow byte by byte. Beside the bytes and the notes lies a file that says what they will be; and, once they have
//! become a blob, which one: that outlives them for some days.

use super::{Partial, State, remove};
use crate::blobs::Shelves;
use crate::folder;
use crate::outcome::Outcome;
use koine_model::Refusal;
use koine_model::media::Blob;
use koine_model::refusal::Field;
use koine_store::{NewUpload, Quota};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// A hash and a size; the hash of what is no blob yet is zeros.
const HEAD: usize = 40;
const NO_HASH: [u8; 32] = [0; 32];

/// What stands in the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct About {
    pub(super) blob: Option<Blob>,
    pub(super) new: NewUpload,
}

impl Partial<'_> {
    /// Begins, or goes on. One that has become a blob is begun anew.
    pub(crate) fn open(&self, new: &NewUpload, quota: Quota) -> Outcome<u64> {
        let bytes = self.begin(new.size, quota)?.bytes;
        write_synced(&self.about(), &About { blob: None, new: new.clone() }.encode())?;
        Ok(bytes)
    }

    pub(crate) fn look(&self) -> Outcome<Option<(u64, NewUpload)>> {
        let Some(About { blob, new }) = self.read_about()? else { return Ok(None) };
        let bytes = match blob {
            Some(blob) => blob.size,
            None => self.go_on(&new)?.bytes,
        };
        Ok(Some((bytes, new)))
    }

    /// Adds bytes; tells how many are there, and how many there will be.
    pub(crate) fn extend(&self, offset: u64, bytes: &[u8]) -> Outcome<(u64, u64)> {
        let About { blob, new } = self.read_about()?.ok_or(Refusal::NotThere)?;
        let state = match blob {
            // Nothing can be added to it: only what adds nothing fits.
            Some(blob) if offset == blob.size && bytes.is_empty() => return Ok((blob.size, new.size)),
            Some(_) => return Err(Refusal::Unusable(Field::Message).into()),
            None => self.go_on(&new)?,
        };
        if offset != state.bytes {
            return Err(Refusal::Unusable(Field::Message).into());
        }
        let state = if bytes.is_empty() { state } else { self.write(state, false, bytes)? };
        Ok((state.bytes, state.size))
    }

    /// The blob that what is whole is, or will be when it is taken. From then on it takes no bytes.
    pub(crate) fn weigh(&self) -> Outcome<(Blob, NewUpload)> {
        let About { blob, new } = self.read_about()?.ok_or(Refusal::NotThere)?;
        if let Some(blob) = blob {
            return Ok((blob, new));
        }
        let state = self.go_on(&new)?;
        if state.bytes != state.size {
            return Err(Refusal::Unusable(Field::Message).into());
        }
        let blob = self.blob(state.size)?;
        let about = About { blob: Some(blob), new };
        write_synced(&self.about(), &about.encode())?;
        Ok((blob, about.new))
    }

    /// The blob of what is whole. Which one it is is on disk before the bytes are moved, so that a crash loses neither.
    pub(crate) fn take(&self, shelves: &Shelves) -> Outcome<(Blob, NewUpload)> {
        let (blob, new) = self.weigh()?;
        if !self.has(&blob)? {
            if !shelves.renew(&blob) {
                return Err(Refusal::Unusable(Field::Message).into());
            }
            remove(&self.bytes())?;
        }
        self.adopt(shelves, &blob)?;
        Ok((blob, new))
    }

    /// Whether its bytes are those of the blob that it was weighed as.
    fn has(&self, blob: &Blob) -> Outcome<bool> {
        let is_noted = |state: State| state.size == blob.size && state.bytes == blob.size;
        if self.take_up()?.is_some_and(is_noted) {
            return Ok(true);
        }
        // A power cut took what was noted of it. The bytes were on the disk before it was weighed.
        match File::open(self.bytes()) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            opened => {
                let length = opened?.metadata()?.len();
                Ok(length == blob.size && self.blob(length)? == *blob)
            }
        }
    }

    /// How far one has come that is no blob yet. How large it will be is on the disk since it was opened; where a power cut took what was
    /// noted of its bytes, they are to be sent again.
    fn go_on(&self, new: &NewUpload) -> Outcome<State> {
        match self.take_up()?.filter(|state| state.size == new.size) {
            Some(state) => Ok(state),
            None => self.begin_anew(new.size),
        }
    }

    /// What stands in its file. Where that is torn nobody knows what the bytes are: all of it is discarded, and counts as not there.
    fn read_about(&self) -> Outcome<Option<About>> {
        let bytes = match fs::read(self.about()) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let about = About::decode(&bytes);
        if about.is_none() {
            tracing::warn!(file = %self.about().display(), "an upload is given up: what it is about is torn");
            self.discard()?;
        }
        Ok(about)
    }
}

/// How large an upload will be that is no blob yet, by the file that says what it is about.
pub(super) fn size_of(about: &Path) -> Option<u64> {
    let About { blob, new } = About::decode(&fs::read(about).ok()?)?;
    blob.is_none().then_some(new.size)
}

/// The blob that an upload has become, by the file that says what it is about.
pub(super) fn blob_of(about: &Path) -> Option<Blob> {
    About::decode(&fs::read(about).ok()?)?.blob
}

impl About {
    fn encode(&self) -> Vec<u8> {
        let hash = self.blob.map_or(NO_HASH, |blob| blob.hash);
        let text = format!("{}\n{}", self.new.mime, self.new.name);
        [&hash[..], &self.new.size.to_be_bytes(), text.as_bytes()].concat()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (head, text) = bytes.split_first_chunk::<HEAD>()?;
        let (hash, size) = head.split_first_chunk::<32>()?;
        let size = u64::from_be_bytes(*size.first_chunk()?);
        let (mime, name) = std::str::from_utf8(text).ok()?.split_once('\n')?;
        let blob = (*hash != NO_HASH).then_some(Blob { hash: *hash, size });
        Some(Self { blob, new: NewUpload { size, mime: mime.to_owned(), name: name.to_owned() } })
    }
}

/// Replaces a file as a whole, and waits for the disk.
fn write_synced(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let unfinished = path.with_extension("new");
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(folder::sync(path.parent().unwrap_or(path))?)
}
