//! Who is in: how many connections there are, how many of each address, and how often each asks by HTTP.

use crate::connection::limit;
use crate::settings::Settings;
use koine_core::Core;
use koine_core::rates::{Peer, PerPeer, Rate};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What all doors share.
pub(crate) struct House {
    pub(crate) tasks: TaskTracker,
    pub(crate) stopping: CancellationToken,
    pub(crate) settings: Settings,
    core: Arc<Core>,
    guests: Mutex<HashMap<Peer, usize>>,
    /// What each address asks of the HTTP port.
    requests: PerPeer,
}

/// One of the connections that are counted.
pub(crate) struct Guest {
    house: Arc<House>,
    address: IpAddr,
    /// Whether it counts for its address.
    counts: bool,
}

impl House {
    pub(crate) fn new(
        core: Arc<Core>,
        settings: Settings,
        tasks: TaskTracker,
        stopping: CancellationToken,
    ) -> Arc<Self> {
        let rate = Rate::per_second(settings.http_requests_per_second, settings.http_request_burst);
        let (guests, requests) = (Mutex::default(), PerPeer::new(rate));
        Arc::new(Self { tasks, stopping, settings, core, guests, requests })
    }

    /// Counts a connection in, unless there are too many. One that a proxy makes for others counts for none of them yet.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr, from_proxy: bool) -> Option<Guest> {
        if self.tasks.len() >= self.settings.connections {
            limit("connections");
            return None;
        }
        if from_proxy {
            return Some(Guest { house: self.clone(), address, counts: false });
        }
        self.count_in(address)
    }

    /// Counts somebody in for whom a connection is that was admitted, unless there are too many from there.
    pub(crate) fn count_in(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let peer = Peer::of(address);
        let already = guests.get(&peer).copied().unwrap_or(0);
        if already >= self.settings.connections_per_address {
            limit("connections_per_address");
            return None;
        }
        guests.insert(peer, already.saturating_add(1));
        Some(Guest { house: self.clone(), address, counts: true })
    }

    /// Counts a request of HTTP, or tells in how long there may be one.
    pub(crate) fn request_admit(&self, client: IpAddr) -> Result<(), Duration> {
        let taken = self.requests.take(Peer::of(client), self.core.clock().now().into());
        taken.inspect_err(|_| limit("http_requests_per_second"))
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
