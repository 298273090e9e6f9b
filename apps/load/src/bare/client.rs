//! A client of the bare loop: it says what a dialect's client would say, in the same bytes.

use koine_dialect::client::{Answer, Ask, Client, Heard, Wordless};
use koine_dialect::{Frame, Payload};

/// What the frame begins with that says that a message was taken.
pub(super) const ANSWER: u8 = b'A';
/// What the frame begins with that brings a message.
pub(super) const MESSAGE: u8 = b'M';

/// The client, with the one whose words it uses.
pub(crate) struct Bare(pub(crate) Box<dyn Client>);

impl Client for Bare {
    fn begin(&mut self) {
        self.0.begin();
    }

    fn ask(&mut self, ask: Ask<'_>, out: &mut Vec<Payload>) -> Result<(), Wordless> {
        let begin = out.len();
        self.0.ask(ask, out)?;
        // The bare loop takes texts alone.
        for payload in out.iter_mut().skip(begin) {
            *payload = Payload::Text(payload.bytes().clone());
        }
        Ok(())
    }

    fn receive(&mut self, frame: Frame<'_>, _: &mut Vec<Payload>, hear: &mut dyn FnMut(Heard<'_>)) {
        let Frame::Text(text) = frame else { return hear(Heard::Broken("a binary frame".to_owned())) };
        match text.as_bytes().first() {
            Some(&ANSWER) => hear(Heard::Answer(Answer::Taken)),
            Some(&MESSAGE) => hear(Heard::Said(text)),
            _ => hear(Heard::Broken(format!("the bare loop says {text:.80}"))),
        }
    }
}
