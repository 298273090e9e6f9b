//! A client of the bare loop: it says what a dialect's client would say, in the same bytes.

use koine_dialect::client::{Answer, Ask, Client, Heard, Wordless};
use koine_dialect::{Frame, Payload};

/// What the frame begins with that says that a message was taken.
pub(super) const ANSWER: u8 = b'A';
/// What the frame begins with that brings a message.
pub(super) const MESSAGE: u8 = b'M';

/// The client, with the one whose words it uses.
pub(crate) struct Bare {
    words: Box<dyn Client>,
    /// Whether its frames are known to show their texts as they are.
    is_plain: bool,
}

impl Bare {
    /// A client that says what this one would.
    pub(crate) fn new(words: Box<dyn Client>) -> Self {
        Self { words, is_plain: false }
    }
}

impl Client for Bare {
    fn begin(&mut self) {
        self.words.begin();
    }

    fn ask(&mut self, ask: Ask<'_>, out: &mut Vec<Payload>) -> Result<(), Wordless> {
        let begin = out.len();
        self.words.ask(ask, out)?;
        // Each frame is answered once, so one frame is all that something may take.
        out.truncate(begin + 1);
        if let (false, Ask::Say { text, .. }, Some(payload)) = (self.is_plain, ask, out.last()) {
            self.is_plain = payload.bytes().windows(text.len().max(1)).any(|part| part == text.as_bytes());
            // The recipient could not find out what it has got.
            if !self.is_plain {
                return Err(Wordless);
            }
        }
        Ok(())
    }

    fn receive(&mut self, frame: Frame<'_>, _: &mut Vec<Payload>, hear: &mut dyn FnMut(Heard<'_>)) {
        let bytes = match frame {
            Frame::Text(text) => text.as_bytes(),
            Frame::Binary(bytes) => bytes,
        };
        match (bytes.first(), frame) {
            (Some(&ANSWER), _) => hear(Heard::Answer(Answer::Taken)),
            (Some(&MESSAGE), Frame::Text(text)) => hear(Heard::Said(text)),
            (Some(&MESSAGE), Frame::Binary(bytes)) => hear(Heard::Said(&String::from_utf8_lossy(bytes))),
            _ => hear(Heard::Broken(format!("the bare loop says {:.80}", String::from_utf8_lossy(bytes)))),
        }
    }
}
