//! What is counted of the connections of one dialect.

use super::names;
use koine_core::Outcome;
use koine_dialect::{Carriage, Fault, Notation};
use koine_metrics::catalogue::{
    CONNECTIONS, DELIVERIES, DELIVERY_SECONDS, ENDED, MESSAGES, REFUSALS, REQUEST_SECONDS, SESSIONS,
};
use koine_metrics::{Counter, Gauge, Held, Histogram, Limit};
use koine_model::{Command, Reply, Timestamp, message, upload};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The numbers of one dialect. Those that each message adds to are at hand; the others are looked up.
pub(crate) struct Tally {
    dialect: &'static str,
    sessions: Arc<Gauge>,
    messages: Arc<Counter>,
    deliveries: Arc<Counter>,
    delivery: Arc<Histogram>,
    posts: Arc<Histogram>,
}

/// A request that is under way.
pub(super) struct Request {
    name: &'static str,
    begun: Instant,
    posts: bool,
}

impl Tally {
    pub(crate) fn new(dialect: &'static str) -> Self {
        Self {
            dialect,
            sessions: SESSIONS.of([dialect]),
            messages: MESSAGES.of([dialect]),
            deliveries: DELIVERIES.of([dialect]),
            delivery: DELIVERY_SECONDS.of([dialect]),
            posts: REQUEST_SECONDS.of([names::POST]),
        }
    }

    /// A connection is there for as long as what this gives is kept.
    pub(super) fn connection(&self, carriage: Carriage) -> Held {
        let carriage = match carriage {
            Carriage::WebSocket => "websocket",
            Carriage::JsonStream { .. } => "tcp",
        };
        Held::new(CONNECTIONS.of([self.dialect, carriage]))
    }

    /// Somebody is signed in for as long as what this gives is kept.
    pub(super) fn session(&self) -> Held {
        Held::new(self.sessions.clone())
    }

    /// Something of a conversation was told `now`; with a moment, as it happens.
    pub(super) fn delivered(&self, live_since: Option<Timestamp>, now: Timestamp) {
        self.deliveries.count();
        if let Some(at) = live_since {
            let millis = u64::try_from(now.0.saturating_sub(at.0)).unwrap_or(0);
            self.delivery.took(Duration::from_millis(millis));
        }
    }

    /// A request begins.
    pub(super) fn request(command: &Command) -> Request {
        let posts = matches!(
            command,
            Command::Message(message::Command::Post { .. }) | Command::Upload(upload::Command::Finish { .. })
        );
        Request { name: names::request(command), begun: Instant::now(), posts }
    }

    /// It was answered.
    pub(super) fn answered(&self, request: &Request, outcome: &Outcome) {
        let took = request.begun.elapsed();
        if request.name == names::POST {
            self.posts.took(took);
        } else {
            REQUEST_SECONDS.of([request.name]).took(took);
        }
        match &outcome.answer {
            Ok(Reply::Message(message::Reply::Posted(..))) if request.posts => self.messages.count(),
            Ok(_) => {}
            Err(refusal) => REFUSALS.of([self.dialect, names::refusal(refusal)]).count(),
        }
    }
}

/// The server gives a connection up.
fn ended(reason: &'static str) {
    ENDED.of([reason]).count();
}

/// The server gives up a connection whose peer does not answer.
pub(super) fn silent() {
    Limit::Ping.hit();
    ended("silent");
}

/// The server gives up a connection whose peer takes nothing; in the hurry of the server's own end, that is no limit.
pub(super) fn not_reading(hurries: bool) {
    if !hurries {
        Limit::WriteStall.hit();
    }
    ended("not_reading");
}

/// A frame was refused for how deep it is nested.
pub(super) fn too_deep(notation: Notation) {
    match notation {
        Notation::Json => Limit::JsonDepth.hit(),
        Notation::MessagePack => Limit::MessagePackDepth.hit(),
    }
}

/// The server gives a connection up for what came from it.
pub(super) fn broken(fault: Fault) {
    ended(match fault {
        Fault::Malformed => "malformed",
        Fault::TooLarge => "too_large",
        Fault::TooSlow => "too_slow",
    });
}
