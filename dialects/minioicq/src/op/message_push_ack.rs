//! `message.push.ack`: the client has had messages.
//!
//! Commented out in the document. Arrival is learned from WebSocket's own pongs, so it is heard and means
//! nothing; an answer would only puzzle the client.

use super::Verb;
use crate::refusal::Reason;
use crate::session::Session;
use koine_dialect::Outbox;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct MessagePushAck {}

impl Verb for MessagePushAck {
    const ACTION: &'static str = "message.push.ack";
    const FAILURE: &'static str = "error";
    const OPEN_TO_STRANGERS: bool = true;

    fn submit(self, _: &mut Session, _: &mut Outbox) -> Result<(), Reason> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn it_is_heard_without_a_word() {
        assert_eq!(Bench::signed_in(Form::Pack).says(&json!({"action": "message.push.ack"})), vec![]);
    }
}
