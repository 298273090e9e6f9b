//! `idle`: connections on which people are signed in and say nothing, and what each of them costs in memory.
//!
//! The accounts are made first, and the server is started again: what making them has left behind would hide what connections take.

use super::filling;
use crate::clock;
use crate::crowd::{Crowd, Deadline};
use crate::report::Outcome;
use crate::stage::Stage;
use crate::stamp::Stamp;
use anyhow::{Context, bail};
use koine_dialect::client::{Ask, Heard, Known};
use std::time::Duration;

/// How it is set.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// How many connections. Two open files for each are needed on the whole, half of them by the server.
    #[arg(long, default_value_t = 15_000, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=60_000))]
    pub(crate) connections: u32,
    /// After that, everybody says one text of so many bytes to somebody else; 0 is nothing.
    #[arg(long, default_value_t = 65_536, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(crate) exchange: u32,
}

/// Idle is who has done nothing for so long: the server has had time to put away what it worked with.
const QUIET: Duration = Duration::from_secs(7);

/// KiB of the server's memory for each connection.
pub(crate) const EACH: &str = "KiB/connection";
/// The same after each has said and heard something large.
pub(crate) const EACH_AFTER: &str = "KiB/connection after the exchange";

/// Plays it.
pub(crate) fn play(stage: &mut Stage, subject: &str, flags: &Flags) -> anyhow::Result<Outcome> {
    let mut crowd = stage.crowd()?;
    let people = 0..flags.connections as usize & !1;
    let mut known = stage.register_and_leave(&mut crowd, people.clone())?;
    let restarted = stage.restart()? > Duration::ZERO;
    crowd.redirect(stage.destination()?);
    let process = stage.process().context("the memory of a server that runs already is read by its --pid")?;
    settle(&mut crowd, Duration::from_secs(1))?;
    let before = process.memory()?;
    let begin = clock::now();
    stage.progress.say(format!("idle: {subject}"));
    crowd.connect_all(people.clone(), &|_| String::new())?;
    stage.enter(&mut crowd, people.clone(), &mut known, false)?;
    let entered = clock::now() - begin;
    settle(&mut crowd, QUIET)?;
    let mut outcome =
        Outcome::new("idle", subject).set("connections", flags.connections).set("exchange", flags.exchange);
    outcome.seconds = entered.as_secs_f64();
    outcome.figure("signed in/s", people.len() as f64 / entered.as_secs_f64());
    outcome.figure("after a restart", f64::from(u8::from(restarted)));
    let each = |now: u64| now.saturating_sub(before) as f64 / 1024.0 / people.len() as f64;
    outcome.figure("MiB before", before as f64 / f64::from(1 << 20));
    outcome.figure(EACH, each(process.memory()?));
    if flags.exchange > 0 {
        exchange(stage, &mut crowd, &known, flags.exchange as usize)?;
        settle(&mut crowd, QUIET)?;
        outcome.figure(EACH_AFTER, each(process.memory()?));
    }
    outcome.memory(Some(process))?;
    Ok(outcome)
}

/// Lets so much time go by, in which connections are only kept.
fn settle(crowd: &mut Crowd, time: Duration) -> anyhow::Result<()> {
    let end = clock::now() + time;
    while clock::now() < end {
        crowd.turn(Duration::from_millis(100), &mut |_, _| {})?;
    }
    Ok(())
}

/// Has everybody say something to the one beside them; it has arrived when this is done.
fn exchange(stage: &Stage, crowd: &mut Crowd, known: &[Known], size: usize) -> anyhow::Result<()> {
    const AT_ONCE: usize = 32;
    let met: Vec<(usize, &Known)> = (0..known.len()).map(|who| (who, &known[who ^ 1])).collect();
    let rooms = stage.meet(crowd, &met)?;
    let (text, filling) = (&mut String::new(), filling(stage, size));
    stage.progress.say("everybody says something");
    stage.progress.begin_count(known.len() as u64);
    let mut waiting = 0..known.len();
    let (mut under_way, mut done) = (0, 0);
    let mut deadline = Deadline::new();
    while done < known.len() {
        while under_way < AT_ONCE
            && let Some(who) = waiting.next()
        {
            let stream = u32::try_from(who).context("too many people")?;
            Stamp { stream, number: 1, at: 0 }.write(text, size, &filling);
            crowd.ask(who, Ask::Say { room: &rooms[who], key: 1, text })?;
            under_way += 1;
        }
        let (mut arrived, mut refused) = (0, None);
        crowd.turn(Duration::from_secs(1), &mut |who, heard| match heard {
            Heard::Said(text) if Stamp::find(text).is_some_and(|it| it.stream as usize == who ^ 1) => {
                arrived += 1
            }
            Heard::Refused(why) => refused = Some(format!("connection {who} is refused: {why}")),
            _ => {}
        })?;
        if let Some(refused) = refused {
            bail!(refused);
        }
        if arrived > 0 {
            deadline = Deadline::new();
        }
        (0..arrived).for_each(|_| stage.progress.step());
        under_way -= arrived;
        done += arrived;
        deadline.check("what everybody says")?;
    }
    Ok(())
}
