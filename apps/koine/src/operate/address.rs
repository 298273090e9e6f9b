//! Where the socket of the running server lies, and how it is reached when its path is too long for an address.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The most bytes of a path that fit into the address of a socket: Linux has 108, and the last is a zero.
const LONGEST: usize = 107;

/// The socket of a data folder.
pub(super) struct Address(PathBuf);

/// A path that fits. It is good as long as this value lives: it may lead over a folder that is held open.
pub(super) struct Reachable {
    path: PathBuf,
    _folder: Option<File>,
}

impl Address {
    pub(super) fn of(data: &Path) -> Self {
        Self(data.join("control.sock"))
    }

    /// The real path: for files it may be as long as it likes.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Another socket beside this one, under which it is made before it gets its name.
    pub(super) fn unfinished(&self) -> Self {
        Self(self.0.with_extension("sock.unfinished"))
    }

    /// As a socket's address. A path that is too long is led over the folder, which the system shows as `/proc/self/fd/N`.
    pub(super) fn reach(&self) -> io::Result<Reachable> {
        if self.0.as_os_str().len() <= LONGEST {
            return Ok(Reachable { path: self.0.clone(), _folder: None });
        }
        let (Some(folder), Some(name)) = (self.0.parent(), self.0.file_name()) else {
            return Err(self.too_long());
        };
        let folder = File::open(folder)?;
        let shown = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
        let path = shown.join(name);
        if !shown.is_dir() || path.as_os_str().as_bytes().len() > LONGEST {
            return Err(self.too_long());
        }
        Ok(Reachable { path, _folder: Some(folder) })
    }

    fn too_long(&self) -> io::Error {
        let length = self.0.as_os_str().len();
        let why = format!(
            "its path has {length} bytes, a socket's has at most {LONGEST}, and there is no /proc to shorten it: move the data folder to a shorter path"
        );
        io::Error::new(ErrorKind::InvalidInput, why)
    }
}

impl Reachable {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::{UnixListener, UnixStream};

    #[test]
    fn a_socket_is_reached_however_long_its_path_is() {
        let place = tempfile::tempdir().unwrap();
        for length in [1, 60, 250] {
            let folder = place.path().join("d".repeat(length));
            std::fs::create_dir(&folder).unwrap();
            let address = Address::of(&folder);
            let _listener = UnixListener::bind(address.reach().unwrap().path()).unwrap();
            assert!(address.path().exists(), "{length}");
            UnixStream::connect(address.reach().unwrap().path()).unwrap();
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let address = Address::of(Path::new(&format!("/{}", "d".repeat(200))));
        assert_eq!(address.reach().err().map(|error| error.kind()), Some(ErrorKind::NotFound));
    }
}
