//! A socket that does not wait, plain or inside TLS.

use anyhow::Context;
use mio::net::TcpStream;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Either kind.
pub(crate) enum Socket {
    /// As it is.
    Plain(TcpStream),
    /// Inside TLS.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Socket {
    /// The one underneath, to be told when it is ready.
    pub(crate) fn tcp(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &mut stream.sock,
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            // It takes nothing while what it has taken before waits.
            Self::Tls(stream) => match stream.write(bytes)? {
                0 => Err(std::io::ErrorKind::WouldBlock.into()),
                written => Ok(written),
            },
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// A certificate that was made for one run, and the clients that trust it alone.
pub(crate) struct Certificate {
    /// Where the server finds it.
    pub(crate) certificate: PathBuf,
    /// Where the server finds its key.
    pub(crate) key: PathBuf,
    clients: Arc<ClientConfig>,
}

impl Certificate {
    /// Makes one for 127.0.0.1, in this folder.
    pub(crate) fn make(folder: &Path) -> anyhow::Result<Self> {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).context("a certificate")?;
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).context("the certificate cannot be written")?;
        std::fs::write(&key, made.signing_key.serialize_pem()).context("the key cannot be written")?;
        let clients = clients(made.cert.der().clone())?;
        Ok(Self { certificate, key, clients })
    }

    /// Puts TLS around a stream that has just begun to connect.
    pub(crate) fn secure(&self, stream: TcpStream) -> anyhow::Result<Socket> {
        let name = ServerName::try_from("127.0.0.1").context("an address")?;
        let connection = ClientConnection::new(self.clients.clone(), name).context("a TLS client")?;
        Ok(Socket::Tls(Box::new(StreamOwned::new(connection, stream))))
    }
}

fn clients(certificate: CertificateDer<'static>) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).context("a certificate that cannot be trusted")?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("versions of TLS")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
