//! The codec against tokio-tungstenite as an independent client, over memory.

use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use koine_gateway::websocket::{CloseCode, Decoder, Event, Opcode, close, frame, handshake, head, pong};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

const LIMIT: usize = 2 << 20;

/// Says everything back until the client leaves or errs.
async fn echo(mut socket: DuplexStream) {
    accept(&mut socket).await;
    let mut decoder = Decoder::new(LIMIT);
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).await.unwrap();
        if read == 0 {
            return;
        }
        let mut rest = &mut buffer[..read];
        loop {
            let answer = match decoder.next(&mut rest) {
                Ok(None) => break,
                Ok(Some(Event::Text(text))) => frame(Opcode::Text, text.as_bytes()),
                Ok(Some(Event::Binary(bytes))) => {
                    socket.write_all(head(Opcode::Binary, bytes.len()).as_ref()).await.unwrap();
                    bytes.into_owned().into()
                }
                Ok(Some(Event::Ping(payload))) => pong(&payload),
                Ok(Some(Event::Pong(payload))) => frame(Opcode::Text, &[b"pong ", &payload[..]].concat()),
                Ok(Some(Event::Close(closing))) => {
                    let closing = closing.as_ref().map(|closing| (closing.code, &closing.reason[..]));
                    socket.write_all(&close(closing)).await.unwrap();
                    return;
                }
                Err(error) => {
                    socket.write_all(&close(Some((error.close_code(), &error.to_string())))).await.unwrap();
                    return;
                }
            };
            socket.write_all(&answer).await.unwrap();
        }
    }
}

async fn accept(socket: &mut DuplexStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(socket.read_u8().await.unwrap());
    }
    let request = String::from_utf8(request).unwrap();
    let headers: HeaderMap = request
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap()))
        .collect();
    let accepted = handshake::accept(&Method::GET, Version::HTTP_11, &headers).unwrap();
    let mut answer = String::from("HTTP/1.1 101 Switching Protocols\r\n");
    for (name, value) in &accepted {
        answer.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    answer.push_str("\r\n");
    socket.write_all(answer.as_bytes()).await.unwrap();
}

/// Lets `talk` speak to the echo over a pipe that holds all it says, because the echo answers before it reads on.
async fn with_client(talk: impl AsyncFnOnce(&mut WebSocketStream<DuplexStream>)) {
    let (near, far) = tokio::io::duplex(4 << 20);
    tokio::join!(echo(far), async {
        let (mut client, _) = client_async("ws://koine.test/ws/test", near).await.unwrap();
        talk(&mut client).await;
    });
}

async fn check_echoed(client: &mut WebSocketStream<DuplexStream>, message: Message) {
    client.send(message.clone()).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), message);
}

fn fragment(payload: &'static [u8], data: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(payload, OpCode::Data(data), is_final))
}

#[tokio::test]
async fn text_and_binary_of_every_length() {
    with_client(async |client| {
        for length in [0, 1, 125, 126, 65535, 65536] {
            check_echoed(client, Message::text("x".repeat(length))).await;
            check_echoed(client, Message::binary(vec![7; length])).await;
        }
        check_echoed(client, Message::text("κόσμε 🦀")).await;
    })
    .await;
}

#[tokio::test]
async fn messages_of_a_mebibyte() {
    with_client(async |client| {
        let text: String = "aß水🦀".chars().cycle().take(1 << 19).collect();
        check_echoed(client, Message::text(text)).await;
        check_echoed(client, Message::binary((0..=u8::MAX).cycle().take(1 << 20).collect::<Vec<_>>())).await;
    })
    .await;
}

#[tokio::test]
async fn fragments_with_a_ping_between() {
    with_client(async |client| {
        let kosme = "κόσμε".as_bytes();
        client.send(fragment(&kosme[..3], Data::Text, false)).await.unwrap();
        client.send(Message::Ping("between".into())).await.unwrap();
        client.send(fragment(&kosme[3..], Data::Continue, true)).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), Message::Pong("between".into()));
        assert_eq!(client.next().await.unwrap().unwrap(), Message::text("κόσμε"));
        client.send(Message::Pong("unasked".into())).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), Message::text("pong unasked"));
    })
    .await;
}

#[tokio::test]
async fn the_client_closes() {
    with_client(async |client| {
        let closing = CloseFrame { code: 4000.into(), reason: "tschüß".into() };
        client.close(Some(closing.clone())).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), Message::Close(Some(closing)));
        assert!(matches!(client.next().await, None | Some(Err(Error::ConnectionClosed))));
    })
    .await;
    with_client(async |client| {
        client.close(None).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), Message::Close(None));
    })
    .await;
}

#[tokio::test]
async fn the_client_errs() {
    async fn closed_with(message: Message) -> u16 {
        let mut code = 0;
        with_client(async |client| {
            client.send(message).await.unwrap();
            let Message::Close(Some(closing)) = client.next().await.unwrap().unwrap() else {
                panic!("no code")
            };
            code = closing.code.into();
        })
        .await;
        code
    }
    let stray = closed_with(fragment(b"a", Data::Continue, true)).await;
    assert_eq!(stray, CloseCode::PROTOCOL_ERROR.number());
    let not_utf8 = closed_with(fragment(b"\xff", Data::Text, false)).await;
    assert_eq!(not_utf8, CloseCode::INVALID_DATA.number());
    let too_large = closed_with(Message::binary(vec![0; LIMIT + 1])).await;
    assert_eq!(too_large, CloseCode::TOO_LARGE.number());
}
