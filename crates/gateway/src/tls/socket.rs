//! A connection, secret or not. What an idle one costs beyond the plain one is what rustls keeps: no buffer here is ours.

use super::keeper::HELD;
use koine_kernel as kernel;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// What bytes travel by.
pub(crate) enum Socket {
    /// As they are.
    Plain(TcpStream),
    /// Inside TLS.
    Secure(Box<TlsStream<TcpStream>>),
}

/// What one record of TLS holds at most, in bytes of either side of the encryption.
const RECORD: u64 = (16 << 10) + 256;

impl Socket {
    pub(super) fn secure(stream: TlsStream<TcpStream>) -> Self {
        Self::Secure(Box::new(stream))
    }

    /// The kernel's side of it.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Secure(stream) => stream.get_ref().0,
        }
    }

    /// Whether TLS has taken bytes that the kernel has not got yet: a flush hands them on.
    pub(crate) fn holds_back(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Secure(stream) => stream.get_ref().1.wants_write(),
        }
    }

    /// How many of the bytes written the peer may not have got yet, at most; `None` when the kernel does not say.
    ///
    /// What the kernel counts is larger than what was encrypted, so its count is a bound; only that a record which has
    /// come in part is as good as one that has not come.
    pub(crate) fn unacknowledged(&self) -> Option<u64> {
        let waiting = kernel::unacknowledged(self.tcp())?;
        let Self::Secure(_) = self else { return Some(waiting) };
        let held = if self.holds_back() { u64::try_from(HELD).unwrap_or(u64::MAX) } else { 0 };
        let before_records = waiting.saturating_add(held);
        Some(if before_records == 0 { 0 } else { before_records.saturating_add(RECORD) })
    }

    /// Whether the first bytes that come are `word`, and what was read to find out; `None` when the connection ends before that is
    /// known.
    ///
    /// They are read and not only looked at: looking does not wait for more than there is.
    pub(crate) async fn begins_with(&mut self, word: &[u8]) -> Option<(bool, Vec<u8>)> {
        let mut first = Vec::new();
        while word.starts_with(&first) && first.len() < word.len() {
            let missing = word.len().saturating_sub(first.len());
            let mut more = (&mut *self).take(u64::try_from(missing).ok()?);
            if more.read_buf(&mut first).await.ok()? == 0 {
                return None;
            }
        }
        Some((first == word, first))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = match &mut *self {
            Self::Plain(stream) => return Pin::new(stream).poll_read(cx, buffer),
            Self::Secure(stream) => stream,
        };
        match ready!(Pin::new(stream).poll_read(cx, buffer)) {
            // Many programs end without the good-bye of TLS. Whoever ends a connection for them in between gains nothing:
            // frames tell their own ends, and half a frame is not acted on.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
            other => Poll::Ready(other),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Secure(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Secure(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Secure(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Secure(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
