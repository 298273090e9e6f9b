//! `heartbeat`: is the server there? Commented out in the document, and used by its clients.

use super::Verb;
use crate::refusal::Reason;
use crate::session::Session;
use crate::wire::Value;
use koine_dialect::Outbox;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Heartbeat {}

impl Verb for Heartbeat {
    const ACTION: &'static str = "heartbeat";
    const FAILURE: &'static str = "error";
    const OPEN_TO_STRANGERS: bool = true;

    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason> {
        session.say(&Value::action("heartbeat.ack", []), out);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::{Bench, Did};
    use serde_json::json;

    #[test]
    fn it_is_answered_also_before_login() {
        for mut bench in [Bench::stranger(Form::Pack), Bench::signed_in(Form::Qt)] {
            let did = bench.says(&json!({"action": "heartbeat"}));
            assert_eq!(did, vec![Did::Sent(json!({"action": "heartbeat.ack"}))]);
        }
    }
}
