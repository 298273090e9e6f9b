//! The people of an ordinary day: whom they know, what they have asked, and what they have heard.

use super::ear::Ear;
use super::gallery::Gallery;
use crate::clock;
use crate::crowd::{Crowd, OwnAnswer};
use crate::latency::Course;
use crate::receipts::Faults;
use crate::stage::Stage;
use crate::stamp::Stamp;
use anyhow::bail;
use koine_dialect::client::{Answer, Ask, Heard, Known, Picture};
use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::time::Duration;

/// With how many others each has a conversation of two that was begun by them.
const FRIENDS: usize = 3;
/// The places of two latencies in the list.
const DELIVERED: usize = 1;
const FETCHED: usize = 5;

/// All of them.
pub(super) struct Town {
    pub(super) people: Vec<Person>,
    /// What each says in each of their rooms.
    pub(super) streams: Vec<Voice>,
    /// What was heard, by who hears it and the stream.
    ears: Vec<HashMap<usize, Ear>>,
    /// What is measured.
    pub(super) span: Range<Duration>,
    /// When something was heard last.
    pub(super) heard: Duration,
    pub(super) messages: u64,
    pub(super) deliveries: u64,
    /// What pictures are to be.
    pub(super) gallery: Gallery,
    /// What has become of them.
    pub(super) pictures: Pictures,
    /// Pictures of which somebody was told where they are, and which are not asked for yet.
    pub(super) elsewhere: Vec<(usize, String)>,
    /// Latencies of acknowledgements, of deliveries to those who are there, of pages, and of coming back; of acknowledgements of
    /// pictures, and of their bytes' reaching those who are there.
    pub(super) courses: [Course; 6],
    faults: Faults,
    trouble: Option<String>,
    /// How many messages were heard of those that should be, and how many of them once more after coming back.
    arrived: u64,
    pub(super) repeated: u64,
}

/// How many pictures there were, over the whole day.
#[derive(Clone, Copy, Default)]
pub(super) struct Pictures {
    /// That were acknowledged.
    pub(super) shown: u64,
    /// Of which a recipient was told, summed over the recipients.
    pub(super) told: u64,
    /// Whose bytes a recipient has, and they are what they should be.
    pub(super) fetched: u64,
}

/// One of them.
pub(super) struct Person {
    pub(super) known: Known,
    pub(super) is_in: bool,
    /// Since when.
    since: Duration,
    /// What was asked and is not answered, oldest first, and when.
    pub(super) asked: VecDeque<(Asked, Duration)>,
    pub(super) rooms: Vec<Room>,
    /// All conversations that they are in, and whether they have heard anything there.
    listens: HashMap<String, bool>,
    /// The key of the last message.
    pub(super) key: u64,
    /// The picture that goes up by HTTP just now.
    pub(super) uploading: Option<Uploading>,
}

/// A picture that will be shown once it is on the server.
pub(super) struct Uploading {
    /// The place of the room in the list of rooms.
    pub(super) room: usize,
    /// When it was to be shown.
    pub(super) at: Duration,
}

/// What somebody waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    Say,
    Show,
    Page,
    Enter,
}

/// A conversation, as one of its members knows it.
pub(super) struct Room {
    pub(super) name: String,
    pub(super) is_group: bool,
    /// What this member says in it.
    pub(super) stream: usize,
    /// What this member shows in it.
    pub(super) pictures: usize,
}

/// What one says, or shows, in one room.
pub(super) struct Voice {
    pub(super) said: u64,
    /// Who hears it.
    recipients: Vec<usize>,
    /// The name of the room.
    room: String,
}

impl Person {
    /// The conversations of which nothing was heard.
    pub(super) fn unheard(&self) -> impl Iterator<Item = &str> {
        self.listens.iter().filter(|(_, heard)| !**heard).map(|(name, _)| name.as_str())
    }
}

impl Town {
    /// Has people register, find their friends, and make groups, where the protocol has words for those.
    pub(super) fn settle(
        stage: &Stage,
        crowd: &mut Crowd,
        people: usize,
        group: usize,
    ) -> anyhow::Result<Self> {
        let known = stage.register(crowd, 0..people)?;
        let now = clock::now();
        let person = |known: &Known| Person {
            known: known.clone(),
            is_in: true,
            since: now,
            asked: VecDeque::new(),
            rooms: Vec::new(),
            listens: HashMap::new(),
            key: 0,
            uploading: None,
        };
        let courses = std::array::from_fn(|_| Course::new(Duration::from_secs(10)));
        let mut town = Self {
            people: known.iter().map(person).collect(),
            streams: Vec::new(),
            ears: (0..people).map(|_| HashMap::new()).collect(),
            span: Duration::ZERO..Duration::ZERO,
            heard: now,
            messages: 0,
            deliveries: 0,
            gallery: Gallery::new(stage.seed),
            pictures: Pictures::default(),
            elsewhere: Vec::new(),
            courses,
            faults: Faults::default(),
            trouble: None,
            arrived: 0,
            repeated: 0,
        };
        stage.progress.say("meeting friends");
        for step in 1..=FRIENDS {
            let met: Vec<(usize, &Known)> =
                (0..people).map(|who| (who, &known[(who + step) % people])).collect();
            for (who, room) in stage.meet(crowd, &met)?.into_iter().enumerate() {
                town.move_in(who, room, false, vec![(who + step) % people]);
            }
        }
        town.make_groups(crowd, &known, group)?;
        Ok(town)
    }

    fn move_in(&mut self, who: usize, name: String, is_group: bool, recipients: Vec<usize>) {
        let (stream, pictures) = (self.streams.len(), self.streams.len() + 1);
        for member in recipients.iter().chain([&who]) {
            self.people[*member].listens.entry(name.clone()).or_default();
        }
        for recipients in [recipients.clone(), recipients] {
            self.streams.push(Voice { said: 0, recipients, room: name.clone() });
        }
        self.people[who].rooms.push(Room { name, is_group, stream, pictures });
    }

    /// Each is in one group, with those beside them.
    fn make_groups(&mut self, crowd: &mut Crowd, known: &[Known], size: usize) -> anyhow::Result<()> {
        for (number, members) in known.chunks(size).enumerate().filter(|(_, members)| members.len() > 1) {
            let (name, leader) = (format!("group {number}"), number * size);
            let others = &members[1..];
            if !crowd.try_ask(leader, Ask::Group { name: &name, others })? {
                // The protocol has no words for it: the day goes by without groups.
                return Ok(());
            }
            let mut room = String::new();
            crowd.each(leader..leader + 1, 1, &mut |_, _| Ok(()), &mut |_, _, answer| {
                let OwnAnswer::Room(made) = answer else { bail!("{answer:?} instead of a group") };
                room = made;
                Ok(())
            })?;
            let everybody = leader..leader + members.len();
            for who in everybody.clone() {
                self.move_in(who, room.clone(), true, everybody.clone().filter(|it| *it != who).collect());
            }
        }
        Ok(())
    }

    /// How many messages one room has, at least.
    pub(super) fn said_in(&self, room: &Room) -> u64 {
        let said = |stream: usize| self.streams.get(stream).map_or(0, |stream| stream.said);
        said(room.stream) + said(room.pictures)
    }

    pub(super) fn hear(&mut self, who: usize, heard: Heard<'_>) {
        let now = clock::now();
        let [acknowledged, _, page, entered, shown, _] = &mut self.courses;
        let measured = self.span.contains(&now);
        let since = now.saturating_sub(self.span.start);
        match heard {
            Heard::Answer(answer) => {
                self.heard = now;
                let person = &mut self.people[who];
                let Some((asked, at)) = person.asked.pop_front() else { return };
                let course = match (asked, answer) {
                    (Asked::Say, Answer::Taken) => {
                        self.messages += u64::from(measured);
                        acknowledged
                    }
                    (Asked::Show, Answer::Taken) => {
                        self.messages += u64::from(measured);
                        self.pictures.shown += 1;
                        shown
                    }
                    (Asked::Page, Answer::Page(_)) => page,
                    (Asked::Enter, Answer::Entered(_)) => {
                        (person.is_in, person.since) = (true, now);
                        entered
                    }
                    (asked, answer) => {
                        self.trouble =
                            Some(format!("connection {who}: {answer:?} is no answer to {asked:?}"));
                        return;
                    }
                };
                if measured {
                    course.note(since, now.saturating_sub(at));
                }
            }
            Heard::Said(text) => {
                let Some(stamp) = Stamp::find(text) else { return };
                self.arrives(who, stamp, DELIVERED);
            }
            Heard::Shown(Picture::Bytes(bytes)) => {
                self.pictures.told += u64::from(self.sees(who, bytes));
            }
            Heard::Shown(Picture::ByHttp(path)) => {
                self.heard = now;
                self.pictures.told += 1;
                self.elsewhere.push((who, path.to_owned()));
            }
            Heard::Refused(why) => self.trouble = Some(format!("connection {who} is refused: {why}")),
            _ => {}
        }
    }

    /// Somebody has the bytes of a picture; `false` where it is their own.
    pub(super) fn sees(&mut self, who: usize, picture: &[u8]) -> bool {
        let Some(stamp) = self.gallery.recognise(picture) else {
            let wrong =
                format!("connection {who}: a picture of {} bytes is none that was shown", picture.len());
            self.trouble = Some(wrong);
            return false;
        };
        let is_for_them = self.arrives(who, stamp, FETCHED);
        self.pictures.fetched += u64::from(is_for_them);
        is_for_them
    }

    /// Something has reached somebody; `false` where they have said it themselves, which they may hear, too.
    fn arrives(&mut self, who: usize, stamp: Stamp, course: usize) -> bool {
        let now = clock::now();
        let number = stamp.stream as usize;
        let Some(voice) = self.streams.get(number) else { return false };
        let person = &mut self.people[who];
        if let Some(heard) = person.listens.get_mut(&voice.room) {
            *heard = true;
        }
        if !voice.recipients.contains(&who) {
            return false;
        }
        self.heard = now;
        if !self.ears[who].entry(number).or_default().note(stamp.number, now, &mut self.faults) {
            self.repeated += 1;
            return true;
        }
        self.arrived += 1;
        if self.span.contains(&now) {
            self.deliveries += 1;
            let at = Duration::from_micros(stamp.at);
            if person.is_in && person.since < at {
                self.courses[course].note(now.saturating_sub(self.span.start), now.saturating_sub(at));
            }
        }
        true
    }

    /// Somebody goes away.
    pub(super) fn leaves(&mut self, who: usize, now: Duration) {
        self.people[who].is_in = false;
        for ear in self.ears[who].values_mut() {
            ear.leave(now);
        }
    }

    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        match self.trouble.take() {
            Some(trouble) => bail!(trouble),
            None => Ok(()),
        }
    }

    /// How many messages have not arrived where they should.
    pub(super) fn outstanding(&self) -> u64 {
        let wanted: u64 = self.streams.iter().map(|voice| voice.said * voice.recipients.len() as u64).sum();
        wanted.saturating_sub(self.arrived)
    }

    /// What went wrong, at the end.
    pub(super) fn faults(&self) -> Faults {
        let mut faults = self.faults;
        for (number, voice) in self.streams.iter().enumerate() {
            for who in &voice.recipients {
                let heard = self.ears[*who].get(&number);
                faults.lost += heard.map_or(voice.said, |ear| ear.outstanding(voice.said));
            }
        }
        faults
    }
}
