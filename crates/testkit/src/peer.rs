//! Clients of the tests: bare TCP, or a WebSocket by a library that is not ours.

use crate::tls::Pipe;
use crate::value::{self, Encoding};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use koine_dialect::toolbox::json_stream::JsonStream;
use koine_dialect::{Carriage, Dialect};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// One client's connection.
pub struct Peer {
    carrier: Carrier,
    encoding: Encoding,
    close_code: Option<u16>,
}

enum Carrier {
    Stream { stream: Pipe, objects: JsonStream, unread: Vec<u8> },
    WebSocket(Box<WebSocketStream<Pipe>>),
}

/// How long the server may leave a client hanging, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much is read at once.
const READ: usize = 64 << 10;

/// What came from the server.
#[derive(Clone, PartialEq, Debug)]
pub enum Received {
    /// A frame.
    Frame(Value),
    /// Bytes that are no frame, and why not.
    Garbage(String),
    /// The end.
    Closed,
}

impl Peer {
    /// Connects to a port where `dialect` is spoken, by its first carriage.
    pub async fn connect(dialect: &dyn Dialect, address: SocketAddr, encoding: Encoding) -> Self {
        Self::connect_over(dialect, connect(address).await, encoding).await
    }

    /// Speaks `dialect`, by its first carriage, over a connection that stands.
    pub async fn connect_over(dialect: &dyn Dialect, pipe: impl Into<Pipe>, encoding: Encoding) -> Self {
        let by_websocket = dialect.carriages().first() == Some(&Carriage::WebSocket);
        if by_websocket { Self::websocket_over(pipe, "/", encoding).await } else { Self::stream_over(pipe) }
    }

    /// Connects to a stream of JSON objects.
    pub async fn stream(address: SocketAddr) -> Self {
        Self::stream_over(connect(address).await)
    }

    /// Speaks in a stream of JSON objects over a connection that stands.
    pub fn stream_over(pipe: impl Into<Pipe>) -> Self {
        let carrier =
            Carrier::Stream { stream: pipe.into(), objects: JsonStream::default(), unread: Vec::new() };
        Self { carrier, encoding: Encoding::Json, close_code: None }
    }

    /// Connects to a WebSocket.
    pub async fn websocket(address: SocketAddr, path: &str, encoding: Encoding) -> Self {
        Self::websocket_over(connect(address).await, path, encoding).await
    }

    /// Opens a WebSocket over a connection that stands.
    pub async fn websocket_over(pipe: impl Into<Pipe>, path: &str, encoding: Encoding) -> Self {
        Self::try_websocket_over(pipe.into(), path, encoding).await.expect("a WebSocket handshake")
    }

    /// Connects to a WebSocket of a server that may end meanwhile.
    pub async fn try_websocket(address: SocketAddr, path: &str, encoding: Encoding) -> Result<Self, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("{address}: {error}"))?;
        stream.set_nodelay(true).map_err(|error| format!("{address}: {error}"))?;
        Self::try_websocket_over(stream.into(), path, encoding).await
    }

    async fn try_websocket_over(pipe: Pipe, path: &str, encoding: Encoding) -> Result<Self, String> {
        let address = pipe.tcp().peer_addr().map_err(|error| format!("an address: {error}"))?;
        let config =
            WebSocketConfig::default().read_buffer_size(4 << 10).max_message_size(None).max_frame_size(None);
        let url = format!("ws://{address}{path}");
        let opening = tokio_tungstenite::client_async_with_config(url, pipe, Some(config));
        let opened = tokio::time::timeout(PATIENCE, opening).await;
        let opened = opened.map_err(|_| format!("{address}: no handshake in time"))?;
        let (socket, _) = opened.map_err(|error| format!("{address}: {error}"))?;
        Ok(Self { carrier: Carrier::WebSocket(Box::new(socket)), encoding, close_code: None })
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &Value) {
        self.send_bytes(value::encode(frame, self.encoding)).await;
    }

    /// Sends bytes as they are; over a WebSocket as one frame of the encoding's kind.
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) {
        let sent = tokio::time::timeout(PATIENCE, self.send_all(bytes)).await;
        sent.expect("a server that reads what is sent to it");
    }

    async fn send_all(&mut self, bytes: Vec<u8>) {
        // A server may close on what it does not like: that is for the next `receive` to tell.
        match (&mut self.carrier, self.encoding) {
            (Carrier::Stream { stream, .. }, _) => {
                if stream.write_all(&bytes).await.is_ok() {
                    drop(stream.flush().await);
                }
            }
            (Carrier::WebSocket(socket), Encoding::Json) => {
                let text = String::from_utf8(bytes).expect("text frames hold UTF-8");
                drop(socket.send(Message::text(text)).await);
            }
            (Carrier::WebSocket(socket), Encoding::MessagePack) => {
                drop(socket.send(Message::binary(Bytes::from(bytes))).await);
            }
        }
    }

    /// The next thing from the server; `None` when nothing comes in time.
    pub async fn receive(&mut self, patience: Duration) -> Option<Received> {
        tokio::time::timeout(patience, self.receive_any()).await.ok()
    }

    /// Says that nothing more will be sent, and closes.
    pub async fn close(self) {
        let closed = tokio::time::timeout(PATIENCE, self.close_all()).await;
        closed.expect("a server that lets go");
    }

    async fn close_all(self) {
        match self.carrier {
            Carrier::Stream { mut stream, .. } => {
                let _ = stream.shutdown().await;
                let mut scrap = [0; 256];
                while stream.read(&mut scrap).await.is_ok_and(|read| read > 0) {}
            }
            Carrier::WebSocket(mut socket) => {
                let _ = WebSocketStream::close(&mut socket, None).await;
                while let Some(Ok(_)) = socket.next().await {}
            }
        }
    }

    /// The code with which the server has closed a WebSocket.
    pub fn close_code(&self) -> Option<u16> {
        self.close_code
    }

    /// Goes as a machine that crashed: what was not read stays unread, and the server's kernel is told so.
    pub fn vanish(self) {
        self.tcp().set_zero_linger().expect("a socket that can be reset");
    }

    /// Nothing arrives from now on, and the server's kernel hears of nothing that has: as when a cable is cut. What this
    /// machine's kernel has taken before can still be received. Systems other than Linux go on as if nothing was.
    pub fn cut(&self) {
        #[cfg(target_os = "linux")]
        {
            /// `BPF_RET | BPF_K` with 0: every packet is dropped before TCP sees it.
            const DROP: socket2::SockFilter = socket2::SockFilter::new(0x06, 0, 0, 0);
            let socket = socket2::SockRef::from(self.tcp());
            socket.attach_filter(&[DROP]).expect("a socket that takes a filter");
        }
    }

    fn tcp(&self) -> &TcpStream {
        match &self.carrier {
            Carrier::Stream { stream, .. } => stream.tcp(),
            Carrier::WebSocket(socket) => socket.get_ref().tcp(),
        }
    }

    async fn receive_any(&mut self) -> Received {
        match &mut self.carrier {
            Carrier::Stream { stream, objects, unread } => receive_object(stream, objects, unread).await,
            Carrier::WebSocket(socket) => receive_message(socket, self.encoding, &mut self.close_code).await,
        }
    }
}

/// Connects as most clients do, whose second request does not wait until the first one was acknowledged.
pub(crate) async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("a socket that need not wait");
    stream
}

async fn receive_object(stream: &mut Pipe, objects: &mut JsonStream, unread: &mut Vec<u8>) -> Received {
    loop {
        let mut rest = &unread[..];
        let next = objects.next(&mut rest, usize::MAX).map(|found| found.map(std::borrow::Cow::into_owned));
        let used = unread.len() - rest.len();
        unread.drain(..used);
        match next {
            Ok(Some(object)) => return frame(&object, Encoding::Json),
            Err(fault) => return Received::Garbage(format!("{fault:?}")),
            Ok(None) => {}
        }
        // Without it a vector that is empty again and again would have room for a few bytes at a time.
        unread.reserve(READ);
        match stream.read_buf(unread).await {
            Ok(0) | Err(_) => return Received::Closed,
            Ok(_) => {}
        }
    }
}

async fn receive_message(
    socket: &mut WebSocketStream<Pipe>,
    encoding: Encoding,
    close_code: &mut Option<u16>,
) -> Received {
    loop {
        match socket.next().await {
            None | Some(Err(_)) => return Received::Closed,
            Some(Ok(Message::Close(closing))) => {
                *close_code = closing.map(|closing| closing.code.into());
                return Received::Closed;
            }
            Some(Ok(Message::Text(text))) if encoding == Encoding::Json => {
                return frame(text.as_bytes(), encoding);
            }
            Some(Ok(Message::Binary(bytes))) if encoding == Encoding::MessagePack => {
                return frame(&bytes, encoding);
            }
            Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                return Received::Garbage("a frame of the other kind".to_owned());
            }
            Some(Ok(_)) => {}
        }
    }
}

fn frame(bytes: &[u8], encoding: Encoding) -> Received {
    value::decode(bytes, encoding).map_or_else(Received::Garbage, Received::Frame)
}
