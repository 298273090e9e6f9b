//! Room for the attachments inside of what was made for clients and was not taken by them yet: over all of them, with a share for each account and
//! each address, since each connection that reads nothing may hold some.

use crate::execute::Caller;
use crate::room::{Place, Tenant};
use crate::{Answer, Core};
use koine_metrics::Limit;
use koine_model::Refusal;
use koine_model::message::Message;
use std::time::Duration;

/// Attachments that are no more than so many bytes together need no place.
const SMALL: usize = 64 << 10;
/// How long an answer waits for its place: what else its connection asks for waits behind it, and so does the end of the server.
const PATIENCE: Duration = Duration::from_secs(10);

impl Core {
    /// A place for an answer with the media of `messages`, as many as there is `room` for; `None` where it needs none. Who finds none in time
    /// is refused.
    pub(crate) async fn place_of_answer(
        &self,
        caller: &Caller,
        messages: &[Message],
        mut room: usize,
    ) -> Answer<Option<Place>> {
        let weigh = |message: &Message| Self::media_along(message, &mut room);
        let media = messages.iter().map(weigh).fold(0, usize::saturating_add);
        let Some(place) = self.place_ask(caller, media) else { return Ok(None) };
        if !place.is_there() {
            Limit::OutgoingMedia.hit();
            let there = std::future::poll_fn(|cx| place.poll_there(cx));
            tokio::time::timeout(PATIENCE, there).await.map_err(|_| Refusal::Busy)?;
        }
        Ok(Some(place))
    }

    /// Has `place` hold so many bytes of media, if there is room for them; where nothing else is held yet, this waits for it. Tells whether
    /// it does.
    pub(crate) async fn place_extend(
        &self,
        caller: &Caller,
        place: &mut Option<Place>,
        media: usize,
        may_wait: bool,
    ) -> bool {
        if let Some(place) = place {
            return place.try_grow(in_memory(media), lasting(media));
        }
        let Some(asked) = self.place_ask(caller, media) else { return true };
        if !asked.is_there() {
            if !may_wait {
                return false;
            }
            Limit::OutgoingMedia.hit();
            std::future::poll_fn(|cx| asked.poll_there(cx)).await;
        }
        *place = Some(asked);
        true
    }

    fn place_ask(&self, caller: &Caller, media: usize) -> Option<Place> {
        let account = caller.actor.map(|actor| actor.account());
        let tenant = Tenant { peer: caller.peer, account };
        (media > SMALL).then(|| self.outgoing.ask_to_make(tenant, in_memory(media), lasting(media)))
    }
}

/// What so many bytes of media take while a frame is made of them: as they are, as Base64, and inside of the frame. Once it is made, its driver
/// knows better.
fn in_memory(media: usize) -> usize {
    media.saturating_mul(4)
}

/// What is left of that at most, once the frame is made: it may have everything twice.
fn lasting(media: usize) -> usize {
    media.saturating_mul(3)
}
