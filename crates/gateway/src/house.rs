//! How many connections there are, of whom, how often they ask by HTTP, and what all listeners share.

use crate::full;
use crate::settings::Settings;
use koine_core::Core;
use koine_core::rates::{Peer, PerPeer, Rate};
use koine_metrics::Limit;
use koine_metrics::catalogue::{CONNECTIONS_HELD, CONNECTIONS_OF_ADDRESS};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What all doors share.
pub(crate) struct House {
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
    pub(crate) settings: Settings,
    /// Places for those who are not let in, and whose first words are waited for.
    pub(crate) lobby: Arc<Semaphore>,
    /// Connections that are open.
    inside: AtomicUsize,
    guests: Mutex<HashMap<Peer, usize>>,
    /// What each address asks of the HTTP port.
    requests: PerPeer,
    core: Arc<Core>,
}

/// One of the connections that are counted.
pub(crate) struct Guest {
    house: Arc<House>,
    address: IpAddr,
    /// Whether it counts for its address.
    counts: bool,
    /// Whether it is a connection, and not only whom one is for.
    entered: bool,
}

impl House {
    /// One without guests.
    pub(crate) fn new(
        core: Arc<Core>,
        tasks: TaskTracker,
        stopping: CancellationToken,
        settings: Settings,
    ) -> Arc<Self> {
        let rate = Rate::per_second(settings.http_requests_per_second, settings.http_request_burst);
        let (inside, guests) = (AtomicUsize::new(0), Mutex::default());
        let requests = PerPeer::new(rate);
        let lobby = Arc::new(Semaphore::new(full::PLACES));
        Arc::new(Self { tasks, stopping, settings, lobby, inside, guests, requests, core })
    }

    /// Counts a connection in, unless there are too many. One that a proxy makes for others counts for none of them yet.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr, from_proxy: bool) -> Option<Guest> {
        let enters =
            |inside: usize| inside.checked_add(1).filter(|inside| *inside <= self.settings.connections);
        if self.inside.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enters).is_err() {
            Limit::Connections.hit();
            return None;
        }
        let mut guest = Guest { house: self.clone(), address, counts: false, entered: true };
        if !from_proxy {
            guest.counts = self.add(address);
            return guest.counts.then_some(guest);
        }
        Some(guest)
    }

    /// Counts somebody in for whom a connection is that was admitted, unless there are too many from there.
    pub(crate) fn count_in(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let counts = self.add(address);
        counts.then(|| Guest { house: self.clone(), address, counts, entered: false })
    }

    /// Counts one more from an address, unless there are too many.
    fn add(&self, address: IpAddr) -> bool {
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let peer = Peer::of(address);
        let already = guests.get(&peer).copied().unwrap_or(0);
        if already >= self.settings.connections_per_address {
            Limit::ConnectionsPerAddress.hit();
            return false;
        }
        guests.insert(peer, already.saturating_add(1));
        true
    }

    /// Counts a request of HTTP, or tells in how long there may be one.
    pub(crate) fn request_admit(&self, client: IpAddr) -> Result<(), Duration> {
        let taken = self.requests.take(Peer::of(client), self.core.clock().now().into());
        taken.map_err(|wait| Limit::HttpRequests.met(wait))
    }

    /// Measures what nobody counts: how many are inside, and how many of them are of one address at most.
    pub(crate) fn measure(&self) {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        CONNECTIONS_HELD.set(number(self.inside.load(Ordering::Relaxed)));
        let guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        CONNECTIONS_OF_ADDRESS.set(number(guests.values().copied().max().unwrap_or(0)));
    }

    /// Lets go of what means nothing any more.
    pub(crate) fn tend(&self) {
        self.requests.tend(self.core.clock().now().into());
    }
}

impl Guest {
    /// The address at the other end of the connection.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    /// Whether it counts for its address.
    pub(crate) fn counts(&self) -> bool {
        self.counts
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if self.entered {
            self.house.inside.fetch_sub(1, Ordering::Relaxed);
        }
        if !self.counts {
            return;
        }
        let peer = Peer::of(self.address);
        let mut guests = self.house.guests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = guests.get_mut(&peer) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                guests.remove(&peer);
            }
        }
    }
}
