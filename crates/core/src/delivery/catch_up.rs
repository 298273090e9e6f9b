//! Reading what a session has missed, oldest first over all conversations, a batch at a time.
//!
//! In memory is one batch, and of each conversation the next few messages: the reader asks for the next one when the client has taken the last.

use crate::Core;
use crate::execute::Caller;
use koine_bus::Envelope;
use koine_model::message::{Message, Span};
use koine_model::{AccountId, ConversationId, Event, Place, Seq};
use koine_store::{Answer, Order, Page};
use std::collections::VecDeque;
use std::sync::Arc;

/// A conversation of which the session has not got everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behind {
    pub(super) conversation: ConversationId,
    /// The last message that it has got.
    pub(super) position: Seq,
    /// The last message that there is, as far as is known.
    pub(super) last: Seq,
    /// Whether the session has not been shown the conversation itself.
    pub(super) unseen: bool,
    /// Whether its acts are kept from the session.
    pub(super) quiet: bool,
}

/// Reads what was missed.
pub struct CatchUp {
    core: Arc<Core>,
    caller: Caller,
    account: AccountId,
    /// Conversations that the session has not been shown.
    unseen: VecDeque<ConversationId>,
    /// Conversations of which nothing was read yet.
    untouched: VecDeque<Behind>,
    /// Conversations that are being read, with what was read ahead of each.
    open: Vec<(Behind, VecDeque<Message>)>,
}

/// What comes next.
#[derive(Debug, Default)]
pub struct Batch {
    /// Events, in the order in which they are to be handed over.
    pub events: Vec<Arc<Envelope>>,
    /// The furthest acts that are not handed over and count as arrived when the events have, one of each conversation at most.
    pub passed: Vec<Place>,
    /// Conversations that the account is no member of any more.
    pub gone: Vec<ConversationId>,
    /// The last entries that the account may not see, of the conversations of which reading begins.
    pub seen_from: Vec<(ConversationId, Seq)>,
    /// Whether that was all.
    pub is_last: bool,
}

/// Messages in one batch.
const BATCH: usize = 64;
/// Bytes of media in one batch, beyond which their URLs have to do.
const BATCH_MEDIA: usize = 32 << 20;
/// A batch with this much of media is not filled up further.
const ENOUGH_MEDIA: usize = 1 << 20;
/// Messages read ahead, over all conversations.
const AHEAD: usize = 1024;

impl Batch {
    fn pass(&mut self, place: Place) {
        match self.passed.iter_mut().find(|passed| passed.conversation == place.conversation) {
            Some(passed) => *passed = place,
            None => self.passed.push(place),
        }
    }
}

impl CatchUp {
    pub(super) fn new(core: Arc<Core>, caller: Caller, account: AccountId, behind: Vec<Behind>) -> Self {
        let unseen = behind.iter().filter(|behind| behind.unseen).map(|behind| behind.conversation).collect();
        Self { core, caller, account, unseen, untouched: behind.into(), open: Vec::new() }
    }

    /// The next batch. After the last one, the attachment may be behind again.
    pub async fn next(&mut self) -> Answer<Batch> {
        let mut batch = Batch::default();
        let mut pictures = ENOUGH_MEDIA;
        while let Some(conversation) = self.unseen.pop_front() {
            self.show(conversation, &mut pictures, &mut batch).await?;
            if pictures == 0 || batch.events.len() >= BATCH {
                return Ok(batch);
            }
        }
        while let Some(behind) = self.untouched.pop_front() {
            self.begin(behind, &mut batch).await?;
        }
        let mut room = BATCH_MEDIA;
        for _ in 0..BATCH {
            if BATCH_MEDIA - room >= ENOUGH_MEDIA {
                break;
            }
            let Some((message, quiet)) = self.oldest().await? else {
                batch.is_last = true;
                break;
            };
            if quiet && message.act().is_some() {
                batch.pass(message.place);
                continue;
            }
            let (place, embeds) = (message.place, self.caller.embeds_media);
            match self.core.letter(self.account, embeds, message, &mut room).await? {
                Some(letter) => batch.events.push(Envelope::new(Event::Message(Arc::new(letter)))),
                // It was done to a message that the account may not see, or the conversation is gone.
                None => batch.pass(place),
            }
        }
        Ok(batch)
    }

    /// Shows a conversation that the session has not seen: each before anything that was said in any.
    async fn show(&self, id: ConversationId, pictures: &mut usize, batch: &mut Batch) -> Answer<()> {
        if let Some(conversation) = self.core.store.conversation_find(id).await? {
            let overview = self.core.overview_within(conversation, pictures).await?;
            batch.events.push(Envelope::new(Event::Appeared(Arc::new(overview))));
        }
        Ok(())
    }

    /// Reads the first page of a conversation.
    async fn begin(&mut self, mut behind: Behind, batch: &mut Batch) -> Answer<()> {
        let Some(member) = self.core.store.member_find(behind.conversation, self.account).await? else {
            batch.gone.push(behind.conversation);
            return Ok(());
        };
        batch.seen_from.push((behind.conversation, member.since()));
        let ahead = self.read(&mut behind).await?;
        if !ahead.is_empty() {
            self.open.push((behind, ahead));
        }
        Ok(())
    }

    /// Takes the oldest message of all that were read, and reads on where it came from.
    /// Tells whether the acts of its conversation are kept from the session.
    async fn oldest(&mut self) -> Answer<Option<(Message, bool)>> {
        let first = |ahead: &VecDeque<Message>| ahead.front().map(|message| (message.at, message.place));
        let Some(index) =
            (0..self.open.len()).min_by_key(|&index| self.open.get(index).and_then(|(_, a)| first(a)))
        else {
            return Ok(None);
        };
        let Some((behind, ahead)) = self.open.get_mut(index) else { return Ok(None) };
        let message = ahead.pop_front().map(|message| (message, behind.quiet));
        if ahead.is_empty() {
            let mut behind = *behind;
            let ahead = self.read(&mut behind).await?;
            if ahead.is_empty() {
                self.open.swap_remove(index);
            } else if let Some(slot) = self.open.get_mut(index) {
                *slot = (behind, ahead);
            }
        }
        Ok(message)
    }

    async fn read(&self, behind: &mut Behind) -> Answer<VecDeque<Message>> {
        if behind.position >= behind.last {
            return Ok(VecDeque::new());
        }
        let Some(member) = self.core.store.member_find(behind.conversation, self.account).await? else {
            return Ok(VecDeque::new());
        };
        let many = self.open.len() + self.untouched.len() + 1;
        let limit = (AHEAD / many).clamp(1, BATCH);
        let span = Span { after: behind.position, until: behind.last, ..Span::ALL };
        let messages =
            self.core.store.message_page(&member, Page { span, order: Order::Oldest, limit }).await?;
        behind.position = messages.last().map_or(behind.last, |message| message.place.seq);
        Ok(messages.into())
    }
}
