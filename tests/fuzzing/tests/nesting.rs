//! The deepest nesting that the configuration allows, on a thread whose stack is a quarter of those that the server has.

use koine_dialect::{Act, Carriage, Frame, Links, Nesting, Notation, Opening, Outbox};
use koine_model::Timestamp;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Threads of the server have 2 MiB. Without optimization, which needs the most, 384 KiB do and 256 KiB do not.
const STACK: usize = 512 << 10;

static REFUSED: AtomicUsize = AtomicUsize::new(0);

fn count(_: Notation) {
    REFUSED.fetch_add(1, Ordering::Relaxed);
}

/// Beginnings of requests of all dialects, with a field in which most of them expect something, so that readers go into it.
const REQUESTS: [&str; 10] = [
    r#"{"action": "message.send", "message": DEEP}"#,
    r#"{"action": "chat.create", "members": DEEP}"#,
    r#"{"mode": "createGroupChat", "token": "x", "members": DEEP}"#,
    r#"{'mode': 'createGroupChat', 'token': 'x', 'members': DEEP}"#,
    r#"{"id":1,"do":"send","to":DEEP}"#,
    r#"{"id": 1, "do": "group.create", "members": DEEP}"#,
    r#"{"code": 0, "msg": DEEP}"#,
    r#"{"action": "import", "data": {"contacts": DEEP}}"#,
    r#"{"type": "GROUP_CREATE", "timestamp": 1, "payload": {"members": DEEP}}"#,
    r#"{"unknown": DEEP,}"#,
];

/// The levels that a literal of the other language may have: its reader takes more of the stack than that of JSON.
const LITERAL: usize = 64;

/// Whether this is a literal of the other language, by its quotes or by a comma too many.
fn is_literal(request: &str) -> bool {
    request.starts_with("{'") || request.ends_with(",}")
}

/// Every request, nested by lists and by objects, to so many levels; literals to as many others.
fn frames(levels: usize, of_literals: usize) -> Vec<String> {
    let mut frames = Vec::new();
    for request in REQUESTS {
        let levels = if is_literal(request) { of_literals } else { levels };
        // The request itself has one level, or two where the field is within another.
        let own = if request.contains("{\"contacts\"")
            || request.contains("{\"members\"") && request.contains("payload")
        {
            2
        } else {
            1
        };
        let levels = levels - own;
        let lists = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let objects = format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        frames.extend([lists, objects].map(|deep| request.replace("DEEP", &deep)));
    }
    frames
}

/// MessagePack of so many levels: an action, and a field of lists or maps.
fn packed(levels: usize) -> [Vec<u8>; 2] {
    let head = b"\x82\xa6action\xacmessage.send\xa7message";
    let lists = [head.as_slice(), &vec![0x91; levels - 2], b"\x90"].concat();
    let maps = [head.as_slice(), &b"\x81\xa1a".repeat(levels - 2), b"\x80"].concat();
    [lists, maps]
}

fn in_every_dialect(levels: u16, of_literals: usize) {
    for dialect in koine_registry::all() {
        for carriage in dialect.carriages() {
            let hear = |frame: Frame<'_>| {
                let opening = Opening {
                    carriage: *carriage,
                    nonce: 7,
                    links: Links::new("http://chat.example"),
                    server: std::sync::Arc::default(),
                    nesting: Nesting::new(Nesting::DEEPEST, Nesting::DEEPEST, count),
                };
                let (mut session, mut out) =
                    (dialect.open(opening), Outbox::new(Timestamp(1_700_000_000_000)));
                session.receive(frame, &mut out);
                assert!(
                    out.drain().any(|act| matches!(act, Act::Send(_) | Act::Run(..))),
                    "{}",
                    dialect.name()
                );
            };
            for frame in frames(levels.into(), of_literals) {
                hear(Frame::Text(&frame));
            }
            if *carriage == Carriage::WebSocket {
                packed(levels.into()).iter().for_each(|frame| hear(Frame::Binary(frame)));
            }
        }
    }
}

#[test]
fn the_deepest_that_can_be_allowed_is_read_on_a_small_stack() {
    let small = std::thread::Builder::new().stack_size(STACK);
    let thread = small.spawn(|| {
        in_every_dialect(Nesting::DEEPEST, LITERAL);
        assert_eq!(REFUSED.load(Ordering::Relaxed), 0);
        // Two literals, each nested by lists and by objects, in the one dialect that reads them.
        in_every_dialect(Nesting::DEEPEST, LITERAL + 1);
        assert_eq!(REFUSED.load(Ordering::Relaxed), 4);
        in_every_dialect(Nesting::DEEPEST + 1, (Nesting::DEEPEST + 1).into());
        REFUSED.load(Ordering::Relaxed)
    });
    let refused = thread.expect("a thread").join().expect("no panic, and no end of the stack");
    assert!(refused > 100, "{refused}");
}
