//! Looking back at what was said, and whatever else can be asked of messages.

use crate::Core;
use crate::amend::topic;
use crate::chronicle::Chronicle;
use crate::execute::{Actor, Caller};
use crate::room::Place;
use koine_model::conversation::ConversationRef;
use koine_model::media::Blobs;
use koine_model::message::{Command, Letter, Message, Quote, Recent, Reply, Span};
use koine_model::{AccountId, ConversationId, Timestamp};
use koine_store::{Answer, Member, Order, Page};
use std::sync::Arc;

impl Core {
    pub(crate) async fn message(
        &self,
        caller: &Caller,
        actor: Actor,
        command: Command,
        place: &mut Option<Place>,
    ) -> Answer<koine_model::Reply> {
        // Whatever else a command may need is on the heap, and no part of every command's future.
        match command {
            Command::Post { to, parts, key } => self.message_post(actor, to, parts, key).await,
            Command::History { of, span, order, limit } => {
                Box::pin(self.message_history(caller, actor, of, Page { span, order, limit }, place)).await
            }
            Command::Chronicle { of, read, since, before, newest, limit } => {
                let end = if newest { Order::Newest } else { Order::Oldest };
                let span = Span { since, before, ..Span::ALL };
                let chronicle = Chronicle { of, read, span, end, limit };
                Box::pin(self.message_chronicle(caller, actor, chronicle, place)).await
            }
            Command::Amend { conversation, act, key } => {
                Box::pin(self.message_amend(actor, conversation, act, key)).await
            }
            Command::Versions { of } => Box::pin(self.message_versions(actor, of)).await,
            Command::Leaf { of, from, limit } => Box::pin(self.message_leaf(actor, of, from, limit)).await,
            Command::Search(search) => Box::pin(self.message_search(actor, *search)).await,
            Command::Read { until } => return Box::pin(self.message_read(actor, until)).await,
            Command::Typing { conversation } => {
                return Box::pin(self.message_typing(actor, conversation)).await;
            }
            Command::Recent { limit } => Box::pin(self.message_recent(caller, actor, limit, place)).await,
        }
        .map(Into::into)
    }

    async fn message_history(
        &self,
        caller: &Caller,
        actor: Actor,
        of: ConversationRef,
        page: Page,
        place: &mut Option<Place>,
    ) -> Answer<Reply> {
        let Some(conversation) = self.conversation_named(actor, of).await? else {
            return Ok(Reply::History(Vec::new()));
        };
        let member = self.member(actor, conversation).await?;
        let page = Page { limit: page.limit.min(self.limits.history_messages), ..page };
        let mut messages = self.page_for(caller, &member, page).await?;
        // The end that was asked for is what the room for media is kept for.
        if page.order == Order::Newest {
            messages.reverse();
        }
        let mut letters = self.letters_within(caller, actor, messages, place).await?;
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

    async fn message_recent(
        &self,
        caller: &Caller,
        actor: Actor,
        limit: usize,
        place: &mut Option<Place>,
    ) -> Answer<Reply> {
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
        let letters = self.letters_within(caller, actor, messages, place).await?;
        Ok(Reply::Recent(Box::new(Recent { conversations, letters })))
    }

    /// The messages of one answer. Where the caller's device holds media itself they come along, as many as one answer may have, once there is a
    /// `place` for them.
    pub(crate) async fn letters_within(
        &self,
        caller: &Caller,
        actor: Actor,
        messages: Vec<Message>,
        place: &mut Option<Place>,
    ) -> Answer<Vec<Letter>> {
        let mut room = self.limits.history_media_bytes;
        if caller.embeds_media {
            *place = self.place_of_answer(caller, &messages, room).await?;
        }
        self.letters(actor, caller.embeds_media, messages, &mut room).await
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
}
