//! Events for the session: what it hears, and the live ones from the mailbox.

use super::intake::heavy;
use super::missed::Reading;
use super::setback::Setback;
use super::transit::{Held, Transit};
use super::work::Doing;
use super::{Connection, Phase};
use koine_bus::Envelope;
use koine_core::Attachment;
use koine_core::delivery::{CatchUp, Step};
use koine_dialect::{Act, Notice, Origin, Outbox, SharedEvent, Wake};
use koine_model::{ConversationId, Event, Place, Seq};
use std::sync::Arc;

/// What a signed-in session hears.
pub(super) struct Hearing {
    /// Away while a survey has it.
    pub(super) attachment: Option<Attachment>,
    pub(super) catching_up: Option<Box<CatchUp>>,
    pub(super) reading: Option<Doing<Box<Reading>>>,
    /// There while there is any.
    transit: Option<Box<Transit>>,
}

// There is one for each connection on which somebody listens, and mostly it holds nothing but the attachment.
const _: () = assert!(size_of::<Hearing>() <= size_of::<Attachment>() + 48);

impl Hearing {
    pub(super) fn new(attachment: Attachment) -> Self {
        Self { attachment: Some(attachment), catching_up: None, reading: None, transit: None }
    }

    /// What is under way.
    pub(super) fn transit(&mut self) -> &mut Transit {
        self.transit.get_or_insert_default()
    }

    /// What is under way, if anything is.
    pub(super) fn in_transit(&mut self) -> Option<&mut Transit> {
        self.transit.as_deref_mut()
    }

    /// Lets go of the memory for what is under way, where nothing is.
    pub(super) fn rest(&mut self) {
        self.transit.take_if(|transit| transit.is_empty());
    }

    /// The attachment, also when the store is just being read with it.
    pub(super) async fn into_attachment(self) -> Option<Attachment> {
        match (self.attachment, self.reading) {
            (None, Some(reading)) => match *reading.done().await {
                Reading::Survey(attachment, _) => Some(*attachment),
                Reading::Batch(..) => None,
            },
            (attachment, _) => attachment,
        }
    }

    /// Since when the store cannot be read, where it cannot.
    pub(super) fn setback(&self) -> Option<Setback> {
        self.transit.as_deref().and_then(|transit| transit.setback)
    }

    /// Whether the store is being read right now, or was and what came of it is not looked at yet.
    pub(super) fn is_busy(&self) -> bool {
        self.reading.is_some()
    }

    /// Notes a conversation that a command of this connection opened.
    pub(super) fn note_opened(&mut self, conversation: ConversationId) {
        if self.attachment.as_ref().is_none_or(|attachment| !attachment.knows(conversation)) {
            self.transit().note_opened(conversation);
        }
    }

    /// Notes that a post was answered, whatever the answer.
    pub(super) fn note_post_answered(&mut self) {
        if let Some(held) = self.in_transit().and_then(|transit| transit.held.as_mut()) {
            held.posts = held.posts.saturating_sub(1);
        }
    }

    pub(super) fn has_unconfirmed(&self) -> bool {
        self.transit.as_deref().is_some_and(Transit::has_unconfirmed)
    }

    fn awaits_own(&self) -> bool {
        self.transit.as_deref().is_some_and(Transit::awaits_own)
    }

    fn has_held(&self) -> bool {
        self.transit.as_deref().is_some_and(|transit| transit.held.is_some())
    }

    fn has_posted(&self, place: Place) -> bool {
        self.transit.as_deref().is_some_and(|transit| transit.has_posted(place))
    }

    pub(super) fn is_reading(&self) -> bool {
        self.reading.is_some() || self.catching_up.is_some()
    }

    fn origin(&mut self, event: &Event) -> Origin {
        self.in_transit().map_or(Origin::Elsewhere, |transit| transit.origin(event))
    }
}

impl Connection {
    /// Whether the next live event may be told: nothing that comes before it is under way.
    pub(super) fn wants_events(&self) -> bool {
        let Some(hearing) = &self.hearing else { return false };
        let attached = hearing.attachment.as_ref().is_some_and(|attachment| !attachment.is_behind());
        let free = attached && !hearing.is_reading() && !hearing.has_held();
        let open = self.phase == Phase::Open || self.awaits_own();
        free && open && !self.is_in_command() && self.has_room()
    }

    /// Whether the client has said all that it will say, and a message of its own has not come back yet.
    pub(super) fn awaits_own(&self) -> bool {
        let own = self.hearing.as_deref().is_some_and(Hearing::awaits_own);
        self.phase == Phase::Draining && own
    }

    /// Tells a live event, skips it, or goes and reads what is missing before it.
    pub(super) fn consider(&mut self, envelope: Arc<Envelope>) {
        let posts = self.posts_running();
        let own = self.actor.map(|actor| actor.account());
        let Some(hearing) = &mut self.hearing else { return };
        let place = match &envelope.event {
            Event::Message(letter) => Some(letter.message.place),
            _ => None,
        };
        let may_be_caused_here = match &envelope.event {
            Event::Message(letter) => Some(letter.message.sender) == own,
            Event::Appeared(overview) => Some(overview.conversation.leader) == own,
            _ => false,
        };
        if posts > 0 && may_be_caused_here && !place.is_some_and(|place| hearing.has_posted(place)) {
            hearing.transit().held = Some(Held { envelope, place, posts });
            return;
        }
        let Some(attachment) = &mut hearing.attachment else { return };
        match attachment.step(&envelope.event) {
            Step::Deliver | Step::Behind { deliver: true } => self.tell(&envelope, true),
            Step::Unquoted => self.tell(&envelope.unquoted(), true),
            Step::Behind { deliver: false } => {}
            Step::Skip => {
                hearing.origin(&envelope.event);
            }
            Step::Pass(place) => {
                hearing.origin(&envelope.event);
                self.pass(place);
            }
        }
    }

    /// Tells the event that was held, once it is known whether this connection caused it.
    pub(super) fn tell_held(&mut self) -> bool {
        let Some(hearing) = &mut self.hearing else { return false };
        let Some(held) = hearing.in_transit().and_then(Transit::take_held) else { return false };
        let Some(attachment) = &mut hearing.attachment else { return false };
        match attachment.step(&held.envelope.event) {
            Step::Deliver | Step::Behind { deliver: true } => self.tell(&held.envelope, true),
            Step::Unquoted => self.tell(&held.envelope.unquoted(), true),
            Step::Pass(place) => {
                hearing.origin(&held.envelope.event);
                self.pass(place);
            }
            Step::Skip | Step::Behind { deliver: false } => {}
        }
        true
    }

    /// Hands an event to the session, and notes where in the outgoing bytes it ends. `live` is what has just happened.
    pub(super) fn tell(&mut self, envelope: &Envelope, live: bool) {
        let Some(hearing) = &mut self.hearing else { return };
        let origin = hearing.origin(&envelope.event);
        let memo = envelope.memo.get_or_init(|| Box::new(SharedEvent::new(envelope.event.clone())));
        let Some(event) = memo.downcast_ref::<SharedEvent>() else { return };
        let mut out = self.outbox();
        let now = out.now();
        heavy(envelope.event.weight(), || self.session.notify(Notice { event, origin }, &mut out));
        // Events are no answers: they need not wait for any.
        let mut asked = Outbox::new(now);
        let mut said = false;
        for act in out.drain() {
            match self.note(act) {
                Some(Act::Send(payload)) => {
                    said = true;
                    self.send(payload);
                }
                Some(Act::Arrived(place)) => self.release(place),
                Some(Act::Run(tag, command)) => asked.run_boxed(tag, command),
                Some(Act::Close) => asked.close(),
                Some(Act::Hold(_) | Act::Wake(_)) | None => {}
            }
        }
        if let (true, Event::Message(letter)) = (said, &envelope.event) {
            self.common.tally.delivered(live.then_some(letter.message.at), now);
        }
        let end = self.outgoing.end();
        let arrives = match &envelope.event {
            Event::Message(letter) => Some((letter.message.place.conversation, letter.message.place.seq)),
            Event::Appeared(overview) => Some((overview.conversation.id, Seq::ZERO)),
            _ => None,
        };
        if let (Some((conversation, seq)), Some(hearing)) = (arrives, &mut self.hearing) {
            hearing.transit().note_told(end, conversation, seq);
        }
        self.carry_out(asked);
    }

    /// Does at once what of a session's wishes touches neither the client nor the core; hands the rest back.
    pub(super) fn note(&mut self, act: Act) -> Option<Act> {
        match act {
            Act::Hold(place) => {
                if let Some(hearing) = &mut self.hearing {
                    hearing.transit().holds.hold(place);
                }
            }
            Act::Wake(when) => {
                let now = self.common.pulse.now();
                self.times.wake = match when {
                    Wake::WhenThereIsRoom => Some(now),
                    Wake::AtNextBeat => Some(now.saturating_add(1)),
                    Wake::Never => None,
                };
            }
            act => return Some(act),
        }
        None
    }

    /// Wakes the session when that is due, the client has taken most of what was made for it, and no command is under way.
    pub(super) fn poll_wake(&mut self) -> bool {
        let now = self.common.pulse.now();
        let due = self.times.wake.is_some_and(|at| at <= now);
        if !due || self.phase != Phase::Open || self.work.is_some() || !self.has_room() {
            return false;
        }
        self.times.wake = None;
        let mut out = self.outbox();
        self.session.wake(&mut out);
        self.carry_out(out);
        true
    }

    /// Ends the hearing of somebody who signed out; their contacts are told so if they are away now.
    pub(super) fn sign_off(&mut self) {
        self.end_hearing(true);
    }

    /// Ends the hearing of whoever was signed in until now; their contacts are told if they are away now.
    pub(super) fn stop_hearing(&mut self) {
        self.end_hearing(false);
    }

    fn end_hearing(&mut self, signed_out: bool) {
        self.settle_arrivals();
        self.mailbox.clear();
        if let Some(hearing) = self.hearing.take() {
            self.part(hearing, signed_out);
        }
    }
}
