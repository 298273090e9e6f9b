//! People who talk, and others who listen: messages as fast as they are taken, or so many a second, and what becomes of them.
//!
//! A message is under way until the server has acknowledged it and all of its recipients have it.

use crate::clock;
use crate::crowd::Crowd;
use crate::latency::Course;
use crate::process::Process;
use crate::progress::Progress;
use crate::receipts::{Faults, Stream};
use crate::stamp::Stamp;
use anyhow::{Context, bail};
use koine_dialect::client::{Answer, Ask, Heard};
use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

/// Somebody who talks in one place. The number of the stream is the place in the list of talkers.
#[derive(Clone, Debug)]
pub(crate) struct Talker {
    /// Whose connection it is.
    pub(crate) who: usize,
    /// Where.
    pub(crate) room: String,
    /// The connections that hear it, which hear nobody else.
    pub(crate) recipients: Range<usize>,
}

/// How they talk.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// How many messages of each talker are under way at once.
    pub(crate) window: usize,
    /// The bytes of a text.
    pub(crate) size: usize,
    /// Messages a second, all talkers together; `None` is as fast as they are taken.
    pub(crate) rate: Option<f64>,
    /// For how long nothing is measured.
    pub(crate) warm_up: Duration,
    /// For how long it is measured then.
    pub(crate) measured: Duration,
    /// What texts are filled with.
    pub(crate) filling: String,
    /// The first number of a message.
    pub(crate) first: u64,
}

/// What was measured.
#[derive(Debug)]
pub(crate) struct Measured {
    /// For how long.
    pub(crate) seconds: f64,
    /// How many messages were acknowledged in that time.
    pub(crate) messages: u64,
    /// How many deliveries there were in that time.
    pub(crate) deliveries: u64,
    /// The processor time of the server in it, where it can be seen.
    pub(crate) cpu: Option<Duration>,
    /// From when a message was to be said to its acknowledgement.
    pub(crate) acknowledged: Course,
    /// From when a message was to be said to each recipient.
    pub(crate) delivered: Course,
    /// What went wrong, over the whole run.
    pub(crate) faults: Faults,
}

/// How long nothing may happen before what is outstanding counts as lost.
const QUIET: Duration = Duration::from_secs(15);
/// How many messages may be under way where a rate is given, until the server is taken for too slow.
const MOST_UNDER_WAY: u64 = 200_000;

/// Has them talk.
pub(crate) fn run(
    crowd: &mut Crowd,
    talkers: &[Talker],
    manner: &Manner,
    process: Option<Process>,
    progress: &Progress,
) -> anyhow::Result<Measured> {
    let mut hall = Hall::new(talkers, manner);
    let begin = clock::now();
    let (from, until) = (begin + manner.warm_up, begin + manner.warm_up + manner.measured);
    hall.span = from..until;
    let mut before = None;
    let mut cpu = None;
    progress.begin(manner.warm_up + manner.measured);
    loop {
        let now = clock::now();
        if now >= from && before.is_none() {
            before = Some(process.map(Process::cpu).transpose()?);
        }
        if now >= until {
            let after = process.map(Process::cpu).transpose()?;
            cpu = before.flatten().zip(after).map(|(before, after)| after.saturating_sub(before));
            hall.span = hall.span.start..clock::now();
            break;
        }
        progress.at(now - begin);
        let patience = hall.say(crowd, now, begin)?;
        if now > hall.heard + QUIET && hall.under_way() > 0 {
            break;
        }
        crowd.turn(patience.min(until.saturating_sub(now)), &mut |who, heard| hall.hear(who, heard))?;
        hall.check()?;
    }
    let seconds = (hall.span.end - hall.span.start).as_secs_f64();
    while hall.under_way() > 0 && clock::now() < hall.heard + QUIET {
        crowd.turn(Duration::from_millis(100), &mut |who, heard| hall.hear(who, heard))?;
        hall.check()?;
    }
    // What would come twice may still be on its way.
    let late = clock::now() + Duration::from_millis(200);
    while clock::now() < late {
        crowd.turn(Duration::from_millis(50), &mut |who, heard| hall.hear(who, heard))?;
    }
    progress.end();
    hall.check()?;
    Ok(hall.measured(seconds, cpu))
}

/// The state of a run.
struct Hall<'a> {
    talkers: &'a [Talker],
    manner: &'a Manner,
    voices: Vec<Voice>,
    /// Who talks, by connection.
    voice_of: Vec<Option<usize>>,
    /// What each connection has heard.
    ears: Vec<Stream>,
    /// The talkers whose window may have room.
    touched: Vec<usize>,
    text: String,
    span: Range<Duration>,
    heard: Duration,
    /// How many messages were to be said by their rate.
    due: u64,
    messages: u64,
    deliveries: u64,
    acknowledged: Course,
    delivered: Course,
    faults: Faults,
    trouble: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct Voice {
    said: u64,
    taken: u64,
    delivered: u64,
    /// When those were to be said that are not acknowledged.
    since: VecDeque<Duration>,
}

impl<'a> Hall<'a> {
    fn new(talkers: &'a [Talker], manner: &'a Manner) -> Self {
        let mut voice_of = Vec::new();
        let mut connections = 0;
        for (index, talker) in talkers.iter().enumerate() {
            if voice_of.len() <= talker.who {
                voice_of.resize(talker.who + 1, None);
            }
            voice_of[talker.who] = Some(index);
            connections = connections.max(talker.recipients.end).max(talker.who + 1);
        }
        Self {
            talkers,
            manner,
            voices: vec![Voice::default(); talkers.len()],
            voice_of,
            ears: vec![Stream::default(); connections],
            touched: (0..talkers.len()).collect(),
            text: String::new(),
            span: Duration::ZERO..Duration::ZERO,
            heard: clock::now(),
            due: 0,
            messages: 0,
            deliveries: 0,
            acknowledged: Course::new(manner.measured),
            delivered: Course::new(manner.measured),
            faults: Faults::default(),
            trouble: None,
        }
    }

    /// Says what there is room or time for; tells how long nothing more is to be said.
    fn say(&mut self, crowd: &mut Crowd, now: Duration, begin: Duration) -> anyhow::Result<Duration> {
        let Some(rate) = self.manner.rate else {
            for voice in std::mem::take(&mut self.touched) {
                while self.under_way_of(voice) < self.manner.window as u64 {
                    self.say_one(crowd, voice, now)?;
                }
            }
            return Ok(Duration::from_millis(100));
        };
        self.touched.clear();
        loop {
            let at = begin + Duration::from_secs_f64(self.due as f64 / rate);
            if at > now {
                return Ok(at - now);
            }
            let voice = usize::try_from(self.due).unwrap_or(0) % self.talkers.len();
            self.say_one(crowd, voice, at)?;
            self.due += 1;
            if self.under_way() > MOST_UNDER_WAY {
                bail!("the server does not keep up with {rate:.0} messages a second");
            }
        }
    }

    fn say_one(&mut self, crowd: &mut Crowd, voice: usize, at: Duration) -> anyhow::Result<()> {
        let talker = &self.talkers[voice];
        let state = &mut self.voices[voice];
        state.said += 1;
        state.since.push_back(at);
        let stream = u32::try_from(voice).context("too many talkers")?;
        let stamp = Stamp { stream, number: state.said, at: micros(at) };
        stamp.write(&mut self.text, self.manner.size, &self.manner.filling);
        let key = self.manner.first + state.said;
        crowd.ask(talker.who, Ask::Say { room: &talker.room, key, text: &self.text })
    }

    fn hear(&mut self, who: usize, heard: Heard<'_>) {
        let now = clock::now();
        let measured = self.span.contains(&now);
        match heard {
            Heard::Answer(Answer::Taken) => {
                let Some(voice) = self.voice_of.get(who).copied().flatten() else { return };
                self.heard = now;
                self.touched.push(voice);
                let state = &mut self.voices[voice];
                state.taken += 1;
                if let Some(since) = state.since.pop_front()
                    && measured
                {
                    self.messages += 1;
                    self.acknowledged.note(now - self.span.start, now.saturating_sub(since));
                }
            }
            Heard::Said(text) => {
                let Some(stamp) = Stamp::find(text) else { return };
                let voice = stamp.stream as usize;
                // Whoever has said it may hear it, too.
                if !self.talkers.get(voice).is_some_and(|talker| talker.recipients.contains(&who)) {
                    return;
                }
                self.heard = now;
                self.touched.push(voice);
                self.voices[voice].delivered += 1;
                self.ears[who].note(stamp.number, &mut self.faults);
                if measured {
                    self.deliveries += 1;
                    let took = now.saturating_sub(Duration::from_micros(stamp.at));
                    self.delivered.note(now - self.span.start, took);
                }
            }
            Heard::Refused(why) => self.trouble = Some(format!("connection {who} is refused: {why}")),
            _ => {}
        }
    }

    fn check(&mut self) -> anyhow::Result<()> {
        match self.trouble.take() {
            Some(trouble) => bail!(trouble),
            None => Ok(()),
        }
    }

    /// How many messages of a talker are not taken, or not everywhere.
    fn under_way_of(&self, voice: usize) -> u64 {
        let state = &self.voices[voice];
        let recipients = self.talkers[voice].recipients.len().max(1) as u64;
        state.said - state.taken.min(state.delivered / recipients).min(state.said)
    }

    fn under_way(&self) -> u64 {
        (0..self.voices.len()).map(|voice| self.under_way_of(voice)).sum()
    }

    fn measured(mut self, seconds: f64, cpu: Option<Duration>) -> Measured {
        for (voice, talker) in self.voices.iter().zip(self.talkers) {
            let ears = self.ears[talker.recipients.clone()].iter();
            self.faults.lost += ears.map(|stream| stream.outstanding(voice.said)).sum::<u64>();
        }
        Measured {
            seconds,
            messages: self.messages,
            deliveries: self.deliveries,
            cpu,
            acknowledged: self.acknowledged,
            delivered: self.delivered,
            faults: self.faults,
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
