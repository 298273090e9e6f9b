//! A whole server on loopback, on ports of the system's choice, in a folder of its own.

use crate::TestClock;
use crate::server::{Ending, Server, Trouble};
use koine_bus::LocalBus;
use koine_core::credentials::Cost;
use koine_core::surroundings::Maintenance;
use koine_core::{Core, Credentials, Limits, Surroundings};
use koine_dialect::Dialect;
use koine_gateway::{Gateway, Listen, Settings, Spoken};
use koine_store::Store;
use koine_store_sqlite::{Options, SqliteStore};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A server that lives as long as this.
pub struct World {
    folder: tempfile::TempDir,
    dialects: Vec<Arc<dyn Dialect>>,
    settings: Settings,
    limits: Limits,
    surroundings: Surroundings,
    clock: Arc<TestClock>,
    sign: Arc<Sign>,
    store: Option<Arc<SqliteStore>>,
    gateway: Option<Gateway>,
}

/// Whether the server is under maintenance: once it has befallen it, and for as long as whoever started it says so.
struct Sign {
    befallen: AtomicBool,
    given: Arc<dyn Maintenance>,
}

impl Maintenance for Sign {
    fn is_on(&self) -> bool {
        self.befallen.load(Ordering::Relaxed) || self.given.is_on()
    }
}

impl World {
    /// A fresh server that speaks `dialects`.
    pub async fn start(dialects: Vec<Arc<dyn Dialect>>) -> Self {
        Self::start_with(dialects, Settings::default(), Limits::default()).await
    }

    /// The same, with other bounds.
    pub async fn start_with(dialects: Vec<Arc<dyn Dialect>>, settings: Settings, limits: Limits) -> Self {
        Self::start_within(dialects, settings, limits, Surroundings::default()).await
    }

    /// The same, in other surroundings. Maintenance also begins when it [befalls](Server::befall) the server.
    pub async fn start_within(
        dialects: Vec<Arc<dyn Dialect>>,
        settings: Settings,
        limits: Limits,
        mut surroundings: Surroundings,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(TestClock::default());
        let sign = Sign { befallen: AtomicBool::new(false), given: surroundings.maintenance };
        let sign = Arc::new(sign);
        surroundings.maintenance = sign.clone();
        let mut world = Self {
            folder,
            dialects,
            settings,
            limits,
            surroundings,
            clock,
            sign,
            store: None,
            gateway: None,
        };
        world.open().await;
        world
    }

    /// The clock that the server goes by.
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    async fn open(&mut self) {
        let store = Arc::new(SqliteStore::open(self.folder.path(), Options::default()).expect("a store"));
        self.store = Some(store.clone());
        // Argon2 at its least: what it costs is not what these tests are about.
        let credentials =
            Credentials::new(Cost { memory_kib: 8, iterations: 1 }, 2, 512).expect("credentials");
        let bus = Arc::new(LocalBus::default());
        let surroundings = self.surroundings.clone();
        let (clock, limits) = (self.clock.clone(), self.limits.clone());
        let core = Core::within(surroundings, store, bus, clock, credentials, limits);
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let anywhere = Listen::plain(anywhere);
        let spoken = self.dialects.iter().map(|dialect| Spoken {
            dialect: dialect.clone(),
            listen: anywhere.clone(),
            frame_bytes: None,
        });
        let gateway = Gateway::start(
            core,
            self.settings.clone(),
            &anywhere,
            |port| format!("http://localhost:{port}"),
            spoken.collect(),
        )
        .await;
        self.gateway = Some(gateway.expect("free ports on loopback"));
    }
}

impl Server for World {
    fn address(&self, what: &str) -> SocketAddr {
        let gateway = self.gateway.as_ref().expect("the server is stopped");
        let found = gateway.listening().iter().find(|listening| listening.what == what);
        found.unwrap_or_else(|| panic!("nobody listens for {what}")).address
    }

    fn dialects(&self) -> &[Arc<dyn Dialect>] {
        &self.dialects
    }

    async fn restart(&mut self, ending: Ending) {
        assert_eq!(ending, Ending::InOrder, "a server in this process cannot be killed");
        self.stop().await;
        self.open().await;
    }

    async fn befall(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::StoreFails => self.store.as_ref().expect("the server is stopped").close().await,
            Trouble::Maintenance => self.sign.befallen.store(true, Ordering::Relaxed),
            Trouble::Passes(seconds) => self.clock.advance(i64::from(seconds) * 1000),
        }
    }

    async fn stop(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            gateway.stop().await;
        }
        // The folder is locked for as long as the store is open.
        self.store = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given(AtomicBool);

    impl Maintenance for Given {
        fn is_on(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn maintenance_is_what_was_given_or_what_befell() {
        let given = Arc::new(Given(AtomicBool::new(true)));
        let surroundings = Surroundings { maintenance: given.clone(), ..Surroundings::default() };
        let start = World::start_within(Vec::new(), Settings::default(), Limits::default(), surroundings);
        let mut world = start.await;
        let is_on = |world: &World| world.surroundings.maintenance.is_on();
        assert!(is_on(&world));
        given.0.store(false, Ordering::Relaxed);
        assert!(!is_on(&world));
        world.befall(Trouble::Maintenance).await;
        assert!(is_on(&world));
        world.stop().await;
    }
}
