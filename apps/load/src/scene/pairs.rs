//! `pairs`: people in twos, of whom one writes to the other. What is acknowledged is on the disk.

use super::{Timing, filling, rate};
use crate::crowd::Sizes;
use crate::report::Outcome;
use crate::stage::Stage;
use crate::stored;
use crate::talk::{self, Manner, Talker};

/// How it is set.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// How many pairs.
    #[arg(long, default_value_t = 32, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=30_000))]
    pub(crate) pairs: u32,
    /// How many messages of each pair are under way at once.
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) window: u32,
    /// The bytes of a text.
    #[arg(long, default_value_t = 100, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(40..=1_000_000))]
    pub(crate) size: u32,
    /// So many messages a second, all pairs together, instead of as many as are taken.
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    /// How many messages are stored before it begins.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) stored: u32,
    #[command(flatten)]
    pub(crate) timing: Timing,
}

/// Plays it. Tells the sizes of the frames, too.
pub(crate) fn play(stage: &Stage, subject: &str, flags: &Flags) -> anyhow::Result<(Outcome, Sizes)> {
    let mut crowd = stage.crowd()?;
    let pairs = flags.pairs as usize;
    let people = 0..pairs * 2;
    let mut first = 0;
    let rooms = if stage.is_bare() {
        // Whoever is even talks to the next one.
        crowd.connect_all(people, &|who| format!("{who}/{}", who ^ 1))?;
        vec!["1000".to_owned(); pairs]
    } else {
        let rooms = stored::talk_of_twos(stage, &mut crowd, pairs)?;
        first = stored::fill(stage, &mut crowd, &rooms, u64::from(flags.stored), flags.size as usize)?;
        stored::hear(&mut crowd)?;
        rooms
    };
    let talkers = rooms.into_iter().enumerate().map(|(pair, room)| {
        let who = pair * 2;
        Talker { who, room, recipients: who + 1..who + 2 }
    });
    let talkers: Vec<Talker> = talkers.collect();
    let manner = Manner {
        window: flags.window as usize,
        size: flags.size as usize,
        rate: flags.rate,
        warm_up: flags.timing.warm_up(),
        measured: flags.timing.measured(),
        filling: filling(stage, flags.size as usize),
        first,
    };
    stage.progress.say(format!("pairs: {subject}"));
    let measured = talk::run(&mut crowd, &talkers, &manner, stage.process(), &stage.progress)?;
    let mut outcome = Outcome::new("pairs", subject)
        .set("pairs", flags.pairs)
        .set("window", flags.window)
        .set("size", flags.size)
        .set("stored", flags.stored)
        .set("rate", flags.rate.unwrap_or(0.0));
    outcome.talked(measured);
    outcome.memory(stage.process())?;
    Ok((outcome, crowd.sizes()))
}
