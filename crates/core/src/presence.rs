//! Who is there, told to their friends.

use crate::Core;
use koine_bus::{Envelope, Topic};
use koine_model::presence::Presence;
use koine_model::{AccountId, Event};
use koine_store::Answer;

impl Core {
    /// Tells the friends of an account that it came or went, where they do not know.
    ///
    /// To be called after every change of the roster. However many cross each other: who tells last tells what is so.
    pub(crate) async fn presence_settle(&self, account: AccountId, signed_out: bool) -> Answer<()> {
        if self.roster.is_untold(account) {
            self.presence_tell(account, false, signed_out).await
        } else {
            Ok(())
        }
    }

    /// Tells the friends of an account how it is: where they do not know, and `again` where it is here.
    pub(crate) async fn presence_tell(
        &self,
        account: AccountId,
        again: bool,
        signed_out: bool,
    ) -> Answer<()> {
        loop {
            let partings = self.roster.partings(account);
            let edges = self.store.contact_list(account).await?.edges;
            let friends: Vec<AccountId> =
                edges.iter().filter(|edge| edge.mutual).map(|edge| edge.peer).collect();
            let told = if friends.is_empty() {
                self.roster.tell(account, partings, again, |_| {})
            } else {
                let profiles = self.store.account_profiles(&[account]).await?;
                let status = profiles.first().map_or("", |profile| profile.status.as_str()).into();
                let who = self.face(account).await?;
                self.roster.tell(account, partings, again, |presence| {
                    let signed_out = signed_out && presence == Presence::Offline;
                    let envelope = Envelope::new(Event::Presence { who, presence, status, signed_out });
                    for friend in friends {
                        self.bus.publish(Topic::Account(friend), &envelope);
                    }
                })
            };
            // One of them may have been blocked between the reading and the telling, and must hear nothing more.
            if told {
                return Ok(());
            }
        }
    }
}
