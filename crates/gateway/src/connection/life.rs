//! Whether a client is still there, when somebody else wants its place.
//!
//! A client that was heard of within the last seconds is. A WebSocket's is asked by a ping; of a bare TCP client the
//! kernel is made to ask, by a keep-alive probe, and what came back is read from its own records.

use super::Connection;
use crate::pulse::Second;
use koine_kernel as kernel;
use std::time::Duration;
use tokio::time::Instant;

/// For how many seconds what was heard of a client still proves that it is there.
const FRESH: Second = 2;

impl Connection {
    /// Somebody wants the place of this session.
    pub(super) fn prove_life(&mut self) {
        // What is about to be read may be that it is gone.
        let fresh = self.common.pulse.now().saturating_sub(self.times.heard) <= FRESH;
        if fresh && !kernel::is_reset(self.stream.tcp()) {
            return self.is_there();
        }
        self.times.doubted = Some(Instant::now());
        if self.wire.is_websocket() {
            self.ping();
        } else {
            kernel::probe(self.stream.tcp(), Duration::from_secs(1));
        }
    }

    /// Something came from the client.
    pub(super) fn note_heard(&mut self) {
        self.times.heard = self.common.pulse.now();
        if self.times.doubted.is_some() {
            self.is_there();
        }
    }

    /// Looks whether the client's kernel has answered the probe.
    pub(super) fn look_for_life(&mut self) {
        let Some(asked) = self.times.doubted else { return };
        let answered = kernel::last_acknowledged(self.stream.tcp()).is_some_and(|ago| ago < asked.elapsed());
        if !self.wire.is_websocket() && answered {
            self.is_there();
        }
    }

    fn is_there(&mut self) {
        if self.times.doubted.take().is_some() && !self.wire.is_websocket() {
            let silence = Duration::from_secs(self.common.settings.ping_seconds);
            kernel::probe(self.stream.tcp(), silence);
        }
        if let Some(actor) = self.actor {
            self.common.core.is_there(actor, &self.mailbox);
        }
    }
}
