//! Media that this client is sending: what is known of each transfer, and what is wrong with a chunk.
//!
//! The bytes are on the disk of the store from the first chunk on. What is kept here is what a chunk is checked against.

use crate::wire::Echo;
use koine_dialect::toolbox::base64;
use koine_model::ConversationId;
use koine_model::conversation::ConversationRef;
use koine_model::upload::Progress;

/// The transfers of one client.
#[derive(Default, Debug)]
pub(crate) struct Uploads {
    transfers: Vec<Incoming>,
    /// The last ones that were completed: a client that has not heard so may still send their chunks.
    done: Vec<String>,
}

/// One transfer.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// The client's name for it.
    pub(crate) id: String,
    /// What all answers repeat.
    pub(crate) echo: Echo,
    pub(crate) to: ConversationRef,
    /// The group that the receiver is, when it is no person after all.
    pub(crate) otherwise: Option<ConversationId>,
    pub(crate) size: u64,
    pub(crate) mime: String,
    /// What is there already.
    pub(crate) progress: Progress,
}

/// A chunk as it came.
pub(crate) struct Chunk<'a> {
    pub(crate) data: &'a str,
    pub(crate) index: u32,
    pub(crate) total: u32,
}

/// What is to be done with a chunk.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It is stored already.
    Known,
    /// It is the next one.
    Next(Vec<u8>),
    /// The transfer is over, with this code.
    Drop(u32),
}

/// A chunk that there cannot be, or not yet.
pub(crate) const OUT_OF_RANGE: u32 = 5101;
/// Another number of chunks than before.
pub(crate) const WRONG_TOTAL: u32 = 5102;
/// More bytes than were announced, or fewer.
pub(crate) const WRONG_SIZE: u32 = 5103;
/// No base64.
pub(crate) const NO_BASE64: u32 = 5104;
/// Nothing is being transferred under that name.
pub(crate) const NO_TRANSFER: u32 = 5105;

/// The most transfers that one client has under way.
const MOST: usize = 32;

impl Uploads {
    /// Whether one more may begin.
    pub(crate) fn has_room(&self) -> bool {
        self.transfers.len() < MOST
    }

    pub(crate) fn begin(&mut self, incoming: Incoming) {
        self.done.retain(|done| *done != incoming.id);
        self.end(&incoming.id);
        self.transfers.push(incoming);
    }

    pub(crate) fn find(&mut self, id: &str) -> Option<&mut Incoming> {
        self.transfers.iter_mut().find(|transfer| transfer.id == id)
    }

    pub(crate) fn end(&mut self, id: &str) {
        self.transfers.retain(|transfer| transfer.id != id);
    }

    pub(crate) fn complete(&mut self, id: String) {
        self.end(&id);
        if self.done.len() >= MOST {
            self.done.remove(0);
        }
        self.done.push(id);
    }

    pub(crate) fn is_done(&self, id: &str) -> bool {
        self.done.iter().any(|done| done == id)
    }
}

impl Incoming {
    /// Whether all of it is there.
    pub(crate) fn is_whole(&self) -> bool {
        self.progress.bytes == self.size && self.progress.chunks == self.progress.total
    }

    /// Looks at a chunk.
    pub(crate) fn judge(&self, chunk: &Chunk<'_>) -> Verdict {
        let Progress { chunks, bytes, total } = self.progress;
        if chunk.total == 0 || (total != 0 && chunk.total != total) {
            return Verdict::Drop(WRONG_TOTAL);
        }
        if chunk.index == 0 || chunk.index > chunk.total || chunk.index > chunks.saturating_add(1) {
            return Verdict::Drop(OUT_OF_RANGE);
        }
        if chunk.index <= chunks {
            return Verdict::Known;
        }
        let Some(data) = base64::decode(chunk.data) else { return Verdict::Drop(NO_BASE64) };
        let after = bytes.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        let is_last = chunk.index == chunk.total;
        if data.is_empty() || after > self.size || (is_last && after != self.size) {
            return Verdict::Drop(WRONG_SIZE);
        }
        Verdict::Next(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use koine_model::account::AccountRef;
    use proptest::prelude::*;

    fn incoming(progress: Progress) -> Incoming {
        Incoming {
            id: "m".into(),
            echo: Echo::new("MEDIA_MESSAGE_ACK", &[], &serde_json::Map::new()),
            to: ConversationRef::With(AccountRef::Typed("bob".into())),
            otherwise: None,
            size: 6,
            mime: String::new(),
            progress,
        }
    }

    #[test]
    fn a_chunk_is_next_or_known_or_ends_the_transfer() {
        let half = Progress { chunks: 1, bytes: 3, total: 2 };
        let check = |progress, data: &str, index, total, expected| {
            assert_eq!(
                incoming(progress).judge(&Chunk { data, index, total }),
                expected,
                "{data} {index}/{total}"
            );
        };
        check(Progress::default(), "YWJj", 1, 2, Verdict::Next(b"abc".to_vec()));
        check(half, "ZGVm", 2, 2, Verdict::Next(b"def".to_vec()));
        check(half, "not looked at", 1, 2, Verdict::Known);
        check(half, "ZGVm", 0, 2, Verdict::Drop(OUT_OF_RANGE));
        check(half, "ZGVm", 3, 2, Verdict::Drop(OUT_OF_RANGE));
        check(Progress::default(), "ZGVm", 2, 2, Verdict::Drop(OUT_OF_RANGE));
        check(half, "ZGVm", 2, 3, Verdict::Drop(WRONG_TOTAL));
        check(Progress::default(), "ZGVm", 0, 0, Verdict::Drop(WRONG_TOTAL));
        check(half, "ZGVmZ2hp", 2, 2, Verdict::Drop(WRONG_SIZE));
        check(half, "ZA==", 2, 2, Verdict::Drop(WRONG_SIZE));
        check(half, "", 2, 2, Verdict::Drop(WRONG_SIZE));
        check(half, "!", 2, 2, Verdict::Drop(NO_BASE64));
    }

    proptest! {
        #[test]
        fn what_is_cut_is_put_together(bytes in proptest::collection::vec(any::<u8>(), 1..400), length in 1_usize..90) {
            let mut transfer = incoming(Progress::default());
            transfer.size = u64::try_from(bytes.len()).unwrap();
            let pieces: Vec<&[u8]> = bytes.chunks(length).collect();
            let total = u32::try_from(pieces.len()).unwrap();
            let mut received = Vec::new();
            for (index, piece) in (1..).zip(&pieces) {
                let data = base64::encode(piece);
                let chunk = Chunk { data: &data, index, total };
                let Verdict::Next(data) = transfer.judge(&chunk) else { panic!("{index} of {total}") };
                received.extend_from_slice(&data);
                let bytes = u64::try_from(received.len()).unwrap();
                transfer.progress = Progress { chunks: index, bytes, total };
                prop_assert_eq!(transfer.judge(&chunk), Verdict::Known);
            }
            prop_assert!(transfer.is_whole());
            prop_assert_eq!(received, bytes);
        }
    }
}
