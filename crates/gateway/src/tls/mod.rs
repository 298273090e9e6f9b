//! TLS for listeners: the certificate and its key, kept current while the server runs, and sockets that may be secret.
//!
//! Which listeners have it is the operator's choice; sessions and HTTP see bytes and do not know.

mod certificate;
mod keeper;
mod socket;

pub use certificate::{CertificateError, TlsFiles};
pub(crate) use keeper::Keeper;
pub(crate) use socket::Socket;
