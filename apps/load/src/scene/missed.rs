//! `missed`: somebody was away while much was said in many conversations, and comes back.

use crate::chance::Chance;
use crate::clock;
use crate::crowd::{Crowd, Deadline, OwnAnswer};
use crate::latency::Course;
use crate::process::Process;
use crate::receipts::{Faults, Stream};
use crate::report::{CORES, CPU_MESSAGE, MESSAGES, Outcome};
use crate::stage::{PASSWORD, Stage};
use crate::stamp::Stamp;
use anyhow::{bail, ensure};
use koine_dialect::client::{Answer, Ask, Heard, Known};
use std::time::Duration;

/// How it is set.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// In how many conversations something was said.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) conversations: u32,
    /// How much in all of them together.
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) missed: u32,
    /// The bytes of a text.
    #[arg(long, default_value_t = 100, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(40..=60_000))]
    pub(crate) size: u32,
    /// How many times somebody comes back. Where the server remembers what has arrived, only the first time counts.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) times: u32,
}

/// Plays it.
pub(crate) fn play(stage: &Stage, subject: &str, flags: &Flags) -> anyhow::Result<Outcome> {
    let mut crowd = stage.crowd()?;
    let others = flags.conversations as usize;
    let known = stage.register(&mut crowd, 0..others + 1)?;
    let [others_known @ .., me] = &known[..] else { bail!("nobody") };
    let met: Vec<(usize, &Known)> = (0..others).map(|who| (who, me)).collect();
    let rooms = stage.meet(&mut crowd, &met)?;
    // What the one who comes back calls them.
    let mut own = Vec::new();
    for other in others_known {
        crowd.each(
            others..others + 1,
            1,
            &mut |crowd, who| crowd.ask(who, Ask::Meet { other }),
            &mut |_, _, answer| {
                let OwnAnswer::Room(room) = answer else { bail!("{answer:?} instead of a conversation") };
                own.push(room);
                Ok(())
            },
        )?;
    }
    crowd.hang_up(others);
    let each = fill(stage, &mut crowd, &rooms, flags)?;
    stage.progress.say(format!("missed: {subject}"));
    let mut outcome = Outcome::new("missed", subject)
        .set("conversations", flags.conversations)
        .set("missed", flags.missed)
        .set("size", flags.size)
        .set("times", flags.times);
    let mut first = Course::new(Duration::from_secs(1));
    let mut all = Course::new(Duration::from_secs(1));
    let mut entered = Course::new(Duration::from_secs(1));
    for _ in 0..flags.times {
        let before = stage.process().map(Process::cpu).transpose()?;
        let back = come_back(&mut crowd, others, me, &own, each)?;
        if let Some((process, before)) = stage.process().zip(before) {
            let used = process.cpu()?.saturating_sub(before);
            outcome.figure(CORES, used.as_secs_f64() / back.all.as_secs_f64());
            outcome.each(CPU_MESSAGE, used, each * own.len() as u64);
        }
        first.note(Duration::ZERO, back.first);
        all.note(Duration::ZERO, back.all);
        entered.note(Duration::ZERO, back.entered);
        outcome.faults(back.faults);
        outcome.figure(MESSAGES, (each * own.len() as u64) as f64 / back.all.as_secs_f64());
    }
    outcome.course("signed in", entered);
    outcome.course("first message", first);
    outcome.course("all messages", all);
    outcome.memory(stage.process())?;
    Ok(outcome)
}

/// Has everybody say their part of it, in an order that is up to chance; tells how much each has said.
fn fill(stage: &Stage, crowd: &mut Crowd, rooms: &[String], flags: &Flags) -> anyhow::Result<u64> {
    const AT_ONCE: usize = 256;
    let filling = super::filling(stage, flags.size as usize);
    let each = u64::from(flags.missed).div_ceil(rooms.len() as u64);
    let mut order: Vec<usize> = (0..rooms.len()).flat_map(|who| (0..each).map(move |_| who)).collect();
    let mut chance = Chance(stage.seed);
    for place in (1..order.len()).rev() {
        order.swap(place, usize::try_from(chance.below(place as u64 + 1))?);
    }
    stage.progress.say("storing messages");
    stage.progress.begin_count(order.len() as u64);
    let (mut numbers, mut text) = (vec![0; rooms.len()], String::new());
    let mut ask = |crowd: &mut Crowd, who: usize| {
        numbers[who] += 1;
        let stamp = Stamp { stream: u32::try_from(who)?, number: numbers[who], at: 0 };
        stamp.write(&mut text, flags.size as usize, &filling);
        crowd.ask(who, Ask::Say { room: &rooms[who], key: numbers[who], text: &text })
    };
    crowd.each(order.iter().copied(), AT_ONCE, &mut ask, &mut |_, _, answer| {
        ensure!(answer == OwnAnswer::Taken, "{answer:?} instead of an acknowledgement");
        stage.progress.step();
        Ok(())
    })?;
    Ok(each)
}

/// How somebody came back: times from when the connection was begun.
struct Back {
    entered: Duration,
    first: Duration,
    all: Duration,
    faults: Faults,
}

fn come_back(crowd: &mut Crowd, who: usize, me: &Known, rooms: &[String], each: u64) -> anyhow::Result<Back> {
    let begin = clock::now();
    crowd.connect(who, "")?;
    crowd.ask(who, Ask::SignIn { me, password: PASSWORD, rooms })?;
    let (mut entered, mut first, mut last) = (None, None, begin);
    let mut streams = vec![Stream::default(); rooms.len()];
    let mut faults = Faults::default();
    let (mut heard_of, wanted) = (0, each * rooms.len() as u64);
    let mut deadline = Deadline::new();
    while heard_of < wanted {
        let (so_far, mut refused) = (heard_of, None);
        crowd.turn(Duration::from_millis(100), &mut |ear, heard| match heard {
            Heard::Answer(Answer::Entered(_)) if ear == who => entered = Some(clock::now()),
            Heard::Refused(why) => refused = Some(why.to_owned()),
            Heard::Said(text) if ear == who => {
                let Some(stamp) = Stamp::find(text) else { return };
                let Some(stream) = streams.get_mut(stamp.stream as usize) else { return };
                last = clock::now();
                first.get_or_insert(last);
                stream.note(stamp.number, &mut faults);
                heard_of += 1;
            }
            _ => {}
        })?;
        if let Some(refused) = refused {
            bail!("coming back is refused: {refused}");
        }
        if heard_of > so_far {
            deadline = Deadline::new();
        }
        deadline.check("what was missed")?;
    }
    crowd.hang_up(who);
    faults.lost = streams.iter().map(|stream| stream.outstanding(each)).sum();
    let since = |moment: Option<Duration>| moment.unwrap_or(last).saturating_sub(begin);
    Ok(Back { entered: since(entered), first: since(first), all: last - begin, faults })
}
