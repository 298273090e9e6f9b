//! What can be written down in a configuration, and the defaults of what is not.

use super::addresses::Addresses;
use super::dialects::{DialectDocument, DialectSettings, KnownDialect};
use super::friends::Friends;
use super::http::{Http, HttpDocument};
use super::limits::Limits;
use super::log::Log;
use super::metrics::MetricsDocument;
use super::operators::Operators;
use super::passwords::Passwords;
use super::registration::Registration;
use super::smtp::Smtp;
use super::tls::Tls;
use super::{Settings, unsound};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

/// A configuration as it is written: any part of it may be missing.
#[derive(Deserialize, Debug)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Document {
    #[serde(deserialize_with = "folder")]
    data: PathBuf,
    #[serde(deserialize_with = "address")]
    bind: IpAddr,
    http: HttpDocument,
    tls: Tls,
    pub(super) dialects: BTreeMap<String, DialectDocument>,
    limits: Limits,
    passwords: Passwords,
    registration: Registration,
    friends: Friends,
    operators: Operators,
    smtp: Smtp,
    log: Log,
    metrics: MetricsDocument,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            data: PathBuf::from("./data"),
            bind: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            http: HttpDocument::default(),
            tls: Tls::default(),
            dialects: BTreeMap::new(),
            limits: Limits::default(),
            passwords: Passwords::default(),
            registration: Registration::default(),
            friends: Friends::default(),
            operators: Operators::default(),
            smtp: Smtp::default(),
            log: Log::default(),
            metrics: MetricsDocument::default(),
        }
    }
}

impl Document {
    /// Reads one layer alone, to learn whether it is sound; the answer otherwise is a clause about what is wrong.
    pub(super) fn check(layer: &toml::Table, known: &[KnownDialect]) -> Result<(), String> {
        let document: Self =
            layer.clone().try_into().map_err(|error: toml::de::Error| unsound::reworded(error.message()))?;
        document.unknown_dialect(known).map_or(Ok(()), |name| Err(KnownDialect::missing(name, known)))
    }

    /// The first name under `dialects` that is none.
    pub(super) fn unknown_dialect(&self, known: &[KnownDialect]) -> Option<&str> {
        self.dialects.keys().find(|name| known.iter().all(|it| it.name != **name)).map(String::as_str)
    }

    /// What follows for a run of the server.
    pub(super) fn resolve(self, known: &[KnownDialect]) -> Settings {
        let dialects = known
            .iter()
            .map(|it| {
                let written = self.dialects.get(&it.name).cloned().unwrap_or_default();
                let usual = || it.port.map(|port| Addresses::one(self.bind, port));
                let listen = written.listen.or_else(usual).map(Addresses::into_vec).unwrap_or_default();
                let listen_tls = written.listen_tls.into_vec();
                let frame_bytes = written.frame_bytes.unwrap_or(self.limits.frame_bytes);
                let spoken = DialectSettings { enabled: written.enabled, listen, listen_tls, frame_bytes };
                (it.name.clone(), spoken)
            })
            .collect();
        Settings {
            http: Http::resolve(self.http, self.bind),
            tls: self.tls,
            dialects,
            data: self.data,
            bind: self.bind,
            limits: self.limits,
            passwords: self.passwords,
            registration: self.registration,
            friends: self.friends,
            operators: self.operators,
            smtp: self.smtp,
            log: self.log,
            metrics: self.metrics.into(),
        }
    }
}

/// The layer that says `value` at `path` and nothing else.
pub(super) fn nested(path: &[&str], value: toml::Value) -> toml::Table {
    let (name, value) = match path {
        [] => return toml::Table::new(),
        [last] => (last, value),
        [section, rest @ ..] => (section, toml::Value::Table(nested(rest, value))),
    };
    toml::Table::from_iter([((*name).to_owned(), value)])
}

fn folder<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    let text = String::deserialize(deserializer)?;
    // An empty path would silently mean the folder in which the server happens to be started.
    if text.is_empty() {
        return Err(D::Error::custom("the path of a folder is missing (such as \"./data\")"));
    }
    Ok(PathBuf::from(text))
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IpAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        D::Error::custom(format_args!("{text:?} is not an IP address (such as \"0.0.0.0\" or \"::1\")"))
    })
}
