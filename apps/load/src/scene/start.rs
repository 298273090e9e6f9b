//! `start`: how long it takes until a server serves, how much memory it has then, and how large its program is.

use crate::clock;
use crate::latency::Course;
use crate::report::Outcome;
use crate::stage::Stage;
use crate::stored;
use anyhow::ensure;
use std::time::Duration;

/// How it is set.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// How many messages are stored.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) stored: u32,
    /// How many times it is started.
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) times: u32,
}

/// MiB of the program.
pub(crate) const BINARY: &str = "binary MiB";

/// Plays it.
pub(crate) fn play(stage: &mut Stage, subject: &str, flags: &Flags) -> anyhow::Result<Outcome> {
    const CONVERSATIONS: usize = 100;
    const SIZE: usize = 100;
    if flags.stored > 0 {
        let mut crowd = stage.crowd()?;
        let rooms = stored::talk_of_twos(stage, &mut crowd, CONVERSATIONS)?;
        stored::fill(stage, &mut crowd, &rooms, u64::from(flags.stored), SIZE)?;
    }
    stage.progress.say(format!("start: {subject}"));
    stage.progress.begin_count(u64::from(flags.times));
    let begin = clock::now();
    let mut course = Course::new(Duration::from_secs(1));
    for _ in 0..flags.times {
        let took = stage.restart()?;
        ensure!(took > Duration::ZERO, "a server that runs already is not started");
        course.note(Duration::ZERO, took);
        stage.progress.step();
    }
    let mut outcome = Outcome::new("start", subject).set("stored", flags.stored).set("times", flags.times);
    outcome.seconds = (clock::now() - begin).as_secs_f64();
    outcome.course("ready", course);
    if let Some(binary) = stage.binary() {
        outcome.figure(BINARY, std::fs::metadata(binary)?.len() as f64 / f64::from(1 << 20));
    }
    outcome.memory(stage.process())?;
    Ok(outcome)
}
