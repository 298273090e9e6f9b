//! A connection, secret or not. What an idle one costs beyond the plain one is what rustls keeps: no buffer here is ours.

use super::keeper::HELD;
use crate::kernel;
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
    Secure(Box<Secure>),
}

/// A connection inside TLS.
pub(crate) struct Secure {
    stream: TlsStream<TcpStream>,
    /// What was read to see what is spoken, and is still to be received.
    first: Vec<u8>,
}

/// What one record of TLS holds at most, in bytes of either side of the encryption.
const RECORD: u64 = (16 << 10) + 256;

impl Socket {
    pub(super) fn secure(stream: TlsStream<TcpStream>) -> Self {
        Self::Secure(Box::new(Secure { stream, first: Vec::new() }))
    }

    /// The kernel's side of it.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Secure(secure) => secure.stream.get_ref().0,
        }
    }

    /// Whether TLS has taken bytes that the kernel has not got yet: a flush hands them on.
    pub(crate) fn holds_back(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Secure(secure) => secure.stream.get_ref().1.wants_write(),
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

    /// Whether the first bytes that come are `word`, without taking them away; `None` when the connection ends before that is
    /// known.
    pub(crate) async fn begins_with(&mut self, word: &[u8]) -> Option<bool> {
        match self {
            Self::Plain(stream) => peek(stream, word).await,
            Self::Secure(secure) => secure.begins_with(word).await,
        }
    }
}

async fn peek(stream: &TcpStream, word: &[u8]) -> Option<bool> {
    let mut first = vec![0; word.len()];
    loop {
        let count = stream.peek(&mut first).await.ok()?;
        let seen = first.get(..count)?;
        if count == 0 {
            return None;
        }
        if !word.starts_with(seen) {
            return Some(false);
        }
        if count == word.len() {
            return Some(true);
        }
        // The rest of the word has not come yet, and peeking does not wait for it.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

impl Secure {
    async fn begins_with(&mut self, word: &[u8]) -> Option<bool> {
        while word.starts_with(&self.first) && self.first.len() < word.len() {
            let missing = word.len().saturating_sub(self.first.len());
            let mut more = (&mut self.stream).take(u64::try_from(missing).ok()?);
            if more.read_buf(&mut self.first).await.ok()? == 0 {
                return None;
            }
        }
        Some(self.first == word)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let secure = match &mut *self {
            Self::Plain(stream) => return Pin::new(stream).poll_read(cx, buffer),
            Self::Secure(secure) => secure,
        };
        if !secure.first.is_empty() {
            let count = buffer.remaining().min(secure.first.len());
            buffer.put_slice(secure.first.get(..count).unwrap_or_default());
            secure.first.drain(..count);
            if secure.first.is_empty() {
                secure.first = Vec::new();
            }
            return Poll::Ready(Ok(()));
        }
        match ready!(Pin::new(&mut secure.stream).poll_read(cx, buffer)) {
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
            Self::Secure(secure) => Pin::new(&mut secure.stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Secure(secure) => Pin::new(&mut secure.stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Secure(secure) => Pin::new(&mut secure.stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Secure(secure) => Pin::new(&mut secure.stream).poll_shutdown(cx),
        }
    }
}
