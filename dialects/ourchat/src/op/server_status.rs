//! Code 12: how is the server? Answered with `{"code": 12, "status": 0 running, 1 under maintenance}`.
//!
//! The desktop client asks at once, and lets nobody log in before it has read a 0.

use super::{Asked, Outcome, Standing, Verb};
use crate::refusal::No;
use crate::session::Client;
use crate::wire;
use koine_dialect::Outbox;
use koine_model::Reply;
use koine_model::server::{self, Status};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct ServerStatus {}

impl Verb for ServerStatus {
    const CODE: u32 = 12;
    const STANDING: Standing = Standing::Anyone;

    fn submit(self, client: &mut Client, out: &mut Outbox) -> Result<(), No> {
        client.ask(Asked::ServerStatus, server::Command::Status, out);
        Ok(())
    }
}

pub(crate) fn answer(outcome: &Outcome, out: &mut Outbox) {
    let runs = matches!(outcome, Ok(Reply::Server(server::Reply::Status(Status::Running))));
    out.send(wire::frame(12, [("status", u8::from(!runs).into())]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Said, Stage};
    use koine_model::Refusal;
    use serde_json::json;

    #[test]
    fn maintenance_is_told() {
        let check = |outcome: Outcome, status: u8| {
            let mut stage = Stage::stranger();
            assert!(matches!(stage.says(&json!({"code": 12})).as_slice(), [Said::Ran(_)]));
            assert_eq!(stage.hears_answer(outcome), [Said::Frame(json!({"code": 12, "status": status}))]);
        };
        check(Ok(server::Reply::Status(Status::Running).into()), 0);
        check(Ok(server::Reply::Status(Status::Maintenance).into()), 1);
        check(Err(Refusal::Busy), 1);
    }
}
