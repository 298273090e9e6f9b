//! Reading what a session has missed, oldest first over all conversations, a batch at a time.
//!
//! In memory is one batch, and of each conversation the next few messages: the reader asks for the next one when the client has taken the last.

use crate::Core;
use crate::execute::Caller;
use crate::room;
use koine_bus::Envelope;
use koine_model::message::Message;
use koine_model::{AccountId, ConversationId, Event, Place, Seq};
use koine_store::{Answer, Error, Missed};
use std::collections::{BTreeSet, HashSet, VecDeque};
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
    unseen: BTreeSet<ConversationId>,
    /// Conversations whose acts are kept from the session.
    quiet: HashSet<ConversationId>,
    /// What there is still to be read.
    missed: Vec<Missed>,
    /// What was read and is not handed over yet, oldest first.
    ready: VecDeque<Message>,
    /// How many messages the next batch has.
    size: usize,
    /// Why the last batch ended before it was full.
    failed: Option<Error>,
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
    /// The room that its media take, to be kept until the client has taken them; `None` where they take next to none.
    pub place: Option<room::Place>,
}

/// Messages in one batch.
const BATCH: usize = 64;
/// Messages in the first one, for which somebody waits. Each batch after it has twice as many.
const FIRST: usize = 8;
/// Bytes of media in one batch, beyond which their URLs have to do: of a message those that a frame of the usual size can hold as base64.
const BATCH_MEDIA: usize = 16 << 20;
/// A batch with this much of media is not filled up further.
const ENOUGH_MEDIA: usize = 1 << 20;
/// Messages read ahead, over all conversations.
const AHEAD: usize = 1024;

impl Batch {
    fn is_empty(&self) -> bool {
        let Self { events, passed, gone, seen_from, is_last: _, place: _ } = self;
        events.is_empty() && passed.is_empty() && gone.is_empty() && seen_from.is_empty()
    }

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
        let quiet = behind.iter().filter(|behind| behind.quiet).map(|behind| behind.conversation).collect();
        let missed = behind.iter().map(|it| Missed::new(it.conversation, it.position, it.last)).collect();
        Self {
            core,
            caller,
            account,
            unseen,
            quiet,
            missed,
            ready: VecDeque::new(),
            size: FIRST,
            failed: None,
        }
    }

    /// The next batch. After the last one, the attachment may be behind again.
    ///
    /// What could be read before something could not comes first. After an error there is nothing more to be had: see
    /// [`Attachment::put_off`](super::Attachment::put_off).
    pub async fn next(&mut self) -> Answer<Batch> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut batch = Batch::default();
        match self.fill(&mut batch).await {
            Err(error) if batch.is_empty() => return Err(error),
            filled => self.failed = filled.err(),
        }
        Ok(batch)
    }

    /// Conversations that the session has still not been shown.
    pub(super) fn unseen(&self) -> impl Iterator<Item = ConversationId> {
        self.unseen.iter().copied()
    }

    async fn fill(&mut self, batch: &mut Batch) -> Answer<()> {
        let (mut pictures, mut room) = (ENOUGH_MEDIA, BATCH_MEDIA);
        let size = self.size;
        self.size = BATCH.min(size.saturating_mul(2));
        for _ in 0..size {
            if pictures == 0 || BATCH_MEDIA - room >= ENOUGH_MEDIA {
                break;
            }
            if self.ready.is_empty() {
                self.read(size, batch).await?;
            }
            let Some(message) = self.ready.pop_front() else {
                // Those in which nothing was missed come last: nobody waits for them.
                match self.unseen.first().copied() {
                    Some(conversation) => self.show(conversation, &mut pictures, batch).await?,
                    None => {
                        batch.is_last = true;
                        break;
                    }
                }
                continue;
            };
            let conversation = message.place.conversation;
            if self.unseen.contains(&conversation) {
                self.show(conversation, &mut pictures, batch).await?;
            }
            if message.act().is_some() && self.quiet.contains(&conversation) {
                batch.pass(message.place);
                continue;
            }
            let (place, embeds) = (message.place, self.caller.embeds_media);
            if embeds && !self.admit(&message, room, batch).await {
                // What there is goes first: whoever waits holds next to nothing.
                self.ready.push_front(message);
                break;
            }
            match self.core.letter(self.account, embeds, message, &mut room).await? {
                Some(letter) => batch.events.push(Envelope::new(Event::Message(Arc::new(letter)))),
                // It was done to a message that the account may not see, or the conversation is gone.
                None => batch.pass(place),
            }
        }
        Ok(())
    }

    /// Takes room for the media of a message behind what the batch has of them already. Tells whether there is some; only for the first that a
    /// batch has this waits.
    async fn admit(&self, message: &Message, mut room: usize, batch: &mut Batch) -> bool {
        let before = BATCH_MEDIA.saturating_sub(room);
        let media = Core::media_along(message, &mut room);
        let may_wait = batch.events.is_empty();
        let in_all = before.saturating_add(media);
        media == 0 || self.core.place_extend(&self.caller, &mut batch.place, in_all, may_wait).await
    }

    /// Shows a conversation that the session has not seen: before anything that was said in it.
    async fn show(&mut self, id: ConversationId, pictures: &mut usize, batch: &mut Batch) -> Answer<()> {
        if let Some(conversation) = self.core.store.conversation_find(id).await? {
            let overview = self.core.overview_within(conversation, pictures).await?;
            batch.events.push(Envelope::new(Event::Appeared(Arc::new(overview))));
        }
        self.unseen.remove(&id);
        Ok(())
    }

    /// Reads on.
    async fn read(&mut self, limit: usize, batch: &mut Batch) -> Answer<()> {
        if self.missed.is_empty() {
            return Ok(());
        }
        let missed = std::mem::take(&mut self.missed);
        let caught = self.core.store.message_missed(self.account, missed, limit, AHEAD).await?;
        self.missed = caught.missed;
        self.ready = caught.messages.into();
        for conversation in &caught.gone {
            self.unseen.remove(conversation);
        }
        batch.seen_from.extend(caught.since);
        batch.gone.extend(caught.gone);
        Ok(())
    }
}
