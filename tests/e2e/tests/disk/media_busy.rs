//! A disk that stands still for media: so many reads of them wait, and what comes beyond is told by HTTP when to come again.

use crate::house::House;
use koine_dialect::toolbox::base64;
use koine_e2e::faults::Fault;
use koine_e2e::fetch::fetch;
use koine_e2e::heard::next;
use koine_testkit::Server;
use koine_testkit::peer::Peer;
use koine_testkit::value::Encoding;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How many reads of media wait at most, how many threads read and write them, and how many connections come at a time.
const WAITING: usize = 8_192;
const THREADS: usize = 8;
const AT_ONCE: usize = 100;
/// How many files each process must be able to open.
const FILES: u64 = 12_000;
/// Longer than anything waits here, in milliseconds.
const FOR_EVER: u32 = 600_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// Lets this process, and the server that it starts, have so many open files.
fn open_files() {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    assert!(most >= FILES, "this needs {FILES} open files, and the system allows {most} (ulimit -Hn)");
    let raised =
        Rlimit { current: Some(limit.current.unwrap_or(u64::MAX).max(FILES)), maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).expect("a limit that can be raised");
}

/// Somebody registers by a protocol that has pictures in its frames. Gives the connection, and who it is.
async fn registers(house: &House, name: &str) -> (Peer, String) {
    let mut peer = Peer::websocket(house.town.server().address("minioicq"), "/", Encoding::Json).await;
    peer.send(&json!({"action": "auth.register", "user_name": name, "password": "secret"})).await;
    let id = next(&mut peer).await["user_id"].to_string();
    let id = id.trim_matches('"').to_owned();
    peer.send(&json!({"action": "auth.login", "user_id": id, "password": "secret"})).await;
    assert_eq!(next(&mut peer).await["action"], "auth.login.success");
    (peer, id)
}

async fn shows(peer: &mut Peer, picture: &str) {
    let picture = base64::encode(format!("\u{89}PNG {picture}").as_bytes());
    peer.send(&json!({"action": "avatar.set", "avatar": picture})).await;
}

#[tokio::test]
async fn who_finds_no_place_is_told_when_to_come_again() {
    open_files();
    let house = House::found().await;
    let (mut owner, id) = registers(&house, "owner").await;
    shows(&mut owner, "of the owner").await;
    assert_eq!(next(&mut owner).await["action"], "avatar.set.ack");
    let (http, path) = (house.town.server().address("http"), format!("/avatar/{id}"));
    let before = fetch(http, &path).await;
    assert_eq!(before.status, 200);
    let mut writers = Vec::new();
    for number in 0..THREADS {
        writers.push(registers(&house, &format!("writer{number}")).await.0);
    }
    house.faults.switch(Fault::Slow(FOR_EVER));
    for (number, writer) in writers.iter_mut().enumerate() {
        shows(writer, &format!("of writer {number}")).await;
    }
    let numbers = house.numbers();
    let mut readers = Vec::new();
    while numbers.sum("koine_store_reads_waiting ").await < 8_192.0 {
        assert!(readers.len() < WAITING + 10 * AT_ONCE, "there is always a place");
        for _ in 0..AT_ONCE {
            let mut reader = TcpStream::connect(http).await.expect("a connection");
            let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            reader.write_all(request.as_bytes()).await.expect("a server that reads");
            readers.push(reader);
        }
    }
    let refused = fetch(http, &path).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "1"), "{refused:?}");
    assert!(house.is_alive().await);
    house.repair().await;
    // Whoever waited is answered.
    for mut reader in readers.drain(..WAITING / 2) {
        let mut answer = Vec::new();
        timeout(PATIENCE, reader.read_to_end(&mut answer)).await.expect("in time").expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
    }
    for mut writer in writers {
        assert_eq!(next(&mut writer).await["action"], "avatar.set.ack");
    }
    numbers.until("koine_store_reads_waiting ", |waiting| waiting == 0.0).await;
    assert_eq!(fetch(http, &path).await.body, before.body);
    house.town.close().await;
}
