//! What a round will be, made of its seed alone.

use koine_testkit::chance::Chance;
use std::fmt;
use std::time::Duration;

/// One round: a server that is killed several times.
pub(crate) struct Plan {
    /// When it is killed.
    pub(crate) kills: Vec<Moment>,
    /// What everybody's chances come from.
    pub(crate) chance: Chance,
}

/// When the server is killed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// So long after everybody has begun.
    After(Duration),
    /// So long after everybody has begun with the burst of this number.
    IntoBurst(u32, Duration),
    /// As soon as so much was acknowledged, and so much later.
    Acknowledged(usize, Duration),
}

/// How often a server is killed.
const KILLS: usize = 2;

impl Plan {
    /// The plan of this seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed);
        let kills = (0..KILLS).map(|_| Moment::by(&mut chance)).collect();
        Self { kills, chance }
    }
}

/// The same in an order of chance.
pub(crate) fn shuffled<T, const N: usize>(chance: &mut Chance, all: [T; N]) -> Vec<T> {
    let mut all: Vec<T> = all.into();
    for last in (1..N).rev() {
        all.swap(last, chance.below(last + 1));
    }
    all
}

impl Moment {
    fn by(chance: &mut Chance) -> Self {
        let mut below = |millis: u64| Duration::from_micros(chance.draw() % (millis * 1000));
        let (long, short, instant) = (below(1500), below(25), below(4));
        match chance.below(6) {
            0 => Self::After(long),
            // At once: an answer that comes before what it promises is on the disk is found out most often then.
            1 | 2 => Self::Acknowledged(1 + chance.below(250), Duration::ZERO),
            3 => Self::Acknowledged(1 + chance.below(250), instant),
            _ => Self::IntoBurst(u32::try_from(1 + chance.below(6)).unwrap_or(1), short),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kills {:?}", self.kills)
    }
}
