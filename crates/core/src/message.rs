//! Saying something, and looking back.
//!
//! A message exists once the store has given it a place in its conversation. The bus only tells others to look, so
//! announcing cannot fail a post.

use crate::Core;
use crate::amend::topic;
use crate::chronicle::Chronicle;
use crate::execute::{Actor, Caller};
use crate::quota::Room;
use koine_bus::{Envelope, Topic};
use koine_metrics::Limit;
use koine_model::conversation::{ConversationRef, Kind};
use koine_model::media::{Blob, Blobs};
use koine_model::message::{Command, DraftPart, Letter, Message, Part, Quote, Recent, Reply, Span};
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, Event, Refusal, Seq, Timestamp};
use koine_store::{Answer, Append, Appended, Member, Order, Page};
use std::sync::Arc;

/// Bytes of media that travel with an event.
pub(crate) const MEDIA_ON_THE_BUS: usize = 64 << 10;

/// What a message that is being posted has on the disk, as long as it is not there itself.
#[derive(Default)]
struct Hand<'a> {
    kept: Vec<Blob>,
    passing: Vec<Room<'a>>,
}

impl Core {
    pub(crate) async fn message(
        &self,
        caller: &Caller,
        actor: Actor,
        command: Command,
    ) -> Answer<koine_model::Reply> {
        match command {
            Command::Post { to, parts, key } => self.message_post(actor, to, parts, key).await,
            Command::History { of, span, order, limit } => {
                self.message_history(caller, actor, of, Page { span, order, limit }).await
            }
            Command::Chronicle { of, read, since, before, newest, limit } => {
                let end = if newest { Order::Newest } else { Order::Oldest };
                let span = Span { since, before, ..Span::ALL };
                self.message_chronicle(caller, actor, Chronicle { of, read, span, end, limit }).await
            }
            Command::Amend { conversation, act, key } => {
                self.message_amend(actor, conversation, act, key).await
            }
            Command::Versions { of } => self.message_versions(actor, of).await,
            Command::Leaf { of, from, limit } => self.message_leaf(actor, of, from, limit).await,
            Command::Search(search) => self.message_search(actor, *search).await,
            Command::Read { until } => return self.message_read(actor, until).await,
            Command::Typing { conversation } => return self.message_typing(actor, conversation).await,
            Command::Recent { limit } => self.message_recent(caller, actor, limit).await,
        }
        .map(Into::into)
    }

    /// Posts where the caller may speak.
    ///
    /// With nothing to upload, the append is under way before the first wait: posts of one caller that are begun one after the
    /// other keep their order.
    async fn message_post(
        &self,
        actor: Actor,
        to: ConversationRef,
        drafts: Vec<DraftPart>,
        key: Option<String>,
    ) -> Answer<Reply> {
        self.check_draft(&drafts)?;
        let keeps = drafts.iter().any(|draft| matches!(draft, DraftPart::Upload(_)));
        if keeps {
            self.check_addressee(actor, &to).await?;
        }
        let arriving = drafts.iter().fold(0_u64, |sum, draft| match draft {
            DraftPart::Upload(upload) => {
                sum.saturating_add(u64::try_from(upload.bytes.len()).unwrap_or(u64::MAX))
            }
            DraftPart::Ready(_) | DraftPart::Uploaded { .. } => sum,
        });
        // Held until the message is there, and counts.
        let _room = if arriving > 0 { self.media_room(actor.account(), arriving).await? } else { None };
        let mut hand = Hand::default();
        let appended = self.message_put(actor, to, drafts, key, &mut hand).await;
        if !appended.as_ref().is_ok_and(|appended| appended.fresh) {
            self.media_let_go(actor.account(), &hand.kept).await;
        }
        let appended = appended?;
        Ok(Reply::Posted(appended.place, appended.at))
    }

    /// Puts what is to be posted on the disk, and appends the message.
    async fn message_put<'a>(
        &'a self,
        actor: Actor,
        to: ConversationRef,
        drafts: Vec<DraftPart>,
        key: Option<String>,
        hand: &mut Hand<'a>,
    ) -> Answer<Appended> {
        let mut blobs = Blobs::default();
        let mut parts = Vec::with_capacity(drafts.len());
        let mut taken = Vec::new();
        for draft in drafts {
            parts.push(match draft {
                DraftPart::Ready(part) => part,
                DraftPart::Upload(upload) => {
                    let media = self.media_keep(upload, &mut blobs).await?;
                    hand.kept.push(media.blob);
                    Part::Media(media)
                }
                DraftPart::Uploaded { key } => {
                    let media = self.media_weigh(actor, &key).await?;
                    taken.push((key, media.clone()));
                    Part::Media(media)
                }
            });
        }
        if !taken.is_empty() {
            // Nothing is taken out of what its owner may have begun for a message that will not be.
            let append = self.append_of(actor, to.clone(), parts.clone(), key.clone());
            self.store.message_check(append).await?;
        }
        for (key, media) in taken {
            hand.passing.push(self.media_passing(actor.account(), media.blob.size));
            self.media_take(actor, &key, &media, &mut blobs).await?;
            hand.kept.push(media.blob);
        }
        self.message_append(actor, to, parts, key, blobs).await
    }

    /// Appends a message whose media are on the disk, and tells of it.
    pub(crate) async fn message_append(
        &self,
        actor: Actor,
        to: ConversationRef,
        parts: Vec<Part>,
        key: Option<String>,
        blobs: Blobs,
    ) -> Answer<Appended> {
        let append = self.append_of(actor, to, parts.clone(), key);
        let appended = self.store.message_append(append).await?;
        self.message_appended(actor, &appended, parts, blobs).await;
        Ok(appended)
    }

    fn append_of(&self, actor: Actor, to: ConversationRef, parts: Vec<Part>, key: Option<String>) -> Append {
        Append { sender: actor.account(), to, parts, key, at: self.clock.now() }
    }

    /// Tells of an entry, unless it is a repetition.
    pub(crate) async fn message_appended(
        &self,
        actor: Actor,
        appended: &Appended,
        parts: Vec<Part>,
        blobs: Blobs,
    ) {
        // The entry stands: whatever goes wrong from here on, its author must not be told that it does not.
        if appended.fresh
            && let Err(error) = self.message_announce(actor, appended, parts, blobs).await
        {
            crate::execute::refusal(error);
        }
    }

    async fn message_announce(
        &self,
        actor: Actor,
        appended: &Appended,
        parts: Vec<Part>,
        blobs: Blobs,
    ) -> Answer<()> {
        let Appended { place, at, conversation, pair, .. } = appended;
        if place.seq == Seq::ZERO.next() && conversation.kind == Kind::Direct {
            // Whoever has been shown it already takes no notice.
            let overview = self.overview(conversation.clone()).await?;
            self.tell_appeared(&overview, pair.iter().copied());
        }
        // A mailbox holds many events: large media would make it hold gigabytes.
        let blobs = if blobs.size() <= MEDIA_ON_THE_BUS { blobs } else { Blobs::default() };
        let Some(scene) = self.scene_of(place.conversation).await? else { return Ok(()) };
        let message = Message::new(*place, actor.account(), *at, parts);
        let sender = self.own_face(actor).await?;
        let about = self.quote_for(&message).await?;
        let letter =
            Letter { message, sender, conversation: scene.conversation, pair: scene.pair, blobs, about };
        let envelope = Envelope::new(Event::Message(Arc::new(letter)));
        self.bus.publish(Topic::Conversation(place.conversation), &envelope);
        Ok(())
    }

    async fn message_history(
        &self,
        caller: &Caller,
        actor: Actor,
        of: ConversationRef,
        page: Page,
    ) -> Answer<Reply> {
        let Some(conversation) = self.conversation_named(actor, of).await? else {
            return Ok(Reply::History(Vec::new()));
        };
        let member = self.member(actor, conversation).await?;
        let page = Page { limit: page.limit.min(self.limits.history_messages), ..page };
        let mut messages = self.page_for(caller, &member, page).await?;
        let mut room = self.limits.history_media_bytes;
        // The end that was asked for is what the room for media is kept for.
        if page.order == Order::Newest {
            messages.reverse();
        }
        let mut letters = self.letters(actor, caller.embeds_media, messages, &mut room).await?;
        if page.order == Order::Newest {
            letters.reverse();
        }
        Ok(Reply::History(letters))
    }

    /// One page of what the caller's client is shown: where it shows no acts itself, they are told in words, unless the
    /// member does not want that.
    pub(crate) async fn page_for(
        &self,
        caller: &Caller,
        member: &Member,
        page: Page,
    ) -> Answer<Vec<Message>> {
        if caller.device.shows_acts || member.words() {
            self.store.message_page(member, page).await
        } else {
            self.store.message_leaf(member, page).await
        }
    }

    /// The last message that the caller may see, or what was done to one where that is told in words; without its media.
    pub(crate) async fn message_last(
        &self,
        caller: &Caller,
        actor: Actor,
        conversation: ConversationId,
    ) -> Answer<Option<Letter>> {
        let Some(member) = self.store.member_find(conversation, actor.account()).await? else {
            return Ok(None);
        };
        let page = Page { span: Span::ALL, order: Order::Newest, limit: 1 };
        let found = if caller.device.shows_acts {
            self.store.message_leaf(&member, page).await?
        } else {
            self.page_for(caller, &member, page).await?
        };
        let Some(message) = found.into_iter().next() else { return Ok(None) };
        self.letter(actor.account(), false, message, &mut 0).await
    }

    async fn message_recent(&self, caller: &Caller, actor: Actor, limit: usize) -> Answer<Reply> {
        let mut room = self.limits.pictures_bytes;
        let conversations = self.conversations_of(actor.account(), &mut room).await?;
        let most = self.limits.history_messages;
        let each = limit.min(most / conversations.len().max(1)).max(1);
        let mut messages = Vec::new();
        for overview in &conversations {
            let Some(member) = self.store.member_find(overview.conversation.id, actor.account()).await?
            else {
                continue;
            };
            let page = Page { span: Span::ALL, order: Order::Newest, limit: each };
            let mut latest = Timestamp::default();
            // The clock may step back between two messages; their order in the conversation stands.
            messages.extend(self.page_for(caller, &member, page).await?.into_iter().map(|message| {
                latest = latest.max(message.at);
                (latest, message)
            }));
        }
        messages.sort_by_key(|(at, message)| (*at, message.place));
        let messages = messages.into_iter().map(|(_, message)| message).collect();
        let mut room = self.limits.history_media_bytes;
        let letters = self.letters(actor, caller.embeds_media, messages, &mut room).await?;
        Ok(Reply::Recent(Box::new(Recent { conversations, letters })))
    }

    /// Messages with what is needed to show them, without what was done to messages that `actor` may not see; media come along where the device holds them itself, while `room` lasts.
    pub(crate) async fn letters(
        &self,
        actor: Actor,
        embeds_media: bool,
        mut messages: Vec<Message>,
        room: &mut usize,
    ) -> Answer<Vec<Letter>> {
        let beyond = self.beyond_sight(actor.account(), &messages).await?;
        messages.retain(|message| message.act().is_none() || !beyond.contains(&message.place));
        let quotes = self.quotes_for(&messages).await?;
        let mut letters = Vec::with_capacity(messages.len());
        for message in messages {
            let topic = topic(&message).filter(|_| !beyond.contains(&message.place));
            let about = topic.and_then(|place| quotes.get(&place).cloned());
            if let Some(letter) = self.letter_about(embeds_media, message, about, room).await? {
                letters.push(letter);
            }
        }
        Ok(letters)
    }

    /// One message with what `reader` needs to be shown it; `None` when its conversation is gone by now, and where it was done to
    /// one that they may not see.
    pub(crate) async fn letter(
        &self,
        reader: AccountId,
        embeds_media: bool,
        message: Message,
        room: &mut usize,
    ) -> Answer<Option<Letter>> {
        let beyond = !self.beyond_sight(reader, std::slice::from_ref(&message)).await?.is_empty();
        if beyond && message.act().is_some() {
            return Ok(None);
        }
        let about = if beyond { None } else { self.quote_for(&message).await? };
        self.letter_about(embeds_media, message, about, room).await
    }

    async fn letter_about(
        &self,
        embeds_media: bool,
        message: Message,
        about: Option<Arc<Quote>>,
        room: &mut usize,
    ) -> Answer<Option<Letter>> {
        let Some(scene) = self.scene_of(message.place.conversation).await? else {
            return Ok(None);
        };
        let sender = self.face(message.sender).await?;
        let blobs = if embeds_media { self.media_load(&message, room).await? } else { Blobs::default() };
        Ok(Some(Letter { message, sender, conversation: scene.conversation, pair: scene.pair, blobs, about }))
    }

    /// The conversation that a request names; `None` for a direct one in which nothing was said yet.
    pub(crate) async fn conversation_named(
        &self,
        actor: Actor,
        of: ConversationRef,
    ) -> Answer<Option<ConversationId>> {
        match of {
            ConversationRef::Id(id) => Ok(Some(id)),
            ConversationRef::With(who) => {
                let peer = self.account_named(&who).await?.profile.id;
                self.store.direct_find(actor.account(), peer).await
            }
        }
    }

    /// Whether a post could go there: bytes are only put away for those that can. The append itself checks again.
    pub(crate) async fn check_addressee(&self, actor: Actor, to: &ConversationRef) -> Answer<()> {
        match to {
            ConversationRef::Id(id) => self.member(actor, *id).await.map(drop),
            ConversationRef::With(who) => self.account_named(who).await.map(drop),
        }
    }

    fn check_draft(&self, drafts: &[DraftPart]) -> Answer<()> {
        let answers = matches!(drafts.first(), Some(DraftPart::Ready(Part::Reply { .. })));
        if drafts.len() <= usize::from(answers) {
            return Err(Refusal::Empty(Field::Message).into());
        }
        // What an act is, the store must do; and a message answers to one other, before all else.
        let misplaced = drafts.iter().skip(usize::from(answers)).any(|draft| {
            matches!(draft, DraftPart::Ready(Part::Reply { .. } | Part::Act(_) | Part::Removed))
        });
        if misplaced {
            return Err(Refusal::Unusable(Field::Message).into());
        }
        let longest = self.limits.text_bytes;
        let exceeded = drafts.iter().find_map(|draft| match draft {
            DraftPart::Ready(Part::Text { text, .. }) => (text.len() > longest).then_some(Limit::TextBytes),
            DraftPart::Ready(Part::Foreign { payload, text, .. }) => {
                (payload.len() > longest || text.len() > longest).then_some(Limit::TextBytes)
            }
            DraftPart::Ready(Part::Media(_) | Part::Reply { .. } | Part::Act(_) | Part::Removed) => None,
            DraftPart::Uploaded { .. } => None,
            DraftPart::Upload(upload) => {
                (upload.bytes.len() > self.limits.media_bytes).then_some(Limit::MediaBytes)
            }
        });
        if let Some(limit) = exceeded {
            return Err(limit.met(Refusal::TooLarge(Field::Message)).into());
        }
        if drafts.len() > Message::MOST_PARTS {
            return Err(Refusal::TooLarge(Field::Message).into());
        }
        Ok(())
    }
}
