//! What was acknowledged, and when: found in what the server has sent.

use crate::trace::Record;
use std::collections::{BTreeMap, HashMap};

/// What an acknowledgement promises.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Promise {
    /// There is an account of this handle, and the token signs in to it.
    Account {
        /// The handle.
        handle: String,
        /// The token.
        token: String,
    },
    /// There is a group of this name with so many members.
    Group(String, usize),
    /// One account has asked the other to be friends.
    Asked(u64, u64),
    /// There is a message that says this: a text, or what is in a file.
    Said {
        /// The place: conversation and `seq`.
        place: (u64, u64),
        /// Who said it.
        sender: u64,
        /// What.
        content: Content,
    },
    /// The message at a place was given this text.
    Edited((u64, u64), String),
    /// Somebody has put an emoji to the message at a place.
    Reacted((u64, u64), u64, String),
    /// Somebody has read everything up to a place.
    Read(u64, (u64, u64)),
    /// An account says this of itself.
    Status(u64, String),
}

/// What a message says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Content {
    /// A text.
    Text(String),
    /// A file, by the SHA-256 of its bytes.
    File([u8; 32]),
}

/// Everything that was promised, in the order in which it was.
pub struct Ledger {
    /// How many records of the trace were there, with the one that carried the acknowledgement; and what it promises.
    pub promises: Vec<(usize, Promise)>,
    /// Everything that was said, acknowledged or not.
    pub said: Vec<Content>,
    /// All texts that a message has had, in the order in which it was given them.
    pub wordings: BTreeMap<(u64, u64), Vec<String>>,
}

/// What a client has noted: the number of its request, which no other request has, and what the answer promises.
#[derive(Default)]
pub struct Notes {
    /// Requests and promises.
    pub answered: Vec<(u64, Promise)>,
    /// Everything that was said, acknowledged or not.
    pub said: Vec<Content>,
}

impl Ledger {
    /// Finds out when what is in `notes` was acknowledged. A text counts as acknowledged as soon as it is shown to anybody.
    pub fn of(notes: Notes, trace: &[Record]) -> Self {
        let streams = Streams::of(trace);
        let mut promises = Vec::new();
        for (id, promise) in notes.answered {
            let mut marks = vec![format!("{{\"id\":{id},\"ok\"")];
            if let Promise::Said { content: Content::Text(text), .. } | Promise::Edited(_, text) = &promise {
                marks.push(format!("\"{text}\""));
            }
            let found = marks.iter().filter_map(|mark| streams.find(mark.as_bytes())).min();
            let at = found.unwrap_or_else(|| panic!("the trace has no answer {id}: {promise:?}"));
            promises.push((at, promise));
        }
        promises.sort_by_key(|(at, _)| *at);
        let mut wordings: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (_, promise) in &promises {
            match promise {
                Promise::Said { place, content: Content::Text(text), .. } | Promise::Edited(place, text) => {
                    wordings.entry(*place).or_default().push(text.clone());
                }
                _ => {}
            }
        }
        Self { promises, said: notes.said, wordings }
    }

    /// What was promised by the first `records` records.
    pub fn until(&self, records: usize) -> impl Iterator<Item = &Promise> {
        self.promises.iter().take_while(move |(at, _)| *at <= records).map(|(_, promise)| promise)
    }
}

/// What was sent through each descriptor.
struct Streams(HashMap<i32, Stream>);

#[derive(Default)]
struct Stream {
    all: Vec<u8>,
    /// Where each part of it ends, and how many records there were with the one of that part.
    ends: Vec<(usize, usize)>,
}

impl Streams {
    fn of(trace: &[Record]) -> Self {
        let mut streams: HashMap<i32, Stream> = HashMap::new();
        for (number, record) in trace.iter().enumerate() {
            if let Record::Sent(fd, bytes) = record {
                let stream = streams.entry(*fd).or_default();
                stream.all.extend(bytes);
                stream.ends.push((stream.all.len(), number + 1));
            }
        }
        Self(streams)
    }

    /// How many records there were when all of `mark` was sent for the first time.
    fn find(&self, mark: &[u8]) -> Option<usize> {
        let first = |Stream { all, ends }: &Stream| {
            let end = all.windows(mark.len()).position(|part| part == mark)? + mark.len();
            ends.iter().find(|(until, _)| *until >= end).map(|(_, records)| *records)
        };
        self.0.values().filter_map(first).min()
    }
}
