//! Saying something.
//!
//! A message exists once the store has given it a place in its conversation. The bus only tells others to look, so
//! announcing cannot fail a post; where it fails, those who listen are told to look by themselves.

use crate::Core;
use crate::amend::topic;
use crate::execute::{Actor, Change, Outcome, refusal};
use crate::known::Scene;
use crate::quota::Room;
use koine_bus::{Envelope, Topic};
use koine_metrics::Limit;
use koine_model::account::Face;
use koine_model::conversation::{ConversationRef, Kind};
use koine_model::media::{Blob, Blobs};
use koine_model::message::{DraftPart, Letter, Message, Part, Quote, Reply};
use koine_model::refusal::Field;
use koine_model::{Event, Refusal, Seq};
use koine_store::{Answer, Append, Appended};
use std::pin::Pin;
use std::sync::Arc;

/// Bytes of media that travel with an event.
pub(crate) const MEDIA_ON_THE_BUS: usize = 64 << 10;

/// What a message that is being posted has on the disk, as long as it is not there itself.
#[derive(Default)]
struct Hand<'a> {
    kept: Vec<Blob>,
    passing: Vec<Room<'a>>,
}

/// What an entry is told with.
struct Stage {
    scene: Scene,
    sender: Arc<Face>,
    about: Option<Arc<Quote>>,
}

impl Core {
    /// What [`Core::execute`] does with a post, in a future of about half the size: most commands are posts, and each has one.
    pub async fn post(
        &self,
        actor: Option<Actor>,
        to: ConversationRef,
        drafts: Vec<DraftPart>,
        key: Option<String>,
    ) -> Outcome {
        let Some(actor) = actor.filter(|actor| self.still_counts(*actor)) else {
            return Outcome::refused(Refusal::NotSignedIn);
        };
        match self.message_post(actor, to, drafts, key).await {
            Ok(reply) => Outcome { answer: Ok(reply.into()), change: Change::None, place: None },
            Err(error) => Outcome::refused(refusal(error)),
        }
    }

    /// Posts where the caller may speak.
    ///
    /// With nothing to upload, the append is under way before the first wait: posts of one caller that are begun one after the
    /// other keep their order.
    pub(crate) async fn message_post(
        &self,
        actor: Actor,
        to: ConversationRef,
        drafts: Vec<DraftPart>,
        key: Option<String>,
    ) -> Answer<Reply> {
        self.check_draft(&drafts)?;
        let appended = match ready(drafts) {
            Ok(parts) => self.message_append(actor, to, parts, key, Blobs::default()).await?,
            Err(drafts) => Box::pin(self.message_post_media(actor, to, drafts, key)).await?,
        };
        Ok(Reply::Posted(appended.place, appended.at))
    }

    /// Posts something with media that are not on the disk yet, or are uploads.
    async fn message_post_media(
        &self,
        actor: Actor,
        to: ConversationRef,
        drafts: Vec<DraftPart>,
        key: Option<String>,
    ) -> Answer<Appended> {
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
        appended
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
            let append = self.append_of(actor, to.clone(), parts.clone().into(), key.clone());
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
        let parts = Arc::new(parts);
        let append = self.append_of(actor, to, Arc::clone(&parts), key);
        let appended = self.store.message_append(append).await?;
        // The store is done with them, and has answered after that.
        let parts = Arc::unwrap_or_clone(parts);
        if let Some(rest) = self.message_appended(actor, &appended, parts, blobs) {
            rest.await;
        }
        Ok(appended)
    }

    fn append_of(
        &self,
        actor: Actor,
        to: ConversationRef,
        parts: Arc<Vec<Part>>,
        key: Option<String>,
    ) -> Append {
        Append { sender: actor.account(), to, parts, key, at: self.clock.now() }
    }

    /// Tells of an entry, unless it is a repetition: at once, where nothing must be looked up for that, as mostly nothing must.
    pub(crate) fn message_appended<'a>(
        &'a self,
        actor: Actor,
        appended: &'a Appended,
        parts: Vec<Part>,
        blobs: Blobs,
    ) -> Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>> {
        if !appended.fresh {
            return None;
        }
        let message = Message::new(appended.place, actor.account(), appended.at, parts);
        if let Some(stage) = self.stage(appended, &message) {
            self.message_tell(message, blobs, stage);
            return None;
        }
        Some(Box::pin(async move {
            // The entry stands: whatever goes wrong from here on, its author must not be told that it does not.
            if let Err(error) = self.message_announce(appended, message, blobs).await {
                self.untold(&error, listeners(appended));
            }
        }))
    }

    /// What an entry is told with, where all of it is remembered.
    fn stage(&self, appended: &Appended, message: &Message) -> Option<Stage> {
        if is_new_to_some(appended) || topic(message).is_some() {
            return None;
        }
        let scene = self.known_scene(message.place.conversation)?;
        Some(Stage { scene, sender: self.known_face(message.sender)?, about: None })
    }

    async fn message_announce(&self, appended: &Appended, message: Message, blobs: Blobs) -> Answer<()> {
        if is_new_to_some(appended) {
            // Whoever has been shown it already takes no notice.
            let overview = self.overview(appended.conversation.clone()).await?;
            self.tell_appeared(&overview, appended.pair.iter().copied());
        }
        let Some(scene) = self.scene_of(message.place.conversation).await? else { return Ok(()) };
        let sender = self.face(message.sender).await?;
        let about = self.quote_for(&message).await?;
        self.message_tell(message, blobs, Stage { scene, sender, about });
        Ok(())
    }

    fn message_tell(&self, message: Message, blobs: Blobs, stage: Stage) {
        // A mailbox holds many events: large media would make it hold gigabytes.
        let blobs = if blobs.size() <= MEDIA_ON_THE_BUS { blobs } else { Blobs::default() };
        let Stage { scene: Scene { conversation, pair }, sender, about } = stage;
        let topic = Topic::Conversation(message.place.conversation);
        let letter = Letter { message, sender, conversation, pair, blobs, about };
        self.bus.publish(topic, &Envelope::new(Event::Message(Arc::new(letter))));
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

/// Whether an entry is the first one of a direct conversation, which its people may not have been shown.
fn is_new_to_some(appended: &Appended) -> bool {
    appended.place.seq == Seq::ZERO.next() && appended.conversation.kind == Kind::Direct
}

/// Where those listen who are to be told of an entry.
fn listeners(appended: &Appended) -> impl Iterator<Item = Topic> {
    let people = if is_new_to_some(appended) { appended.pair.as_slice() } else { &[] };
    let conversation = Topic::Conversation(appended.place.conversation);
    people.iter().copied().map(Topic::Account).chain([conversation])
}

/// The parts of a message that wait for nothing but the store; or all of it, where some does.
fn ready(drafts: Vec<DraftPart>) -> Result<Vec<Part>, Vec<DraftPart>> {
    if drafts.iter().any(|draft| !matches!(draft, DraftPart::Ready(_))) {
        return Err(drafts);
    }
    let part = |draft| match draft {
        DraftPart::Ready(part) => Some(part),
        DraftPart::Upload(_) | DraftPart::Uploaded { .. } => None,
    };
    Ok(drafts.into_iter().filter_map(part).collect())
}
