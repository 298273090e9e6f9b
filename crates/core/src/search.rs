//! Looking for words in one's own conversations.

use crate::Core;
use crate::execute::Actor;
use koine_model::Refusal;
use koine_model::message::{Hit, Message, Reply, Search};
use koine_model::refusal::Field;
use koine_store::words::{self, Query};
use koine_store::{Answer, Found, Wanted};

/// The most hits of one answer.
const MOST: usize = 100;
/// The longest query, in bytes.
const LONGEST: usize = 1 << 10;

impl Core {
    /// What the caller may see and has all words of the query. A query without words finds nothing.
    pub(crate) async fn message_search(&self, actor: Actor, search: Search) -> Answer<Reply> {
        let Search { query, of, before, limit } = search;
        if query.len() > LONGEST {
            return Err(Refusal::TooLarge(Field::Message).into());
        }
        let query = Query::parse(&query);
        let (account, limit) = (actor.account(), limit.clamp(1, MOST));
        let wanted = Wanted { account, query: query.clone(), of, before, limit };
        let Found { messages, more } = self.store.message_search(wanted).await?;
        let snippets: Vec<_> = messages.iter().map(|message| snippet(&query, message)).collect();
        let mut hits = Vec::with_capacity(messages.len());
        for (message, snippet) in messages.into_iter().zip(snippets) {
            if let Some(letter) = self.letter(account, false, message, &mut 0).await? {
                hits.push(Hit { letter, snippet });
            }
        }
        Ok(Reply::Hits { hits, more })
    }
}

fn snippet(query: &Query, message: &Message) -> Vec<(String, bool)> {
    let texts: Vec<_> = message.parts.iter().filter_map(words::findable).collect();
    words::snippet(query, texts.iter().map(AsRef::as_ref))
}
