//! `MEDIA_MESSAGE_DATA`: one chunk of an attachment.
//!
//! A chunk that was stored before is acknowledged again. One that cannot be right ends the transfer.

use super::{Asked, Name, Outcome, Verb, code};
use crate::incoming::{Chunk, NO_TRANSFER, Verdict};
use crate::op::media_complete;
use crate::refusal::{DONE, Family};
use crate::session::Conversing;
use crate::wire::Echo;
use koine_dialect::Outbox;
use koine_model::Reply;
use koine_model::upload::{self, Command};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct MediaData {
    sender: Name,
    media_id: Name,
    data: String,
    chunk_index: u32,
    total_chunks: u32,
}

impl Verb for MediaData {
    const TYPE: &'static str = "MEDIA_MESSAGE_DATA";
    const ANSWER: &'static str = "MEDIA_MESSAGE_DATA_ACK";
    const ECHO: &'static [&'static str] = &["sender", "receiver", "mediaId", "chunkIndex"];
    const FAMILY: Family = Family::Media;
    const TURNED: bool = true;

    fn speaker(&self) -> &str {
        self.sender.as_str()
    }

    fn submit(self, echo: Echo, session: &mut Conversing, out: &mut Outbox) -> Result<(), u32> {
        let id = self.media_id.as_str();
        if session.uploads.is_done(id) {
            out.send(echo.frame(DONE, out.now()));
            return Ok(());
        }
        let transfer = session.uploads.find(id).ok_or(NO_TRANSFER)?;
        let chunk = Chunk { data: &self.data, index: self.chunk_index, total: self.total_chunks };
        match transfer.judge(&chunk) {
            Verdict::Known => out.send(echo.frame(DONE, out.now())),
            Verdict::Next(bytes) => {
                let command = Command::Append {
                    key: id.to_owned(),
                    index: self.chunk_index,
                    total: self.total_chunks,
                    bytes: bytes.into(),
                };
                session.ask(Asked::MediaData(echo, id.to_owned()), command, out);
            }
            Verdict::Drop(code) => {
                session.uploads.end(id);
                session.ask(Asked::Nothing, Command::Drop { key: id.to_owned() }, out);
                return Err(code);
            }
        }
        Ok(())
    }
}

pub(crate) fn answer(echo: Echo, id: &str, outcome: Outcome, session: &mut Conversing, out: &mut Outbox) {
    match outcome {
        Ok(Reply::Upload(upload::Reply::Progress(progress))) => {
            out.send(echo.frame(DONE, out.now()));
            let Some(transfer) = session.uploads.find(id) else { return };
            transfer.progress = progress;
            if transfer.is_whole() {
                media_complete::finish(id, session, out);
            }
        }
        outcome => {
            session.uploads.end(id);
            out.send(echo.frame(code(Family::Media, &outcome), out.now()));
        }
    }
}
