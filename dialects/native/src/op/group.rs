//! Groups: making, filling, leading and leaving them.

use super::conversation::then_shown;
use super::{Signed, Step, Tried, Verb, conversation_of};
use crate::session::Me;
use crate::wire::Nothing;
use crate::wire::conversation::{self as wire, Member, Of, One};
use koine_model::account::AccountRef;
use koine_model::conversation::Command;

pub(super) use wire::{Add, Create, Picture, Rename};

shaped! {
    /// Take somebody out.
    Expel: Member,
    /// Let somebody else lead.
    Promote: Member,
    /// Leave.
    Leave: Of,
    /// Remove the group, with all that was said in it, for everybody.
    Dissolve: Of,
}

impl Verb for Create {
    type Answer = One;
}

impl Signed for Create {
    fn begin(self, me: Me) -> Tried<One> {
        let members: Result<Vec<AccountRef>, _> =
            self.members.into_iter().map(|who| who.reference()).collect();
        Ok(then_shown(Command::Create { name: self.name, members: members?, invite: self.invite }, me))
    }
}

impl Verb for Add {
    type Answer = One;
}

impl Signed for Add {
    fn begin(self, me: Me) -> Tried<One> {
        let (conversation, who) = (conversation_of(self.conversation)?, self.who.reference()?);
        Ok(then_shown(Command::Add { conversation, who, invite: self.invite }, me))
    }
}

impl Verb for Expel {
    type Answer = One;
}

impl Signed for Expel {
    fn begin(self, me: Me) -> Tried<One> {
        let (conversation, who) = (conversation_of(self.0.conversation)?, self.0.who.reference()?);
        Ok(then_shown(Command::Expel { conversation, who }, me))
    }
}

impl Verb for Promote {
    type Answer = One;
}

impl Signed for Promote {
    fn begin(self, me: Me) -> Tried<One> {
        let (conversation, who) = (conversation_of(self.0.conversation)?, self.0.who.reference()?);
        Ok(then_shown(Command::Promote { conversation, who }, me))
    }
}

impl Verb for Rename {
    type Answer = One;
}

impl Signed for Rename {
    fn begin(self, me: Me) -> Tried<One> {
        let conversation = conversation_of(self.conversation)?;
        Ok(then_shown(Command::Rename { conversation, name: self.name }, me))
    }
}

impl Verb for Picture {
    type Answer = One;
}

impl Signed for Picture {
    fn begin(self, me: Me) -> Tried<One> {
        let conversation = conversation_of(self.conversation)?;
        Ok(then_shown(Command::Picture { conversation, uploaded: self.upload }, me))
    }
}

impl Verb for Leave {
    type Answer = Nothing;
}

impl Signed for Leave {
    fn begin(self, _: Me) -> Tried<Nothing> {
        Ok(Step::only(Command::Leave { conversation: conversation_of(self.0.conversation)? }))
    }
}

impl Verb for Dissolve {
    type Answer = Nothing;
}

impl Signed for Dissolve {
    fn begin(self, _: Me) -> Tried<Nothing> {
        Ok(Step::only(Command::Dissolve { conversation: conversation_of(self.0.conversation)? }))
    }
}
