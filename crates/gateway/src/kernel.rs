//! What the kernel knows of a socket and no library tells.

use std::os::fd::AsRawFd;
use tokio::net::TcpStream;

/// How many of the bytes written to `stream` its peer has not acknowledged yet; `None` when the kernel does not say.
pub(crate) fn unacknowledged(stream: &TcpStream) -> Option<u64> {
    let mut waiting: libc::c_int = 0;
    // SAFETY: the descriptor is open for as long as `stream` is borrowed, and SIOCOUTQ (which has the number of TIOCOUTQ)
    // writes one int to the address that it is given.
    #[allow(unsafe_code, reason = "no crate that is here anyway wraps SIOCOUTQ")]
    let status = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut waiting) };
    if status == 0 { u64::try_from(waiting).ok() } else { None }
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
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert_eq!(unacknowledged(&client), Some(0));
        // A peer whose buffers are full stops acknowledging.
        let junk = vec![0; 1 << 20];
        while client.try_write(&junk).is_ok() {}
        assert!(unacknowledged(&client).unwrap() > 0);
        drop(server);
    }
}
