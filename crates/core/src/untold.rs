//! Where something was done, and what others are to be told of it cannot be read: it stands, and they look for it by themselves.

use crate::Core;
use crate::execute::chain;
use koine_bus::Topic;
use koine_model::AccountId;
use koine_model::conversation::Overview;
use koine_store::{Answer, Error};

impl Core {
    /// What was done cannot be told to those who listen to `topics`. What of it the store shows them they find there.
    pub(crate) fn untold(&self, error: &Error, topics: impl IntoIterator<Item = Topic>) {
        tracing::error!(failure = chain(error), "what was done stands, and cannot be told");
        for topic in topics {
            self.bus.lose(topic);
        }
    }

    /// Shows a conversation to those who have come into it; where it could not be read, they look for it.
    pub(crate) fn show(&self, overview: Answer<Overview>, to: &[AccountId]) -> Answer<Overview> {
        match &overview {
            Ok(overview) => self.tell_appeared(overview, to.iter().copied()),
            // What went wrong is logged when whoever made the change is told of it.
            Err(_) => to.iter().for_each(|account| self.bus.lose(Topic::Account(*account))),
        }
        overview
    }
}
