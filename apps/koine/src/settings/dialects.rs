//! `[dialects.NAME]`: which dialects are spoken, and where.
//!
//! Which names there are is the registry's knowledge; here they are only compared.

use super::addresses::Addresses;
use super::units::{GIB, KIB, Size};
use koine_dialect::Dialect;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What the configuration must know of a dialect.
#[derive(Clone, Debug)]
pub(crate) struct KnownDialect {
    pub(crate) name: String,
    /// The port that its clients expect, if it is one of its own.
    pub(crate) port: Option<u16>,
}

impl KnownDialect {
    pub(crate) fn of(dialect: &dyn Dialect) -> Self {
        Self { name: dialect.name().to_owned(), port: dialect.default_port() }
    }

    /// The clause that says that `name` is none of `known`.
    pub(super) fn missing(name: &str, known: &[Self]) -> String {
        let names: Vec<&str> = known.iter().map(|it| it.name.as_str()).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        format!("no dialect is called {name:?} (known are: {names})")
    }
}

/// One dialect of a run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct DialectSettings {
    /// Whether it is spoken at all, on its own port and over HTTP.
    pub(crate) enabled: bool,
    /// Its own port; nothing where it has none and is spoken over HTTP alone.
    pub(crate) listen: Vec<SocketAddr>,
    /// The same with TLS.
    pub(crate) listen_tls: Vec<SocketAddr>,
    /// The longest frame in it; as in all, where nothing else is said.
    pub(crate) frame_bytes: FrameBytes,
}

/// The length of a frame.
pub(crate) type FrameBytes = Size<KIB, GIB>;

/// The section as it is written.
#[derive(Clone, Deserialize, Debug)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(super) struct DialectDocument {
    pub(super) enabled: bool,
    pub(super) listen: Option<Addresses>,
    pub(super) listen_tls: Addresses,
    pub(super) frame_bytes: Option<FrameBytes>,
}

impl Default for DialectDocument {
    fn default() -> Self {
        Self { enabled: true, listen: None, listen_tls: Addresses::default(), frame_bytes: None }
    }
}
