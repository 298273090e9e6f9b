//! What lies in the folder of uploads, for whoever only looks at it, beside a server that goes on with them.

use super::growing::About;
use super::partial::{Noted, noted, whole};
use super::{SWEPT, account_of};
use koine_model::AccountId;
use koine_model::media::Blob;
use koine_store::NewUpload;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// An upload, as its files have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Left {
    /// Whose it is; `None` for what is no upload at all.
    pub(crate) account: Option<AccountId>,
    /// Where its bytes lie, if they are there.
    pub(crate) path: PathBuf,
    /// How many bytes there are; `None` without a file.
    length: Option<u64>,
    notes: Option<Noted>,
    about: Described,
}

/// What an upload is about.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Described {
    /// Nobody has said: whoever sends chunks says it at the end.
    Not,
    Torn,
    So(About),
}

/// The uploads in a folder, by the names of their files.
pub(crate) fn left(folder: &Path) -> io::Result<BTreeMap<String, Left>> {
    let mut found = BTreeMap::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let path = PathBuf::from(entry?.file_name());
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name != SWEPT && !found.contains_key(&name) {
            // Somebody may finish it just now.
            let looked = look(folder, &name)?;
            found.insert(name, looked);
        }
    }
    Ok(found)
}

fn look(folder: &Path, name: &str) -> io::Result<Left> {
    let path = folder.join(name);
    // The bytes are written before the notes of them: read later, they are no fewer.
    let notes = noted(&path.with_extension("notes"))?;
    let about = match fs::read(path.with_extension("about")) {
        Err(error) if error.kind() == ErrorKind::NotFound => Described::Not,
        read => About::decode(&read?).map_or(Described::Torn, Described::So),
    };
    let length = match fs::metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        found => Some(found?.len()),
    };
    let is_digest = |digest: &str| digest.len() == 64 && digest.bytes().all(|it| it.is_ascii_hexdigit());
    let is_upload = name.split_once('-').is_some_and(|(_, digest)| is_digest(digest));
    let account = account_of(name).filter(|_| is_upload);
    Ok(Left { account, path, length, notes, about })
}

impl Left {
    /// How many bytes it will have, where that is known.
    pub(crate) fn size(&self) -> Option<u64> {
        self.said().map(|new| new.size).or_else(|| self.notes.as_ref().map(|noted| noted.size))
    }

    /// How many bytes were acknowledged, as far as that is noted: behind what a power cut has left of the notes there may be zeros.
    pub(crate) fn received(&self) -> u64 {
        match self.blob() {
            Some(blob) => blob.size,
            None => self.notes.as_ref().map_or(0, |noted| {
                let mut last = 0;
                for end in noted.ends() {
                    if end < last {
                        break;
                    }
                    last = end;
                }
                last
            }),
        }
    }

    /// What was said of it when it was begun.
    pub(crate) fn said(&self) -> Option<&NewUpload> {
        match &self.about {
            Described::So(about) => Some(&about.new),
            Described::Not | Described::Torn => None,
        }
    }

    /// What it has become.
    pub(crate) fn blob(&self) -> Option<Blob> {
        match &self.about {
            Described::So(about) => about.blob,
            Described::Not | Described::Torn => None,
        }
    }

    /// When something of it was changed last.
    pub(crate) fn changed(&self) -> Option<SystemTime> {
        let files = [self.path.clone(), self.path.with_extension("notes"), self.path.with_extension("about")];
        files.iter().filter_map(|file| fs::metadata(file).ok()?.modified().ok()).max()
    }

    /// What is not as it would be without a crash, if anything is, and what becomes of it. All of its bytes are read where `deep` says so.
    pub(crate) fn fault(&self, deep: bool) -> io::Result<Option<String>> {
        const AGAIN: &str = "it begins again with its first byte";
        if self.account.is_none() {
            return Ok(Some("it is no upload, and goes some days after it was touched last".to_owned()));
        }
        if self.about == Described::Torn {
            return Ok(Some("what it is about is torn: nobody can go on with it, and it goes some days after it was touched last".to_owned()));
        }
        if let Some(blob) = self.blob() {
            let wrong = self.length.filter(|length| *length != blob.size);
            return Ok(wrong.map(|length| {
                format!(
                    "it was finished with {} bytes, and its file has {length}: it is to be sent again",
                    blob.size
                )
            }));
        }
        let Some(noted) = &self.notes else {
            // Whoever sends chunks says how many bytes there will be when they begin, and begins anew.
            return Ok(Some(format!("there are no notes of what has come: {AGAIN}")));
        };
        if let Some(size) = self.said().map(|new| new.size).filter(|size| *size != noted.size) {
            return Ok(Some(format!(
                "its notes say that it will have {} bytes, and what it is about says {size}: {AGAIN}",
                noted.size
            )));
        }
        let is_too_much = |chunks: usize, bytes: u64| {
            let chunks = u32::try_from(chunks).unwrap_or(u32::MAX);
            bytes > noted.size || (noted.total > 0 && chunks > noted.total)
        };
        let is_torn = !noted.ends().is_sorted() || is_too_much(noted.notes.len(), self.received());
        let is_short = self.length.unwrap_or(0) < self.received();
        if !is_torn && !is_short && !deep {
            return Ok(None);
        }
        // What the server does when somebody goes on with it.
        let whole = whole(&self.path, &noted.notes)?;
        let kept = whole.checked_sub(1).and_then(|last| noted.ends().nth(last)).unwrap_or(0);
        if is_too_much(whole, kept) {
            return Ok(Some("its notes do not go together: nobody can go on with it, and it goes some days after it was touched last".to_owned()));
        }
        if whole == noted.notes.len() {
            return Ok(None);
        }
        if is_torn {
            return Ok(Some(format!(
                "its notes do not go together: it goes on behind the first {kept} bytes"
            )));
        }
        let has = match self.length {
            None => "its file is missing".to_owned(),
            Some(length) if is_short => format!("its file has {length}"),
            Some(_) => "its file has other ones".to_owned(),
        };
        Ok(Some(format!(
            "{} bytes of it have come, and {has}: it goes on behind the first {kept}",
            self.received()
        )))
    }
}
