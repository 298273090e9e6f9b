//! What the kernel knows of a socket and no library tells.

use std::os::fd::AsRawFd;
use std::time::Duration;
use tokio::net::TcpStream;

/// How many of the bytes written to `stream` its peer has not acknowledged yet; `None` when the kernel does not say.
pub(crate) fn unacknowledged(stream: &TcpStream) -> Option<u64> {
    let mut waiting: libc::c_int = 0;
    // SAFETY: the descriptor is open for as long as `stream` is borrowed, and SIOCOUTQ (which has the number of TIOCOUTQ)
    // writes one int to the address that it is given.
    #[expect(unsafe_code, reason = "no crate that is here anyway wraps SIOCOUTQ")]
    let status = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut waiting) };
    if status == 0 { u64::try_from(waiting).ok() } else { None }
}

/// After how long a silence the kernel asks a peer whether it is there.
pub(crate) const PROBE_AFTER: Duration = Duration::from_secs(60);

/// Has the kernel ask the peer whether it is there after so long a silence: at once, where it has been silent for longer.
pub(crate) fn probe(stream: &TcpStream, after: Duration) {
    let alive =
        socket2::TcpKeepalive::new().with_time(after).with_interval(Duration::from_secs(15)).with_retries(4);
    if let Err(error) = socket2::SockRef::from(stream).set_tcp_keepalive(&alive) {
        tracing::debug!(%error, "cannot have a peer probed");
    }
}

/// How long ago the peer's kernel was heard of last; `None` when ours does not say.
pub(crate) fn last_acknowledged(stream: &TcpStream) -> Option<Duration> {
    info(stream).map(|info| Duration::from_millis(info.tcpi_last_ack_recv.into()))
}

/// Whether the peer's kernel has put an end to the connection, whatever of it was read until now.
pub(crate) fn is_reset(stream: &TcpStream) -> bool {
    /// TCP_CLOSE of the kernel's `tcp_states.h`.
    const CLOSED: u8 = 7;
    info(stream).is_some_and(|info| info.tcpi_state == CLOSED)
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
    use tokio::io::AsyncWriteExt;

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
}
