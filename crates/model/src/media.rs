//! Media: bytes that a message names.

use crate::MediaId;
use bytes::Bytes;
use std::fmt;

/// Bytes in the store, named by what they are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Blob {
    /// SHA-256 of the bytes.
    pub hash: [u8; 32],
    /// How many bytes.
    pub size: u64,
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.size)
    }
}

/// An attachment as a message holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Media {
    /// Its unguessable name in URLs.
    pub id: MediaId,
    /// Its bytes.
    pub blob: Blob,
    /// MIME type, as the sender gave it or as the bytes tell.
    pub mime: String,
    /// File name; may be empty.
    pub name: String,
}

impl Media {
    /// Whether it is a picture.
    pub fn is_image(&self) -> bool {
        self.mime.starts_with("image/")
    }
}

/// An attachment on its way in.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    /// MIME type; empty when the sender did not say.
    pub mime: String,
    /// File name; empty when the sender did not say.
    pub name: String,
    /// The bytes.
    pub bytes: Bytes,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({}, {} bytes)", self.mime, self.bytes.len())
    }
}

/// The bytes of the media that a reply or an event names; a blob that is not here is too large to be handed over.
#[derive(Clone, Default)]
pub struct Blobs(Vec<(Blob, Bytes)>);

impl Blobs {
    /// The bytes of `blob`.
    pub fn find(&self, blob: &Blob) -> Option<&Bytes> {
        self.0.iter().find(|(known, _)| known == blob).map(|(_, bytes)| bytes)
    }

    /// How many bytes they are, taken together.
    pub fn size(&self) -> usize {
        self.0.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// Adds the bytes of `blob`.
    pub fn add(&mut self, blob: Blob, bytes: Bytes) {
        if self.find(&blob).is_none() {
            self.0.push((blob, bytes));
        }
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blobs({})", self.0.len())
    }
}
