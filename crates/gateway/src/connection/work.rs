//! Commands of a session: carried out in order, answered in order.

use super::commands::{is_light_post, tells_others};
use super::{Connection, Phase, Seated, Tally};
use crate::connection::events::Hearing;
use crate::websocket::CloseCode;
use koine_core::delivery::Start;
use koine_core::{Actor, Answer, Attachment, Change, Core, Outcome};
use koine_dialect::{Act, Outbox, Tag};
use koine_model::{Command, Reply, account, message};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

pub(super) type Job<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a session wants done and what is under way.
#[derive(Default)]
pub(super) struct Work {
    waiting: VecDeque<Act>,
    running: VecDeque<Running>,
}

enum Running {
    /// A post: others may run beside it.
    Post(Tag, Doing<Outcome>),
    /// Any other command: it runs alone.
    Command(Tag, Doing<Outcome>),
    /// Beginning to listen, after signing in or being asked to: it runs alone.
    Attach(Doing<Answer<Attachment>>),
    /// Ceasing to listen, and telling the contacts: it runs alone.
    Part(Doing<Answer<()>>),
}

/// What is under way, or is done and not looked at yet.
pub(super) enum Doing<T> {
    Still(Job<T>),
    Done(T),
}

impl<T> Doing<T> {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) {
        if let Self::Still(job) = self
            && let Poll::Ready(done) = job.as_mut().poll(cx)
        {
            *self = Self::Done(done);
        }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// What comes of it.
    pub(super) async fn done(self) -> T {
        match self {
            Self::Still(job) => job.await,
            Self::Done(done) => done,
        }
    }
}

/// Posts of one connection that are under way at once.
const POSTS: usize = 64;

impl Connection {
    /// Does what the session asked for, as far as it is its turn, and lets the rest wait.
    pub(super) fn carry_out(&mut self, mut out: Outbox) {
        for act in out.drain() {
            let Some(act) = self.note(act) else { continue };
            if let Some(act) = self.carry_out_at_once(act) {
                self.work.get_or_insert_default().waiting.push_back(act);
            }
        }
        self.start_waiting();
    }

    /// Does or begins what need not wait, without its going through the queue; gives back what must.
    fn carry_out_at_once(&mut self, act: Act) -> Option<Act> {
        match act {
            Act::Send(payload) if self.work.is_none() => self.send(payload),
            Act::Arrived(place) if self.work.is_none() => self.release(place),
            Act::Run(tag, command) if self.may_begin(&command) => self.set_going(tag, command),
            act => return Some(act),
        }
        None
    }

    /// Whether it is the command's turn, were it the next one.
    fn may_begin(&mut self, command: &Command) -> bool {
        let turn = self.work.as_deref().is_none_or(|work| {
            let joins = || work.may_join() && is_light_post(command);
            work.waiting.is_empty() && (work.running.is_empty() || joins())
        });
        turn && (!tells_others(command) || self.may_post())
    }

    /// Does what the session asked for while it was answered: before anything that waits.
    fn carry_out_first(&mut self, mut out: Outbox) {
        let mut later = Vec::new();
        for act in out.drain() {
            let Some(act) = self.note(act) else { continue };
            match act {
                Act::Send(payload) if later.is_empty() => self.send(payload),
                Act::Arrived(place) if later.is_empty() => self.release(place),
                act => later.push(act),
            }
        }
        if !later.is_empty() {
            let work = self.work.get_or_insert_default();
            for act in later.into_iter().rev() {
                work.waiting.push_front(act);
            }
        }
    }

    /// Whether the next frame may be received: nothing is under way that could change what it means.
    pub(super) fn may_receive(&self) -> bool {
        let open = matches!(self.phase, Phase::Open | Phase::Draining) && self.parting.farewell.is_none();
        let free = self.work.as_deref().is_none_or(|work| {
            work.waiting.is_empty() && work.running.iter().all(Running::is_post) && work.running.len() < POSTS
        });
        // What is to be read waits for the posts: they must not go on for ever. And a batch with media may wait for room that a
        // command would have, or wait for, too.
        let catching_up = (self.posts_running() > 0 && self.is_to_read())
            || (self.common.dialect.embeds_media() && self.reads_now());
        open && free && !catching_up && !self.is_held() && self.parting.closing.is_none() && self.has_room()
    }

    /// Whether a command is under way whose answer must be told before events are.
    pub(super) fn is_in_command(&self) -> bool {
        self.work.as_deref().is_some_and(|work| work.running.iter().any(|running| !running.is_post()))
    }

    /// How many posts are under way.
    pub(super) fn posts_running(&self) -> usize {
        self.work.as_deref().map_or(0, |work| work.running.iter().filter(|running| running.is_post()).count())
    }

    /// Carries on what is under way, and answers what is done, in order.
    pub(super) fn poll_work(&mut self, cx: &mut Context<'_>) -> bool {
        let mut progress = false;
        // Again for what began meanwhile, before the answers are written: whoever has read that they are signed in is on
        // the roster, so that a login of theirs elsewhere comes after this one.
        while self.poll_running(cx) {
            progress = true;
        }
        progress
    }

    fn poll_running(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(work) = &mut self.work else { return false };
        for running in &mut work.running {
            running.poll(cx);
            if !running.is_post() && !running.is_done() {
                // What runs alone is done before anything else begins.
                break;
            }
        }
        let mut progress = false;
        while let Some(done) = self.work.as_mut().and_then(|work| work.take_done()) {
            progress = true;
            match done {
                Running::Post(tag, Doing::Done(outcome)) => {
                    self.answer(tag, outcome);
                    if let Some(hearing) = &mut self.hearing {
                        hearing.note_post_answered();
                    }
                }
                Running::Command(tag, Doing::Done(outcome)) => self.answer(tag, outcome),
                Running::Attach(Doing::Done(attached)) => self.attached(attached),
                Running::Part(Doing::Done(Err(error))) => {
                    tracing::error!(error = %error, "the contacts of an account were not told that it went");
                }
                _ => {}
            }
            self.start_waiting();
        }
        progress
    }

    /// Carries out to the end what was accepted, with nobody left to answer.
    pub(super) async fn finish_work(&mut self) {
        self.start_waiting();
        std::future::poll_fn(|cx| {
            self.poll_work(cx);
            if self.work.is_none() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn answer(&mut self, tag: Tag, outcome: Outcome) {
        let Outcome { answer, change, place } = outcome;
        let mut begins = None;
        let shown = matches!(change, Change::SignedIn(_) | Change::Profile);
        match change {
            Change::None => {}
            Change::SignedIn(actor) => {
                let listens = self.common.dialect.device().listens;
                // Where signing in does not begin to listen, signing in again as the same person does not end it.
                if listens || self.actor.map(Actor::account) != Some(actor.account()) {
                    self.stop_hearing();
                }
                self.take_seat(actor);
                begins = listens.then_some((actor, Start::Arrived));
            }
            Change::Session(actor) => self.take_seat(actor),
            Change::SignedOut => {
                self.sign_off();
                self.actor = None;
                self.seat = None;
                // It has as long as a new connection to be somebody again.
                self.times.note_stranger(self.common.pulse.now());
            }
            Change::Listens(start) if self.hearing.is_none() => {
                begins = self.actor.map(|actor| (actor, start))
            }
            Change::Listens(_) => {}
            Change::Profile => {}
            Change::Verifying(ticket) => self.begin_verification(ticket),
            Change::Opened(conversation) => {
                if let Some(hearing) = &mut self.hearing {
                    hearing.note_opened(conversation);
                }
            }
        }
        if let (true, Ok(Reply::Account(reply))) = (shown, &answer)
            && let account::Reply::Signed(person) | account::Reply::Person(person) = reply
        {
            self.session.signed_in(person);
        }
        if let (Ok(Reply::Message(message::Reply::Posted(place, ..))), Some(hearing)) =
            (&answer, &mut self.hearing)
        {
            hearing.transit().note_posted(*place);
        }
        let mut out = self.outbox();
        let from = self.outgoing.end();
        self.session.answer(tag, answer, &mut out);
        if let Some((actor, start)) = begins {
            self.attach(actor, start);
        }
        self.carry_out_first(out);
        self.outgoing.keep(place, from);
    }

    /// The connection is `actor` from now on, whether or not it listens.
    fn take_seat(&mut self, actor: Actor) {
        self.actor = Some(actor);
        let (caller, address) = (self.caller(), Some(self.address));
        match &mut self.seat {
            Some(seated) => seated.seat.turn_to(actor, &caller, address),
            None => {
                let seat = Core::seat(&self.common.core, actor, &caller, &self.mailbox, address);
                self.seat = Some(Seated { seat, _counted: self.common.tally.session() });
            }
        }
    }

    fn attach(&mut self, actor: Actor, start: Start) {
        if self.phase != Phase::Open || self.parting.farewell.is_some() {
            return;
        }
        let (core, caller, mailbox) = (self.common.core.clone(), self.caller(), self.mailbox.clone());
        let job = Box::pin(async move { Core::attach_from(&core, actor, caller, mailbox, start).await });
        self.work.get_or_insert_default().running.push_back(Running::Attach(Doing::Still(job)));
    }

    /// Takes leave of an account, before anything else is done.
    pub(super) fn part(&mut self, hearing: Box<Hearing>, signed_out: bool) {
        let job = Box::pin(async move {
            match hearing.into_attachment().await {
                Some(attachment) => attachment.part(signed_out).await,
                None => Ok(()),
            }
        });
        self.work.get_or_insert_default().running.push_front(Running::Part(Doing::Still(job)));
    }

    fn attached(&mut self, attached: Answer<Attachment>) {
        match attached {
            // Also when the end has begun meanwhile: the end is what takes leave of it.
            Ok(attachment) => self.hearing = Some(Box::new(Hearing::new(attachment))),
            Err(error) => {
                // A session that cannot hear must not seem to: the client comes back and tries again.
                tracing::error!(error = %error, "a session cannot listen to its account");
                self.close_with(CloseCode::TRY_LATER);
            }
        }
    }

    /// Begins what waits, as far as it may.
    pub(super) fn start_waiting(&mut self) {
        while let Some(work) = &mut self.work {
            let idle = work.running.is_empty();
            let may_join = work.may_join();
            match work.waiting.front() {
                None if idle => self.work = None,
                Some(Act::Run(_, command)) if idle || (may_join && is_light_post(command)) => {
                    if tells_others(command) && !self.may_post() {
                        return;
                    }
                    self.start_next()
                }
                Some(Act::Send(_) | Act::Close | Act::Hold(_) | Act::Arrived(_) | Act::Wake(_)) if idle => {
                    self.start_next();
                }
                _ => return,
            }
        }
        if let Some(why) = self.parting.farewell.take() {
            self.say_farewell(why);
        } else if let Some(code) = self.parting.closing.take() {
            self.close_with(code);
        }
    }

    fn start_next(&mut self) {
        let Some(act) = self.work.as_mut().and_then(|work| work.waiting.pop_front()) else { return };
        match act {
            Act::Send(payload) => self.send(payload),
            // What was said before it is in the outgoing bytes by now.
            Act::Arrived(place) => self.release(place),
            // They were noted when they were said.
            Act::Hold(_) | Act::Wake(_) => {}
            Act::Close => {
                self.work = None;
                self.close_with(CloseCode::NORMAL);
            }
            Act::Run(tag, command) => self.set_going(tag, command),
        }
    }

    fn set_going(&mut self, tag: Tag, command: Box<Command>) {
        let is_post = is_light_post(&command);
        let common = self.common.clone();
        let request = Tally::request(&command);
        let job: Job<_> = match *command {
            Command::Message(message::Command::Post { to, parts, key }) => {
                let actor = self.actor;
                Box::pin(async move {
                    let outcome = common.core.post(actor, to, parts, key).await;
                    common.tally.answered(&request, &outcome);
                    outcome
                })
            }
            command => {
                let caller = self.caller();
                Box::pin(async move {
                    let outcome = common.core.execute(caller, command).await;
                    common.tally.answered(&request, &outcome);
                    outcome
                })
            }
        };
        let doing = Doing::Still(job);
        let running = if is_post { Running::Post(tag, doing) } else { Running::Command(tag, doing) };
        self.work.get_or_insert_default().running.push_back(running);
    }
}

impl Running {
    fn is_post(&self) -> bool {
        matches!(self, Self::Post(..))
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        match self {
            Self::Post(_, doing) | Self::Command(_, doing) => doing.poll(cx),
            Self::Attach(doing) => doing.poll(cx),
            Self::Part(doing) => doing.poll(cx),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Post(_, doing) | Self::Command(_, doing) => doing.is_done(),
            Self::Attach(doing) => doing.is_done(),
            Self::Part(doing) => doing.is_done(),
        }
    }
}

impl Work {
    /// Whether another post may run beside what does.
    fn may_join(&self) -> bool {
        self.running.len() < POSTS && self.running.iter().all(Running::is_post)
    }

    fn take_done(&mut self) -> Option<Running> {
        if self.running.front().is_some_and(Running::is_done) { self.running.pop_front() } else { None }
    }
}
