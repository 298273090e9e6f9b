//! A socket that gives up a peer who takes nothing.
//!
//! HTTP answers are written by a library without limits of time, so the socket below it has one: many downloads that nobody
//! reads would otherwise hold their bytes for ever.

use crate::tls::Socket;
use koine_metrics::Limit;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// A socket whose writes fail once nothing could be written for so long.
pub(super) struct Patient {
    stream: Socket,
    /// What was read from it before, and is still to be received.
    first: Vec<u8>,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    /// That was so long, and is counted.
    is_given_up: bool,
}

impl Patient {
    pub(super) fn new(stream: Socket, first: Vec<u8>, patience: Duration) -> Self {
        Self { stream, first, patience, stalled: None, is_given_up: false }
    }

    /// The socket itself, for whoever has limits of their own; a request has been read from it by then.
    pub(super) fn into_inner(self) -> Socket {
        self.stream
    }

    fn judge<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        match stalled.as_mut().poll(cx) {
            Poll::Ready(()) => {
                // Whoever gives the connection up may well try to flush or to close it first.
                if !std::mem::replace(&mut self.is_given_up, true) {
                    Limit::WriteStall.hit();
                }
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.first.is_empty() {
            let count = buffer.remaining().min(self.first.len());
            buffer.put_slice(self.first.get(..count).unwrap_or_default());
            self.first.drain(..count);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judge(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.judge(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Inside TLS, this is where the last bytes wait for a peer.
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judge(cx, closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpStream};

    /// How often the limit was met.
    fn counted() -> u32 {
        let page = koine_metrics::page();
        let number = page
            .lines()
            .find_map(|line| line.strip_prefix("koine_limits_total{limit=\"write_stall_seconds\"} "));
        number.map_or(0, |number| number.parse().unwrap())
    }

    #[tokio::test]
    async fn a_peer_who_takes_nothing_is_given_up_and_counted_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _deaf = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut patient = Patient::new(Socket::Plain(stream), Vec::new(), Duration::from_millis(50));
        let before = counted();
        // A library may try several times before it believes it.
        for _ in 0..3 {
            let error = patient.write_all(&vec![0; 64 << 20]).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            assert_eq!(counted() - before, 1);
        }
    }
}
