//! What was acknowledged, and when: found in what the server has sent.

pub use crate::promise::{Content, Promise, Standing, State};
use crate::trace::Record;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A standing, and when it can have begun to be so.
pub struct Stood {
    /// How many records were there, with the one that carried the acknowledgement.
    pub at: usize,
    /// How many records were there when it can have been asked for first: as soon as what was asked before was answered.
    pub begun: usize,
    /// What.
    pub what: Standing,
}

/// A file that was begun to be uploaded.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Whose it is.
    pub account: u64,
    /// What messages call it.
    pub name: String,
    /// All of its bytes.
    pub bytes: Vec<u8>,
}

/// Everything that was promised, in the order in which it was.
pub struct Ledger {
    /// How many records of the trace were there, with the one that carried the acknowledgement; and what it promises.
    pub promises: Vec<(usize, Promise)>,
    /// What changes to and fro, in the order in which it was acknowledged.
    pub standing: Vec<Stood>,
    /// How many records were there when an upload was there first, and the upload.
    pub uploads: Vec<(usize, Upload)>,
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
    /// The number of a request, that of the one that was answered before it was asked, and what stands since its answer.
    pub standing: Vec<(u64, u64, Standing)>,
    /// What was begun to be uploaded.
    pub uploads: Vec<Upload>,
    /// What clients were sent whose answers have no numbers.
    pub visits: Vec<Visit>,
}

/// What a client was sent whose answers have no numbers.
pub struct Visit {
    /// Everything.
    pub received: Vec<u8>,
    /// Up to where of that an acknowledgement goes, in bytes, and what it promises.
    pub taken: Vec<(usize, Promise)>,
}

impl Notes {
    /// Takes in somebody else's.
    pub fn join(&mut self, other: Self) {
        self.answered.extend(other.answered);
        self.said.extend(other.said);
        self.standing.extend(other.standing);
        self.uploads.extend(other.uploads);
        self.visits.extend(other.visits);
    }
}

impl Ledger {
    /// Finds out when what is in `notes` was acknowledged. A text counts as acknowledged as soon as it is shown to anybody.
    pub fn of(notes: Notes, trace: &[Record]) -> Self {
        let streams = Streams::of(trace);
        let mut promises = Vec::new();
        let answers = streams.answers();
        let answered = |id: u64| *answers.get(&id).unwrap_or_else(|| panic!("the trace has no answer {id}"));
        let shown = |promise: &Promise| match promise {
            Promise::Said { content: Content::Text(text), .. }
            | Promise::Edited(_, text)
            | Promise::Uttered { text, .. } => streams.find(format!("\"{text}\"").as_bytes()),
            _ => None,
        };
        for (id, promise) in notes.answered {
            let at = answered(id);
            promises.push((shown(&promise).map_or(at, |shown| shown.min(at)), promise));
        }
        for Visit { received, taken } in notes.visits {
            let (stream, begin) = streams.place(&received);
            for (end, promise) in taken {
                let at = stream.records(begin + end).expect("what came was sent");
                promises.push((shown(&promise).map_or(at, |shown| shown.min(at)), promise));
            }
        }
        promises.sort_by_key(|(at, _)| *at);
        let standing = notes.standing.into_iter().map(|(id, before, what)| {
            let (at, begun) = (answered(id), answered(before));
            Stood { at, begun, what }
        });
        let mut standing: Vec<_> = standing.collect();
        standing.sort_by_key(|stood| stood.at);
        let uploads = notes.uploads.into_iter().map(|upload| {
            let made = streams.find(format!("/api/uploads/{}", upload.name).as_bytes());
            (made.expect("the trace has the name of each upload"), upload)
        });
        let uploads = uploads.collect();
        let mut wordings: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (_, promise) in &promises {
            match promise {
                Promise::Said { place, content: Content::Text(text), .. } | Promise::Edited(place, text) => {
                    wordings.entry(*place).or_default().push(text.clone());
                }
                _ => {}
            }
        }
        Self { promises, standing, uploads, said: notes.said, wordings }
    }

    /// The ledger of a second life, which begins with what a power cut has left of the first after `records` records: what was promised by
    /// then is from the beginning, and what was asked for later may be so.
    #[must_use]
    pub fn lived_on(&self, records: usize, second: Self) -> Self {
        let at = |at: usize| if at <= records { 0 } else { usize::MAX };
        let mut promises: Vec<_> =
            self.promises.iter().map(|(then, promise)| (at(*then), promise.clone())).collect();
        promises.extend(second.promises);
        promises.sort_by_key(|(at, _)| *at);
        let stood = self.standing.iter().map(|Stood { at: then, begun, what }| Stood {
            at: at(*then),
            begun: at(*begun),
            what: what.clone(),
        });
        let standing = stood.chain(second.standing).collect();
        let mut uploads: Vec<_> =
            self.uploads.iter().map(|(then, upload)| (at(*then), upload.clone())).collect();
        uploads.extend(second.uploads);
        let said = [self.said.clone(), second.said].concat();
        let mut wordings = self.wordings.clone();
        // A place that nobody was told of may be another message's now.
        for (place, texts) in second.wordings {
            wordings.entry(place).or_default().extend(texts);
        }
        Self { promises, standing, uploads, said, wordings }
    }

    /// The uploads that were under way after `records` records: no message that names one was acknowledged.
    pub fn under_way(&self, records: usize) -> Vec<&Upload> {
        let is_named = |upload: &Upload| {
            let hash = <[u8; 32]>::from(Sha256::digest(&upload.bytes));
            self.until(records)
                .any(|promise| matches!(promise, Promise::Said { content: Content::File(file), .. } if *file == hash))
        };
        let begun = self.uploads.iter().filter(|(at, _)| *at <= records);
        begun.map(|(_, upload)| upload).filter(|upload| !is_named(upload)).collect()
    }

    /// How much is asked of a disk after `records` records. As long as that is the same, the same is asked.
    pub fn asked(&self, records: usize) -> usize {
        let promised = self.until(records).count();
        let stands = self.standing.iter().flat_map(|stood| [stood.at, stood.begun]);
        let began = self.uploads.iter().map(|(at, _)| *at);
        promised + stands.chain(began).filter(|at| *at <= records).count()
    }

    /// Every kind of deed that was acknowledged.
    pub fn kinds(&self) -> BTreeSet<&'static str> {
        let mut kinds: BTreeSet<_> = self.promises.iter().map(|(_, promise)| promise.kind()).collect();
        let mut last = BTreeMap::new();
        for Stood { what, .. } in &self.standing {
            let before = last.insert(what.key(), what);
            kinds.extend(what.deeds(before));
        }
        kinds
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
        let first = |stream: &Stream| stream.records(stream.position(mark)? + mark.len());
        self.0.values().filter_map(first).min()
    }

    /// The stream that has all of these bytes, and where they begin in it.
    fn place(&self, received: &[u8]) -> (&Stream, usize) {
        let found = self.0.values().find_map(|stream| Some((stream, stream.position(received)?)));
        found.expect("what a client has received was sent to it")
    }

    /// How many records there were with the answer to each request of native's, by its number.
    fn answers(&self) -> HashMap<u64, usize> {
        const MARK: &[u8] = b"{\"id\":";
        let mut answers = HashMap::new();
        for stream in self.0.values() {
            for (begin, _) in stream.all.windows(MARK.len()).enumerate().filter(|(_, part)| *part == MARK) {
                let rest = &stream.all[begin + MARK.len()..];
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                if rest[digits..].starts_with(b",\"ok\"")
                    && let Ok(id) = String::from_utf8_lossy(&rest[..digits]).parse()
                    && let Some(records) = stream.records(begin + MARK.len() + digits)
                {
                    answers.entry(id).or_insert(records);
                }
            }
        }
        answers
    }
}

impl Stream {
    fn position(&self, part: &[u8]) -> Option<usize> {
        self.all.windows(part.len()).position(|found| found == part)
    }

    /// How many records there were when the first `end` bytes were sent.
    fn records(&self, end: usize) -> Option<usize> {
        self.ends.iter().find(|(until, _)| *until >= end).map(|(_, records)| *records)
    }
}
