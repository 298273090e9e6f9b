//! TLS: the same scenes, a certificate that is renewed, and peers that die or never speak.

use koine_dialect::toolbox::json_stream::JsonStream;
use koine_e2e::fetch::fetch;
use koine_e2e::heard::{PATIENCE, bodies, next};
use koine_e2e::people::*;
use koine_testkit::peer::Peer;
use koine_testkit::tls::{Authority, Pipe};
use koine_testkit::transcripts::Stage;
use koine_testkit::value::Encoding;
use koine_testkit::{Process, Server};
use serde_json::json;
use std::io::Read;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

#[test]
fn scenes_over_tls() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes");
    koine_testkit::transcripts::run_folder(&folder, 4, async || {
        Process::start(koine_e2e::recipe().with_tls()).await
    });
}

#[tokio::test]
async fn a_certificate_is_renewed_while_people_talk() {
    let mut stage = koine_e2e::stage_with(koine_e2e::recipe().with_tls()).await;
    stage.must(&registers_by_technotrack("ann")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    let (authority, address) = stage.server().secured("technotrack").expect("TLS");
    let first = shown(&authority, address).await;
    let (mut said, mut heard) = (0, Vec::new());

    let renewed = authority.renew();
    assert!(first != renewed.as_ref(), "the certificate was not renewed");
    let deadline = Instant::now() + PATIENCE;
    while shown(&authority, address).await != renewed.as_ref() {
        assert!(Instant::now() < deadline, "new connections are shown the old certificate");
        talk(&mut stage, &mut said, &mut heard).await;
    }

    // A key of another certificate: the pair before stays in use, and the log says why.
    let (_, _, other) = authority.issue();
    std::fs::write(authority.key(), other).expect("a file");
    let deadline = Instant::now() + PATIENCE;
    while !stage.server().log().contains("is not that of the certificate") {
        assert!(Instant::now() < deadline, "the log does not say what is wrong");
        talk(&mut stage, &mut said, &mut heard).await;
    }
    assert!(shown(&authority, address).await == renewed.as_ref(), "a broken pair was taken");
    let log = stage.server().log();
    assert!(log.contains("the certificate is not renewed: the one before stays in use"), "{log}");
    assert!(!log.contains(PASSWORD) && !log.contains("PRIVATE KEY"), "{log}");

    // And once it is whole again, it counts.
    let last = authority.renew();
    let deadline = Instant::now() + PATIENCE;
    while shown(&authority, address).await != last.as_ref() {
        assert!(Instant::now() < deadline, "a repaired pair is not taken");
        talk(&mut stage, &mut said, &mut heard).await;
    }
    let expected: Vec<String> = (0..said).map(|number| number.to_string()).collect();
    assert_eq!(heard, expected);
    stage.clear().stop().await;
}

/// Bob says ten things to ann, over connections that were there before.
async fn talk(stage: &mut Stage<Process>, said: &mut usize, heard: &mut Vec<String>) {
    for _ in 0..10 {
        let message = json!({"uid": "ann", "body": said.to_string()});
        stage.peer("bob").send(&json!({"action": "message", "data": message})).await;
        assert_eq!(next(stage.peer("bob")).await["data"]["status"], 0);
        assert_eq!(next(stage.peer("bob")).await["data"]["body"], said.to_string());
        *said += 1;
        let frame = next(stage.peer("ann")).await;
        heard.extend(bodies(&[frame], "ann"));
    }
}

/// The certificate that a new connection is shown.
async fn shown(authority: &Authority, address: SocketAddr) -> Vec<u8> {
    let stream = TcpStream::connect(address).await.expect("a connection");
    let stream = authority.secure(stream).await.expect("a TLS handshake");
    let chain = stream.get_ref().1.peer_certificates().expect("certificates");
    chain.first().expect("a certificate").as_ref().to_vec()
}

/// Of what a machine had taken in when it died, only whole records of TLS could be read: nothing else may count as arrived.
#[tokio::test]
async fn who_dies_inside_tls_is_told_what_did_not_arrive() {
    const SAID: usize = 2000;
    let mut stage = koine_e2e::stage_with(koine_e2e::recipe().with_tls()).await;
    stage.must(&registers_by_technotrack("ann")).await;
    stage.must(&registers_by_technotrack("bob")).await;
    stage.leave("ann").close().await;
    let (authority, address) = stage.server().secured("technotrack").expect("TLS");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 << 10).expect("a small buffer");
    let narrow = socket.connect(address).await.expect("a connection");
    let mut dying = authority.secure(narrow).await.expect("a TLS handshake");
    let login = json!({"action": "auth", "data": {"login": "ann", "pass": PASSWORD}});
    dying.write_all(login.to_string().as_bytes()).await.expect("a server that reads");
    let mut greeting = String::new();
    while !greeting.contains("\"uid\"") {
        let mut bytes = [0; 1024];
        let read = timeout(PATIENCE, dying.read(&mut bytes)).await.expect("an answer").expect("a connection");
        greeting.push_str(std::str::from_utf8(&bytes[..read]).expect("text"));
    }
    // It reads nothing more, and far more is said than fits on the way.
    let padding = "x".repeat(3000);
    for said in 0..SAID {
        let message = json!({"uid": "ann", "body": format!("{said} {padding}")});
        stage.peer("bob").send(&json!({"action": "message", "data": message})).await;
        assert_eq!(next(stage.peer("bob")).await["data"]["status"], 0);
        next(stage.peer("bob")).await;
    }
    // Once a second the server's kernel is asked what has arrived.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let (stream, mut session) = dying.into_inner();
    let mut taken = vec![0; 1 << 20];
    let count = stream.peek(&mut taken).await.expect("what its machine has taken in");
    stream.set_zero_linger().expect("a socket that can be reset");
    drop(stream);
    let mut rest = &taken[..count];
    let mut plain = Vec::new();
    while !rest.is_empty() {
        session.read_tls(&mut rest).expect("bytes");
        session.process_new_packets().expect("records");
        // It ends by telling that more would have to come.
        let _ = session.reader().read_to_end(&mut plain);
    }
    let (mut plain, mut objects, mut readable) = (&plain[..], JsonStream::default(), 0);
    while objects.next(&mut plain, usize::MAX).expect("objects").is_some() {
        readable += 1;
    }
    assert!(readable < SAID / 2, "nearly everything had come");

    stage.must(&returns_by_technotrack("ann")).await;
    let mut due = None;
    while due != Some(SAID) {
        let frame = next(stage.peer("ann")).await;
        for body in bodies(&[frame], "ann") {
            let place: usize = body.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
            assert!(due.is_some() || place <= readable, "{place} comes first, and {readable} could be read");
            assert!(due.is_none_or(|due| place == due), "{place} came when {due:?} was due");
            due = Some(place + 1);
        }
    }
    stage.clear().stop().await;
}

#[tokio::test]
async fn web_pages_and_their_websockets_have_tls() {
    let mut stage = koine_e2e::stage_with(koine_e2e::recipe().with_tls()).await;
    let (authority, address) = stage.server().secured("http").expect("TLS");
    let stream = TcpStream::connect(address).await.expect("a connection");
    let mut stream = authority.secure_for(stream, &["h2", "http/1.1"]).await.expect("a TLS handshake");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("a server that reads");
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer))
        .await
        .expect("an answer in time")
        .expect("a good end");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut native =
        Peer::websocket_over(authority.connect(address).await, "/ws/native", Encoding::Json).await;
    assert_eq!(next(&mut native).await["event"], "hello");
    // Who forgets the "s" of https is told so.
    let plain = fetch(address, "/").await;
    assert_eq!(plain.status, 400);
    assert!(String::from_utf8_lossy(&plain.body).contains("https://"));
    // And what comes without TLS still does.
    assert_eq!(fetch(stage.server().address("http"), "/healthz").await.status, 200);
    stage.clear().stop().await;
}

#[tokio::test]
async fn a_silent_handshake_ends_and_holds_nobody_up() {
    let recipe = koine_e2e::recipe().with_tls().with("KOINE_LIMITS__HANDSHAKE_SECONDS", "1");
    let mut stage = koine_e2e::stage_with(recipe).await;
    let (authority, address) = stage.server().secured("technotrack").expect("TLS");
    let mut silent = Vec::new();
    for first in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00"] {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(first).await.expect("a server that reads");
        silent.push(stream);
    }
    let began = Instant::now();
    let mut peer = Peer::stream_over(authority.connect(address).await);
    assert_eq!(next(&mut peer).await["action"], "welcome");
    assert!(began.elapsed() < Duration::from_millis(900), "it waited for the others");
    for mut stream in silent {
        let mut scrap = Vec::new();
        let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut scrap)).await;
        assert!(ended.is_ok(), "it may be silent for ever");
    }
    // What is no TLS gets no answer of ours.
    let mut nonsense = Pipe::open(address).await;
    nonsense.write_all(b"{\"action\": \"auth\"}").await.expect("a server that reads");
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(10), nonsense.read_to_end(&mut answer)).await.expect("an end");
    assert!(answer.is_empty(), "{answer:?}");
    stage.clear().stop().await;
}

#[tokio::test]
async fn check_config_looks_into_the_files() {
    let authority = Authority::default();
    let (_, _, other) = authority.issue();
    let folder = tempfile::tempdir().expect("a folder");
    let foreign = folder.path().join("other.pem");
    std::fs::write(&foreign, other).expect("a file");
    let (status, said) = checked(&authority.certificate(), &authority.key());
    assert!(status == Some(0) && said.is_empty(), "{status:?} {said}");
    let (status, said) = checked(&authority.certificate(), &foreign);
    assert!(status == Some(2) && said.contains("other.pem is not that of the certificate"), "{said}");
    let (status, said) = checked(&folder.path().join("none.pem"), &foreign);
    assert!(status == Some(2) && said.contains("there is no file") && said.contains("none.pem"), "{said}");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(authority.key(), open).expect("a file of our own");
    let (status, said) = checked(&authority.certificate(), &authority.key());
    assert!(status == Some(0) && said.contains("can be read by every user"), "{said}");
}

/// What `koine check-config` says of these files on its standard error, and its exit code.
fn checked(certificate: &std::path::Path, key: &std::path::Path) -> (Option<i32>, String) {
    let mut command = Command::new(koine_e2e::binary());
    command.env_clear().current_dir(std::env::temp_dir()).arg("check-config");
    command.env("KOINE_TLS__CERTIFICATE", certificate).env("KOINE_TLS__KEY", key);
    let output = command.env("KOINE_HTTP__LISTEN_TLS", "127.0.0.1:8443").output().expect("it runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}
