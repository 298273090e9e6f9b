//! `[tls]`: the certificate of the listeners that have TLS.

use super::Unsound;
use koine_gateway::TlsFiles;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where the certificate and its key are; nothing where no listener has TLS.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section with keys")]
pub(crate) struct Tls {
    /// A PEM file with the certificate, and behind it those that vouch for it.
    certificate: PathBuf,
    /// A PEM file with its private key.
    key: PathBuf,
}

impl Tls {
    pub(super) fn has_certificate(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }

    pub(super) fn has_key(&self) -> bool {
        !self.key.as_os_str().is_empty()
    }

    /// The two files, where they are named.
    pub(crate) fn files(&self) -> Option<TlsFiles> {
        let named = self.has_certificate() && self.has_key();
        named.then(|| TlsFiles { certificate: self.certificate.clone(), key: self.key.clone() })
    }

    /// Looks into the files. Tells what should be seen to although it does not keep them from being used; `now` is in
    /// milliseconds since 1970.
    pub(crate) fn check(&self, now: i64) -> Result<Vec<String>, Unsound> {
        let Some(files) = self.files() else { return Ok(Vec::new()) };
        files.check(now).map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            Unsound::at("tls", format_args!("{error}{}", cause.unwrap_or_default()))
        })
    }
}
