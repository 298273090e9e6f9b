//! Where the server listens, which changes when it is started again.

use koine_testkit::{Process, Server};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// The addresses.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) native: SocketAddr,
    pub(crate) http: SocketAddr,
    dialects: BTreeMap<String, SocketAddr>,
}

impl Ports {
    /// Those of a server that runs.
    pub(crate) fn of(server: &Process) -> Self {
        let dialects = server.dialects().iter().map(|dialect| dialect.name());
        let dialects = dialects.map(|name| (name.to_owned(), server.address(name))).collect();
        Self { native: server.address("native"), http: server.address("http"), dialects }
    }

    /// Where a dialect is spoken.
    pub(crate) fn of_dialect(&self, name: &str) -> Result<SocketAddr, String> {
        self.dialects.get(name).copied().ok_or_else(|| format!("nobody listens for {name}"))
    }
}
