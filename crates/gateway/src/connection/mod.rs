//! The driver of one session: frames in, commands to the core, answers and events out.
//!
//! One small task for each connection. It holds no buffer while nothing is under way: it reads, when the socket is readable, into
//! a buffer that all connections of a thread share, and keeps only what is unfinished.
//!
//! **Order.** What a session says while receiving stands behind the answers to what it asked before. Commands are carried out in
//! order, and the next frame is received only when no command is under way that could change who is signed in; posts are
//! the exception: many may be under way at once, since the store keeps their order. An event that a command of this
//! connection caused is told after that command's answer.

mod alarm;
mod arrivals;
mod commands;
mod events;
mod finish;
mod holds;
mod intake;
mod kept;
mod life;
mod missed;
mod names;
mod outgoing;
mod pace;
mod run;
mod setback;
mod tally;
mod transit;
mod unfinished;
mod verification;
mod work;

use crate::house::Guest;
use crate::pulse::{Pulse, Rent};
use crate::settings::Settings;
use crate::strangers::Berths;
use crate::tls::Socket;
use crate::wire::Wire;
use events::Hearing;
use koine_bus::{Mailbox, Post, Signal};
use koine_core::rates::{Peer, Rate};
use koine_core::room::Room;
use koine_core::{Actor, Caller, Core, Seat};
use koine_dialect::{Carriage, Dialect, Farewell, Links, Nesting, Opening, Outbox, ServerFacts, Session};
use koine_metrics::Held;
use outgoing::Outgoing;
use run::Run;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
pub(crate) use tally::Tally;
use work::Work;

/// What all connections of one dialect share.
pub(crate) struct Common {
    pub(crate) core: Arc<Core>,
    pub(crate) dialect: Arc<dyn Dialect>,
    pub(crate) links: Links,
    pub(crate) facts: Arc<ServerFacts>,
    pub(crate) settings: Settings,
    pub(crate) pulse: Arc<Pulse>,
    /// How fast frames of one connection may come.
    pub(crate) request_rate: Option<Rate>,
    pub(crate) berths: Arc<Berths>,
    /// For large frames that are coming in.
    pub(crate) room: Arc<Room>,
    pub(crate) tally: Tally,
}

/// One client.
pub(crate) struct Connection {
    stream: Socket,
    /// Where the client is; behind a proxy, what the proxy says.
    address: IpAddr,
    wire: Wire,
    session: Box<dyn Session>,
    common: Arc<Common>,
    mailbox: Arc<Mailbox>,
    actor: Option<Actor>,
    /// The place on the roster; there while somebody is signed in.
    seat: Option<Seated>,
    /// What the session listens to; there while somebody is signed in.
    hearing: Option<Box<Hearing>>,
    /// Commands that wait or run; there while there are any.
    work: Option<Box<Work>>,
    /// What was read and cannot be received yet.
    unread: Vec<u8>,
    outgoing: Outgoing,
    times: alarm::Times,
    pace: pace::Pace,
    parting: finish::Parting,
    phase: Phase,
    /// Whether the session has said what it says first.
    has_begun: bool,
    _rent: Rent,
    _counted: Held,
    _stay: Stay,
}

/// As whom a connection counts for as long as it is there: alone, or with whatever it came by.
pub(crate) type Stay = (Option<Guest>, Option<Arc<Guest>>);

/// A place on the roster, which is counted.
struct Seated {
    seat: Seat,
    _counted: Held,
}

/// How far the connection is from its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Both sides speak.
    Open,
    /// The client has said all that it will say; what it asked for is still answered.
    Draining,
    /// Nothing is done any more but to write what waits.
    Flushing,
    /// The socket is dead.
    Dead,
}

/// How often the driver looks for more to do before it lets others run.
const ROUNDS: usize = 32;

impl Connection {
    /// A session of `common`'s dialect on `stream`, whose client is at `address`; `unread` was read from it already. It is to be spawned as it
    /// is, for the sake of its size.
    pub(crate) fn task(
        common: Arc<Common>,
        stream: Socket,
        address: IpAddr,
        carriage: Carriage,
        unread: Vec<u8>,
        stay: Stay,
    ) -> Run {
        let mut nonce = [0; 16];
        // Without random numbers the session's own name is all zeros; it still is only checked against its account.
        let _ = getrandom::fill(&mut nonce);
        let nonce = u128::from_be_bytes(nonce);
        let (links, server) = (common.links.clone(), common.facts.clone());
        let (settings, met) = (&common.settings, tally::too_deep);
        let nesting = Nesting::new(settings.json_depth, settings.messagepack_depth, met);
        let opening = Opening { carriage, nonce, links, server, nesting };
        let mailbox = Arc::new(Mailbox::default());
        Run::Driving(Some(Box::new(Self {
            wire: Wire::new(carriage, common.settings.frame_bytes),
            session: common.dialect.open(opening),
            actor: None,
            seat: None,
            hearing: None,
            work: None,
            unread,
            outgoing: Outgoing::default(),
            times: alarm::Times::new(common.pulse.now()),
            pace: pace::Pace::default(),
            parting: finish::Parting::default(),
            phase: Phase::Open,
            has_begun: false,
            _rent: common.pulse.rent(&mailbox),
            _counted: common.tally.connection(carriage),
            mailbox,
            common,
            stream,
            address,
            _stay: stay,
        })))
    }

    fn begin(&mut self) {
        let mut out = self.outbox();
        self.session.greet(&mut out);
        self.carry_out(out);
        self.process_unread();
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.begin();
        }
        for _ in 0..ROUNDS {
            let mut progress = self.poll_posts(cx);
            if self.poll_work(cx) {
                progress = true;
                // What waited for an answer goes out with it, in one write.
                self.poll_posts(cx);
            }
            progress |= self.poll_reading(cx);
            progress |= self.poll_intake(cx);
            progress |= self.poll_wake();
            self.ask_for_arrival();
            progress |= self.poll_write(cx);
            progress |= self.poll_held(cx);
            // What was said last has been announced by now: its author's device has it.
            if self.is_over() && !(progress && self.awaits_own()) {
                return Poll::Ready(());
            }
            if !progress {
                self.set_alarm();
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_posts(&mut self, cx: &mut Context<'_>) -> bool {
        let mut progress = false;
        loop {
            progress |= self.tell_held();
            let Poll::Ready(post) = self.mailbox.poll_post(cx, self.wants_events()) else { return progress };
            progress = true;
            match post {
                Post::Event(envelope) => self.consider(envelope),
                Post::Verification(outcome) => self.verified(outcome),
                Post::Lost => self.survey(),
                Post::Alarm => self.ring(),
                Post::Asked => self.prove_life(),
                Post::Signal(signal) => self.obey(signal),
            }
        }
    }

    fn obey(&mut self, signal: Signal) {
        let why = match signal {
            Signal::Replaced => Farewell::Replaced,
            Signal::Deleted => Farewell::Deleted,
            Signal::SignedOut => Farewell::SignedOut,
            Signal::Outdated => Farewell::Outdated,
            Signal::Stopping => Farewell::Stopping,
        };
        self.times.hurries |= signal == Signal::Stopping;
        // Whoever takes over must find out how far this session came.
        self.stop_hearing();
        if self.phase == Phase::Open {
            self.phase = Phase::Draining;
        }
        if matches!(signal, Signal::Replaced | Signal::Deleted | Signal::SignedOut) {
            self.shed_outgoing();
        }
        if self.work.is_some() {
            // What was accepted is finished first.
            self.parting.farewell = Some(why);
            // That it went too fast does not matter any more.
            self.start_waiting();
        } else {
            self.say_farewell(why);
        }
    }

    fn is_over(&self) -> bool {
        match self.phase {
            Phase::Dead => true,
            Phase::Flushing => self.is_written(),
            Phase::Draining => {
                self.is_written() && self.work.is_none() && !self.parting.is_due() && self.unread.is_empty()
            }
            Phase::Open => false,
        }
    }

    fn outbox(&self) -> Outbox {
        Outbox::new(self.common.core.clock().now())
    }

    fn caller(&self) -> Caller {
        let dialect = &self.common.dialect;
        let peer = Peer::of(self.address);
        Caller { peer, device: dialect.device(), embeds_media: dialect.embeds_media(), actor: self.actor }
    }
}
