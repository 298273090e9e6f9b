//! Where an account is signed in; its password; and whether it is really to go.

use crate::Core;
use crate::execute::{Actor, Caller, Settled};
use koine_model::account::Reply;
use koine_model::secret::Secret;
use koine_model::session::SessionId;
use koine_store::Answer;

impl Core {
    pub(crate) async fn sessions_list(&self, _caller: &Caller, _actor: Actor) -> Answer<Reply> {
        todo!()
    }

    pub(crate) async fn session_end(&self, _actor: Actor, _session: SessionId) -> Settled {
        todo!()
    }

    pub(crate) async fn password_change(
        &self,
        _caller: &Caller,
        _actor: Actor,
        _old: Secret,
        _new: Secret,
    ) -> Settled {
        todo!()
    }

    pub(crate) async fn deletion_ask(&self, _actor: Actor, _secret: Secret) -> Settled {
        todo!()
    }

    pub(crate) async fn deletion_confirm(&self, _actor: Actor, _code: &str) -> Settled {
        todo!()
    }
}
