//! Telling a service manager how far the server is, by the protocol of `sd_notify`: a datagram to the socket that `NOTIFY_SOCKET` names.
//!
//! Nobody has to listen: without that variable nothing is sent, and what cannot be sent is only worth a line in the log.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// What there is to tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// Everything is listened for.
    Ready,
    /// What was accepted is finished, and then the process ends.
    Stopping,
}

/// Where it is told.
#[derive(Clone, Debug)]
pub(crate) struct Supervisor(Option<OsString>);

impl Supervisor {
    /// The manager that has started this process, if there is one that wants to know.
    pub(crate) fn of_environment() -> Self {
        Self(std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()))
    }

    /// Tells it.
    pub(crate) fn tell(&self, state: State) {
        let Some(name) = &self.0 else { return };
        if let Err(error) = send(name, state) {
            tracing::warn!(socket = ?name, %error, "the service manager cannot be told how far the server is");
        }
    }
}

fn send(name: &OsStr, state: State) -> io::Result<()> {
    let address = match name.as_bytes() {
        // A name that is no file, as systemd writes it.
        [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest)?,
        _ => SocketAddr::from_pathname(name)?,
    };
    let told: &[u8] = match state {
        State::Ready => b"READY=1\n",
        State::Stopping => b"STOPPING=1\n",
    };
    let socket = UnixDatagram::unbound()?;
    // A manager that takes nothing in must not keep the server from starting.
    socket.set_nonblocking(true)?;
    socket.send_to_addr(told, &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn told(listener: &UnixDatagram, name: &OsStr) {
        listener.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let supervisor = Supervisor(Some(name.to_owned()));
        for (state, expected) in [(State::Ready, "READY=1\n"), (State::Stopping, "STOPPING=1\n")] {
            supervisor.tell(state);
            let mut buffer = [0; 64];
            let length = listener.recv(&mut buffer).unwrap();
            assert_eq!(std::str::from_utf8(&buffer[..length]).unwrap(), expected);
        }
    }

    #[test]
    fn a_manager_is_told_by_a_file_and_by_a_name_that_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notify");
        told(&UnixDatagram::bind(&file).unwrap(), file.as_os_str());
        let name = format!("koine-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        told(&UnixDatagram::bind_addr(&address).unwrap(), OsStr::new(&format!("@{name}")));
    }

    #[test]
    fn nobody_has_to_listen() {
        Supervisor(None).tell(State::Ready);
        assert!(send(OsStr::new("/nowhere/at/all"), State::Ready).is_err());
        Supervisor(Some("/nowhere/at/all".into())).tell(State::Ready);
    }
}
