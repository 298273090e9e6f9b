//! Reading on through everything that was said in all of somebody's conversations, in one order.
//!
//! How far each conversation was read is the asker's to remember: nothing is held here between two questions.

use crate::Core;
use crate::execute::{Actor, Caller};
use crate::room::Place;
use koine_model::conversation::ConversationRef;
use koine_model::message::{Message, Reply, Span};
use koine_model::{ConversationId, Seq};
use koine_store::{Answer, Order, Page};
use std::collections::VecDeque;

/// What is wanted.
pub(crate) struct Chronicle {
    pub(crate) of: Option<ConversationRef>,
    pub(crate) read: Vec<(ConversationId, Seq)>,
    pub(crate) span: Span,
    pub(crate) end: Order,
    pub(crate) limit: usize,
}

impl Core {
    /// At most `limit` messages behind what was read, oldest first over all conversations.
    pub(crate) async fn message_chronicle(
        &self,
        caller: &Caller,
        actor: Actor,
        wanted: Chronicle,
        place: &mut Option<Place>,
    ) -> Answer<Reply> {
        let Chronicle { of, read, span, end, limit } = wanted;
        let limit = limit.min(self.limits.history_messages);
        let conversations = match of {
            Some(of) => self.conversation_named(actor, of).await?.into_iter().collect(),
            None => {
                let all = self.store.membership_list(actor.account()).await?;
                all.into_iter().map(|membership| membership.conversation.id).collect::<Vec<_>>()
            }
        };
        let mut messages: VecDeque<Message> = VecDeque::new();
        for conversation in conversations {
            let Some(member) = self.store.member_find(conversation, actor.account()).await? else { continue };
            let after =
                read.iter().find(|(known, _)| *known == conversation).map_or(span.after, |(_, seq)| *seq);
            let page = Page { span: Span { after, ..span }, order: end, limit };
            let more = self.page_for(caller, &member, page).await?;
            // Never more than two pages are held, however many conversations there are.
            messages = merged(messages, more.into());
            match end {
                Order::Oldest => messages.truncate(limit),
                Order::Newest => drop(messages.drain(..messages.len().saturating_sub(limit))),
            }
        }
        Ok(Reply::History(self.letters_within(caller, actor, messages.into(), place).await?))
    }
}

/// Two runs as one, by time; the order within each stays, even where the clock was once set back.
fn merged(mut one: VecDeque<Message>, mut other: VecDeque<Message>) -> VecDeque<Message> {
    let mut all = VecDeque::with_capacity(one.len() + other.len());
    while let (Some(first), Some(second)) = (one.front(), other.front()) {
        let earlier = (second.at, second.place) < (first.at, first.place);
        all.extend(if earlier { other.pop_front() } else { one.pop_front() });
    }
    all.extend(one);
    all.extend(other);
    all
}
