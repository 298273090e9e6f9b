//! `[metrics]`: where the numbers for Prometheus are served.

use super::addresses::Addresses;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const DEFAULT_PORT: u16 = 9464;

/// Where the numbers are served.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Metrics {
    /// On which ports of their own without TLS.
    pub(crate) listen: Vec<SocketAddr>,
    /// On which with TLS.
    pub(crate) listen_tls: Vec<SocketAddr>,
}

/// The section as it is written.
#[derive(Deserialize, Debug)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(super) struct MetricsDocument {
    listen: Addresses,
    listen_tls: Addresses,
}

impl Default for MetricsDocument {
    /// Whatever the other listeners do: the numbers are for this machine unless somebody says otherwise.
    fn default() -> Self {
        Self {
            listen: Addresses::one(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
            listen_tls: Addresses::default(),
        }
    }
}

impl From<MetricsDocument> for Metrics {
    fn from(document: MetricsDocument) -> Self {
        Self { listen: document.listen.into_vec(), listen_tls: document.listen_tls.into_vec() }
    }
}
