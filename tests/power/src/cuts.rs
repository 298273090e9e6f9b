//! Cuts the power at every moment of a record, and looks at what is left.

use crate::disk::{Disk, Left, Lies, Luck};
use crate::examine::Complaint;
use crate::trace::Record;
use koine_testkit::chance::Chance;
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::Instant;

/// How many contents of the disk are looked at for one moment: the first ones are always nothing and all.
pub const KINDS: usize = 8;
/// How many cuts a thread takes at once, so that what led to them is gone through once for all of them.
const AT_ONCE: usize = 32;

/// What was done to a disk, and what it held before.
pub struct Cuts {
    /// What it held.
    pub before: Disk,
    /// What was done.
    pub records: Vec<Record>,
    /// What is left of a moment is drawn by this.
    pub seed: u64,
}

/// For how long cuts are tried.
#[derive(Clone, Copy)]
pub struct Time {
    /// At least so long, with more contents of any moments, unless there are no more.
    pub least: Duration,
    /// At most so long, even when not each moment was tried once.
    pub most: Duration,
}

/// How far it came.
pub struct Tried {
    /// How many moments were tried.
    pub moments: usize,
    /// Of so many.
    pub all_moments: usize,
    /// How many contents were tried. There are [`KINDS`] of each moment.
    pub contents: usize,
    /// How many of them were the same as one that had been opened already, of which the same was asked.
    pub known: usize,
    /// What was wrong with the first bad one.
    pub complaint: Option<Complaint>,
}

struct Cut {
    moment: usize,
    kind: usize,
    /// Whether the moment was not tried before.
    is_first: bool,
}

impl Cuts {
    /// How many records there were each time before the disk was touched again: whatever was acknowledged until then must be there.
    pub fn moments(&self) -> Vec<usize> {
        let touching = self.records.iter().enumerate().filter(|(_, record)| record.touches_the_disk());
        touching.map(|(number, _)| number).skip(1).chain([self.records.len()]).collect()
    }

    /// Tries each moment once, in any order and with each kind in its turn, and then other contents of any moments, as long as there is
    /// time. `look` is given what is left and how many records there were; whatever it says of the first is the complaint. What it asks is
    /// the same after so many records as after others for which `asked` gives the same: what it has seen already is not shown to it again.
    pub fn everywhere(
        &self,
        lies: Lies,
        time: Time,
        asked: impl Fn(usize) -> usize + Sync,
        look: impl Fn(&Runtime, &Path, usize) -> Result<(), Complaint> + Sync,
    ) -> Tried {
        let (first, rest) = self.planned();
        // As many as the machine has processors.
        let threads = std::thread::available_parallelism().map_or(2, |threads| threads.get().max(2));
        // No batch has both, so that whoever has no time for the rest leaves nothing of the first out.
        let batches: Vec<_> = first.chunks(AT_ONCE).chain(rest.chunks(AT_ONCE)).collect();
        let [next, moments, contents, known] = [const { AtomicUsize::new(0) }; 4];
        let seen = Mutex::new(HashSet::new());
        let begun = Instant::now();
        let work = || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                let (mut disk, mut applied) = (self.before.clone().lying(lies), 0);
                for cut in *batch {
                    let bound = if cut.is_first { time.most } else { time.least };
                    if begun.elapsed() > bound || next.load(Ordering::Relaxed) > batches.len() + threads {
                        return None;
                    }
                    self.records[applied..cut.moment].iter().for_each(|record| disk.apply(record));
                    applied = cut.moment;
                    let (luck, held) = self.left(&disk, cut.moment, cut.kind);
                    contents.fetch_add(1, Ordering::Relaxed);
                    moments.fetch_add(usize::from(cut.is_first), Ordering::Relaxed);
                    let id = (held.id(), asked(cut.moment));
                    if !seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
                        known.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    let folder = quick_folder();
                    let left = folder.path().join("data");
                    held.write(&left);
                    if let Err(complaint) = look(&runtime, &left, cut.moment) {
                        // Nobody need go on.
                        next.store(batches.len() + threads + 1, Ordering::Relaxed);
                        let last = &self.records[cut.moment.saturating_sub(1)];
                        let last = format!("{last:?}").chars().take(200).collect::<String>();
                        return Some(format!(
                            "after {applied} records, the last of them {last}, with {luck:?}: {complaint}"
                        ));
                    }
                }
            }
            None
        };
        let complaint = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let complaints: Vec<_> =
                threads.into_iter().filter_map(|thread| thread.join().expect("no panic")).collect();
            complaints.into_iter().next()
        });
        Tried {
            moments: moments.into_inner(),
            all_moments: self.moments().len(),
            contents: contents.into_inner(),
            known: known.into_inner(),
            complaint,
        }
    }

    /// Writes into `folder` what the disk may hold at a moment. The same kind is the same each time.
    pub fn leave_at(&self, moment: usize, kind: usize, folder: &Path) {
        let mut disk = self.before.clone();
        self.records[..moment].iter().for_each(|record| disk.apply(record));
        self.left(&disk, moment, kind).1.write(folder);
    }

    fn left<'a>(&self, disk: &'a Disk, moment: usize, kind: usize) -> (Luck, Left<'a>) {
        let mut chance = Chance::of(self.seed ^ (u64::try_from(moment * KINDS + kind).expect("a number")));
        let luck = match kind {
            0 => Luck::Nothing,
            1 => Luck::All,
            2 | 3 => Luck::AllBut(chance.below(disk.uncertain().max(1))),
            _ => Luck::Any(chance),
        };
        let left = disk.left(&luck);
        (luck, left)
    }

    /// One cut of each moment, and all others, in the order in which they are tried: each batch goes forward in time.
    fn planned(&self) -> (Vec<Cut>, Vec<Cut>) {
        let mut chance = Chance::of(self.seed ^ 0x5eed);
        let turn = chance.below(KINDS);
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for (place, moment) in self.moments().into_iter().enumerate() {
            for kind in 0..KINDS {
                let is_first = kind == (place + turn) % KINDS;
                let pass = if is_first { &mut first } else { &mut rest };
                pass.push(Cut { moment, kind, is_first });
            }
        }
        for pass in [&mut first, &mut rest] {
            for place in (1..pass.len()).rev() {
                pass.swap(place, chance.below(place + 1));
            }
            pass.chunks_mut(AT_ONCE).for_each(|batch| batch.sort_by_key(|cut| cut.moment));
        }
        (first, rest)
    }
}

impl Tried {
    /// What share of the moments was tried, in percent, rounded down.
    pub fn share(&self) -> usize {
        100 * self.moments / self.all_moments.max(1)
    }

    /// How far it came, in words.
    pub fn told(&self) -> String {
        let (all, share) = (self.all_moments * KINDS, self.share());
        let of_all = 100 * self.contents / all.max(1);
        format!(
            "{} of {} moments ({share} %) were tried, and {} of {all} contents of the disk ({of_all} %), {} of them known already",
            self.moments, self.all_moments, self.contents, self.known
        )
    }
}

/// What a variable of the environment says.
pub fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |number| number.parse().expect("a number"))
}

/// A folder in memory, where there is such a thing: what is opened there need not survive anything.
pub fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder")
}
