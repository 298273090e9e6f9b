//! The decoder against a client's encoder that shares nothing with it.

mod properties;
mod rules;

use super::{Closing, Decoder, Event, ProtocolError};
use std::borrow::Cow;

const LIMIT: usize = 1 << 20;
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A client's frame, written as plainly as RFC 6455 describes it.
fn client_frame(first: u8, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..65536 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(key);
    frame.extend(payload.iter().enumerate().map(|(index, byte)| byte ^ key[index % 4]));
    frame
}

/// Frames one after another: first byte and payload of each.
fn stream(frames: &[(u8, &[u8])]) -> Vec<u8> {
    frames.iter().flat_map(|(first, payload)| client_frame(*first, payload, KEY)).collect()
}

fn owned(event: Event<'_>) -> Event<'static> {
    match event {
        Event::Text(text) => Event::Text(Cow::Owned(text.into_owned())),
        Event::Binary(bytes) => Event::Binary(Cow::Owned(bytes.into_owned())),
        Event::Ping(bytes) => Event::Ping(Cow::Owned(bytes.into_owned())),
        Event::Pong(bytes) => Event::Pong(Cow::Owned(bytes.into_owned())),
        Event::Close(closing) => Event::Close(
            closing.map(|Closing { code, reason }| Closing { code, reason: Cow::Owned(reason.into_owned()) }),
        ),
    }
}

fn text(text: &str) -> Event<'static> {
    Event::Text(Cow::Owned(text.to_owned()))
}

fn binary(bytes: &[u8]) -> Event<'static> {
    Event::Binary(Cow::Owned(bytes.to_vec()))
}

fn ping(bytes: &[u8]) -> Event<'static> {
    Event::Ping(Cow::Owned(bytes.to_vec()))
}

fn pong(bytes: &[u8]) -> Event<'static> {
    Event::Pong(Cow::Owned(bytes.to_vec()))
}

/// All that `decoder` makes of one piece, and the error that ended it.
fn feed(decoder: &mut Decoder, piece: &[u8]) -> (Vec<Event<'static>>, Option<ProtocolError>) {
    let mut buffer = piece.to_vec();
    let mut rest = &mut buffer[..];
    let mut events = Vec::new();
    loop {
        match decoder.next(&mut rest) {
            Ok(Some(event)) => events.push(owned(event)),
            Ok(None) => {
                assert!(rest.is_empty(), "None means that everything was taken");
                return (events, None);
            }
            Err(error) => return (events, Some(error)),
        }
    }
}

/// The same for a stream that the network cuts at `cuts`.
fn feed_cut(
    decoder: &mut Decoder,
    bytes: &[u8],
    cuts: &[usize],
) -> (Vec<Event<'static>>, Option<ProtocolError>) {
    let mut events = Vec::new();
    let mut start = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        let (more, error) = feed(decoder, &bytes[start..end]);
        events.extend(more);
        if error.is_some() {
            assert_eq!(decoder.pending(), None);
            return (events, error);
        }
        start = end;
    }
    (events, None)
}
