//! A certificate and its private key, as they lie in two files, and what is wrong with them.

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError as Flaw, Error, RootCertStore, ServerConfig};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where the certificate and its key are: PEM files, as programs that get certificates write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and behind it those that vouch for it.
    pub certificate: PathBuf,
    /// The private key of the first certificate.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file is not there.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// A file cannot be read.
    #[error("the file {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system or the library says.
        source: io::Error,
    },
    /// A file has nothing of what it should hold.
    #[error("the file {} holds no {what} in PEM (-----BEGIN …-----)", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// The two do not belong together.
    #[error("the key {} is not that of the certificate {}", key.display(), certificate.display())]
    Mismatch {
        /// The certificate.
        certificate: PathBuf,
        /// The key of another one.
        key: PathBuf,
    },
    /// They can be read and cannot be used.
    #[error("the certificate {} cannot be used with the key {}", certificate.display(), key.display())]
    Unusable {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// What the system or the library says.
        source: Error,
    },
}

/// What is in the two files.
#[derive(PartialEq, Eq)]
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// What follows from them for listeners.
pub(super) struct Configs {
    /// For listeners of HTTP and WebSockets.
    pub(super) web: Arc<ServerConfig>,
    /// For listeners of anything else, whose clients may name protocols that nobody here has heard of.
    pub(super) bare: Arc<ServerConfig>,
    certificate: CertificateDer<'static>,
    contents: Contents,
}

/// How long before the end of a certificate there is reason to say so.
const SOON: Duration = Duration::from_secs(10 * 24 * 60 * 60);

impl TlsFiles {
    /// Tells whether the two can be used: `Ok` has what should be seen to all the same, in sentences. `now` is in
    /// milliseconds since 1970.
    pub fn check(&self, now: i64) -> Result<Vec<String>, CertificateError> {
        let configs = self.read()?.parse(self)?;
        Ok(self.doubts(&configs, now))
    }

    pub(super) fn read(&self) -> Result<Contents, CertificateError> {
        Ok(Contents { certificate: read(&self.certificate)?, key: read(&self.key)? })
    }

    /// What speaks against the two without keeping them from being used.
    pub(super) fn doubts(&self, configs: &Configs, now: i64) -> Vec<String> {
        let of_key = key_is_open(&self.key).then(|| {
            format!(
                "the key {} can be read by every user of this machine: chmod o= takes that away",
                self.key.display()
            )
        });
        let now = Duration::from_millis(u64::try_from(now).unwrap_or(0));
        configs.age(now, &self.certificate).into_iter().chain(of_key).collect()
    }

    fn mismatch(&self) -> CertificateError {
        CertificateError::Mismatch { certificate: self.certificate.clone(), key: self.key.clone() }
    }

    fn unusable(&self, source: Error) -> CertificateError {
        let (certificate, key) = (self.certificate.clone(), self.key.clone());
        CertificateError::Unusable { certificate, key, source }
    }
}

impl Contents {
    pub(super) fn parse(self, files: &TlsFiles) -> Result<Configs, CertificateError> {
        let no_certificate =
            || CertificateError::Empty { path: files.certificate.clone(), what: "certificate" };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .map_err(|_| no_certificate())?;
        let certificate = chain.first().ok_or_else(no_certificate)?.clone();
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| CertificateError::Empty { path: files.key.clone(), what: "private key" })?;
        let provider = Arc::new(ring::default_provider());
        let config = config(provider, chain, key).map_err(|error| match error {
            Error::InconsistentKeys(_) => files.mismatch(),
            error => files.unusable(error),
        })?;
        let mut web = config.clone();
        web.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Configs { web: Arc::new(web), bare: Arc::new(config), certificate, contents: self })
    }
}

fn config(
    provider: Arc<CryptoProvider>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // Sessions are resumed by what the client keeps: nothing is kept here for clients that may never return.
    config.ticketer = ring::Ticketer::new()?;
    Ok(config)
}

impl Configs {
    /// Whether it is these contents that they follow from.
    pub(super) fn is_of(&self, contents: &Contents) -> bool {
        self.contents == *contents
    }

    /// What its dates say against the certificate, at `now` since 1970.
    fn age(&self, now: Duration, path: &Path) -> Option<String> {
        let shown = path.display();
        let since = |earlier: UnixTime, later: UnixTime| {
            later.as_secs().saturating_sub(earlier.as_secs()).checked_div(24 * 60 * 60).unwrap_or(0)
        };
        match self.flaw(now) {
            Some(Flaw::ExpiredContext { time, not_after }) => Some(format!(
                "the certificate {shown} ran out {} days ago: clients will refuse it",
                since(not_after, time)
            )),
            Some(Flaw::NotValidYetContext { .. }) => {
                Some(format!("the certificate {shown} is not valid yet: clients will refuse it"))
            }
            _ => match self.flaw(now.saturating_add(SOON)) {
                Some(Flaw::ExpiredContext { not_after, .. }) => Some(format!(
                    "the certificate {shown} runs out in {} days",
                    since(UnixTime::since_unix_epoch(now), not_after)
                )),
                _ => None,
            },
        }
    }

    /// Whoever vouches for it, its dates are looked at first.
    fn flaw(&self, at: Duration) -> Option<Flaw> {
        let parsed = ParsedCertificate::try_from(&self.certificate).ok()?;
        let nobody = RootCertStore::empty();
        let algorithms = ring::default_provider().signature_verification_algorithms.all;
        let time = UnixTime::since_unix_epoch(at);
        match verify_server_cert_signed_by_trust_anchor(&parsed, &nobody, &[], time, algorithms) {
            Err(Error::InvalidCertificate(flaw)) => Some(flaw),
            _ => None,
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    std::fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => CertificateError::Missing(path.to_owned()),
        _ => CertificateError::Unreadable { path: path.to_owned(), source },
    })
}

/// Whether others than its owner and its group may read a file.
fn key_is_open(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    /// 2026-01-01, in milliseconds.
    const NOW: i64 = 1_767_225_600_000;

    fn files(folder: &Path, certificate: &str, key: &str) -> TlsFiles {
        let files = TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        std::fs::set_permissions(&files.key, PermissionsExt::from_mode(0o600)).unwrap();
        files
    }

    fn made(first_year: i32, last: (i32, u8, u8)) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["chat.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(first_year, 1, 1);
        params.not_after = date_time_ymd(last.0, last.1, last.2);
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    fn check(certificate: &str, key: &str, expected: Result<&[&str], &str>) {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path(), certificate, key);
        match (files.check(NOW), expected) {
            (Ok(doubts), Ok(expected)) => {
                assert_eq!(doubts.len(), expected.len(), "{doubts:?}");
                let told = doubts.iter().zip(expected).all(|(doubt, part)| doubt.contains(part));
                assert!(told, "{doubts:?}");
            }
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (found, _) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn a_certificate_is_judged_by_its_dates() {
        let (certificate, key) = made(2020, (2030, 1, 1));
        check(&certificate, &key, Ok(&[]));
        let (certificate, key) = made(2020, (2025, 12, 29));
        check(&certificate, &key, Ok(&["ran out 3 days ago"]));
        let (certificate, key) = made(2020, (2026, 1, 5));
        check(&certificate, &key, Ok(&["runs out in 4 days"]));
        let (certificate, key) = made(2027, (2030, 1, 1));
        check(&certificate, &key, Ok(&["is not valid yet"]));
    }

    #[test]
    fn what_is_no_pair_is_refused() {
        let (certificate, key) = made(2020, (2030, 1, 1));
        let (_, other) = made(2020, (2030, 1, 1));
        check(&certificate, &other, Err("key.pem is not that of the certificate"));
        check("", &key, Err("cert.pem holds no certificate in PEM"));
        check(&key, &key, Err("cert.pem holds no certificate in PEM"));
        check(&certificate, &certificate, Err("key.pem holds no private key in PEM"));
        check("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &key, Err("cannot be used"));
        let nowhere = TlsFiles { certificate: "/nowhere/cert.pem".into(), key: "/nowhere/key.pem".into() };
        assert_eq!(nowhere.check(NOW).unwrap_err().to_string(), "there is no file /nowhere/cert.pem");
    }

    #[test]
    fn a_key_that_everybody_may_read_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = made(2020, (2030, 1, 1));
        let files = files(folder.path(), &certificate, &key);
        std::fs::set_permissions(&files.key, PermissionsExt::from_mode(0o644)).unwrap();
        let doubts = files.check(NOW).unwrap();
        assert!(
            matches!(doubts.as_slice(), [one] if one.contains("can be read by every user")),
            "{doubts:?}"
        );
    }
}
