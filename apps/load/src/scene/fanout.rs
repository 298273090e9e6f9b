//! `fanout`: one group, in which one talks and all who are online hear it.

use super::{Timing, filling, rate};
use crate::crowd::{Crowd, OwnAnswer, Sizes};
use crate::report::Outcome;
use crate::stage::Stage;
use crate::talk::{self, Manner, Talker};
use anyhow::bail;
use koine_dialect::client::Ask;

/// How it is set.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// How many members are online beside the one who talks.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub(crate) online: u32,
    /// How many members there are beside them, who are not.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(crate) away: u32,
    /// How many messages are under way at once.
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) window: u32,
    /// The bytes of a text.
    #[arg(long, default_value_t = 100, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(40..=1_000_000))]
    pub(crate) size: u32,
    /// So many messages a second, instead of as many as are taken.
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    #[command(flatten)]
    pub(crate) timing: Timing,
}

/// Plays it. Tells the sizes of the frames, too.
pub(crate) fn play(stage: &Stage, subject: &str, flags: &Flags) -> anyhow::Result<(Outcome, Sizes)> {
    let mut crowd = stage.crowd()?;
    let online = flags.online as usize;
    let room = if stage.is_bare() {
        let more = |who: usize| if who == 0 { "0/all".to_owned() } else { format!("{who}/{who}") };
        crowd.connect_all(0..online + 1, &more)?;
        "1000".to_owned()
    } else {
        gather(stage, &mut crowd, flags)?
    };
    let talkers = [Talker { who: 0, room, recipients: 1..online + 1 }];
    let manner = Manner {
        window: flags.window as usize,
        size: flags.size as usize,
        rate: flags.rate,
        warm_up: flags.timing.warm_up(),
        measured: flags.timing.measured(),
        filling: filling(stage, flags.size as usize),
        first: 0,
    };
    stage.progress.say(format!("fanout: {subject}"));
    let measured = talk::run(&mut crowd, &talkers, &manner, stage.process(), &stage.progress)?;
    let mut outcome = Outcome::new("fanout", subject)
        .set("online", flags.online)
        .set("away", flags.away)
        .set("window", flags.window)
        .set("size", flags.size)
        .set("rate", flags.rate.unwrap_or(0.0));
    outcome.talked(measured);
    outcome.memory(stage.process())?;
    Ok((outcome, crowd.sizes()))
}

/// Makes the group: those who are away first, who hang up once they have accounts.
fn gather(stage: &Stage, crowd: &mut Crowd, flags: &Flags) -> anyhow::Result<String> {
    let (online, away) = (flags.online as usize, flags.away as usize);
    let mut others = stage.register_and_leave(crowd, online + 1..online + 1 + away)?;
    others.extend(stage.register(crowd, 0..online + 1)?.into_iter().skip(1));
    stage.progress.say("making the group");
    let mut room = String::new();
    let mut ask =
        |crowd: &mut Crowd, who: usize| crowd.ask(who, Ask::Group { name: "the load", others: &others });
    crowd.each(0..1, 1, &mut ask, &mut |_, _, answer| {
        let OwnAnswer::Room(made) = answer else { bail!("{answer:?} instead of a group") };
        room = made;
        Ok(())
    })?;
    Ok(room)
}
