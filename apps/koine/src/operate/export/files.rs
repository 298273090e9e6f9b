//! What somebody has begun to upload, and what they have let go of.

use super::words::{self, add, moment};
use super::{Export, hexadecimal};
use koine_store_sqlite::Begun;
use serde_json::{Value, json};

impl Export<'_> {
    /// Writes the uploads, with their bytes as far as they have come. Tells how many are not finished.
    pub(super) fn uploads(&mut self, uploads: Vec<Begun>) -> anyhow::Result<usize> {
        let (mut listed, mut unfinished) = (Vec::new(), 0);
        for (number, upload) in (1..).zip(uploads) {
            let Begun { name, mime, size, received, changed, blob, bytes } = upload;
            let mut file = Value::Null;
            match (bytes, &blob) {
                (Some(bytes), _) => {
                    let place = format!("{number}{}", words::ending(name.as_deref().unwrap_or_default()));
                    self.folder.write_bytes(bytes, "uploads", &place)?;
                    file = format!("uploads/{place}").into();
                }
                // What it has become may have been let go of since.
                (None, Some(blob)) => file = self.file_if_there(blob, name.as_deref().unwrap_or_default())?,
                (None, None) => {}
            }
            unfinished += usize::from(blob.is_none());
            let mut object = json!({
                "name": name,
                "mime": mime,
                "size": size,
                "received": received,
                "changed": moment(changed),
                "finished": blob.is_some(),
            });
            add(&mut object, "sha256", blob.map_or(Value::Null, |blob| hexadecimal(&blob.hash).into()));
            add(&mut object, "file", file);
            listed.push(object);
        }
        self.folder.write("uploads.json", &json!({ "uploads": listed }))?;
        Ok(unfinished)
    }

    /// Writes the files that count as somebody's still, and that nothing of theirs may name.
    pub(super) fn leftovers(&mut self) -> anyhow::Result<()> {
        let mut listed = Vec::new();
        for blob in self.archive.leftovers(self.id)? {
            let file = self.file_if_there(&blob, "")?;
            listed.push(json!({ "size": blob.size, "sha256": hexadecimal(&blob.hash), "file": file }));
        }
        self.folder.write("leftovers.json", &json!({ "leftovers": listed }))
    }
}
