//! What the kernel knows of a socket and no library tells: how far the peer has got, and whether it is there. And how the C library is
//! to deal with memory.
//!
//! It is a crate of its own for the sake of its unsafe code, so that the gateway, which meets what peers send, has none.

#![deny(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::as_conversions,
        clippy::arithmetic_side_effects
    )
)]

use std::os::fd::AsRawFd;
use std::time::Duration;
use tokio::net::TcpStream;

/// How many of the bytes written to `stream` its peer has not acknowledged yet; `None` when the kernel does not say.
pub fn unacknowledged(stream: &TcpStream) -> Option<u64> {
    let mut waiting: libc::c_int = 0;
    // SAFETY: the descriptor is open for as long as `stream` is borrowed, and SIOCOUTQ (which has the number of TIOCOUTQ)
    // writes one int to the address that it is given.
    #[expect(unsafe_code, reason = "no crate that is here anyway wraps SIOCOUTQ")]
    let status = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut waiting) };
    if status == 0 { u64::try_from(waiting).ok() } else { None }
}

/// The longest silence of which the kernel can be told (`MAX_TCP_KEEPIDLE`).
const LONGEST_SILENCE: Duration = Duration::from_secs(32_767);
/// How often a silent peer is asked before it is given up.
const PROBES: u32 = 4;

/// Has the kernel ask the peer whether it is there after so long a silence: at once, where it has been silent for longer.
pub fn probe(stream: &TcpStream, after: Duration) {
    let after = after.clamp(Duration::from_secs(1), LONGEST_SILENCE);
    let interval = after.checked_div(PROBES).unwrap_or_default().max(Duration::from_secs(1));
    let alive = socket2::TcpKeepalive::new().with_time(after).with_interval(interval).with_retries(PROBES);
    if let Err(error) = socket2::SockRef::from(stream).set_tcp_keepalive(&alive) {
        tracing::debug!(%error, "cannot have a peer probed");
    }
}

/// Has the kernel give the peer up when it has acknowledged nothing of what waits for it, or answered no probe, for so long.
/// Left to itself the kernel sends the same bytes again and again for a quarter of an hour.
pub fn give_up_after(stream: &TcpStream, silence: Duration) {
    // The kernel counts in milliseconds, in a number with a sign.
    let silence = silence.min(Duration::from_millis(i32::MAX.unsigned_abs().into()));
    if let Err(error) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(silence)) {
        tracing::debug!(%error, "cannot bound how long a peer is waited for");
    }
}

/// How long ago the peer's kernel was heard of last; `None` when ours does not say.
pub fn last_acknowledged(stream: &TcpStream) -> Option<Duration> {
    info(stream).map(|info| Duration::from_millis(info.tcpi_last_ack_recv.into()))
}

/// Whether the peer's kernel has put an end to the connection, whatever of it was read until now.
pub fn is_reset(stream: &TcpStream) -> bool {
    /// TCP_CLOSE of the kernel's `tcp_states.h`.
    const CLOSED: u8 = 7;
    info(stream).is_some_and(|info| info.tcpi_state == CLOSED)
}

/// Pieces of memory from this size on are the kernel's own, in bytes: it has them back as soon as they are let go of.
#[cfg(target_env = "gnu")]
const LARGE: libc::c_int = 64 << 10;

/// Has the C library keep little memory that nobody uses. To be called before there are threads.
///
/// Left to itself, glibc has eight heaps for each core, each with room to spare, and after a few large pieces it takes larger ones from
/// them, too: the holes that these leave between small pieces that stay are never given back.
pub fn spare_memory() {
    #[cfg(target_env = "gnu")]
    {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let heaps = libc::c_int::try_from(cores.saturating_add(2)).unwrap_or(libc::c_int::MAX);
        for (parameter, value) in [(libc::M_MMAP_THRESHOLD, LARGE), (libc::M_ARENA_MAX, heaps)] {
            // SAFETY: it takes two numbers and looks at nothing else of ours.
            #[expect(unsafe_code, reason = "no crate that is here anyway wraps mallopt")]
            let done = unsafe { libc::mallopt(parameter, value) };
            if done == 0 {
                tracing::debug!(parameter, value, "the C library does not take advice about memory");
            }
        }
    }
}

/// Has the C library give back to the kernel all the memory that nobody uses. Takes a moment for each heap: for when there is little to do.
pub fn give_back_memory() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: it takes a number and looks at the allocator's own records alone.
        #[expect(unsafe_code, reason = "no crate that is here anyway wraps malloc_trim")]
        let _given = unsafe { libc::malloc_trim(0) };
    }
}

fn info(stream: &TcpStream) -> Option<libc::tcp_info> {
    // SAFETY: `tcp_info` is plain numbers, for which zero is a value.
    #[expect(unsafe_code, reason = "no crate that is here anyway wraps TCP_INFO")]
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut length = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).ok()?;
    // SAFETY: the descriptor is open for as long as `stream` is borrowed, and the kernel writes at most `length` bytes
    // to `info`.
    #[expect(unsafe_code, reason = "no crate that is here anyway wraps TCP_INFO")]
    let status = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            (&raw mut info).cast(),
            &raw mut length,
        )
    };
    (status == 0).then_some(info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn what_the_peer_has_not_read_into_its_kernel_is_counted() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        client.write_all(b"hello").await.unwrap();
        // On loopback the peer's kernel acknowledges within moments, whether or not the program reads.
        for _ in 0..200 {
            if unacknowledged(&client) == Some(0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(unacknowledged(&client), Some(0));
        // A peer whose buffers are full stops acknowledging.
        let junk = vec![0; 1 << 20];
        while client.try_write(&junk).is_ok() {}
        assert!(unacknowledged(&client).unwrap() > 0);
        drop(server);
    }

    #[tokio::test]
    async fn a_peer_that_reset_the_connection_is_gone() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        assert!(!is_reset(&server));
        socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
        drop(client);
        for _ in 0..200 {
            if is_reset(&server) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the kernel does not tell");
    }

    /// Both ends of a connection of which the client's kernel takes nothing any more, as when a cable is cut.
    async fn cut() -> (TcpStream, TcpStream) {
        /// `BPF_RET | BPF_K` with 0: every packet is dropped before TCP sees it.
        const DROP: socket2::SockFilter = socket2::SockFilter::new(0x06, 0, 0, 0);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        socket2::SockRef::from(&client).attach_filter(&[DROP]).unwrap();
        (server, client)
    }

    async fn times_out(mut server: TcpStream) {
        let mut scrap = [0];
        let read = tokio::time::timeout(Duration::from_secs(10), server.read(&mut scrap)).await;
        assert_eq!(read.expect("an end").unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_peer_that_acknowledges_nothing_is_given_up() {
        let (mut server, _client) = cut().await;
        give_up_after(&server, Duration::from_secs(1));
        server.write_all(b"hello").await.unwrap();
        times_out(server).await;
    }

    #[tokio::test]
    async fn a_silent_peer_that_answers_no_probe_is_given_up() {
        let (server, _client) = cut().await;
        probe(&server, Duration::from_secs(1));
        give_up_after(&server, Duration::from_secs(2));
        times_out(server).await;
    }

    #[tokio::test]
    async fn bounds_that_no_kernel_knows_are_the_longest_that_it_does() {
        let (server, _client) = cut().await;
        probe(&server, Duration::from_secs(86_400));
        give_up_after(&server, Duration::from_secs(u64::MAX));
        let options = socket2::SockRef::from(&server);
        assert_eq!(options.tcp_keepalive_time().unwrap(), LONGEST_SILENCE);
        assert_eq!(options.tcp_user_timeout().unwrap(), Some(Duration::from_millis(0x7fff_ffff)));
    }
}
