//! Certificates that are made for a test, and clients that trust them.

use crate::peer::connect;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Somebody who vouches for servers of this machine, and whom the clients of the tests trust.
#[derive(Clone)]
pub struct Authority(Arc<Inner>);

struct Inner {
    issuer: Issuer<'static, KeyPair>,
    clients: Arc<ClientConfig>,
    folder: tempfile::TempDir,
}

/// How long a handshake may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);

impl Default for Authority {
    fn default() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority of tests");
        let certificate = params.self_signed(&key).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).expect("a root");
        let clients = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority =
            Self(Arc::new(Inner { issuer: Issuer::new(params, key), clients: Arc::new(clients), folder }));
        authority.renew();
        authority
    }
}

impl Authority {
    /// The file of the certificate.
    pub fn certificate(&self) -> PathBuf {
        self.0.folder.path().join("certificate.pem")
    }

    /// The file of its key.
    pub fn key(&self) -> PathBuf {
        self.0.folder.path().join("key.pem")
    }

    /// Puts a fresh certificate and its key into the place of those that were there; tells the certificate.
    pub fn renew(&self) -> CertificateDer<'static> {
        let (certificate, pem, key) = self.issue();
        replace(&self.certificate(), &pem);
        replace(&self.key(), &key);
        certificate
    }

    /// A fresh certificate for `localhost` and 127.0.0.1: as it is, in PEM, and its key in PEM.
    pub fn issue(&self) -> (CertificateDer<'static>, String, String) {
        let key = KeyPair::generate().expect("a key");
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = CertificateParams::new(names).expect("names");
        let certificate = params.signed_by(&key, &self.0.issuer).expect("a certificate");
        (certificate.der().clone(), certificate.pem(), key.serialize_pem())
    }

    /// Speaks TLS over a connection that stands.
    pub async fn secure(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        self.secure_for(stream, &[]).await
    }

    /// The same as somebody who was never here: nothing is taken from an earlier connection, so that the server shows its certificate.
    pub async fn secure_as_a_stranger(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let mut config = ClientConfig::clone(&self.0.clients);
        config.resumption = Resumption::disabled();
        handshake(config, stream).await
    }

    /// The same, for protocols that go by these names.
    pub async fn secure_for(
        &self,
        stream: TcpStream,
        protocols: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut config = ClientConfig::clone(&self.0.clients);
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        handshake(config, stream).await
    }

    /// Connects with TLS.
    pub async fn connect(&self, address: SocketAddr) -> Pipe {
        let stream = connect(address).await;
        self.secure(stream).await.expect("a TLS handshake").into()
    }
}

async fn handshake(config: ClientConfig, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("127.0.0.1").expect("an address");
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    tokio::time::timeout(PATIENCE, connecting).await.expect("a handshake in time")
}

/// What a certificate is renewed by: a file that is whole takes the place of the one before.
pub fn replace(path: &Path, text: &str) {
    let fresh = path.with_extension("fresh");
    std::fs::write(&fresh, text).expect("a file that can be written");
    std::fs::set_permissions(&fresh, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .expect("a file that can be kept to oneself");
    std::fs::rename(&fresh, path).expect("a file that can be renamed");
}

/// What a client's bytes travel by.
pub enum Pipe {
    /// As they are.
    Plain(TcpStream),
    /// Inside TLS.
    Secure(Box<TlsStream<TcpStream>>),
}

impl Pipe {
    /// Connects without TLS.
    pub async fn open(address: SocketAddr) -> Self {
        Self::Plain(connect(address).await)
    }

    /// The kernel's side of it.
    pub fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Secure(stream) => stream.get_ref().0,
        }
    }
}

impl From<TcpStream> for Pipe {
    fn from(stream: TcpStream) -> Self {
        Self::Plain(stream)
    }
}

impl From<TlsStream<TcpStream>> for Pipe {
    fn from(stream: TlsStream<TcpStream>) -> Self {
        Self::Secure(Box::new(stream))
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Secure(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Secure(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Secure(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Secure(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
