//! What the server is told: one file a section, and where each setting may come from.
//!
//! `Document` is what can be written down, by file, variable or flag; a value in it is already a
//! sound one, because its type refuses to be read from anything else. `Settings` is what follows from it for
//! this run: every listener has its addresses, every dialect is present.

mod addresses;
mod conflicts;
pub(crate) mod dialects;
mod document;
mod environment;
#[cfg(test)]
mod example;
mod file;
mod flags;
pub(crate) mod friends;
pub(crate) mod http;
pub(crate) mod limits;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod operators;
pub(crate) mod passwords;
pub(crate) mod registration;
pub(crate) mod smtp;
pub(crate) mod tls;
pub(crate) mod units;
mod unsound;

pub(crate) use dialects::KnownDialect;
pub(crate) use unsound::Unsound;

use crate::arguments::Flags;
use anyhow::Context;
use dialects::DialectSettings;
use document::Document;
use figment::Figment;
use figment::providers::Serialized;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

/// Everything the server is told for one run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Settings {
    /// The folder that holds everything the server remembers.
    pub(crate) data: PathBuf,
    /// The address of all listeners that were given none of their own. Already applied to them.
    pub(crate) bind: IpAddr,
    /// The HTTP listener.
    pub(crate) http: http::Http,
    /// The certificate of the listeners that have TLS.
    pub(crate) tls: tls::Tls,
    /// Every known dialect by its name, the disabled ones included.
    pub(crate) dialects: BTreeMap<String, DialectSettings>,
    /// What one peer may take of the server.
    pub(crate) limits: limits::Limits,
    /// How dear it is to check a password.
    pub(crate) passwords: passwords::Passwords,
    /// Who may make an account.
    pub(crate) registration: registration::Registration,
    /// How people become friends.
    pub(crate) friends: friends::Friends,
    /// Who looks after the server.
    pub(crate) operators: operators::Operators,
    /// The server through which mail goes out.
    pub(crate) smtp: smtp::Smtp,
    /// What is logged.
    pub(crate) log: log::Log,
    /// Where the numbers for Prometheus are served.
    pub(crate) metrics: metrics::Metrics,
}

/// Settings, and the file that had a part in them.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    pub(crate) file: Option<PathBuf>,
}

/// Gathers the settings from the file, the variables and the flags; the later ones win.
///
/// Each layer is checked alone before they are laid over each other, because only then is it
/// certain which of them an error is to be blamed on.
pub(crate) fn load(
    flags: &Flags,
    environment: &BTreeMap<String, String>,
    known: &[KnownDialect],
) -> Result<Loaded, Unsound> {
    let file = file::find(flags, environment)?;
    let mut layers = Vec::new();
    if let Some(file) = &file {
        layers.push(file.layer(known)?);
    }
    layers.extend(environment::layers(environment, known)?);
    layers.extend(flags::layers(flags, known)?);
    let settings = document_of(layers)?.resolve(known);
    conflicts::check(&settings)?;
    Ok(Loaded { settings, file: file.map(file::File::into_path) })
}

fn document_of(layers: Vec<toml::Table>) -> Result<Document, Unsound> {
    layers
        .into_iter()
        .fold(Figment::new(), |figment, layer| figment.merge(Serialized::defaults(layer)))
        .extract()
        .map_err(|error| Unsound::new(error.to_string()))
}

impl Settings {
    /// As a configuration file that says the same.
    pub(crate) fn to_toml(&self) -> anyhow::Result<String> {
        toml::to_string(self).context("the settings cannot be written as TOML")
    }
}

#[cfg(test)]
pub(crate) mod tests;
