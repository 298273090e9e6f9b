//! The handshake of media, either way: one side offers and sends, the other acknowledges each step.

use super::super::File;
use super::super::line::{decoded, expect, words};
use super::{TypePayload, envelope};
use koine_dialect::toolbox::base64;
use serde_json::{Value, json};

/// How much of a file this client sends at once, in bytes.
const CHUNK: usize = 10_000;

/// What is being received.
pub(super) struct Incoming {
    id: String,
    size: usize,
    file: File,
}

impl TypePayload {
    /// Sends a file in chunks, and waits until the server says that it has all of it.
    pub(super) async fn give_media(&mut self, room: &str, file: &File) -> Result<(), String> {
        self.sent += 1;
        let id = format!("file-{}", self.sent);
        let with = |more: Value| {
            let mut payload = json!({"sender": self.me.handle, "receiver": room, "mediaId": id});
            if let (Some(payload), Some(more)) = (payload.as_object_mut(), more.as_object()) {
                payload.extend(more.clone());
            }
            payload
        };
        let answers = |kind: &'static str| {
            let id = id.clone();
            move |frame: &Value| frame["type"] == kind && frame["payload"]["mediaId"] == id
        };
        let done = |frame: &Value| frame["payload"]["code"] == 0;
        let offer = with(json!({"mediaType": file.mime, "mediaSize": file.bytes.len()}));
        let request = envelope("MEDIA_MESSAGE", offer);
        let answer = self.line.ask(&request, answers("MEDIA_MESSAGE_ACK")).await?;
        expect(answer, done)?;
        let chunks = file.bytes.chunks(CHUNK);
        let total = chunks.len();
        for (index, chunk) in chunks.enumerate() {
            let data = base64::encode(chunk);
            let data = with(json!({"data": data, "chunkIndex": index + 1, "totalChunks": total}));
            let request = envelope("MEDIA_MESSAGE_DATA", data);
            let answer = self.line.ask(&request, answers("MEDIA_MESSAGE_DATA_ACK")).await?;
            expect(answer, |frame| done(frame) && frame["payload"]["chunkIndex"] == index + 1)?;
        }
        let complete = self.line.find(answers("MEDIA_MESSAGE_COMPLETE")).await?;
        expect(complete, done)?;
        self.line.send(&envelope("MEDIA_MESSAGE_COMPLETE_ACK", with(json!({"code": 0})))).await
    }

    /// Takes one step of what is being received; gives the file when that was the last one.
    pub(super) async fn take_media(&mut self, kind: &str, payload: &Value) -> Result<Option<File>, String> {
        let id = words(&payload["mediaId"]);
        match (kind, &mut self.incoming) {
            ("MEDIA_MESSAGE", None) => {
                let size = payload["mediaSize"].as_u64().and_then(|size| usize::try_from(size).ok());
                let size = size.ok_or_else(|| format!("no size: {payload}"))?;
                let file = File { mime: words(&payload["mediaType"]), ..File::default() };
                self.incoming = Some(Incoming { id, size, file });
                self.acknowledge("MEDIA_MESSAGE_ACK", payload).await?;
            }
            ("MEDIA_MESSAGE_DATA", Some(incoming)) if incoming.id == id => {
                incoming.file.bytes.extend(decoded(&payload["data"])?);
                let is_whole = incoming.file.bytes.len() == incoming.size;
                let is_last = payload["chunkIndex"] == payload["totalChunks"];
                self.acknowledge("MEDIA_MESSAGE_DATA_ACK", payload).await?;
                if is_whole && is_last {
                    self.acknowledge("MEDIA_MESSAGE_COMPLETE", payload).await?;
                } else if is_last {
                    return Err(format!("{id} is not whole"));
                }
            }
            ("MEDIA_MESSAGE_COMPLETE_ACK", Some(incoming)) if incoming.id == id => {
                return Ok(self.incoming.take().map(|incoming| incoming.file));
            }
            (kind, _) if kind.starts_with("MEDIA_MESSAGE") => return Err(format!("{kind} {payload}")),
            _ => {}
        }
        Ok(None)
    }

    async fn acknowledge(&mut self, kind: &str, payload: &Value) -> Result<(), String> {
        let mut answer = json!({
            "sender": payload["receiver"], "receiver": payload["sender"],
            "mediaId": payload["mediaId"], "code": 0,
        });
        if kind == "MEDIA_MESSAGE_DATA_ACK" {
            answer["chunkIndex"] = payload["chunkIndex"].clone();
        }
        self.line.send(&envelope(kind, answer)).await
    }
}
