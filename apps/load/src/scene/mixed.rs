//! `mixed`: an ordinary day. Most people are there and say nothing; some write to a friend, some in a group, some show a picture where the
//! protocol has any, some look back, some go away and come back, to whom is then told what they have missed.

mod ear;
mod gallery;
mod town;

use super::{Timing, filling, rate};
use crate::chance::Chance;
use crate::clock;
use crate::crowd::Crowd;
use crate::errand::{Brought, Errand};
use crate::latency::Course;
use crate::process::Process;
use crate::report::{CORES, DELIVERIES, MESSAGES, Outcome};
use crate::stage::{PASSWORD, Stage};
use crate::stamp::Stamp;
use anyhow::{Context, bail};
use koine_dialect::client::{Ask, Picture};
use std::ops::Range;
use std::time::Duration;
use town::{Asked, Town, Uploading};

/// How it is set.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// How many people.
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=15_000))]
    pub(crate) people: u32,
    /// How many people a group has.
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(3..=1000))]
    pub(crate) group: u32,
    /// How many things people do in a second, all together.
    #[arg(long, default_value_t = 200.0, value_name = "N", value_parser = rate)]
    pub(crate) rate: f64,
    #[command(flatten)]
    pub(crate) timing: Timing,
}

/// The bytes of the longest text. Most are short.
const LONGEST: u64 = 1000;
/// For how long people are away.
const AWAY: Range<Duration> = Duration::from_millis(500)..Duration::from_secs(5);
/// How long nothing may happen at the end before what is outstanding counts as lost.
const QUIET: Duration = Duration::from_secs(15);

/// Plays it.
pub(crate) fn play(stage: &Stage, subject: &str, flags: &Flags) -> anyhow::Result<Outcome> {
    let mut crowd = stage.crowd()?;
    let mut town = Town::settle(stage, &mut crowd, flags.people as usize, flags.group as usize)?;
    stage.progress.say(format!("mixed: {subject}"));
    let mut day = Day {
        chance: Chance(stage.seed),
        filling: filling(stage, usize::try_from(LONGEST)?),
        text: String::new(),
        back: Vec::new(),
        deeds: 0,
    };
    let cpu = |process: Option<Process>| process.map(Process::cpu).transpose();
    let begin = clock::now();
    let (from, until) =
        (begin + flags.timing.warm_up(), begin + flags.timing.warm_up() + flags.timing.measured());
    town.span = from..until;
    let (mut due, mut before) = (begin, None);
    stage.progress.begin(until - begin);
    loop {
        let now = clock::now();
        stage.progress.at(now - begin);
        if now >= from && before.is_none() {
            before = Some((cpu(stage.process())?, day.deeds));
        }
        if now >= until {
            break;
        }
        while due <= now {
            day.deed(&mut town, &mut crowd, now)?;
            // People do not wait for each other: the pauses are those of chance.
            due += Duration::from_secs_f64(-(1.0 - day.chance.share()).ln() / flags.rate);
        }
        day.come_back(&mut town, &mut crowd, now)?;
        let patience = due.min(until).saturating_sub(now).min(Duration::from_millis(50));
        turn(&mut town, &mut crowd, patience)?;
    }
    let used =
        before.as_ref().and_then(|(cpu, _)| *cpu).zip(cpu(stage.process())?).map(|(one, two)| two - one);
    let deeds = day.deeds - before.map_or(0, |(_, deeds)| deeds);
    let seconds = (clock::now() - from).as_secs_f64();
    // Everybody comes back and hears what is outstanding.
    day.come_back(&mut town, &mut crowd, Duration::MAX)?;
    while town.outstanding() > 0 && clock::now() < town.heard + QUIET {
        turn(&mut town, &mut crowd, Duration::from_millis(50))?;
    }
    stage.progress.end();
    let mut outcome = Outcome::new("mixed", subject)
        .set("people", flags.people)
        .set("group", flags.group)
        .set("rate", flags.rate);
    outcome.seconds = seconds;
    outcome.figure("deeds/s", deeds as f64 / seconds);
    outcome.figure(MESSAGES, town.messages as f64 / seconds);
    outcome.figure(DELIVERIES, town.deliveries as f64 / seconds);
    if town.repeated > 0 {
        outcome.figure("repeated after coming back", town.repeated as f64);
    }
    let pictures = town.pictures;
    if pictures.shown > 0 {
        outcome.figure("pictures", pictures.shown as f64);
        outcome.figure("pictures told", pictures.told as f64);
        outcome.figure("pictures fetched", pictures.fetched as f64);
        outcome.figure("KiB/picture", town.gallery.mean() / 1024.0);
    }
    if let Some(used) = used {
        outcome.figure(CORES, used.as_secs_f64() / seconds);
        outcome.each("server µs/deed", used, deeds);
    }
    outcome.faults(town.faults());
    let empty = || Course::new(flags.timing.measured());
    let names = ["acknowledged", "delivered", "page", "signed in", "picture acknowledged", "picture fetched"];
    for (name, course) in names.into_iter().zip(&mut town.courses) {
        // Where there are no words for pictures, there is nothing to tell of them.
        if course.all.count() > 0 || !name.starts_with("picture") {
            outcome.course(name, std::mem::replace(course, empty()));
        }
    }
    outcome.memory(stage.process())?;
    Ok(outcome)
}

/// Sends what was asked, hears what comes, and sees to it that pictures get where they are to be.
fn turn(town: &mut Town, crowd: &mut Crowd, patience: Duration) -> anyhow::Result<()> {
    crowd.turn(patience, &mut |who, heard| town.hear(who, heard))?;
    for (who, path) in town.elsewhere.drain(..) {
        crowd.send_off(who, Errand::Fetch { path });
    }
    for (who, brought) in crowd.brought() {
        match brought {
            Brought::Fetched(picture) => drop(town.sees(who, &picture)),
            Brought::Uploaded(name) => {
                let person = &mut town.people[who];
                let Uploading { room, at } = person.uploading.take().context("nobody has shown this")?;
                person.key += 1;
                let (room, picture) = (&person.rooms[room].name, Picture::ByHttp(&name));
                crowd.ask(who, Ask::Show { room, key: person.key, picture })?;
                person.asked.push_back((Asked::Show, at));
            }
        }
    }
    town.check()
}

/// What people do, and when they come back.
struct Day {
    chance: Chance,
    filling: String,
    text: String,
    /// Who is away, and until when.
    back: Vec<(usize, Duration)>,
    deeds: u64,
}

impl Day {
    /// Somebody does something.
    fn deed(&mut self, town: &mut Town, crowd: &mut Crowd, now: Duration) -> anyhow::Result<()> {
        let who = usize::try_from(self.chance.below(town.people.len() as u64))?;
        if !town.people[who].is_in {
            return Ok(());
        }
        self.deeds += 1;
        match self.chance.below(100) {
            0..48 => self.say(town, crowd, who, false, now),
            48..72 => self.say(town, crowd, who, true, now),
            72..75 => self.show(town, crowd, who, false, now),
            75 => self.show(town, crowd, who, true, now),
            76..90 => {
                let room = &town.people[who].rooms[0];
                let before = town.said_in(room) + 1;
                let ask = Ask::Page { room: &room.name, before, limit: 50 };
                if crowd.try_ask(who, ask)? {
                    town.people[who].asked.push_back((Asked::Page, now));
                }
                Ok(())
            }
            // Who shows or fetches a picture waits for it.
            _ if town.people[who].asked.is_empty()
                && town.people[who].uploading.is_none()
                && !crowd.is_on_errands(who) =>
            {
                crowd.leave(who);
                town.leaves(who, now);
                let longest = u64::try_from((AWAY.end - AWAY.start).as_millis())?;
                let until = now + AWAY.start + Duration::from_millis(self.chance.below(longest));
                self.back.push((who, until));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Somebody says something to a friend, or in a group if there are any.
    fn say(
        &mut self,
        town: &mut Town,
        crowd: &mut Crowd,
        who: usize,
        group: bool,
        now: Duration,
    ) -> anyhow::Result<()> {
        let Some(room) = self.room(town, who, group)? else { return Ok(()) };
        let person = &mut town.people[who];
        let room = &person.rooms[room];
        // Short texts are common, long ones rare.
        let size = 40 + (self.chance.share().powi(4) * LONGEST as f64) as usize;
        let stream = &mut town.streams[room.stream];
        stream.said += 1;
        let at = u64::try_from(now.as_micros())?;
        let stamp =
            Stamp { stream: u32::try_from(room.stream).context("too many rooms")?, number: stream.said, at };
        stamp.write(&mut self.text, size, &self.filling);
        person.key += 1;
        crowd.ask(who, Ask::Say { room: &room.name, key: person.key, text: &self.text })?;
        person.asked.push_back((Asked::Say, now));
        Ok(())
    }

    /// One of somebody's friends, or of the groups that they are in, where there are any.
    fn room(&mut self, town: &Town, who: usize, group: bool) -> anyhow::Result<Option<usize>> {
        let rooms = town.people[who].rooms.iter().enumerate().filter(|(_, room)| room.is_group == group);
        let rooms: Vec<usize> = rooms.map(|(place, _)| place).collect();
        match rooms.len() {
            0 => Ok(None),
            many => Ok(rooms.get(usize::try_from(self.chance.below(many as u64))?).copied()),
        }
    }

    /// Somebody shows a picture to a friend, or in a group; where there are no words for it, or one is on its way, they say something.
    fn show(
        &mut self,
        town: &mut Town,
        crowd: &mut Crowd,
        who: usize,
        group: bool,
        now: Duration,
    ) -> anyhow::Result<()> {
        if town.people[who].uploading.is_some() {
            return self.say(town, crowd, who, group, now);
        }
        let Some(place) = self.room(town, who, group)? else { return Ok(()) };
        let person = &mut town.people[who];
        let room = &person.rooms[place];
        let stream = u32::try_from(room.pictures).context("too many rooms")?;
        let number = town.streams[room.pictures].said + 1;
        let picture = town.gallery.make(Stamp { stream, number, at: u64::try_from(now.as_micros())? });
        if let Some(token) = crowd.upload_token(who) {
            let token = token.to_owned();
            crowd.send_off(who, Errand::Upload { token, bytes: picture });
            person.uploading = Some(Uploading { room: place, at: now });
        } else {
            let (room, key, picture) = (&room.name, person.key + 1, Picture::Bytes(&picture));
            if !crowd.try_ask(who, Ask::Show { room, key, picture })? {
                return self.say(town, crowd, who, group, now);
            }
            person.key = key;
            person.asked.push_back((Asked::Show, now));
        }
        town.streams[town.people[who].rooms[place].pictures].said = number;
        Ok(())
    }

    /// Those come back who were away for long enough.
    fn come_back(&mut self, town: &mut Town, crowd: &mut Crowd, now: Duration) -> anyhow::Result<()> {
        for (who, until) in std::mem::take(&mut self.back) {
            if until > now {
                self.back.push((who, until));
                continue;
            }
            crowd.connect(who, "")?;
            let person = &mut town.people[who];
            let rooms: Vec<String> = person.unheard().map(str::to_owned).collect();
            crowd.ask(who, Ask::SignIn { me: &person.known, password: PASSWORD, rooms: &rooms })?;
            person.asked.push_back((Asked::Enter, clock::now()));
        }
        if town.streams.is_empty() {
            bail!("nobody knows anybody");
        }
        Ok(())
    }
}
