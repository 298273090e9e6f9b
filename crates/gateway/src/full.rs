//! What is said to somebody for whom there is no room, before their connection is closed.
//!
//! It costs a write that does not wait: whoever comes in too great numbers must not cost more than those who are let in. Only a few are
//! attended to for a moment: where HTTP may be spoken, their first words are waited for, since some clients take no answer to what they
//! have not asked yet, and since a port may have both kinds; and they have time to take the answer in. Inside TLS nothing can be said
//! without a handshake, which costs far more: there nothing is said.

use crate::connection::Common;
use crate::house::House;
use koine_dialect::Carriage;
use socket2::SockRef;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How many are attended to at once. Others are answered unasked, and closed to.
pub(crate) const PLACES: usize = 64;
/// How long the first words of one of them may take, and the end.
const PATIENCE: Duration = Duration::from_secs(1);
/// When an HTTP client may try again, in seconds.
pub(crate) const LATER: u32 = 10;

/// How much is read at once, in bytes, and how often before the end is not waited for any more.
const ROOM: usize = 4 << 10;
const MOST: usize = 16;

/// How what is asked for on an HTTP connection begins that may become a WebSocket.
const GET: &[u8] = b"GET ";

/// What is known of what a client speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Heard {
    /// It has said nothing yet.
    Nothing,
    /// It has asked for something by HTTP.
    Http,
    /// It has said something else, or gone.
    Else,
}

/// Says that there is no room, to a client of this dialect or of the HTTP port, and closes.
pub(crate) fn turn_away(stream: TcpStream, dialect: Option<Arc<Common>>, house: &House) {
    let mut first = [0; ROOM];
    // Past the runtime, which knows nothing of a socket that it has not polled yet.
    let read = (&*SockRef::from(&stream)).read(&mut first);
    let heard = judge(&first, read);
    let waits = heard == Heard::Nothing && may_be_http(dialect.as_deref());
    let place = house.lobby.clone().try_acquire_owned();
    if !waits || place.is_err() {
        say(&stream, dialect.as_deref(), heard);
    }
    let Ok(place) = place else { return };
    let stopping = house.stopping.clone();
    house.tasks.spawn(async move {
        let _place = place;
        let attended = async {
            let mut stream = stream;
            if waits {
                wait_and_say(&mut stream, dialect.as_deref()).await;
            }
            let _ = tokio::time::timeout(PATIENCE, end(&mut stream)).await;
        };
        stopping.run_until_cancelled(attended).await;
    });
}

/// Whether a listener has HTTP, be it for WebSockets.
fn may_be_http(dialect: Option<&Common>) -> bool {
    dialect.is_none_or(|common| common.dialect.carriages().contains(&Carriage::WebSocket))
}

/// What the first bytes that were read are.
fn judge(first: &[u8], read: io::Result<usize>) -> Heard {
    match read {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Heard::Nothing,
        Ok(read) if first.get(..read).is_some_and(|said| said.starts_with(GET)) => Heard::Http,
        _ => Heard::Else,
    }
}

/// Waits for the first words, and answers whether they come or not.
async fn wait_and_say(stream: &mut TcpStream, dialect: Option<&Common>) {
    let mut first = vec![0; ROOM];
    let heard = match tokio::time::timeout(PATIENCE, stream.read(&mut first)).await {
        Ok(read) => judge(&first, read),
        Err(_) => Heard::Nothing,
    };
    say(stream, dialect, heard);
}

/// Lets the client take the answer in: what it sends to a socket that is closed would reset it, and the answer would be lost.
async fn end(stream: &mut TcpStream) {
    let mut scrap = vec![0; ROOM];
    if stream.shutdown().await.is_ok() {
        for _ in 0..MOST {
            if !stream.read(&mut scrap).await.is_ok_and(|read| read > 0) {
                return;
            }
        }
    }
}

fn say(stream: &TcpStream, dialect: Option<&Common>, heard: Heard) {
    let words = dialect.and_then(|common| common.dialect.no_room(common.core.clock().now()));
    let (socket, has_http) = (SockRef::from(stream), may_be_http(dialect));
    // Whoever does not take that is closed to all the same.
    let _ = match words {
        Some(words) if heard != Heard::Http || !has_http => (&*socket).write(words.bytes()),
        _ if has_http => (&*socket).write(unavailable().as_bytes()),
        _ => return,
    };
}

fn unavailable() -> String {
    let body = "There are too many connections: try again later.\n";
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: {LATER}\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
