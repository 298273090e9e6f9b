//! `history`: pages of old messages, from anywhere in what is stored.

use super::Timing;
use crate::chance::Chance;
use crate::clock;
use crate::latency::Course;
use crate::report::{CORES, Outcome};
use crate::stage::Stage;
use crate::stored;
use anyhow::bail;
use koine_dialect::client::{Answer, Ask, Heard};
use std::time::Duration;

/// How it is set.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// How many messages are stored before it begins.
    #[arg(long, default_value_t = 20_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) stored: u32,
    /// In how many conversations of two they are.
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) conversations: u32,
    /// The messages of a page.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) page: u32,
    /// How many of those who read do it at once.
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) at_once: u32,
    /// The bytes of a text.
    #[arg(long, default_value_t = 100, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(40..=60_000))]
    pub(crate) size: u32,
    #[command(flatten)]
    pub(crate) timing: Timing,
}

/// Pages a second.
pub(crate) const PAGES: &str = "pages/s";

/// Plays it.
pub(crate) fn play(stage: &Stage, subject: &str, flags: &Flags) -> anyhow::Result<Outcome> {
    let mut crowd = stage.crowd()?;
    let conversations = flags.conversations as usize;
    let rooms = stored::talk_of_twos(stage, &mut crowd, conversations)?;
    let each = stored::fill(stage, &mut crowd, &rooms, u64::from(flags.stored), flags.size as usize)?;
    stage.progress.say(format!("history: {subject}"));
    let (warm_up, measured) = (flags.timing.warm_up(), flags.timing.measured());
    let begin = clock::now();
    let (from, until) = (begin + warm_up, begin + warm_up + measured);
    let mut chance = Chance(stage.seed);
    let mut course = Course::new(measured);
    let mut messages = 0_u64;
    let mut since = vec![begin; conversations * 2];
    let mut free: Vec<usize> = (0..conversations.min(flags.at_once as usize)).map(|pair| pair * 2).collect();
    let mut before = None;
    stage.progress.begin(warm_up + measured);
    loop {
        let now = clock::now();
        stage.progress.at(now - begin);
        if now >= from && before.is_none() {
            before = Some((now, stage.process().map(|process| process.cpu()).transpose()?));
        }
        if now >= until {
            break;
        }
        for who in free.drain(..) {
            let page = u64::from(flags.page);
            // Whole pages, as far as there are any.
            let place = 1 + page + chance.below(each.saturating_sub(page) + 1);
            since[who] = clock::now();
            crowd.ask(who, Ask::Page { room: &rooms[who / 2], before: place, limit: page })?;
        }
        let mut trouble = None;
        crowd.turn(Duration::from_millis(50), &mut |who, heard| match heard {
            Heard::Answer(Answer::Page(count)) => {
                let now = clock::now();
                if now >= from {
                    course.note(now - from, now - since[who]);
                    messages += count as u64;
                }
                free.push(who);
            }
            Heard::Refused(why) => trouble = Some(format!("connection {who} is refused: {why}")),
            _ => {}
        })?;
        if let Some(trouble) = trouble {
            bail!(trouble);
        }
    }
    stage.progress.end();
    let mut outcome = Outcome::new("history", subject)
        .set("stored", flags.stored)
        .set("conversations", flags.conversations)
        .set("page", flags.page)
        .set("at once", flags.at_once)
        .set("size", flags.size);
    let (start, cpu) = before.unwrap_or((begin, None));
    outcome.seconds = (clock::now() - start).as_secs_f64();
    let pages = course.all.count();
    outcome.figure(PAGES, pages as f64 / outcome.seconds);
    outcome.figure("messages/page", messages as f64 / pages.max(1) as f64);
    if let Some((process, cpu)) = stage.process().zip(cpu) {
        let used = process.cpu()?.saturating_sub(cpu);
        outcome.figure(CORES, used.as_secs_f64() / outcome.seconds);
        outcome.each("server µs/page", used, pages);
    }
    outcome.course("page", course);
    outcome.memory(stage.process())?;
    Ok(outcome)
}
