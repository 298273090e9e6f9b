//! A certificate that is renewed while many connect, at every listener at once.

use futures_util::future::join_all;
use koine_e2e::heard::PATIENCE;
use koine_testkit::Server;
use koine_testkit::tls::{Authority, replace};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// How many connect, one connection after the other, all the time.
const CLIENTS: usize = 16;
/// How long the new certificate is there without its key: the server looks at the files twice in that time.
const HALF: Duration = Duration::from_secs(5);
/// How many connections there are at least in that time, on the slowest machine.
const FEW: usize = 50;

/// One listener with TLS.
struct Listener {
    what: String,
    address: SocketAddr,
}

/// What goes on.
struct Load {
    authority: Authority,
    listeners: Vec<Listener>,
    /// Every certificate that there was, the oldest first.
    certificates: RefCell<Vec<Vec<u8>>>,
    /// Which of them each client was shown last, by each listener.
    shown: Vec<Vec<Cell<usize>>>,
    connections: Cell<usize>,
    is_over: Cell<bool>,
}

#[tokio::test]
async fn nobody_fails_while_a_certificate_is_renewed() {
    let recipe = koine_e2e::recipe().with_tls().with("KOINE_METRICS__LISTEN_TLS", "127.0.0.1:0");
    let mut stage = koine_e2e::stage_with(recipe).await;
    let load = Load::of(stage.server()).await;
    // Everything there is: HTTP, the numbers, and each dialect.
    assert_eq!(load.listeners.len(), 2 + koine_registry::all().len());
    let clients = join_all((0..CLIENTS).map(|number| load.connects_again_and_again(number)));
    let renews = async {
        // At once, as programs that get certificates do it.
        let renewed = load.authority.renew();
        load.certificates.borrow_mut().push(renewed.as_ref().to_vec());
        load.all_are_shown_the_last("renewed at once").await;
        // And with much time between the two files, in which the pair is no good: nobody fails, and nobody is shown half of it.
        let (renewed, certificate, key) = load.authority.issue();
        let before = load.connections.get();
        replace(&load.authority.certificate(), &certificate);
        sleep(HALF).await;
        let meanwhile = load.connections.get() - before;
        assert!(meanwhile >= FEW, "{meanwhile} connections are no load");
        load.certificates.borrow_mut().push(renewed.as_ref().to_vec());
        replace(&load.authority.key(), &key);
        load.all_are_shown_the_last("renewed by halves").await;
        load.is_over.set(true);
    };
    tokio::join!(clients, renews);
    let (all, log) = (load.connections.get(), stage.server().log());
    eprintln!("{all} connections, and none failed");
    assert_eq!(log.matches("the certificate was renewed").count(), 2, "{log}");
    assert!(log.contains("is not that of the certificate"), "the halves were not seen: {log}");
    stage.clear().stop().await;
}

impl Load {
    async fn of(server: &impl Server) -> Self {
        let own = koine_registry::all().iter().map(|dialect| dialect.name().to_owned()).collect::<Vec<_>>();
        let names = ["http".to_owned(), "metrics".to_owned()].into_iter().chain(own);
        let mut authority = None;
        let listeners = names.map(|what| {
            let (known, address) = server.secured(&what).unwrap_or_else(|| panic!("{what} has no TLS"));
            authority = Some(known);
            Listener { what, address }
        });
        let listeners: Vec<_> = listeners.collect();
        let authority = authority.expect("somebody who vouches for the server");
        let shown = (0..CLIENTS).map(|_| listeners.iter().map(|_| Cell::new(0)).collect()).collect();
        let load = Self {
            authority,
            listeners,
            certificates: RefCell::default(),
            shown,
            connections: Cell::new(0),
            is_over: Cell::new(false),
        };
        let first = load.connects_to(&load.listeners[0], true).await;
        load.certificates.borrow_mut().push(first);
        load
    }

    /// One client: every second one remembers the server from one connection to the next, as browsers do.
    async fn connects_again_and_again(&self, number: usize) {
        let mut newest = 0;
        for turn in number.. {
            if self.is_over.get() {
                return;
            }
            let place = turn % self.listeners.len();
            let listener = &self.listeners[place];
            let shown = self.connects_to(listener, number.is_multiple_of(2)).await;
            let which = self.certificates.borrow().iter().position(|known| *known == shown);
            let which =
                which.unwrap_or_else(|| panic!("{} shows a certificate that is not due", listener.what));
            assert!(which >= newest, "{} shows an old certificate after a new one", listener.what);
            newest = which;
            self.shown[number][place].set(which);
            self.connections.set(self.connections.get() + 1);
        }
    }

    /// Opens one connection, hears something on it, and closes it. Tells the certificate that was shown.
    async fn connects_to(&self, listener: &Listener, is_stranger: bool) -> Vec<u8> {
        let what = &listener.what;
        let visit = async {
            let stream = TcpStream::connect(listener.address).await?;
            let mut stream = match is_stranger {
                true => self.authority.secure_as_a_stranger(stream).await?,
                false => self.authority.secure(stream).await?,
            };
            let chain = stream.get_ref().1.peer_certificates().expect("certificates");
            let shown = chain.first().expect("a certificate").as_ref().to_vec();
            // This one speaks first, and the others answer any question by HTTP.
            if what != "technotrack" {
                stream
                    .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .await?;
            }
            let mut first = [0; 8];
            stream.read_exact(&mut first).await?;
            assert!(what == "technotrack" || first == *b"HTTP/1.1", "{what}: {first:?}");
            stream.shutdown().await?;
            std::io::Result::Ok(shown)
        };
        let visit = timeout(PATIENCE, visit).await.unwrap_or_else(|_| panic!("{what} takes too long"));
        visit.unwrap_or_else(|error| panic!("{what}: {error}, after {} connections", self.connections.get()))
    }

    /// Waits until every client was shown the last certificate by every listener.
    async fn all_are_shown_the_last(&self, when: &str) {
        let last = self.certificates.borrow().len() - 1;
        let begun = Instant::now();
        let before = self.connections.get();
        while !self.shown.iter().flatten().all(|shown| shown.get() == last) {
            assert!(begun.elapsed() < PATIENCE * 3, "{when}: somebody is still shown an old certificate");
            sleep(Duration::from_millis(20)).await;
        }
        eprintln!("{when}: after {} connections in {:?}", self.connections.get() - before, begun.elapsed());
    }
}
