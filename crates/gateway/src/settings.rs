//! How patient and how generous the gateway is. Times are whole seconds: nothing here needs finer ones.

use crate::tls::TlsFiles;
use koine_dialect::{Dialect, Nesting};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Bounds on connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The largest frame, in bytes.
    pub frame_bytes: usize,
    /// The largest frame of somebody who has not signed in, in bytes.
    pub stranger_frame_bytes: usize,
    /// How deep JSON may be nested, in levels; at most [`Nesting::DEEPEST`].
    pub json_depth: u16,
    /// How deep MessagePack may be nested, in levels; at most [`Nesting::DEEPEST`].
    pub messagepack_depth: u16,
    /// What may wait to be written to one connection, in bytes, before no more is made for it.
    pub queue_bytes: usize,
    /// Until the request line and headers of an HTTP request are there.
    pub handshake_seconds: u64,
    /// Until somebody signs in on a connection.
    pub login_seconds: u64,
    /// Until a frame that was begun is whole; large frames get longer, as long as they move, but no more than ten times that.
    pub frame_seconds: u64,
    /// Until a client that does not read is given up.
    pub write_stall_seconds: u64,
    /// How long a client may be silent before it is asked whether it is there; it is given up after twice that.
    pub ping_seconds: u64,
    /// How long the end of the server may take.
    pub stop_seconds: u64,
    /// Connections in all.
    pub connections: usize,
    /// Connections from one address, or from one /64 of IPv6 addresses.
    pub connections_per_address: usize,
    /// Frames of one connection in a second; zero for as many as come.
    pub requests_per_second: u32,
    /// Frames of one connection at once.
    pub request_burst: u32,
    /// HTTP requests of one address in a second, or of one /64 of IPv6 addresses, those that become WebSockets not counted; zero for
    /// as many as come.
    pub http_requests_per_second: u32,
    /// HTTP requests of one address at once.
    pub http_request_burst: u32,
    /// Frames larger than `stranger_frame_bytes` that may be coming in at once from connections on which nobody is signed in, in
    /// dialects that let strangers say large things.
    pub stranger_large_frames: usize,
    /// What all large frames that are coming in may take, in bytes.
    pub large_frames_bytes: usize,
    /// Addresses of proxies in front of the HTTP port, whose word about whom they speak for is taken.
    pub proxies: Vec<IpAddr>,
    /// Sites whose pages may open WebSockets, beside the server's own: `https://chat.example`.
    pub origins: Vec<String>,
    /// The certificate of the listeners that have TLS.
    pub tls: Option<TlsFiles>,
    /// The web client.
    pub web: &'static [WebFile],
}

/// A file of the web client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WebFile {
    /// Where it is fetched: `/index.html`, which is also `/`, or `/assets/…`, which never changes under one name.
    pub path: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
    /// The same, compressed by brotli.
    pub brotli: Option<&'static [u8]>,
    /// The same, compressed by gzip.
    pub gzip: Option<&'static [u8]>,
}

impl std::fmt::Debug for WebFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebFile({}, {} bytes)", self.path, self.bytes.len())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            frame_bytes: 20 << 20,
            stranger_frame_bytes: 64 << 10,
            json_depth: Nesting::DEEPEST,
            messagepack_depth: 32,
            queue_bytes: 1 << 20,
            handshake_seconds: 10,
            login_seconds: 120,
            frame_seconds: 60,
            write_stall_seconds: 60,
            ping_seconds: 60,
            stop_seconds: 10,
            connections: 20_000,
            connections_per_address: 1_000,
            requests_per_second: 0,
            request_burst: 0,
            http_requests_per_second: 0,
            http_request_burst: 0,
            stranger_large_frames: 8,
            large_frames_bytes: 128 << 20,
            proxies: Vec::new(),
            origins: Vec::new(),
            tls: None,
            web: &[],
        }
    }
}

/// A dialect, and where it is spoken.
#[derive(Clone)]
pub struct Spoken {
    /// The dialect.
    pub dialect: Arc<dyn Dialect>,
    /// Its own ports.
    pub listen: Listen,
    /// The largest frame in it, in bytes, where it is another than everywhere.
    pub frame_bytes: Option<usize>,
}

/// Addresses that are listened on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listen {
    /// Where bytes travel as they are.
    pub plain: Vec<SocketAddr>,
    /// Where TLS is spoken from the first byte.
    pub tls: Vec<SocketAddr>,
}

impl Listen {
    /// One address, without TLS.
    pub fn plain(address: SocketAddr) -> Self {
        Self { plain: vec![address], tls: Vec::new() }
    }

    /// Every address, and whether it has TLS.
    pub(crate) fn all(&self) -> impl Iterator<Item = (SocketAddr, bool)> {
        let with = |tls| move |address: &SocketAddr| (*address, tls);
        self.plain.iter().map(with(false)).chain(self.tls.iter().map(with(true)))
    }
}
