//! One signed-in session's ear: which events it hears, in which order, and how far it has come.
//!
//! The store is the truth. An event with a message is only believed when it is the next one of its conversation; after a gap
//! the store is read. What was missed while away is such a gap, too.

use super::catch_up::{Batch, Behind, CatchUp};
use super::positions::Positions;
use super::sight::Sight;
use super::{Start, Survey};
use crate::Core;
use crate::execute::{Actor, Caller};
use crate::seat::outdated;
use koine_bus::{Mailbox, Topic};
use koine_model::conversation::Happening;
use koine_model::device::Device;
use koine_model::message::Letter;
use koine_model::{AccountId, ConversationId, Event, Place, Seq};
use koine_store::{Answer, Standing};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// What a session hears, from its signing in to its end.
pub struct Attachment {
    core: Arc<Core>,
    manners: Manners,
    account: AccountId,
    mailbox: Arc<Mailbox>,
    /// What was handed over last, in each conversation that the account is in.
    positions: Positions,
    sight: Sight,
    /// Whether the client said where to begin, so that a conversation without a position is one that it does not know.
    resumes: bool,
    /// What is to be read, by conversation.
    behind: BTreeMap<ConversationId, Behind>,
    /// Whether what is missed is left to the next survey.
    put_off: bool,
}

/// What of a [`Caller`] matters here. There is one for each connection, and a caller is four times as large.
struct Manners {
    device: &'static str,
    shows_acts: bool,
    shows_marks: bool,
    embeds_media: bool,
}

/// How often the list is read at most where there is something new in it each time. What was said in the newest one before the session listened
/// to it is found behind what is said there next.
const READINGS: usize = 5;

/// What to do about an event.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Step {
    /// Hand it over.
    Deliver,
    /// Hand it over as it is to who may not see what it answers to: [`Envelope::unquoted`](koine_bus::Envelope::unquoted).
    Unquoted,
    /// It was handed over before, or is not for this session.
    Skip,
    /// It is not handed over, and counts as arrived when all before it has.
    Pass(Place),
    /// The store must be read: [`Attachment::catch_up`]. Where `deliver` says so, the event is handed over first.
    Behind {
        /// Whether the event is handed over before the store is read.
        deliver: bool,
    },
}

impl Core {
    /// Lets a session hear what concerns `actor`: events arrive in `mailbox` from now on, and what was missed is due.
    pub async fn attach(
        self: &Arc<Self>,
        actor: Actor,
        caller: Caller,
        mailbox: Arc<Mailbox>,
    ) -> Answer<Attachment> {
        self.attach_from(actor, caller, mailbox, Start::Arrived).await
    }

    /// The same, where the client may have said what it has.
    pub async fn attach_from(
        self: &Arc<Self>,
        actor: Actor,
        caller: Caller,
        mailbox: Arc<Mailbox>,
        start: Start,
    ) -> Answer<Attachment> {
        let account = actor.account();
        // Made first: dropping it takes the session off the roster again, whenever that happens.
        let mut attachment = Attachment {
            core: self.clone(),
            manners: Manners::of(&caller),
            account,
            mailbox,
            positions: Positions::default(),
            sight: Sight::default(),
            resumes: start != Start::Arrived,
            behind: BTreeMap::new(),
            put_off: false,
        };
        self.roster.arrive(actor, &caller.device, &attachment.mailbox, self.clock.now()).await;
        if !self.still_counts(actor) {
            // The password was changed while somebody signed in with the old one, who was not on the roster to be told.
            attachment.mailbox.signal(outdated(actor));
        }
        // Listening begins before the store is read, or before it is known that nothing has changed since that was: so nothing falls between the
        // two.
        self.bus.subscribe(Topic::Account(account), &attachment.mailbox);
        let mut known = None;
        if let Start::Positions { positions, survey } = start {
            for (conversation, position) in positions.iter() {
                attachment.listen(*conversation, *position);
            }
            known = Some(survey);
        }
        let surveyed = match known.filter(|survey| self.store.changes() == survey.changes) {
            // What is not counted yet is told behind that, when this session listens already.
            Some(Survey { standings, .. }) => {
                attachment.surveyed(&standings);
                Ok(())
            }
            None => attachment.survey().await,
        };
        let attached = surveyed.map(|()| attachment);
        // Also after a failure: another session may have come or gone meanwhile and left this to be told.
        self.presence_settle(account, false).await?;
        attached
    }
}

impl Manners {
    fn of(caller: &Caller) -> Self {
        let Caller { device, embeds_media, .. } = *caller;
        let Device { name, shows_acts, shows_marks, .. } = device;
        Self { device: name, shows_acts, shows_marks, embeds_media }
    }
}

impl Attachment {
    /// Whose ear it is.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Whether the session was shown this conversation.
    pub fn knows(&self, conversation: ConversationId) -> bool {
        self.positions.of(conversation).is_some()
    }

    /// Decides what to do about the next event of the mailbox.
    pub fn step(&mut self, event: &Event) -> Step {
        match event {
            Event::Message(letter) => self.step_message(letter),
            Event::Appeared(overview) => {
                let id = overview.conversation.id;
                if self.knows(id) {
                    return Step::Skip;
                }
                self.listen(id, Seq::ZERO);
                // Something may have been said before this session listened.
                self.fall_behind(Behind {
                    conversation: id,
                    position: Seq::ZERO,
                    last: Seq::LAST,
                    unseen: false,
                    quiet: self.sight.is_quiet(id),
                });
                Step::Behind { deliver: true }
            }
            Event::Group { conversation, happening, whom, .. } => {
                let gone = match happening {
                    Happening::Left | Happening::Expelled => whom.id == self.account,
                    Happening::Dissolved => true,
                    _ => false,
                };
                if gone {
                    self.forget(*conversation);
                }
                Step::Deliver
            }
            Event::Contact { .. } | Event::Contacts | Event::Presence { .. } => Step::Deliver,
            Event::Marks { .. } if self.manners.shows_marks => Step::Deliver,
            Event::Typing { who, .. } if self.manners.shows_marks && *who != self.account => Step::Deliver,
            Event::Marks { .. } | Event::Typing { .. } => Step::Skip,
            Event::Setting { conversation, words, cleared } => {
                self.set_quiet(*conversation, !words);
                if *cleared { self.step_cleared(*conversation) } else { Step::Deliver }
            }
        }
    }

    /// Something was lost on its way: what is in the store is found there. Where that fails, it is to be put off.
    pub async fn survey(&mut self) -> Answer<()> {
        self.put_off = false;
        let mut standings = Vec::new();
        // Between the reading of the list and the listening, more may have been said in those that were new in it, or one was left: so it is
        // read again. What happens in all others since before it was read is in the mailbox.
        for _ in 0..READINGS {
            let (found, all_known) = self.survey_once().await?;
            standings = found;
            if all_known {
                break;
            }
        }
        let there: HashSet<ConversationId> = standings.iter().map(|standing| standing.conversation).collect();
        let gone: Vec<ConversationId> =
            self.positions.conversations().filter(|id| !there.contains(id)).collect();
        for conversation in gone {
            self.forget(conversation);
        }
        Ok(())
    }

    /// Reads how it stands everywhere, and tells whether the session was listening to all of that before.
    async fn survey_once(&mut self) -> Answer<(Vec<Standing>, bool)> {
        let standings = self.core.store.watermark_list(self.account, self.manners.device).await?;
        let all_known = self.surveyed(&standings);
        Ok((standings, all_known))
    }

    /// Notes how it stands everywhere, and tells whether the session was listening to all of that before.
    fn surveyed(&mut self, standings: &[Standing]) -> bool {
        let mut all_known = true;
        for standing in standings {
            all_known &= self.knows(standing.conversation);
            self.survey_one(standing);
        }
        all_known
    }

    /// The store cannot be read now, and of what was missed `left` has not been: the next survey finds it. Until then nothing is
    /// behind, and what happens is handed over wherever nothing is missing before it.
    pub fn put_off(&mut self, left: Option<&CatchUp>) {
        let behind = std::mem::take(&mut self.behind);
        let unseen = behind.values().filter(|behind| behind.unseen).map(|behind| behind.conversation);
        // Nothing may be said in a conversation before the session has been shown it.
        for conversation in unseen.chain(left.into_iter().flat_map(CatchUp::unseen)) {
            self.forget(conversation);
        }
        self.put_off = true;
    }

    /// Whether what is missed waits for the next survey.
    pub fn is_put_off(&self) -> bool {
        self.put_off
    }

    /// Begins to read what the session of `caller` has not got; `None` when it has everything.
    pub fn catch_up(&mut self, caller: Caller) -> Option<CatchUp> {
        let behind = std::mem::take(&mut self.behind);
        let core = self.core.clone();
        (!behind.is_empty()).then(|| CatchUp::new(core, caller, self.account, behind.into_values().collect()))
    }

    /// Whether there is something to catch up with.
    pub fn is_behind(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Notes what a batch says of conversations. To be called before its events are handed over.
    pub fn note(&mut self, batch: &Batch) {
        for conversation in &batch.gone {
            self.forget(*conversation);
        }
        for (conversation, since) in &batch.seen_from {
            if self.knows(*conversation) {
                self.sight.set_since(*conversation, *since);
            }
        }
    }

    /// Notes that the message at `place` was handed over, or passed over, by [`CatchUp`].
    /// Tells whether it was not handed over before.
    pub fn caught_up(&mut self, place: Place) -> bool {
        match self.positions.of_mut(place.conversation) {
            Some(position) if *position < place.seq => {
                *position = place.seq;
                true
            }
            _ => false,
        }
    }

    fn step_message(&mut self, letter: &Letter) -> Step {
        let place = letter.message.place;
        // A message of a conversation that one has left: the mailbox still held it.
        let Some(position) = self.positions.of_mut(place.conversation) else { return Step::Skip };
        if place.seq <= *position {
            return Step::Skip;
        }
        // Large media do not travel on the bus: whoever shows them reads them from the store.
        let whole = !self.manners.embeds_media || letter.has_its_media();
        if place.seq == position.next() && whole {
            *position = place.seq;
            return self.step_next(letter);
        }
        let position = *position;
        let conversation = place.conversation;
        let quiet = self.sight.is_quiet(conversation);
        self.fall_behind(Behind { conversation, position, last: place.seq, unseen: false, quiet });
        Step::Behind { deliver: false }
    }

    /// Notes what is to be read, unless a survey is to find it anyway.
    fn fall_behind(&mut self, behind: Behind) {
        if self.put_off {
            return;
        }
        let Behind { last, quiet, .. } = behind;
        let known = self.behind.entry(behind.conversation).or_insert(behind);
        (known.last, known.quiet) = (known.last.max(last), quiet);
    }

    /// What becomes of a message whose turn it is.
    fn step_next(&self, letter: &Letter) -> Step {
        let place = letter.message.place;
        // Most messages are about none, and nothing is looked up for them.
        let Some(topic) = letter.message.is_about() else { return Step::Deliver };
        let beyond = topic <= self.sight.since(place.conversation);
        if letter.message.act().is_some() {
            let hidden = beyond || self.sight.is_quiet(place.conversation);
            return if hidden { Step::Pass(place) } else { Step::Deliver };
        }
        if beyond && letter.about.is_some() { Step::Unquoted } else { Step::Deliver }
    }

    /// From where on the account sees a conversation that it has cleared stands in the store.
    fn step_cleared(&mut self, conversation: ConversationId) -> Step {
        let Some(position) = self.positions.of(conversation) else { return Step::Deliver };
        let quiet = self.sight.is_quiet(conversation);
        self.fall_behind(Behind { conversation, position, last: position, unseen: false, quiet });
        Step::Behind { deliver: true }
    }

    fn survey_one(&mut self, standing: &Standing) {
        let Standing { conversation, position, since, last, words, seen, .. } = *standing;
        let known = self.positions.of(conversation);
        let unseen = known.is_none() && (self.resumes || !seen);
        // What has arrived on the device says nothing of this client, where it has said itself what it has.
        let position = if self.resumes { since } else { position };
        self.set_quiet(conversation, !words);
        self.sight.set_since(conversation, since);
        let quiet = self.sight.is_quiet(conversation);
        self.listen(conversation, known.unwrap_or(position));
        let position = known.unwrap_or(position);
        match self.behind.get_mut(&conversation) {
            Some(behind) => {
                behind.last = behind.last.max(last);
                behind.quiet = quiet;
            }
            None if unseen || last > position => {
                self.behind.insert(conversation, Behind { conversation, position, last, unseen, quiet });
            }
            None => {}
        }
    }

    fn set_quiet(&mut self, conversation: ConversationId, quiet: bool) {
        // Devices that show acts themselves are always told.
        self.sight.set_quiet(conversation, quiet && !self.manners.shows_acts);
    }

    fn listen(&mut self, conversation: ConversationId, position: Seq) {
        if self.positions.add(conversation, position) {
            self.core.bus.subscribe(Topic::Conversation(conversation), &self.mailbox);
            if self.manners.shows_marks {
                self.core.bus.subscribe(Topic::Marks(conversation), &self.mailbox);
            }
        }
    }

    /// The account is no member of this conversation any more.
    fn forget(&mut self, conversation: ConversationId) {
        self.positions.remove(conversation);
        self.sight.forget(conversation);
        self.behind.remove(&conversation);
        self.ignore(conversation);
    }

    fn ignore(&self, conversation: ConversationId) {
        self.core.bus.unsubscribe(Topic::Conversation(conversation), &self.mailbox);
        if self.manners.shows_marks {
            self.core.bus.unsubscribe(Topic::Marks(conversation), &self.mailbox);
        }
    }

    /// Ends the hearing, and tells the contacts if the account is away now: and that it has `signed_out`, if it has.
    pub async fn part(self, signed_out: bool) -> Answer<()> {
        let (core, account) = (self.core.clone(), self.account);
        drop(self);
        core.presence_settle(account, signed_out).await
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        for conversation in self.positions.conversations() {
            self.ignore(conversation);
        }
        self.core.bus.unsubscribe(Topic::Account(self.account), &self.mailbox);
        self.core.roster.depart(self.account, &self.mailbox);
    }
}
