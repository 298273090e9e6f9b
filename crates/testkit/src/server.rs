//! What a transcript is played against: a server in this process, or a program of its own.

use crate::tls::Authority;
use koine_dialect::Dialect;
use std::net::SocketAddr;
use std::sync::Arc;

/// A server that tests talk to.
#[allow(async_fn_in_trait, reason = "tests await these where they stand, and never on another thread")]
pub trait Server {
    /// Where `what` (a dialect's name, or `http`) is listened for.
    fn address(&self, what: &str) -> SocketAddr;

    /// Where `what` is listened for with TLS, and who vouches for that; nothing where transcripts are played without.
    fn secured(&self, _what: &str) -> Option<(Authority, SocketAddr)> {
        None
    }

    /// Every dialect that it may speak.
    fn dialects(&self) -> &[Arc<dyn Dialect>];

    /// Ends the server and starts it again on its data. Its ports may be others afterwards.
    async fn restart(&mut self, ending: Ending);

    /// Lets something befall it. Only a server in this process can be reached from outside in such ways.
    async fn befall(&mut self, trouble: Trouble) {
        panic!("{trouble:?} cannot be done to a program");
    }

    /// Ends the server in order.
    async fn stop(&mut self);

    /// What it has logged so far, for whoever must find out why a test failed.
    fn log(&self) -> String {
        String::new()
    }

    /// The dialect of this name.
    fn dialect(&self, name: &str) -> &Arc<dyn Dialect> {
        let found = self.dialects().iter().find(|dialect| dialect.name() == name);
        found.unwrap_or_else(|| panic!("{name} is not spoken here"))
    }
}

/// How a server ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It is asked to, and finishes what it has accepted.
    InOrder,
    /// It is killed, as by a power cut: it finishes nothing.
    Killed,
}

/// What may befall a server while it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// Its store fails at everything from now on, as when its disk is gone.
    StoreFails,
    /// It is put under maintenance.
    Maintenance,
    /// So many seconds pass.
    Passes(u32),
}
