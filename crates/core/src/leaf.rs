//! Pages of messages, without what was done to them.

use crate::Core;
use crate::execute::Actor;
use koine_model::ConversationId;
use koine_model::Seq;
use koine_model::message::{Leaf, Message, Origin, Reply, Span};
use koine_store::{Answer, Member, Order, Page};

impl Core {
    pub(crate) async fn message_leaf(
        &self,
        actor: Actor,
        of: ConversationId,
        from: Origin,
        limit: usize,
    ) -> Answer<Reply> {
        let member = self.member(actor, of).await?;
        let limit = limit.clamp(1, self.limits.history_messages.max(1));
        let (messages, first, last) = match from {
            Origin::End => {
                let (messages, first) = self.older(&member, Seq::LAST, limit).await?;
                (messages, first, true)
            }
            Origin::Before(seq) => {
                let (messages, first) = self.older(&member, seq.previous(), limit).await?;
                (messages, first, !self.has_from(&member, seq).await?)
            }
            Origin::After(seq) => {
                let (messages, last) = self.newer(&member, seq, limit).await?;
                (messages, !self.has_until(&member, seq).await?, last)
            }
            Origin::Around(seq) => {
                let half = limit / 2;
                let (mut messages, first) = self.older(&member, seq.previous(), half).await?;
                let (newer, last) = self.newer(&member, seq.previous(), limit - half).await?;
                messages.extend(newer);
                (messages, first, last)
            }
        };
        let letters = self.letters(actor, false, messages, &mut 0).await?;
        Ok(Reply::Leaf(Box::new(Leaf { letters, first, last })))
    }

    /// The last `limit` messages up to and including `until`, and whether there is none before them.
    async fn older(&self, member: &Member, until: Seq, limit: usize) -> Answer<(Vec<Message>, bool)> {
        let span = Span { until, ..Span::ALL };
        // One more than is wanted tells whether there is more.
        let page = Page { span, order: Order::Newest, limit: limit + 1 };
        let mut messages = self.store.message_leaf(member, page).await?;
        let beyond = messages.len().saturating_sub(limit);
        messages.drain(..beyond);
        Ok((messages, beyond == 0))
    }

    /// The first `limit` messages after `after`, and whether there is none behind them.
    async fn newer(&self, member: &Member, after: Seq, limit: usize) -> Answer<(Vec<Message>, bool)> {
        let span = Span { after, ..Span::ALL };
        let page = Page { span, order: Order::Oldest, limit: limit + 1 };
        let mut messages = self.store.message_leaf(member, page).await?;
        let is_last = messages.len() <= limit;
        messages.truncate(limit);
        Ok((messages, is_last))
    }

    async fn has_from(&self, member: &Member, seq: Seq) -> Answer<bool> {
        self.newer(member, seq.previous(), 0).await.map(|(_, is_last)| !is_last)
    }

    async fn has_until(&self, member: &Member, seq: Seq) -> Answer<bool> {
        self.older(member, seq, 0).await.map(|(_, is_first)| !is_first)
    }
}
