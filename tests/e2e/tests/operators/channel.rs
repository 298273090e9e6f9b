//! The way to the running server: the socket in its data folder, and what happens where nobody listens at it.

use crate::koine::koine;
use koine_e2e::people::*;
use koine_testkit::program::Program;
use koine_testkit::{Ending, Server};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

/// How long one read or write of a test's own may take.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_command_finds_the_same_with_a_server_and_without() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_technotrack("ann")).await;
    stage.must(&registers_by_minioicq("bob", "json")).await;
    let data = stage.server().data();
    let beside = koine(&data, &["account", "list"]).well().to_owned();
    let lines: Vec<&str> = beside.lines().collect();
    assert_eq!(lines.len(), 3, "{beside}");
    assert!(lines[0].starts_with("ID          HANDLE  NICK"), "{beside}");
    assert!(lines[1].starts_with("1000000001  ann     ann "), "{beside}");
    assert!(lines[1].ends_with("now") && lines[2].ends_with("now"), "{beside}");
    stage.server().end(Ending::InOrder).await;
    assert!(!socket(&data).exists(), "a server that ends in order takes its socket away");
    let alone = koine(&data, &["account", "list"]).well().to_owned();
    assert_eq!(alone.replace("  -\n", "  now\n"), beside);
    let shown = koine(&data, &["account", "show", "BOB"]).well().to_owned();
    assert!(shown.contains("id             1000000002\nhandle         bob\n"), "{shown}");
    koine(&data, &["account", "show", "eve"]).failed(1, &["there is no account \"eve\""]);
    // The command has let go of the data.
    stage.server().start_again().await;
    koine(&data, &["account", "show", "eve"]).failed(1, &["there is no account \"eve\""]);
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_socket_that_a_killed_server_left_hinders_nobody() {
    let mut stage = koine_e2e::stage().await;
    stage.must(&registers_by_technotrack("ann")).await;
    let data = stage.server().data();
    stage.server().end(Ending::Killed).await;
    assert!(socket(&data).exists());
    assert_eq!(koine(&data, &["account", "list", "--json"]).well().lines().count(), 1);
    stage.server().start_again().await;
    assert!(koine(&data, &["account", "list"]).well().contains("1000000001  ann"));
    assert!(stage.server().log().contains("account list"), "{}", stage.server().log());
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_long_path_is_no_hindrance() {
    let place = tempfile::tempdir().expect("a folder");
    let data = place.path().join("d".repeat(120)).join("e".repeat(120));
    let mut command = koine_e2e::recipe().command(&data);
    let mut server = Program::start(&mut command);
    server.page(1, PATIENCE).await;
    assert!(socket(&data).exists());
    assert_eq!(koine(&data, &["account", "list", "--json"]).well(), "");
    server.signal(koine_testkit::program::Signal::Terminate);
    assert_eq!(server.ended(PATIENCE).await.expect("an end").code(), Some(0));
}

#[tokio::test]
async fn only_the_owner_reaches_the_socket() {
    let mut stage = koine_e2e::stage().await;
    let found = std::fs::metadata(socket(&stage.server().data())).expect("a socket");
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
    stage.clear().stop().await;
}

#[tokio::test]
async fn what_is_no_request_is_told_so() {
    let mut stage = koine_e2e::stage().await;
    let data = stage.server().data();
    let check = |asked: &[u8], answer: &str| {
        let mut stream = UnixStream::connect(socket(&data)).expect("a server that listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        // The server may have heard enough before it has read all.
        let _ = stream.write_all(asked);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut told = String::new();
        let _ = stream.read_to_string(&mut told);
        assert!(told.contains(answer), "{answer} is not in {told}");
    };
    check(b"", "nothing was asked");
    check(b"GET / HTTP/1.1\r\n\r\n", "that is no request");
    check(b"{\"version\": \"0.0.0\", \"request\": \"anything\"}\n", "{\"other_version\":\"0.1.0\"}");
    check(b"{\"version\": \"0.1.0\", \"request\": {\"account\": \"dance\"}}\n", "that is no request");
    check(b"{\"version\": \"0.1.0\", \"request\": {\"account\"", "that is no request");
    check(&vec![b'['; 300 << 10], "that is no request");
    // Somebody who says nothing keeps nobody else waiting.
    let _silent = UnixStream::connect(socket(&data)).expect("a server that listens");
    assert_eq!(koine(&data, &["account", "list", "--json"]).well(), "");
    stage.clear().stop().await;
}

/// A server of another version, as far as a command sees it.
#[test]
fn a_server_of_another_version_is_told_apart() {
    let data = tempfile::tempdir().expect("a folder");
    let listener = UnixListener::bind(socket(data.path())).expect("a socket");
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a command");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        let mut asked = String::new();
        BufReader::new(&stream).read_line(&mut asked).expect("a line");
        assert!(asked.contains("\"version\":\"0.1.0\""), "{asked}");
        stream.write_all(b"{\"other_version\":\"9.8.7\"}\n").expect("a command that listens");
    });
    koine(data.path(), &["account", "list"])
        .failed(1, &["the server that runs is koine 9.8.7, and this is koine 0.1.0"]);
    answering.join().expect("a server that answered");
}

#[test]
fn a_server_that_ends_in_the_middle_is_told() {
    let data = tempfile::tempdir().expect("a folder");
    let listener = UnixListener::bind(socket(data.path())).expect("a socket");
    let answering = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a command");
        let mut asked = String::new();
        BufReader::new(&stream).read_line(&mut asked).expect("a line");
    });
    koine(data.path(), &["account", "list"]).failed(1, &["the server has not answered"]);
    answering.join().expect("a server that ended");
}

#[test]
fn data_of_somebody_who_takes_no_commands_cannot_be_had() {
    let data = tempfile::tempdir().expect("a folder");
    let lock = File::create(data.path().join("lock")).expect("a file");
    lock.lock().expect("a lock");
    koine(data.path(), &["account", "list"])
        .failed(1, &["no server takes commands there", "in use by another process"]);
}

#[test]
fn what_makes_no_sense_is_told_before_anything_is_made() {
    let place = tempfile::tempdir().expect("a folder");
    let nothing = place.path().join("nothing");
    koine(&nothing, &["account", "list"]).failed(1, &["there is no data folder"]);
    assert!(!nothing.exists());
    koine(place.path(), &["account"]).failed(2, &["Usage: koine account"]);
    koine(place.path(), &["account", "dance"]).failed(2, &["unrecognized subcommand 'dance'"]);
    koine(place.path(), &["account", "show"]).failed(2, &["<WHO>"]);
    assert_eq!(std::fs::read_dir(place.path()).expect("a folder").count(), 0);
}

fn socket(data: &Path) -> std::path::PathBuf {
    data.join("control.sock")
}
