//! `login`: a storm of people who connect, sign in, sign out where the protocol has a word for it, and are gone again, each after the other, many at once.
//!
//! Passwords cost what they cost by default: a login is mostly that.

use super::Timing;
use crate::clock;
use crate::latency::Course;
use crate::report::{CORES, Outcome};
use crate::stage::{PASSWORD, Stage};
use anyhow::bail;
use koine_dialect::client::{Answer, Ask, Heard};
use std::time::Duration;

/// How it is set.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// How many people there are.
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) people: u32,
    /// How many of them are on their way in at once.
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) at_once: u32,
    /// Makes passwords as cheap as can be, so that what is left of a login is seen.
    #[arg(long)]
    pub(crate) cheap_passwords: bool,
    #[command(flatten)]
    pub(crate) timing: Timing,
}

/// Logins a second.
pub(crate) const LOGINS: &str = "logins/s";

/// Plays it.
pub(crate) fn play(stage: &Stage, subject: &str, flags: &Flags) -> anyhow::Result<Outcome> {
    let mut crowd = stage.crowd()?;
    let people = flags.people as usize;
    let at_once = (flags.at_once as usize).min(people);
    let known = stage.register_and_leave(&mut crowd, 0..people)?;
    stage.progress.say(format!("login: {subject}"));
    let (warm_up, measured) = (flags.timing.warm_up(), flags.timing.measured());
    let begin = clock::now();
    let (from, until) = (begin + warm_up, begin + warm_up + measured);
    let mut course = Course::new(measured);
    // Each place is taken by one of its own people after the other, so that nobody signs in twice at once.
    let mut since = vec![begin; at_once];
    let mut turns = vec![0_usize; at_once];
    let mut free: Vec<usize> = (0..at_once).collect();
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
        for place in free.drain(..) {
            let its_people = (people - place).div_ceil(at_once);
            let me = &known[place + turns[place] % its_people * at_once];
            (turns[place], since[place]) = (turns[place] + 1, clock::now());
            crowd.connect(place, "")?;
            crowd.ask(place, Ask::SignIn { me, password: PASSWORD, rooms: &[] })?;
        }
        let mut trouble = None;
        let mut entered = Vec::new();
        crowd.turn(Duration::from_millis(50), &mut |place, heard| match heard {
            Heard::Answer(Answer::Entered(_)) => entered.push(place),
            Heard::Answer(Answer::Left) => free.push(place),
            Heard::Refused(why) => trouble = Some(format!("connection {place} is refused: {why}")),
            _ => {}
        })?;
        if let Some(trouble) = trouble {
            bail!(trouble);
        }
        let now = clock::now();
        for place in entered {
            if now >= from {
                course.note(now - from, now - since[place]);
            }
            // Devices that were never signed out are too many at some time.
            if !crowd.try_ask(place, Ask::SignOut)? {
                free.push(place);
            }
        }
        free.iter().for_each(|place| crowd.hang_up(*place));
    }
    stage.progress.end();
    let mut outcome = Outcome::new("login", subject)
        .set("people", flags.people)
        .set("at once", flags.at_once)
        .set("cheap passwords", u8::from(flags.cheap_passwords));
    let (start, cpu) = before.unwrap_or((begin, None));
    outcome.seconds = (clock::now() - start).as_secs_f64();
    let logins = course.all.count();
    outcome.figure(LOGINS, logins as f64 / outcome.seconds);
    if let Some((process, cpu)) = stage.process().zip(cpu) {
        let used = process.cpu()?.saturating_sub(cpu);
        outcome.figure(CORES, used.as_secs_f64() / outcome.seconds);
        outcome.each("server µs/login", used, logins);
    }
    outcome.course("signed in", course);
    outcome.memory(stage.process())?;
    Ok(outcome)
}
