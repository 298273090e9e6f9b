//! What holds for every stream: it comes back, cuts do not matter, and nothing panics.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A message in fragments, with control frames before each, or control frames alone.
#[derive(Clone, Debug)]
struct Said {
    message: Event<'static>,
    cuts: Vec<Index>,
    between: Vec<Event<'static>>,
    key: [u8; 4],
}

impl Said {
    fn encode(&self, stream: &mut Vec<u8>, events: &mut Vec<Event<'static>>) {
        let (opcode, payload) = wire(&self.message);
        let mut ends: Vec<usize> = self.cuts.iter().map(|cut| cut.index(payload.len() + 1)).collect();
        ends.sort_unstable();
        ends.push(payload.len());
        let mut start = 0;
        for (index, end) in ends.iter().copied().enumerate() {
            if let Some(control) = self.between.get(index) {
                let (opcode, payload) = wire(control);
                stream.extend(client_frame(0x80 | opcode, payload, self.key));
                events.push(control.clone());
            }
            let opcode = if index == 0 { opcode } else { 0 };
            let last = if index + 1 == ends.len() { 0x80 } else { 0 };
            stream.extend(client_frame(last | opcode, &payload[start..end], self.key));
            start = end;
        }
        events.push(self.message.clone());
    }
}

fn wire<'event>(event: &'event Event<'static>) -> (u8, &'event [u8]) {
    match event {
        Event::Text(text) => (1, text.as_bytes()),
        Event::Binary(bytes) => (2, bytes),
        Event::Ping(bytes) => (9, bytes),
        Event::Pong(bytes) => (10, bytes),
        Event::Close(_) => (8, &[]),
    }
}

fn said() -> impl Strategy<Value = Said> {
    let long = prop_oneof![8 => 0..300_usize, 1 => 65_000..66_000_usize];
    let message = prop_oneof![
        "\\PC{0,100}".prop_map(|content| text(&content)),
        long.prop_flat_map(|length| vec(any::<u8>(), length)).prop_map(|bytes| binary(&bytes)),
    ];
    let control = prop_oneof![
        vec(any::<u8>(), 0..=125).prop_map(|bytes| ping(&bytes)),
        vec(any::<u8>(), 0..=125).prop_map(|bytes| pong(&bytes)),
    ];
    (message, vec(any::<Index>(), 0..5), vec(control, 0..3), any::<[u8; 4]>())
        .prop_map(|(message, cuts, between, key)| Said { message, cuts, between, key })
}

fn encode(said: &[Said]) -> (Vec<u8>, Vec<Event<'static>>) {
    let (mut stream, mut events) = (Vec::new(), Vec::new());
    for message in said {
        message.encode(&mut stream, &mut events);
    }
    (stream, events)
}

fn places(indices: &[Index], bytes: &[u8]) -> Vec<usize> {
    let mut places: Vec<usize> = indices.iter().map(|index| index.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    places
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_was_said_is_heard(said in vec(said(), 0..4), cuts in vec(any::<Index>(), 0..20)) {
        let (stream, events) = encode(&said);
        let mut decoder = Decoder::new(LIMIT);
        let heard = feed_cut(&mut decoder, &stream, &places(&cuts, &stream));
        prop_assert_eq!(heard, (events, None));
        prop_assert!(!decoder.holds_heap_memory());
    }

    #[test]
    fn byte_by_byte_it_is_the_same(said in vec(said(), 0..3)) {
        let (stream, events) = encode(&said);
        let cuts: Vec<usize> = (1..stream.len()).collect();
        let mut decoder = Decoder::new(LIMIT);
        prop_assert_eq!(feed_cut(&mut decoder, &stream, &cuts), (events, None));
        prop_assert!(!decoder.holds_heap_memory());
    }

    #[test]
    fn a_wrong_stream_is_refused_alike_however_it_is_cut(
        said in vec(said(), 0..3),
        changes in vec((any::<Index>(), any::<u8>()), 0..4),
        cuts in vec(any::<Index>(), 0..20),
        limit in 0..400_usize,
    ) {
        let (mut stream, _) = encode(&said);
        for (place, byte) in changes {
            if !stream.is_empty() {
                let place = place.index(stream.len());
                stream[place] = byte;
            }
        }
        let whole = feed(&mut Decoder::new(limit), &stream);
        let cut = feed_cut(&mut Decoder::new(limit), &stream, &places(&cuts, &stream));
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..400), cuts in vec(any::<Index>(), 0..10)) {
        let whole = feed(&mut Decoder::new(LIMIT), &bytes);
        prop_assert_eq!(whole, feed_cut(&mut Decoder::new(LIMIT), &bytes, &places(&cuts, &bytes)));
    }
}

#[test]
fn a_truncated_message_is_neither_heard_nor_refused() {
    let message = "κόσμε 🦀 ".repeat(20);
    let (front, back) = message.as_bytes().split_at(33);
    for frames in [
        stream(&[(0x81, message.as_bytes())]),
        stream(&[(0x01, front), (0x80, back)]),
        stream(&[(0x89, &[7; 125])]),
        stream(&[(0x88, b"\x03\xe8bye")]),
    ] {
        for end in 0..frames.len() {
            let mut decoder = Decoder::new(LIMIT);
            assert_eq!(feed(&mut decoder, &frames[..end]), (vec![], None));
            assert_eq!(decoder.pending().is_some(), end > 0);
            let (events, error) = feed(&mut decoder, &frames[end..]);
            assert_eq!((events.len(), error), (1, None), "the rest completes it");
        }
    }
}
