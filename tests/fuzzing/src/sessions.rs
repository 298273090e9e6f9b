//! Sessions of every dialect over every carriage, with a client, a core and a clock made of the input.
//!
//! An input is text, so that seeds are written by hand and findings are read. Its first byte chooses dialect and carriage;
//! then each line is a step, by its first character:
//!
//! | step | what happens |
//! |---|---|
//! | `>` | the client sends the rest of the line as one frame |
//! | `~` | the client sends it in pieces, as long as the next character says (streams only) |
//! | `m` | the client sends it as MessagePack, where it is JSON |
//! | `=` | the oldest command is answered, by what the rest of the line makes |
//! | `!` | the oldest command is refused |
//! | `*` | an event |
//! | `v` | a verification ends |
//! | `w` | the session is woken |
//! | `b` | what the client sent was no frame |
//! | `f` | the server takes leave |
//!
//! Commands of earlier steps that a frame may not overtake are answered with the least that there is, as the gateway waits for them.

use crate::input::Input;
use crate::made;
use koine_dialect::toolbox::json_stream::JsonStream;
use koine_dialect::{
    Act, Carriage, Dialect, Farewell, Fault, Frame, Links, Notice, Opening, Origin, Outbox, Payload, Session,
    SharedEvent, Tag, Wake,
};
use koine_model::{Command, Refusal, Reply, Timestamp, account, message, refusal::Incident};
use serde::de::IgnoredAny;
use std::collections::VecDeque;

/// The largest frame, as the gateway would bound it.
const LARGEST_FRAME: usize = 64 << 10;
/// What one call of a session may want at most: more than any letter has parts, or any list that is made here has entries.
const MOST_ACTS: usize = 1_000;
/// What it may say at most for each byte of the input, of which each may be written many times and in Base64.
const MOST_BYTES: usize = 1 << 20;
/// After how many refusals a session must have given up what it was about.
const MOST_REFUSALS: usize = 1_000;

/// Sessions of every dialect and carriage.
pub(crate) fn sessions(input: &[u8]) {
    let Some((&choice, steps)) = input.split_first() else { return };
    let ways: Vec<_> = koine_registry::all()
        .into_iter()
        .flat_map(|dialect| {
            let carriages = dialect.carriages();
            carriages.iter().map(move |carriage| (dialect.clone(), *carriage))
        })
        .collect();
    let (dialect, carriage) = &ways[usize::from(choice) % ways.len()];
    let mut stage = Stage::new(dialect.as_ref(), *carriage);
    for line in steps.split(|byte| *byte == b'\n') {
        stage.step(line);
    }
    stage.end();
}

/// The MessagePack of MiniOICQ: any binary frame, from a stranger and from somebody.
pub(crate) fn messagepack(input: &[u8]) {
    for signed_in in [false, true] {
        let mut stage = Stage::new(&koine_minioicq::MiniOicq, Carriage::WebSocket);
        if signed_in {
            stage.session.signed_in(&made::person(&mut Input(&[])));
        }
        stage.call(|session, out| session.receive(Frame::Binary(input), out));
        stage.end();
    }
}

/// The Python literals of mode-token: any text frame. Each request has exactly one answer.
pub(crate) fn python_literals(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut stage = Stage::new(&koine_mode_token::ModeToken, Carriage::WebSocket);
    stage.call(|session, out| session.receive(Frame::Text(text), out));
    assert!(stage.has_reacted(), "a request was neither answered nor carried out");
    stage.end();
    assert_eq!(stage.sent, 1, "one request, one answer");
}

/// A session with everything around it.
struct Stage {
    session: Box<dyn Session>,
    carriage: Carriage,
    stream: JsonStream,
    /// Commands that wait for their outcome, oldest first.
    waiting: VecDeque<(Tag, Command)>,
    woken: Option<Wake>,
    open: bool,
    now: i64,
    sent: usize,
}

impl Stage {
    fn new(dialect: &dyn Dialect, carriage: Carriage) -> Self {
        let opening = Opening {
            carriage,
            nonce: 7,
            links: Links::new("http://chat.example"),
            server: std::sync::Arc::default(),
            nesting: koine_dialect::Nesting::default(),
        };
        let mut stage = Self {
            session: dialect.open(opening),
            carriage,
            stream: JsonStream::default(),
            waiting: VecDeque::new(),
            woken: None,
            open: true,
            now: 1_700_000_000_000,
            sent: 0,
        };
        stage.call(|session, out| session.greet(out));
        stage.sent = 0;
        stage
    }

    fn step(&mut self, line: &[u8]) {
        let Some((&kind, rest)) = line.split_first() else { return };
        let mut input = Input(rest);
        match kind {
            b'>' => self.client_sends(rest, rest.len()),
            b'~' => {
                let size = usize::from(input.byte() % 16) + 1;
                self.client_sends(input.0, size);
            }
            b'm' if self.carriage == Carriage::WebSocket => {
                if let Ok(value) = serde_json::from_slice::<serde_json::Value>(rest)
                    && let Ok(packed) = rmp_serde::to_vec(&value)
                {
                    self.settle();
                    self.frame(Frame::Binary(&packed));
                }
            }
            b'=' => self.answer_oldest(|command| Ok(made::reply(command, &mut input))),
            b'!' => self.answer_oldest(|_| Err(made::refusal(&mut input))),
            b'*' => {
                let origin = input.choose(&[Origin::Elsewhere, Origin::Here]);
                let event = SharedEvent::new(made::event(&mut input));
                // Told twice, as to two sessions of one flavour: the second time the frames are there.
                for _ in 0..2 {
                    self.call(|session, out| session.notify(Notice { event: &event, origin }, out));
                }
            }
            b'v' => {
                let outcome = made::verification(&mut input);
                self.call(|session, out| session.verified(outcome, out));
            }
            b'w' => self.wake(),
            b'b' => {
                let fault = input.choose(&[Fault::Malformed, Fault::TooLarge, Fault::TooSlow]);
                self.call(|session, out| session.broken(fault, out));
                self.open = false;
            }
            b'f' => {
                let why = input.choose(&[
                    Farewell::Replaced,
                    Farewell::Deleted,
                    Farewell::Stopping,
                    Farewell::SignedOut,
                    Farewell::Outdated,
                ]);
                self.call(|session, out| session.farewell(why, out));
                self.open = false;
            }
            _ => {}
        }
    }

    fn client_sends(&mut self, bytes: &[u8], size: usize) {
        if self.carriage == Carriage::WebSocket {
            self.settle();
            match std::str::from_utf8(bytes) {
                Ok(text) => self.frame(Frame::Text(text)),
                Err(_) => self.frame(Frame::Binary(bytes)),
            }
            return;
        }
        for piece in bytes.chunks(size.max(1)).chain([b"\n".as_slice()]) {
            let mut rest = piece;
            loop {
                match self.stream.next(&mut rest, LARGEST_FRAME) {
                    Ok(Some(object)) => match std::str::from_utf8(&object) {
                        Ok(text) => {
                            self.settle();
                            self.frame(Frame::Text(text));
                        }
                        Err(_) => return self.break_off(Fault::Malformed),
                    },
                    Ok(None) => break,
                    Err(fault) => return self.break_off(fault),
                }
            }
        }
    }

    fn break_off(&mut self, fault: Fault) {
        self.call(|session, out| session.broken(fault, out));
        self.open = false;
    }

    fn frame(&mut self, frame: Frame<'_>) {
        self.call(|session, out| session.receive(frame, out));
    }

    fn wake(&mut self) {
        if self.woken.take().is_some() {
            self.call(|session, out| session.wake(out));
        }
    }

    /// Answers what a frame may not overtake: everything but posts.
    fn settle(&mut self) {
        let mut answered = 0;
        while self.open && self.waiting.iter().any(|(_, command)| !is_post(command)) {
            self.answer_oldest(|command| Ok(made::reply(command, &mut Input(&[]))));
            answered += 1;
            assert!(answered < MOST_REFUSALS, "a session that never has enough of empty answers");
        }
    }

    fn answer_oldest(&mut self, outcome: impl FnOnce(&Command) -> Result<Reply, Refusal>) {
        let Some((tag, command)) = self.waiting.pop_front() else { return };
        let outcome = outcome(&command);
        if let (
            Command::Account(_),
            Ok(Reply::Account(account::Reply::Signed(person) | account::Reply::Person(person))),
        ) = (&command, &outcome)
        {
            self.session.signed_in(person);
        }
        // What a session asks for while it is answered is done before what waits.
        let later = std::mem::take(&mut self.waiting);
        self.call(|session, out| session.answer(tag, outcome, out));
        self.waiting.extend(later);
    }

    /// Calls the session and judges what it wants.
    fn call(&mut self, call: impl FnOnce(&mut dyn Session, &mut Outbox)) {
        if !self.open {
            return;
        }
        self.now += 10;
        let mut out = Outbox::new(Timestamp(self.now));
        call(self.session.as_mut(), &mut out);
        let (mut acts, mut bytes) = (0, 0);
        for act in out.drain() {
            acts += 1;
            match act {
                Act::Send(payload) => {
                    bytes += payload.bytes().len();
                    self.sent += 1;
                    check_frame(&payload);
                }
                Act::Run(tag, command) => self.waiting.push_back((tag, *command)),
                Act::Wake(when) => self.woken = (when != Wake::Never).then_some(when),
                Act::Close => self.open = false,
                Act::Hold(_) | Act::Arrived(_) => {}
            }
        }
        assert!(acts <= MOST_ACTS, "a session that wants {acts} things at once");
        assert!(bytes <= MOST_BYTES, "a session that says {bytes} bytes at once");
    }

    fn has_reacted(&self) -> bool {
        self.sent > 0 || !self.waiting.is_empty() || !self.open
    }

    /// The core fails at everything from now on: the session must come to rest.
    fn end(&mut self) {
        let mut rounds = 0;
        while self.open && (!self.waiting.is_empty() || self.woken.is_some()) {
            self.answer_oldest(|_| Err(Refusal::Failed(Incident(1))));
            if self.waiting.is_empty() {
                self.wake();
            }
            rounds += 1;
            assert!(rounds < MOST_REFUSALS, "a session that never gives up");
        }
    }
}

fn is_post(command: &Command) -> bool {
    matches!(command, Command::Message(message::Command::Post { .. }))
}

/// Text is JSON, and bytes are MessagePack, whole.
fn check_frame(payload: &Payload) {
    match payload {
        Payload::Text(bytes) => {
            assert!(
                serde_json::from_slice::<IgnoredAny>(bytes).is_ok(),
                "a frame that is no JSON: {bytes:?}"
            );
        }
        Payload::Binary(bytes) => {
            let mut rest = bytes.as_ref();
            assert!(rmpv::decode::read_value(&mut rest).is_ok(), "a frame that is no MessagePack: {bytes:?}");
            assert!(rest.is_empty(), "a frame with something behind it: {bytes:?}");
        }
    }
}
