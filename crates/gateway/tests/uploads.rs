//! Uploads and downloads by HTTP, as a client of tus 1.0 and a browser ask for them.

use koine_bus::LocalBus;
use koine_core::credentials::Cost;
use koine_core::rates::Peer;
use koine_core::{Actor, Caller, Change, Core, Credentials, Limits, SystemClock};
use koine_dialect::{Carriage, Dialect, Opening, Session};
use koine_gateway::{Gateway, Listen, Settings, Spoken};
use koine_model::account::{self, AccountRef, Handle, Registration};
use koine_model::conversation::ConversationRef;
use koine_model::device::{Device, Sessions};
use koine_model::message::{self, DraftPart, Order, Part, Span};
use koine_model::secret::Secret;
use koine_model::{Command, Reply};
use koine_store_sqlite::{Options, SqliteStore};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const DEVICE: Device = Device::plain("mute", Sessions::Several);

/// A dialect in which nothing is said, whose tokens count for uploads.
struct Mute;

impl Dialect for Mute {
    fn name(&self) -> &'static str {
        DEVICE.name
    }

    fn device(&self) -> Device {
        DEVICE
    }

    fn carriages(&self) -> &'static [Carriage] {
        &[Carriage::WebSocket]
    }

    fn default_port(&self) -> Option<u16> {
        None
    }

    fn embeds_media(&self) -> bool {
        false
    }

    fn uploads_by_http(&self) -> bool {
        true
    }

    fn open(&self, _: Opening) -> Box<dyn Session> {
        panic!("nobody connects")
    }
}

struct House {
    core: Arc<Core>,
    gateway: Gateway,
    actor: Actor,
    token: String,
    _folder: tempfile::TempDir,
}

/// An answer: its status, its headers in lower case, and its body.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
        line.map_or("", |line| &line[name.len() + 2..])
    }
}

impl House {
    async fn new() -> Self {
        Self::with(Settings { frame_seconds: 1, stop_seconds: 5, ..Settings::default() }).await
    }

    async fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
        let credentials = Credentials::new(Cost { memory_kib: 8, iterations: 1 }, 2, 512).unwrap();
        let limits = Limits { upload_bytes: 4 << 20, media_quota_bytes: Some(6 << 20), ..Limits::default() };
        let bus = Arc::new(LocalBus::default());
        let core = Core::new(Arc::new(store), bus, Arc::new(SystemClock), credentials, limits);
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let spoken = vec![Spoken { dialect: Arc::new(Mute), listen: Listen::default(), frame_bytes: None }];
        let url = |port| format!("http://localhost:{port}");
        let gateway =
            Gateway::start(core.clone(), settings, &Listen::plain(anywhere), url, spoken).await.unwrap();
        let registration = Registration {
            handle: Some(Handle::parse("ann").unwrap()),
            nick: "ann".into(),
            nick_is_unique: false,
            secret: Secret::plain("secret"),
            email: String::new(),
            phone: String::new(),
            sign_in: true,
            invitation: None,
        };
        let caller = Caller { peer: Peer::LOCAL, device: DEVICE, embeds_media: false, actor: None };
        let command = account::Command::Register(Box::new(registration));
        let Change::SignedIn(actor) = core.execute(caller, command.into()).await.change else {
            panic!("no actor")
        };
        let caller = Caller { actor: Some(actor), ..caller };
        let issue = account::Command::IssueToken { label: "test".into() };
        let issued = core.execute(caller, issue.into()).await.answer;
        let Ok(Reply::Account(account::Reply::Token(token, _))) = issued else { panic!("{issued:?}") };
        Self { core, gateway, actor, token: token.expose(), _folder: folder }
    }

    async fn ask(&self, command: impl Into<Command>) -> Reply {
        let caller =
            Caller { peer: Peer::LOCAL, device: DEVICE, embeds_media: false, actor: Some(self.actor) };
        self.core.execute(caller, command.into()).await.answer.unwrap()
    }

    async fn send(&self, head: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.gateway.listening()[0].address).await.unwrap();
        let head = head.replace("TOKEN", &self.token).replace('\n', "\r\n");
        let request = format!("{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(&[request.as_bytes(), body].concat()).await.unwrap();
        stream
    }

    async fn http(&self, head: &str, body: &[u8]) -> Answer {
        let stream = self.send(head, body).await;
        tokio::time::timeout(Duration::from_secs(20), answer(stream)).await.unwrap()
    }

    /// A request of tus by somebody who may.
    async fn tus(&self, line: &str, headers: &str, body: &[u8]) -> Answer {
        let length = if line.starts_with("PATCH") {
            format!("\nContent-Length: {}", body.len())
        } else {
            String::new()
        };
        let head =
            format!("{line} HTTP/1.1\nTus-Resumable: 1.0.0\nAuthorization: Bearer TOKEN{length}{headers}");
        self.http(&head, body).await
    }

    async fn create(&self, size: usize, metadata: &str) -> String {
        let headers = format!("\nUpload-Length: {size}\nUpload-Metadata: {metadata}");
        let made = self.tus("POST /api/uploads", &headers, b"").await;
        assert_eq!(made.status, 201, "{}", made.head);
        made.header("location").to_owned()
    }

    /// Posts an upload, and tells the path of the attachment.
    async fn post(&self, location: &str) -> String {
        let key = location.rsplit('/').next().unwrap().to_owned();
        let to = ConversationRef::With(AccountRef::Id(self.actor.account()));
        let parts = vec![DraftPart::Uploaded { key }];
        self.ask(message::Command::Post { to: to.clone(), parts, key: None }).await;
        let newest = message::Command::History { of: to, span: Span::ALL, order: Order::Newest, limit: 1 };
        let Reply::Message(message::Reply::History(letters)) = self.ask(newest).await else {
            panic!("no history")
        };
        let Part::Media(media) = &letters[0].message.parts[0] else { panic!("no media") };
        format!("/media/{}", media.id)
    }
}

async fn answer(mut stream: TcpStream) -> Answer {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    Answer { status: head[9..12].parse().unwrap(), body: all[end + 4..].to_vec(), head }
}

const PATCH: &str = "\nContent-Type: application/offset+octet-stream\nUpload-Offset: ";

#[tokio::test]
async fn an_upload_grows_breaks_off_and_goes_on() {
    let house = House::new().await;
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|number| number.to_be_bytes()[3]).collect();
    let at = house.create(bytes.len(), "filename 0LrQvtGCLnR4dA==,filetype dGV4dC9wbGFpbg==").await;
    assert!(at.starts_with("/api/uploads/"), "{at}");
    let first = house.tus(&format!("PATCH {at}"), &format!("{PATCH}0"), &bytes[..300_000]).await;
    assert_eq!((first.status, first.header("upload-offset")), (204, "300000"), "{}", first.head);
    // A connection that breaks after 150,000 of the bytes that it has announced.
    let head = format!(
        "PATCH {at} HTTP/1.1\nTus-Resumable: 1.0.0\nAuthorization: Bearer TOKEN\nContent-Length: 700000{PATCH}300000"
    );
    drop(house.send(&head, &bytes[300_000..450_000]).await);
    let mut offset = String::new();
    for _ in 0..100 {
        let looked = house.tus(&format!("HEAD {at}"), "", b"").await;
        assert_eq!((looked.status, looked.header("upload-length")), (200, "1000000"));
        assert_eq!(looked.header("cache-control"), "no-store");
        looked.header("upload-offset").clone_into(&mut offset);
        if offset == "450000" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(offset, "450000", "what came stays");
    let wrong = house.tus(&format!("PATCH {at}"), &format!("{PATCH}300000"), b"x").await;
    assert_eq!(wrong.status, 409);
    let last = house.tus(&format!("PATCH {at}"), &format!("{PATCH}450000"), &bytes[450_000..]).await;
    assert_eq!((last.status, last.header("upload-offset")), (204, "1000000"));
    let path = house.post(&at).await;
    let whole = house.http(&format!("GET {path} HTTP/1.1"), b"").await;
    assert!(whole.status == 200 && whole.body == bytes);
    assert_eq!(whole.header("content-type"), "text/plain");
    assert_eq!(house.http(&format!("GET {path}/thumbnail HTTP/1.1"), b"").await.status, 404);
    let part = house.http(&format!("GET {path} HTTP/1.1\nRange: bytes=299990-600009"), b"").await;
    assert!(part.status == 206 && part.body == bytes[299_990..600_010]);
    assert_eq!(part.header("content-range"), "bytes 299990-600009/1000000");
    let beyond = house.http(&format!("GET {path} HTTP/1.1\nRange: bytes=1000000-"), b"").await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */1000000"));
    let tag = whole.header("etag");
    let known = house.http(&format!("GET {path} HTTP/1.1\nIf-None-Match: {tag}"), b"").await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    let head = house.http(&format!("HEAD {path} HTTP/1.1"), b"").await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, "1000000", 0));
    house.gateway.stop().await;
}

#[tokio::test]
async fn what_is_not_right_is_refused_in_words() {
    let house = House::new().await;
    let at = house.create(10, "").await;
    let check = async |head: String, body: &[u8], status: u16, code: &str| {
        let answered = house.http(&head, body).await;
        let words = String::from_utf8_lossy(&answered.body).into_owned();
        assert_eq!(answered.status, status, "{head} {words}");
        assert!(
            words.starts_with(&format!("{{\"error\":{{\"code\":\"{code}\",\"message\":\"")),
            "{head} {words}"
        );
    };
    let tus = "HTTP/1.1\nTus-Resumable: 1.0.0\nAuthorization: Bearer TOKEN";
    let post = format!("POST /api/uploads {tus}");
    let patch = format!("PATCH {at} {tus}\nContent-Length: 3\nUpload-Offset: 0");
    let bytes = "Content-Type: application/offset+octet-stream";
    check(post.clone(), b"", 400, "bad_request").await;
    check(format!("{post}\nUpload-Length: 0"), b"", 400, "empty").await;
    check(format!("{post}\nUpload-Length: 99999999"), b"", 413, "too_large").await;
    check(format!("{post}\nUpload-Length: 1\nUpload-Metadata: filename ?"), b"", 400, "bad_request").await;
    // Each of them fits, and both do not.
    let large = house.create(4 << 20, "").await;
    check(format!("{post}\nUpload-Length: 3000000"), b"", 507, "quota").await;
    assert_eq!(house.tus(&format!("DELETE {large}"), "", b"").await.status, 204);
    assert!(house.create(3_000_000, "").await.starts_with("/api/uploads/"));
    check(
        "POST /api/uploads HTTP/1.1\nAuthorization: Bearer TOKEN\nUpload-Length: 1".into(),
        b"",
        412,
        "bad_request",
    )
    .await;
    let stranger = "POST /api/uploads HTTP/1.1\nTus-Resumable: 1.0.0\nUpload-Length: 1";
    check(stranger.into(), b"", 401, "not_signed_in").await;
    let liar = format!("{stranger}\nAuthorization: Bearer 00000000-0000-0000-0000-000000000000");
    check(liar, b"", 401, "not_signed_in").await;
    check(patch.clone(), b"abc", 415, "bad_request").await;
    let long = format!("PATCH {at} {tus}\nContent-Length: 11\nUpload-Offset: 0\n{bytes}");
    check(long, b"abcdefghijk", 413, "too_large").await;
    // Without a length that tells it beforehand.
    let chunked = format!("PATCH {at} {tus}\nTransfer-Encoding: chunked\nUpload-Offset: 0\n{bytes}");
    check(chunked, b"b\r\nabcdefghijk\r\n0\r\n\r\n", 413, "too_large").await;
    let stalled = format!("PATCH {at} {tus}\nContent-Length: 5\nUpload-Offset: 0\n{bytes}");
    check(stalled, b"ab", 408, "bad_request").await;
    let looked = house.tus(&format!("HEAD {at}"), "", b"").await;
    assert_eq!(looked.header("upload-offset"), "2");
    assert_eq!(house.tus(&format!("DELETE {at}"), "", b"").await.status, 204);
    check(format!("DELETE {at} {tus}"), b"", 404, "not_there").await;
    let described = house.http("OPTIONS /api/uploads HTTP/1.1", b"").await;
    assert_eq!((described.status, described.header("tus-extension")), (204, "creation,termination"));
    assert_eq!(described.header("tus-max-size"), "4194304");
    let foreign =
        house.http("GET /ws/mute HTTP/1.1\nUpgrade: websocket\nOrigin: http://evil.example", b"").await;
    assert_eq!(foreign.status, 403);
    house.gateway.stop().await;
}

#[tokio::test]
async fn a_body_that_comes_a_byte_at_a_time_is_not_waited_for() {
    let house = House::new().await;
    let at = house.create(1000, "").await;
    let head = format!(
        "PATCH {at} HTTP/1.1\nTus-Resumable: 1.0.0\nAuthorization: Bearer TOKEN\nContent-Length: 1000{PATCH}0"
    );
    let (from, mut to) = house.send(&head, b"").await.into_split();
    let begun = tokio::time::Instant::now();
    let drip = async {
        for _ in 0..1000 {
            if to.write_all(b"x").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let mut answered = String::new();
    let mut from = tokio::io::BufReader::new(from);
    tokio::select! {
        () = drip => panic!("it waited for {:?}", begun.elapsed()),
        read = tokio::io::AsyncBufReadExt::read_line(&mut from, &mut answered) => drop(read.unwrap()),
    }
    assert!(answered.starts_with("HTTP/1.1 408 "), "{answered}");
    let looked = house.tus(&format!("HEAD {at}"), "", b"").await;
    let kept: usize = looked.header("upload-offset").parse().unwrap();
    assert!((1..1000).contains(&kept), "{kept} bytes are kept");
    house.gateway.stop().await;
}

/// Behind a proxy, what drips counts for the client that it is for, until it ends.
#[tokio::test]
async fn bodies_that_are_under_way_behind_a_proxy_count_for_their_clients() {
    let proxies = vec![Ipv4Addr::LOCALHOST.into()];
    let settings = Settings { proxies, connections_per_address: 2, stop_seconds: 5, ..Settings::default() };
    let house = House::with(settings).await;
    let client = |number: u8| format!("\nX-Forwarded-For: 198.51.100.{number}");
    let begun = async || {
        let at = house.create(2, "").await;
        let head = format!(
            "PATCH {at} HTTP/1.1\nTus-Resumable: 1.0.0\nAuthorization: Bearer TOKEN\nContent-Length: 2{PATCH}0{}",
            client(1)
        );
        house.send(&head, b"x").await
    };
    let (mut one, mut other) = (begun().await, begun().await);
    let at = house.create(2, "").await;
    // Refused for where it would be put, if it is looked at.
    let asked = async |number| {
        let answer = house.tus(&format!("PATCH {at}"), &format!("{PATCH}1{}", client(number)), b"x").await;
        let words = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(answer.status != 429 || words.contains("too many connections"), "{words}");
        answer.status
    };
    let becomes = async |expected: u16| {
        let end = tokio::time::Instant::now() + Duration::from_secs(10);
        loop {
            let status = asked(1).await;
            if status == expected {
                return;
            }
            assert!(status == 409 || status == 429, "{status}");
            assert!(tokio::time::Instant::now() < end, "it stays {status}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    becomes(429).await;
    assert_eq!(asked(2).await, 409, "others are not held up");
    assert_eq!(
        house.tus(&format!("HEAD {at}"), &client(1), b"").await.status,
        200,
        "nor is what has no body"
    );
    one.write_all(b"y").await.unwrap();
    assert_eq!(answer(one).await.status, 204);
    becomes(409).await;
    // Another one that breaks off is over, too.
    let third = begun().await;
    becomes(429).await;
    drop(third);
    becomes(409).await;
    other.write_all(b"y").await.unwrap();
    assert_eq!(answer(other).await.status, 204);
    house.gateway.stop().await;
}
