//! The end of a connection, in good order.

use super::{Connection, Phase};
use crate::websocket::CloseCode;
use koine_dialect::Farewell;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// What is still to be said once the commands that are under way have been answered.
#[derive(Default)]
pub(super) struct Parting {
    pub(super) farewell: Option<Farewell>,
    pub(super) closing: Option<CloseCode>,
}

impl Parting {
    pub(super) fn is_due(&self) -> bool {
        self.farewell.is_some() || self.closing.is_some()
    }
}

/// How long a client has to take in the last words.
const LINGER: Duration = Duration::from_secs(2);

impl Connection {
    /// Lets the session say good-bye, and closes.
    pub(super) fn say_farewell(&mut self, why: Farewell) {
        if matches!(self.phase, Phase::Flushing | Phase::Dead) {
            return;
        }
        let mut out = self.outbox();
        self.session.farewell(why, &mut out);
        self.carry_out(out);
        self.close_with(match why {
            Farewell::Replaced | Farewell::Deleted | Farewell::SignedOut => CloseCode::POLICY_VIOLATION,
            // The client is to come back.
            Farewell::Outdated | Farewell::Stopping => CloseCode::GOING_AWAY,
        });
    }

    /// Lets go of the account and of the socket.
    pub(super) async fn finish(mut self: Box<Self>) {
        if self.phase != Phase::Dead {
            self.settle_arrivals();
        }
        // A message that was stored and not announced would wait for the next one to be noticed.
        self.finish_work().await;
        // What was just finished may have been a login.
        if let Some(hearing) = self.hearing.take() {
            self.part(hearing, false);
            self.finish_work().await;
        }
        // Whoever is only still waited for is not signed in any more.
        self.seat = None;
        if self.phase != Phase::Dead {
            // Closing a socket with unread bytes resets it, and the last words would be lost with it.
            let _ = tokio::time::timeout(LINGER, self.linger()).await;
        }
    }

    async fn linger(&mut self) {
        if self.stream.shutdown().await.is_ok() {
            let mut scrap = [0; 512];
            while self.stream.read(&mut scrap).await.is_ok_and(|read| read > 0) {}
        }
    }
}
