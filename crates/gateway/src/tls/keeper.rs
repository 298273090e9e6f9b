//! The certificate that new connections are shown: whoever renews the files need tell nobody.
//!
//! Connections that are open go on with what they began with. A pair that cannot be used changes nothing but the log.

use super::Socket;
use super::certificate::{CertificateError, Configs, Contents, TlsFiles};
use koine_core::Core;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);
/// After how many looks their age is told again: twice a day.
const AGED: u32 = 12 * 60 * 60 / 2;
/// What a record of TLS begins with when it opens a connection.
const HANDSHAKE: u8 = 0x16;

/// What may wait between TLS and the kernel, in bytes.
pub(super) const HELD: usize = 64 << 10;

/// Keeps the certificate current.
pub(crate) struct Keeper {
    files: TlsFiles,
    current: Mutex<Arc<Configs>>,
    core: Arc<Core>,
}

impl Keeper {
    /// Reads the files, which must be sound at the start.
    pub(crate) fn new(files: TlsFiles, core: Arc<Core>) -> Result<Self, CertificateError> {
        let configs = Arc::new(files.read()?.parse(&files)?);
        let keeper = Self { files, current: Mutex::new(configs), core };
        keeper.tell_doubts();
        Ok(keeper)
    }

    /// Looks at the files again and again, for ever.
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut trouble = Trouble::default();
        let mut looks: u32 = 0;
        loop {
            ticks.tick().await;
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(AGED) {
                self.tell_doubts();
            }
            let files = self.files.clone();
            // A disk may take its time.
            let Ok(read) = tokio::task::spawn_blocking(move || files.read()).await else { continue };
            match self.consider(read) {
                Ok(is_new) => {
                    trouble = Trouble::default();
                    if is_new {
                        tracing::info!(
                            certificate = %self.files.certificate.display(),
                            "the certificate was renewed: new connections are shown it"
                        );
                        self.tell_doubts();
                    }
                }
                Err(error) => trouble.note(&error),
            }
        }
    }

    /// Takes over what was read, where it is new; tells whether it was.
    fn consider(&self, read: Result<Contents, CertificateError>) -> Result<bool, CertificateError> {
        let read = read?;
        if self.current().is_of(&read) {
            return Ok(false);
        }
        let configs = Arc::new(read.parse(&self.files)?);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = configs;
        Ok(true)
    }

    fn tell_doubts(&self) {
        let now = self.core.clock().now().0;
        for doubt in self.files.doubts(&self.current(), now) {
            tracing::warn!("{doubt}");
        }
    }

    fn current(&self) -> Arc<Configs> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a connection secret. `web` is whether HTTP or WebSockets are spoken on it.
    pub(crate) async fn secure(&self, stream: TcpStream, web: bool) -> io::Result<Socket> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 1 && first != [HANDSHAKE] {
            if web {
                ask_for_tls(stream).await?;
            }
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the client does not speak TLS"));
        }
        let configs = self.current();
        let config = if web { &configs.web } else { &configs.bare };
        let acceptor = TlsAcceptor::from(config.clone());
        let accepting = acceptor.accept_with(stream, |session| session.set_buffer_limit(Some(HELD)));
        Ok(Socket::secure(accepting.await?))
    }
}

/// Tells a browser, or whatever speaks HTTP, that this port is another one.
async fn ask_for_tls(mut stream: TcpStream) -> io::Result<()> {
    // What is unread when a socket is closed resets it, and the answer would be lost.
    let mut asked = [0; 4 << 10];
    let _ = stream.try_read(&mut asked);
    let body = "This port speaks TLS: the address begins with https:// (or wss://).\n";
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close";
    stream.write_all(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
    stream.shutdown().await
}

/// What was wrong at the last looks.
#[derive(Default)]
struct Trouble {
    words: String,
    looks: u32,
}

impl Trouble {
    /// Two files cannot be renewed at the same moment: what is wrong at one look only is not worth a word, and what stays
    /// wrong is worth one.
    fn note(&mut self, error: &CertificateError) {
        let words = error.to_string();
        if self.words != words {
            *self = Self { words, looks: 0 };
        }
        self.looks = self.looks.saturating_add(1);
        if self.looks == 2 {
            let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            tracing::error!(%error, cause, "the certificate is not renewed: the one before stays in use");
        }
    }
}
