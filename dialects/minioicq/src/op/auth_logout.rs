//! `auth.logout`: be nobody again. The client waits for the server to close the connection.

use super::{Asked, Verb};
use crate::refusal::Reason;
use crate::session::Session;
use koine_dialect::Outbox;
use koine_model::account::Command;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct AuthLogout {}

impl Verb for AuthLogout {
    const ACTION: &'static str = "auth.logout";
    const FAILURE: &'static str = "error";
    const OPEN_TO_STRANGERS: bool = true;

    fn submit(self, session: &mut Session, out: &mut Outbox) -> Result<(), Reason> {
        if session.me().is_some() {
            session.ask(Asked::Logout, Command::SignOut, out);
        } else {
            out.close();
        }
        Ok(())
    }
}

/// Closes, whatever became of signing out: the connection's end ends the login as well.
pub(crate) fn answer(session: &mut Session, out: &mut Outbox) {
    session.forget_me();
    out.close();
}

#[cfg(test)]
mod tests {
    use crate::flavour::Form;
    use crate::testing::{Bench, Did};
    use koine_model::account::Command;
    use koine_model::{Command as Any, Reply};
    use serde_json::json;

    #[test]
    fn the_connection_closes_once_it_is_nobodys() {
        let mut bench = Bench::signed_in(Form::Pack);
        let did = bench.says(&json!({"action": "auth.logout"}));
        assert!(matches!(did.as_slice(), [Did::Ran(Any::Account(Command::SignOut))]), "{did:?}");
        assert_eq!(bench.gets(Ok(Reply::Done)), vec![Did::Closed]);
    }

    #[test]
    fn a_stranger_is_let_go() {
        assert_eq!(Bench::stranger(Form::Qt).says(&json!({"action": "auth.logout"})), vec![Did::Closed]);
    }
}
