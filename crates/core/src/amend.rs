//! What is done to messages after they were said: edits, deletions, reactions; and answers that name an earlier one.
//!
//! An act stands in the log like a message, so it is told, missed and caught up with like one.

use crate::Core;
use crate::execute::Actor;
use koine_metrics::Limit;
use koine_model::media::Blobs;
use koine_model::message::{Act, Deed, Markup, Message, Part, Quote, Reply};
use koine_model::refusal::Field;
use koine_model::{AccountId, ConversationId, Place, Refusal, Seq, markup};
use koine_store::{Amend, Answer};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Bytes of one emoji, which may be made of several characters.
const EMOJI_BYTES: usize = 32;
/// Characters of a quote.
const EXCERPT: usize = 120;

/// What the messages of a page are about.
pub(crate) type Quotes = HashMap<Place, Arc<Quote>>;

impl Core {
    pub(crate) async fn message_amend(
        &self,
        actor: Actor,
        conversation: ConversationId,
        act: Act,
        key: Option<String>,
    ) -> Answer<Reply> {
        self.check_deed(&act.deed)?;
        let parts = vec![Part::Act(act.clone())];
        let amend = Amend { actor: actor.account(), conversation, act, key, at: self.clock.now() };
        let appended = self.store.message_amend(amend).await?;
        if let Some(rest) = self.message_appended(actor, &appended, parts, Blobs::default()) {
            rest.await;
        }
        Ok(Reply::Posted(appended.place, appended.at))
    }

    pub(crate) async fn message_versions(&self, actor: Actor, of: Place) -> Answer<Reply> {
        let member = self.member(actor, of.conversation).await?;
        Ok(Reply::Versions(self.store.message_versions(&member, of.seq).await?))
    }

    /// What a message is about, where it is about another.
    pub(crate) async fn quote_for(&self, message: &Message) -> Answer<Option<Arc<Quote>>> {
        let Some(place) = topic(message) else { return Ok(None) };
        Ok(Box::pin(self.quotes_at(&[place])).await?.remove(&place))
    }

    /// The same for who may not see all of the conversation.
    pub(crate) async fn quote_seen_by(
        &self,
        reader: AccountId,
        message: &Message,
    ) -> Answer<Option<Arc<Quote>>> {
        let beyond = self.beyond_sight(reader, std::slice::from_ref(message)).await?;
        if beyond.is_empty() { self.quote_for(message).await } else { Ok(None) }
    }

    /// Which messages are about one that `reader` may not see: it was said before they came, or they have cleared it away.
    pub(crate) async fn beyond_sight(
        &self,
        reader: AccountId,
        messages: &[Message],
    ) -> Answer<HashSet<Place>> {
        let mut horizons: HashMap<ConversationId, Seq> = HashMap::new();
        let mut beyond = HashSet::new();
        for message in messages {
            let Some(topic) = topic(message) else { continue };
            let since = match horizons.get(&topic.conversation) {
                Some(since) => *since,
                None => {
                    let member = self.store.member_find(topic.conversation, reader).await?;
                    let since = member.map_or(Seq::LAST, |member| member.since());
                    horizons.insert(topic.conversation, since);
                    since
                }
            };
            if topic.seq <= since {
                beyond.insert(message.place);
            }
        }
        Ok(beyond)
    }

    /// The same for several, by the places that they are about: the store is asked once, or not at all.
    pub(crate) async fn quotes_for(&self, messages: &[Message]) -> Answer<Quotes> {
        let mut places: Vec<Place> = messages.iter().filter_map(topic).collect();
        if places.is_empty() {
            return Ok(Quotes::new());
        }
        places.sort_unstable();
        places.dedup();
        self.quotes_at(&places).await
    }

    async fn quotes_at(&self, places: &[Place]) -> Answer<Quotes> {
        let mut quotes = Quotes::new();
        for message in self.store.message_find(places).await? {
            let sender = self.face(message.sender).await?;
            let excerpt = excerpt(&message);
            let quote = Quote { seq: message.place.seq, at: message.at, sender, excerpt };
            quotes.insert(message.place, Arc::new(quote));
        }
        Ok(quotes)
    }

    fn check_deed(&self, deed: &Deed) -> Answer<()> {
        let (text, most) = match deed {
            Deed::Edited(text) => (text, self.limits.text_bytes),
            Deed::Reacted { emoji, .. } => (emoji, EMOJI_BYTES),
            Deed::Deleted => return Ok(()),
        };
        if text.trim().is_empty() {
            return Err(Refusal::Empty(Field::Message).into());
        }
        let is_emoji = matches!(deed, Deed::Reacted { .. });
        if text.len() > most {
            if !is_emoji {
                Limit::TextBytes.hit();
            }
            return Err(Refusal::TooLarge(Field::Message).into());
        }
        let odd = |character: char| character.is_control() || character.is_whitespace();
        if is_emoji && text.chars().any(odd) { Err(Refusal::Unusable(Field::Message).into()) } else { Ok(()) }
    }
}

/// The place that a message is about.
pub(crate) fn topic(message: &Message) -> Option<Place> {
    message.is_about().map(|seq| Place { seq, ..message.place })
}

/// The beginning of a message's words on one line, or the name of what is attached to it.
fn excerpt(message: &Message) -> String {
    let words = message.parts.iter().find_map(|part| match part {
        Part::Text { text, markup: Markup::Plain } => Some(one_line(text)),
        Part::Text { text, markup: Markup::Html } => Some(one_line(&markup::plain(text))),
        Part::Foreign { text, .. } => Some(one_line(text)),
        Part::Media(_) | Part::Reply { .. } | Part::Act(_) | Part::Removed => None,
    });
    let attached = || {
        message.parts.iter().find_map(|part| match part {
            Part::Media(media) if media.name.is_empty() => Some(media.mime.clone()),
            Part::Media(media) => Some(one_line(&media.name)),
            _ => None,
        })
    };
    words.filter(|words| !words.is_empty()).or_else(attached).unwrap_or_default()
}

/// At most [`EXCERPT`] characters of a text, runs of white space as single spaces. What is cut off shows as `…`.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut length = 0_usize;
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
            length += 1;
        }
        for character in word.chars().filter(|character| !character.is_control()) {
            line.push(character);
            length += 1;
            if length > EXCERPT {
                let kept: String = line.chars().take(EXCERPT - 1).collect();
                return format!("{}…", kept.trim_end());
            }
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_short_line() {
        let check = |text: &str, expected: &str| assert_eq!(one_line(text), expected, "{text}");
        check(" one\n\ttwo  three ", "one two three");
        check("", "");
        check(&"я".repeat(120), &"я".repeat(120));
        check(&"я".repeat(121), &format!("{}…", "я".repeat(119)));
        check(&format!("{} b", "a".repeat(118)), &format!("{} b", "a".repeat(118)));
        check(&format!("{} bc", "a".repeat(118)), &format!("{}…", "a".repeat(118)));
        check(&"word ".repeat(10_000), &format!("{}word…", "word ".repeat(23)));
    }
}
