//! Code 16: delete one's own account. Answered with `{"code": 17, "status": 0 done, 1 failed}`; after a 0 the connection closes.

use super::{Asked, Outcome, Verb};
use crate::refusal::No;
use crate::session::Client;
use crate::wire;
use koine_dialect::Outbox;
use koine_model::account;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Deletion {}

impl Verb for Deletion {
    const CODE: u32 = 16;

    fn submit(self, client: &mut Client, out: &mut Outbox) -> Result<(), No> {
        client.ask(Asked::Deletion, account::Command::Delete, out);
        Ok(())
    }
}

pub(crate) fn answer(outcome: &Outcome, out: &mut Outbox) {
    let status = u8::from(outcome.is_err());
    out.send(wire::frame(17, [("status", status.into())]));
    if outcome.is_ok() {
        out.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage, ann};
    use koine_model::{Refusal, Reply};
    use serde_json::json;

    #[test]
    fn the_connection_goes_with_the_account() {
        let answered = |outcome: Outcome| {
            let mut stage = Stage::signed_in(&ann());
            stage.says(&json!({"code": 16}));
            stage.hears_answer(outcome)
        };
        assert_eq!(answered(Ok(Reply::Done)), [Said::Frame(json!({"code": 17, "status": 0})), Said::Closed]);
        assert_eq!(answered(Err(Refusal::Busy)), [Said::Frame(json!({"code": 17, "status": 1}))]);
    }
}
