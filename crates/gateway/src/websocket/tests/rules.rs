//! Each rule of RFC 6455 by itself, whole and byte by byte.

use super::super::CloseCode;
use super::*;

fn check_bytes(bytes: &[u8], events: &[Event<'static>], error: Option<ProtocolError>) {
    let whole = feed(&mut Decoder::new(LIMIT), bytes);
    assert_eq!(whole, (events.to_vec(), error), "whole");
    let cuts: Vec<usize> = (1..bytes.len()).collect();
    let bytewise = feed_cut(&mut Decoder::new(LIMIT), bytes, &cuts);
    assert_eq!(bytewise, (events.to_vec(), error), "byte by byte");
}

fn check(frames: &[(u8, &[u8])], events: &[Event<'static>]) {
    check_bytes(&stream(frames), events, None);
}

fn check_refused(frames: &[(u8, &[u8])], error: ProtocolError) {
    check_bytes(&stream(frames), &[], Some(error));
}

fn closing(number: u16, reason: &str) -> Event<'static> {
    let code = CloseCode::parse(number).unwrap();
    Event::Close(Some(Closing { code, reason: Cow::Owned(reason.to_owned()) }))
}

#[test]
fn the_examples_of_the_rfc() {
    let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    check_bytes(&hello, &[text("Hello")], None);
    let answer = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    check_bytes(&answer, &[pong(b"Hello")], None);
    check(&[(0x01, b"Hel"), (0x80, b"lo")], &[text("Hello")]);
    check(&[(0x82, &[7; 256])], &[binary(&[7; 256])]);
    check(&[(0x82, &[7; 65536])], &[binary(&[7; 65536])]);
    // The unmasked examples are a server's; from a client they are refused.
    check_bytes(&[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f], &[], Some(ProtocolError::Unmasked));
}

#[test]
fn messages_of_every_kind_of_length() {
    for length in [0, 1, 125, 126, 127, 65535, 65536] {
        let payload = "x".repeat(length);
        check(&[(0x81, payload.as_bytes())], &[text(&payload)]);
        check(&[(0x82, payload.as_bytes())], &[binary(payload.as_bytes())]);
    }
}

#[test]
fn fragments_with_control_frames_between_them() {
    check(
        &[(0x01, b"a"), (0x89, b"1"), (0x00, b""), (0x8a, b""), (0x00, b"b"), (0x80, b""), (0x82, b"c")],
        &[ping(b"1"), pong(b""), text("ab"), binary(b"c")],
    );
    check(&[(0x02, b""), (0x80, b"")], &[binary(b"")]);
    check(&[(0x01, b"a"), (0x88, b"")], &[Event::Close(None)]);
}

#[test]
fn control_frames_of_every_length() {
    for length in [0, 1, 125] {
        let payload = vec![b'x'; length];
        check(&[(0x89, &payload), (0x8a, &payload)], &[ping(&payload), pong(&payload)]);
    }
    check_refused(&[(0x89, &[0; 126])], ProtocolError::LongControl);
    check_refused(&[(0x09, b"")], ProtocolError::FragmentedControl);
}

#[test]
fn what_a_header_may_not_say() {
    check_refused(&[(0xc1, b"")], ProtocolError::ReservedBits);
    check_refused(&[(0x83, b"")], ProtocolError::ReservedOpcode(3));
    check_refused(&[(0x8b, b"")], ProtocolError::ReservedOpcode(0xb));
    check_bytes(&[0x82, 0xfe, 0, 125], &[], Some(ProtocolError::MalformedLength));
}

#[test]
fn fragments_out_of_order() {
    check_refused(&[(0x80, b"a")], ProtocolError::StrayContinuation);
    check_refused(&[(0x00, b"a")], ProtocolError::StrayContinuation);
    check_refused(&[(0x01, b"a"), (0x81, b"b")], ProtocolError::InterruptedMessage);
    check_refused(&[(0x02, b""), (0x02, b"b")], ProtocolError::InterruptedMessage);
}

#[test]
fn close_frames() {
    check(&[(0x88, b"")], &[Event::Close(None)]);
    check(&[(0x88, b"\x03\xe8")], &[closing(1000, "")]);
    check(&[(0x88, &[&4000_u16.to_be_bytes(), "κόσμε".as_bytes()].concat())], &[closing(4000, "κόσμε")]);
    check_refused(&[(0x88, b"\x03")], ProtocolError::TruncatedCloseCode);
    check_refused(&[(0x88, b"\x03\xe8\xff")], ProtocolError::NotUtf8);
    for number in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        check_refused(&[(0x88, &u16::to_be_bytes(number))], ProtocolError::InvalidCloseCode(number));
    }
}

#[test]
fn nothing_is_read_after_the_end() {
    check(&[(0x88, b""), (0x81, b"more"), (0xff, b"")], &[Event::Close(None)]);

    let mut decoder = Decoder::new(LIMIT);
    assert_eq!(feed(&mut decoder, &stream(&[(0xff, b"")])).1, Some(ProtocolError::ReservedBits));
    assert_eq!(feed(&mut decoder, &stream(&[(0x81, b"more")])), (vec![], None));
    assert!(!decoder.holds_heap_memory());
}

#[test]
fn text_is_utf8() {
    let kosme = "κόσμε".as_bytes();
    check(&[(0x01, &kosme[..3]), (0x89, b""), (0x80, &kosme[3..])], &[ping(b""), text("κόσμε")]);
    check_refused(&[(0x81, b"a\xff")], ProtocolError::NotUtf8);
    check_refused(&[(0x81, &kosme[..1])], ProtocolError::NotUtf8);
    check_refused(&[(0x01, &kosme[..1]), (0x80, b"")], ProtocolError::NotUtf8);
    check_refused(&[(0x01, b"\xed"), (0x80, b"\xa0\x80")], ProtocolError::NotUtf8);
    check(&[(0x82, b"\xff")], &[binary(b"\xff")]);
}

#[test]
fn wrong_text_is_refused_before_its_message_ends() {
    check_refused(&[(0x01, b"a\xff")], ProtocolError::NotUtf8);

    let unfinished_frame = &stream(&[(0x81, b"a\xf4\x90aaaa")])[..6 + 3];
    assert_eq!(feed(&mut Decoder::new(LIMIT), unfinished_frame), (vec![], Some(ProtocolError::NotUtf8)));
}

#[test]
fn the_limit_holds_for_all_fragments_and_before_they_arrive() {
    let refused = (vec![], Some(ProtocolError::TooLarge));
    let limited = |bytes: &[u8]| feed(&mut Decoder::new(200), bytes);
    assert_eq!(limited(&stream(&[(0x82, &[1; 200])])), (vec![binary(&[1; 200])], None));
    assert_eq!(limited(&stream(&[(0x82, &[1; 201])])), refused);
    assert_eq!(limited(&stream(&[(0x82, &[1; 201])])[..8]), refused, "the header is enough");
    let fragments = stream(&[(0x02, &[1; 100]), (0x89, b"ping"), (0x80, &[1; 101])]);
    assert_eq!(limited(&fragments[..106 + 10 + 6]), (vec![ping(b"ping")], refused.1));
    let huge = [0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4];
    assert_eq!(limited(&huge), refused);
    let huge_after_some =
        [stream(&[(0x02, b"a")]), huge.map(|byte| if byte == 0x82 { 0x80 } else { byte }).to_vec()];
    assert_eq!(limited(&huge_after_some.concat()), refused);
}

#[test]
fn the_codes_to_close_with() {
    assert_eq!(ProtocolError::Unmasked.close_code().number(), 1002);
    assert_eq!(ProtocolError::InvalidCloseCode(0).close_code().number(), 1002);
    assert_eq!(ProtocolError::NotUtf8.close_code().number(), 1007);
    assert_eq!(ProtocolError::TooLarge.close_code().number(), 1009);
}

#[test]
fn a_message_in_one_piece_is_not_copied() {
    let mut input = stream(&[(0x81, b"text"), (0x82, b"binary"), (0x88, b"\x03\xe8bye")]);
    let mut rest = &mut input[..];
    let mut decoder = Decoder::new(LIMIT);
    assert!(matches!(decoder.next(&mut rest), Ok(Some(Event::Text(Cow::Borrowed("text"))))));
    assert!(matches!(decoder.next(&mut rest), Ok(Some(Event::Binary(Cow::Borrowed(b"binary"))))));
    let closed = decoder.next(&mut rest);
    assert!(matches!(closed, Ok(Some(Event::Close(Some(Closing { reason: Cow::Borrowed("bye"), .. }))))));
}

#[test]
fn the_rest_of_the_input_waits_untouched() {
    let second = stream(&[(0x81, b"second")]);
    let mut input = [stream(&[(0x81, b"first")]), second.clone()].concat();
    let total = input.len();
    let mut rest = &mut input[..];
    let mut decoder = Decoder::new(LIMIT);
    let first = decoder.next(&mut rest).unwrap();
    let consumed = total - rest.len();
    assert_eq!(first, Some(text("first")));
    assert_eq!(input[consumed..], second);
    assert_eq!(feed(&mut decoder, &input[consumed..]), (vec![text("second")], None));
}

#[test]
fn between_messages_nothing_is_held() {
    assert!(size_of::<Decoder>() <= 24);
    let mut decoder = Decoder::new(LIMIT);
    let frames = stream(&[(0x82, &[1; 70000]), (0x01, b"a"), (0x89, b"ping"), (0x80, b"b")]);
    let (mut events, mut idle) = (0, 0);
    for byte in frames {
        let (more, error) = feed(&mut decoder, &[byte]);
        assert_eq!(error, None);
        events += more.len();
        assert_eq!(decoder.pending().is_some(), decoder.holds_heap_memory());
        idle += usize::from(decoder.pending().is_none());
    }
    assert_eq!((events, idle), (3, 2), "idle after each of the two messages, not after the ping between");
}

#[test]
fn pending_counts_what_is_kept() {
    let mut decoder = Decoder::new(LIMIT);
    let frame = stream(&[(0x82, &[1; 300])]);
    for (piece, pending) in
        [(&frame[..0], None), (&frame[..3], Some(3)), (&frame[3..8], Some(0)), (&frame[8..18], Some(10))]
    {
        feed(&mut decoder, piece);
        assert_eq!(decoder.pending(), pending);
    }
    feed(&mut decoder, &frame[18..]);
    assert_eq!(decoder.pending(), None);
}

#[test]
fn memory_follows_what_arrives() {
    let mut decoder = Decoder::new(LIMIT);
    let frame = stream(&[(0x82, &[1; 100_000])]);
    feed(&mut decoder, &frame[..14]);
    assert_eq!(decoder.message_capacity(), 0, "an announcement costs nothing");
    for (index, piece) in frame[14..frame.len() - 1].chunks(1000).enumerate() {
        feed(&mut decoder, piece);
        let arrived = (index * 1000 + piece.len()).max(1000);
        assert!(decoder.message_capacity() <= 2 * arrived);
        assert!(decoder.message_capacity() <= 100_000);
    }
}

#[test]
fn many_small_fragments_move_the_message_seldom() {
    let mut decoder = Decoder::new(LIMIT);
    feed(&mut decoder, &stream(&[(0x01, b"a")]));
    let mut capacities = vec![decoder.message_capacity()];
    for _ in 0..10_000 {
        feed(&mut decoder, &stream(&[(0x00, b"b")]));
        capacities.push(decoder.message_capacity());
    }
    capacities.dedup();
    assert!(capacities.len() < 20, "{capacities:?}");
}
