//! What a session missed, from the store. Where that cannot be read, the session goes on with what happens, and it is tried again.

use super::events::Hearing;
use super::setback::Setback;
use super::work::{Doing, Job};
use super::{Connection, Phase};
use crate::pulse::Second;
use crate::websocket::CloseCode;
use koine_core::delivery::{Batch, CatchUp};
use koine_core::{Answer, Attachment, Caller, Error};
use koine_model::Event;
use std::task::Context;

/// What was read from the store.
pub(super) enum Reading {
    Batch(Box<CatchUp>, Answer<Batch>),
    Survey(Box<Attachment>, Answer<()>),
}

impl Hearing {
    /// When the store is to be asked again what there is, where it could not be read.
    pub(super) fn survey_due(&self) -> Option<Second> {
        let put_off = self.attachment.as_ref().is_some_and(Attachment::is_put_off);
        self.setback().filter(|_| put_off).map(Setback::due)
    }

    /// Asks the store what there is.
    fn survey(&mut self) {
        if let Some(mut attachment) = self.attachment.take() {
            self.reading = Some(Doing::Still(Box::pin(async move {
                let surveyed = attachment.survey().await;
                Box::new(Reading::Survey(Box::new(attachment), surveyed))
            })));
        }
    }

    /// Begins to read what was missed, where something was and nothing is being read. What there is at all is asked while nothing else is.
    fn read(&mut self, caller: Caller, has_room: bool, in_command: bool, now: Second) {
        if self.is_busy() {
            return;
        }
        if self.survey_due().is_some_and(|due| due <= now) {
            if !in_command {
                self.survey();
            }
        } else if has_room {
            let begun = self.catching_up.take();
            let catch_up = begun.or_else(|| self.attachment.as_mut()?.catch_up(caller).map(Box::new));
            self.reading = catch_up.map(|mut catch_up| {
                let job: Job<Box<Reading>> = Box::pin(async move {
                    let batch = catch_up.next().await;
                    Box::new(Reading::Batch(catch_up, batch))
                });
                Doing::Still(job)
            });
        }
    }

    /// Notes that the store could be read: all of what was missed was, or some of it has brought the session further.
    fn note_read(&mut self, further: bool) {
        let missing = |attachment: &Attachment| attachment.is_put_off() || attachment.is_behind();
        let everything = !self.is_reading() && !self.attachment.as_ref().is_none_or(missing);
        if (further || everything)
            && let Some(transit) = self.in_transit()
        {
            transit.setback = None;
        }
    }

    /// Notes that the store could not be read, and `left` not to its end. Tells since when that is so, and whether it is tried again.
    fn put_off(&mut self, left: Option<&CatchUp>, now: Second) -> (Option<Setback>, bool) {
        if let Some(attachment) = &mut self.attachment {
            attachment.put_off(left);
        }
        let transit = self.transit();
        let before = transit.setback;
        transit.setback = before.map_or_else(|| Some(Setback::new(now)), |before| before.again(now));
        (before, transit.setback.is_some())
    }
}

impl Connection {
    /// Events were lost: asks the store what there is, unless it is to be asked later anyway.
    pub(super) fn survey(&mut self) {
        if let Some(hearing) = &mut self.hearing
            && !hearing.attachment.as_ref().is_some_and(Attachment::is_put_off)
        {
            hearing.survey();
        }
    }

    /// Whether the store is asked just now, or was and what came of it is not looked at yet.
    pub(super) fn reads_now(&self) -> bool {
        self.hearing.as_deref().is_some_and(|hearing| hearing.reading.is_some())
    }

    /// Whether the store is being read, or is to be as soon as that may begin.
    pub(super) fn is_to_read(&self) -> bool {
        self.hearing.as_deref().is_some_and(|hearing| {
            let is_due = hearing.survey_due().is_some_and(|due| due <= self.common.pulse.now());
            hearing.is_reading() || is_due || hearing.attachment.as_ref().is_some_and(Attachment::is_behind)
        })
    }

    /// Reads what was missed, a batch whenever the client has taken the last one.
    ///
    /// What is read may hold a message whose post is still under way here: the post is answered first. Beside any other command it is read, since
    /// what a client asks for when it comes back would hold it up, and told once that is answered and there is room again. Only where media
    /// come along nothing is read meanwhile: the room that they take may be what the command waits for.
    pub(super) fn poll_reading(&mut self, cx: &mut Context<'_>) -> bool {
        let in_command = self.is_in_command();
        let may_read = !in_command || !self.common.dialect.embeds_media();
        if self.phase != Phase::Open || !may_read || self.posts_running() > 0 {
            return false;
        }
        let (caller, has_room, now) = (self.caller(), self.has_room(), self.common.pulse.now());
        let Some(hearing) = &mut self.hearing else { return false };
        hearing.read(caller, has_room, in_command, now);
        if let Some(reading) = &mut hearing.reading {
            reading.poll(cx);
        }
        let done = hearing.reading.take_if(|reading| !in_command && has_room && reading.is_done());
        let Some(Doing::Done(reading)) = done else { return false };
        let further = match *reading {
            Reading::Batch(catch_up, Ok(batch)) => {
                if !batch.is_last {
                    hearing.catching_up = Some(catch_up);
                }
                let from = self.outgoing.end();
                let further = self.tell_batch(&batch);
                self.outgoing.keep(batch.place, from);
                further
            }
            Reading::Batch(catch_up, Err(error)) => {
                self.put_off(Some(&catch_up), &error);
                false
            }
            Reading::Survey(attachment, surveyed) => {
                hearing.attachment = Some(*attachment);
                if let Err(error) = surveyed {
                    self.put_off(None, &error);
                }
                false
            }
        };
        if let Some(hearing) = &mut self.hearing {
            hearing.note_read(further);
        }
        true
    }

    /// The store cannot be read. A session that has not heard everything for long must not seem to have: its client comes back.
    fn put_off(&mut self, left: Option<&CatchUp>, error: &Error) {
        let now = self.common.pulse.now();
        let Some(hearing) = &mut self.hearing else { return };
        match hearing.put_off(left, now) {
            (None, _) => tracing::error!(%error, "what a session missed cannot be read, and is tried again"),
            (Some(_), true) => {}
            (Some(_), false) => {
                tracing::error!(%error, "what a session missed could not be read for long: it ends");
                self.close_with(CloseCode::TRY_LATER);
            }
        }
    }

    /// Tells whether the session has come further by it.
    fn tell_batch(&mut self, batch: &Batch) -> bool {
        if let Some(attachment) = self.hearing.as_mut().and_then(|hearing| hearing.attachment.as_mut()) {
            attachment.note(batch);
        }
        let mut further = false;
        for envelope in &batch.events {
            let attachment = self.hearing.as_mut().and_then(|hearing| hearing.attachment.as_mut());
            let fresh = match (&envelope.event, attachment) {
                (Event::Message(letter), Some(attachment)) => attachment.caught_up(letter.message.place),
                (_, attachment) => attachment.is_some(),
            };
            if fresh {
                further = true;
                self.tell(envelope, false);
            }
        }
        for place in &batch.passed {
            let attachment = self.hearing.as_mut().and_then(|hearing| hearing.attachment.as_mut());
            if attachment.is_some_and(|attachment| attachment.caught_up(*place)) {
                further = true;
                self.pass(*place);
            }
        }
        further
    }
}
