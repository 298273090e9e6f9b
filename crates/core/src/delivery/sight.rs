//! What a session is not shown of the conversations that it hears. Almost all are as most are, and take no room here.

use koine_model::{ConversationId, Seq};

/// The conversations of which a session is not shown everything.
#[derive(Default)]
pub(super) struct Sight(Vec<Limited>);

struct Limited {
    conversation: ConversationId,
    /// The last entry that the account may not see.
    since: Seq,
    /// Whether its acts are kept from the session.
    quiet: bool,
}

impl Sight {
    /// Whether the acts of a conversation are kept from the session.
    pub(super) fn is_quiet(&self, id: ConversationId) -> bool {
        self.find(id).is_some_and(|limited| limited.quiet)
    }

    /// The last entry of a conversation that the account may not see.
    pub(super) fn since(&self, id: ConversationId) -> Seq {
        self.find(id).map_or(Seq::ZERO, |limited| limited.since)
    }

    pub(super) fn set_quiet(&mut self, id: ConversationId, quiet: bool) {
        self.change(id, quiet, |limited| limited.quiet = quiet);
    }

    pub(super) fn set_since(&mut self, id: ConversationId, since: Seq) {
        self.change(id, since > Seq::ZERO, |limited| limited.since = since);
    }

    /// The account is no member of this conversation any more.
    pub(super) fn forget(&mut self, id: ConversationId) {
        self.0.retain(|limited| limited.conversation != id);
    }

    fn find(&self, id: ConversationId) -> Option<&Limited> {
        self.0.iter().find(|limited| limited.conversation == id)
    }

    /// Changes what is noted of a conversation; where nothing is, only what `limits`.
    fn change(&mut self, id: ConversationId, limits: bool, change: impl FnOnce(&mut Limited)) {
        match self.0.iter_mut().find(|limited| limited.conversation == id) {
            Some(limited) => {
                change(limited);
                self.0.retain(|limited| limited.quiet || limited.since > Seq::ZERO);
            }
            None if limits => {
                let mut limited = Limited { conversation: id, since: Seq::ZERO, quiet: false };
                change(&mut limited);
                self.0.push(limited);
            }
            None => {}
        }
    }
}
