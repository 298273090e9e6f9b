//! Data on a disk that is full, or that can only be read: a small one in memory, which a namespace of its own has. Where the system lets
//! nobody make one, the tests say so.

use crate::koine::{Run, koine};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Mounts a disk of 2 MiB at `$1`, copies `$2` there, makes it what `$3` says, and runs the rest.
const SCRIPT: &str = r#"
set -e
mount -t tmpfs -o size=2m tmpfs "$1"
cp -r "$2/." "$1"
case $3 in
    full) dd if=/dev/zero of="$1/fill" bs=4k 2>/dev/null || true ;;
    readable) mount -o remount,ro "$1" ;;
esac
shift 3
exec "$@"
"#;

/// Where SQLite cannot have what it needs beside a database, nothing is known of that, and it is not called damaged.
#[test]
fn data_that_cannot_be_read_for_want_of_room_are_not_called_damaged() {
    let place = tempfile::tempdir().expect("a folder");
    let (data, disk) = (place.path().join("data"), place.path().join("disk"));
    for folder in [&data, &disk] {
        fs::create_dir(folder).expect("a folder");
    }
    koine(&data, &["account", "add", "ann", "--generate"]).well();
    let into = place.path().join("into").to_string_lossy().into_owned();
    let runs = |kind: &str, arguments: &[&str]| {
        let koine = [koine_e2e::binary().to_string_lossy().into_owned()];
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        let there = ["--data".to_owned(), disk.to_string_lossy().into_owned()];
        on_a_disk(&disk, &data, kind, koine.into_iter().chain(arguments).chain(there))
    };
    let possible = on_a_disk(&disk, &data, "empty", ["true".to_owned()]);
    if possible.code != Some(0) {
        eprintln!("no disk can be made here, and none is tried: {}", possible.stderr);
        return;
    }
    assert!(runs("empty", &["fsck"]).well().contains(" is sound: "));
    for kind in ["full", "readable"] {
        for arguments in
            [&["fsck"][..], &["export", "ann", &into], &["backup", &into], &["fsck", "--salvage", &into]]
        {
            let why = "can write no koine.db-shm beside it: the disk is full, or can only be read";
            runs(kind, arguments).failed(1, &[why]);
            let _ = fs::remove_dir_all(&into);
        }
    }
    runs("full", &["account", "list"]).failed(1, &["can write no koine.db-shm beside it"]);
    runs("readable", &["account", "list"]).failed(1, &["is not writable: Read-only file system"]);
    koine(&data, &["fsck"]).well();
}

fn on_a_disk(disk: &Path, data: &Path, kind: &str, command: impl IntoIterator<Item = String>) -> Run {
    let mut unshare = Command::new("unshare");
    unshare.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir(std::env::temp_dir());
    unshare.args(["--map-root-user", "--mount", "/bin/sh", "-c", SCRIPT, "sh"]).arg(disk).arg(data).arg(kind);
    unshare.args(command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    match unshare.spawn() {
        Ok(child) => Run::of(child),
        Err(error) => Run { code: None, stdout: String::new(), stderr: error.to_string() },
    }
}
