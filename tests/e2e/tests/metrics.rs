//! What Prometheus reads from the real binary while people of all dialects talk: the numbers are those of what was done.

use koine_e2e::fetch::fetch;
use koine_e2e::matrix::{Entry, Person, Town, flavours};
use koine_testkit::Server;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// The samples of a page, by name and labels as they are written.
type Page = BTreeMap<String, f64>;

async fn town() -> Town {
    Town::found_by(koine_e2e::recipe().with("KOINE_METRICS__LISTEN", "127.0.0.1:0")).await
}

async fn text(address: SocketAddr) -> String {
    let fetched = fetch(address, "/metrics").await;
    assert_eq!(fetched.status, 200);
    assert_eq!(fetched.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    String::from_utf8(fetched.body).expect("UTF-8")
}

async fn scrape(address: SocketAddr) -> Page {
    parse(&text(address).await)
}

/// Reads a page as strictly as the format is described.
fn parse(text: &str) -> Page {
    let (mut kinds, mut page) = (BTreeMap::new(), Page::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a kind");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(kinds.insert(name.to_owned(), kind).is_none(), "{name} is described twice");
            continue;
        }
        if let Some(rest) = line.strip_prefix("# HELP ") {
            assert!(rest.split_once(' ').is_some_and(|(_, help)| help.len() > 10), "{line}");
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
        let name = series.split('{').next().unwrap_or_default();
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let is_histogram = |base: &&str| kinds.get(*base) == Some(&"histogram");
        let known = of_histogram.filter(is_histogram).unwrap_or(name);
        assert!(kinds.contains_key(known), "{line} comes before its description");
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(page.insert(series.to_owned(), value).is_none(), "{series} is there twice");
    }
    for (series, count) in page.iter().filter(|(series, _)| series.contains("le=\"+Inf\"")) {
        let counted = series.replace("_bucket", "_count").replace(",le=\"+Inf\"", "");
        assert_eq!(page.get(&counted.replace("{le=\"+Inf\"}", "")), Some(count), "{series}");
    }
    page
}

fn of(page: &Page, series: &str) -> f64 {
    page.get(series).copied().unwrap_or(0.0)
}

/// By how much a series has grown.
fn grown(before: &Page, after: &Page, series: &str) -> f64 {
    of(after, series) - of(before, series)
}

fn by_dialect(name: &str, dialect: &str) -> String {
    format!("{name}{{dialect=\"{dialect}\"}}")
}

fn dialects() -> BTreeSet<&'static str> {
    flavours().iter().map(|flavour| flavour.dialect).collect()
}

#[tokio::test]
async fn the_numbers_are_those_of_what_was_done() {
    let mut town = town().await;
    let address = town.server().address("metrics");
    let mut speakers = town.welcome_all("speaker").await;
    let mut listeners = town.welcome_all("listener").await;
    for listener in &mut listeners {
        // Who polls is not told anything: what it reads is a request of its own.
        let told = listener.flavour.dialect != "mode-token";
        let dialect = listener.flavour.dialect;
        let others = || |speaker: &&mut Person| speaker.flavour.dialect != dialect;
        for speaker in speakers.iter_mut().filter(others()) {
            // Until they know each other.
            speaker.tells(&listener.known, "hello").await.unwrap();
            listener.hears_from(&speaker.known, "hello").await.unwrap();
        }
        let before = scrape(address).await;
        let mut said: BTreeMap<&str, f64> = BTreeMap::new();
        for speaker in speakers.iter_mut().filter(others()) {
            for text in ["one", "two", "three"] {
                speaker.tells(&listener.known, text).await.unwrap();
                listener.hears_from(&speaker.known, text).await.unwrap();
                *said.entry(speaker.flavour.dialect).or_default() += 1.0;
            }
        }
        let after = scrape(address).await;
        for speaking in dialects() {
            let messages = grown(&before, &after, &by_dialect("koine_messages_total", speaking));
            assert_eq!(messages, said.get(speaking).copied().unwrap_or(0.0), "of {speaking} to {dialect}");
        }
        let all: f64 = said.values().sum();
        let post = "koine_request_seconds_count{request=\"message_post\"}";
        // Some dialects first try a name as a person's and then as a group's.
        let refused: f64 = after
            .keys()
            .filter(|it| it.starts_with("koine_refusals_total"))
            .map(|it| grown(&before, &after, it))
            .sum();
        assert_eq!(grown(&before, &after, post), all + refused, "to {dialect}");
        assert!(grown(&before, &after, "koine_store_commit_seconds_count") >= 1.0);
        assert!(grown(&before, &after, "koine_store_commit_changes_sum") >= all);
        if told {
            let deliveries = grown(&before, &after, &by_dialect("koine_deliveries_total", dialect));
            let lag = grown(&before, &after, &by_dialect("koine_delivery_seconds_count", dialect));
            assert_eq!(deliveries, all, "to {dialect}");
            assert_eq!(lag, all, "to {dialect}");
        }
    }
    let page = scrape(address).await;
    for dialect in dialects() {
        let people = |people: &[Person]| people.iter().filter(|it| it.flavour.dialect == dialect).count();
        let people = f64::from(u32::try_from(people(&speakers) + people(&listeners)).unwrap());
        let of_dialect = |name: &str| {
            let start = format!("{name}{{dialect=\"{dialect}\"");
            page.iter().filter(|(series, _)| series.starts_with(&start)).map(|(_, value)| value).sum::<f64>()
        };
        assert_eq!(of_dialect("koine_connections"), people, "{dialect}");
        assert_eq!(of_dialect("koine_sessions"), people, "{dialect}");
        assert!(of(&page, &format!("koine_connections_accepted_total{{listener=\"{dialect}\"}}")) >= people);
    }
    for idle in
        ["koine_mailbox_events", "koine_store_queue", "koine_store_reads_waiting", "koine_password_queue"]
    {
        assert_eq!(page.get(idle), Some(&0.0), "{idle}");
    }
    for large in ["koine_store_database_bytes", "process_resident_memory_bytes", "process_open_fds"] {
        assert!(of(&page, large) > 10.0, "{large}");
    }
    let version = format!("koine_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(of(&page, &version), 1.0);
    for person in speakers.iter_mut().chain(&mut listeners) {
        person.leaves().await;
    }
    town.close().await;
}

#[tokio::test]
async fn refusals_and_ends_are_counted_and_nobody_is_named() {
    let mut town = town().await;
    let address = town.server().address("metrics");
    let mut people = town.welcome_all("visitor").await;
    for person in &mut people {
        person.leaves().await;
    }
    let before = scrape(address).await;
    let mut wrong: BTreeMap<&str, f64> = BTreeMap::new();
    for person in &people {
        // Another program of theirs, which has no token.
        let mut person = Person::new(person.flavour, person.known.clone());
        *person.client.secret() = person.flavour.forms[0].wrong();
        town.connect(&mut person).await;
        assert_eq!(person.client.sign_in().await, Ok(Entry::WrongPassword));
        *wrong.entry(person.flavour.dialect).or_default() += 1.0;
        person.leaves().await;
    }
    let text = text(address).await;
    let after = parse(&text);
    for (dialect, times) in wrong {
        let series = format!("koine_refusals_total{{dialect=\"{dialect}\",reason=\"wrong_secret\"}}");
        assert_eq!(grown(&before, &after, &series), times, "{dialect}");
    }
    for person in &people {
        let (handle, id) = (&person.known.handle, person.known.id.to_string());
        assert!(!text.contains(handle) && !text.contains(&id), "{handle} is named:\n{text}");
    }
    assert!(!text.contains("127.0.0.1") && !text.contains("visitor_"), "{text}");
    // It is nowhere else: what a proxy offers to the world does not have it.
    let page = fetch(town.server().address("http"), "/metrics").await;
    assert!(!String::from_utf8_lossy(&page.body).contains("koine_"), "{page:?}");
    assert_eq!(fetch(address, "/").await.status, 404);
    town.close().await;
}

#[tokio::test]
async fn it_is_answered_also_when_no_more_connections_are_let_in() {
    let recipe = koine_e2e::recipe().with("KOINE_METRICS__LISTEN", "127.0.0.1:0");
    let mut town = Town::found_by(recipe.with("KOINE_LIMITS__CONNECTIONS_PER_ADDRESS", "1")).await;
    let address = town.server().address("metrics");
    let flavour =
        flavours().into_iter().find(|flavour| !flavour.websocket).expect("a flavour without WebSocket");
    let mut one = town.welcome(flavour, "one".to_owned()).await;
    let mut more = TcpStream::connect(town.server().address(one.flavour.dialect)).await.unwrap();
    let mut told = Vec::new();
    let closed = tokio::time::timeout(koine_e2e::heard::PATIENCE, more.read_to_end(&mut told));
    let _ = closed.await.expect("an end");
    assert!(String::from_utf8_lossy(&told).contains("too many connections"), "{told:?}");
    let page = scrape(address).await;
    assert_eq!(of(&page, "koine_limits_total{limit=\"connections_per_address\"}"), 1.0);
    one.leaves().await;
    town.close().await;
}

/// As Prometheus on another machine reads them. A certificate that is renewed counts for the next connection.
#[tokio::test]
async fn the_numbers_are_served_with_tls() {
    let recipe = koine_e2e::recipe().with_tls().with("KOINE_METRICS__LISTEN_TLS", "127.0.0.1:0");
    let town = Town::found_by(recipe).await;
    let (authority, address) = town.server().secured("metrics").expect("TLS");
    let ask = async || {
        let stream = TcpStream::connect(address).await.expect("a connection");
        let mut stream = authority.secure_for(stream, &["http/1.1"]).await.expect("a TLS handshake");
        let shown = stream.get_ref().1.peer_certificates().expect("certificates")[0].as_ref().to_vec();
        let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.expect("a server that reads");
        let mut answer = String::new();
        let read = tokio::time::timeout(koine_e2e::heard::PATIENCE, stream.read_to_string(&mut answer));
        read.await.expect("an answer in time").expect("a good end");
        (shown, answer)
    };
    let (first, answer) = ask().await;
    let (head, page) = answer.split_once("\r\n\r\n").expect("a head and a page");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(parse(page).get("koine_connections_held"), Some(&0.0));
    let renewed = authority.renew();
    assert!(first != renewed.as_ref(), "the certificate was not renewed");
    let begun = tokio::time::Instant::now();
    while ask().await.0 != renewed.as_ref() {
        assert!(
            begun.elapsed() < koine_e2e::heard::PATIENCE,
            "new connections are shown the old certificate"
        );
    }
    // Who forgets the "s" of https is told so.
    let plain = fetch(address, "/metrics").await;
    assert!(plain.status == 400 && String::from_utf8_lossy(&plain.body).contains("https://"), "{plain:?}");
    town.close().await;
}

/// Prometheus finds a place among those who connect and say nothing, by either carriage: the first of them goes, and of those from one address
/// no more than it needs.
#[tokio::test]
async fn those_who_say_nothing_keep_nobody_out() {
    let recipe = koine_e2e::recipe().with_tls().with("KOINE_METRICS__LISTEN", "127.0.0.1:0");
    let town = Town::found_by(recipe.with("KOINE_METRICS__LISTEN_TLS", "127.0.0.1:0")).await;
    let (authority, secured) = town.server().secured("metrics").expect("TLS");
    let plain = town.server().address("metrics");
    for address in [plain, secured] {
        let elsewhere = silent(address, [127, 0, 0, 2]).await;
        let mut crowd = Vec::new();
        for _ in 0..PLACES + 3 {
            crowd.push(silent(address, [127, 0, 0, 1]).await);
        }
        let stream = TcpStream::connect(address).await.expect("a connection");
        let begun = tokio::time::Instant::now();
        let page = if address == secured {
            let stream = authority.secure_for(stream, &["http/1.1"]).await.expect("a TLS handshake");
            ask(stream).await
        } else {
            ask(stream).await
        };
        assert_eq!(parse(&page).get("koine_connections_held"), Some(&0.0));
        eprintln!("answered after {:.1?}", begun.elapsed());
        // All but those who have a place beside the one from elsewhere and the one who has asked.
        let gone = crowd.len() - (PLACES - 2);
        for (place, stream) in crowd[..gone].iter_mut().enumerate() {
            let mut told = Vec::new();
            let end = tokio::time::timeout(koine_e2e::heard::PATIENCE, stream.read_to_end(&mut told));
            let _ = end.await.unwrap_or_else(|_| panic!("the silent one of place {place} is still there"));
        }
        for stream in crowd.drain(gone..).chain([elsewhere]) {
            let mut stream = stream.into_std().expect("a socket that does not wait");
            let stays = stream.read(&mut [0; 1]).expect_err("nothing was sent");
            assert_eq!(
                stays.kind(),
                std::io::ErrorKind::WouldBlock,
                "nobody had to go who was not in the way"
            );
        }
    }
    town.close().await;
}

/// How many are answered at once.
const PLACES: usize = 32;

/// Somebody who connects from there and says nothing.
async fn silent(to: SocketAddr, from: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from((from, 0))).expect("an address of loopback");
    socket.connect(to).await.expect("a connection")
}

/// Asks for the page, and tells it.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> String {
    let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("a server that reads");
    let mut answer = String::new();
    let read = tokio::time::timeout(koine_e2e::heard::PATIENCE, stream.read_to_string(&mut answer));
    read.await.expect("an answer in time").expect("a good end");
    let (head, page) = answer.split_once("\r\n\r\n").expect("a head and a page");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    page.to_owned()
}
