//! Taking away what is too old, and what nothing names.

use super::World;
use super::world::{NOW, everything, refused, seq, seqs, text, words};
use crate::{Aged, Amend, Append, Cleared, Swept};
use bytes::Bytes;
use koine_model::media::{Blob, Media};
use koine_model::message::{Act, Deed, Part};
use koine_model::{AccountId, ConversationId, MediaId, Refusal, Timestamp};
use std::sync::{Arc, Mutex};
use std::time::Duration;

impl World {
    async fn say_at(&self, sender: AccountId, to: ConversationId, words: &str, at: i64) {
        let append = Append { at: Timestamp(at), ..super::world::words(sender, to, words) };
        self.message_append(append).await.unwrap();
    }

    async fn trim_all(&self, before: i64) -> u32 {
        let mut count = 0;
        for Aged { conversation, until, entries } in self.log_aged(Timestamp(before)).await.unwrap() {
            let trimmed = self.log_trim(conversation, until, u32::MAX).await.unwrap();
            assert_eq!(trimmed, entries);
            count += trimmed;
        }
        count
    }
}

impl World {
    /// Takes away media that nothing names, without a stop.
    async fn sweep(&self, unused: Duration, dry: bool) -> Option<Swept> {
        self.blob_sweep(unused, dry, Arc::new(|_, _| true)).await.unwrap()
    }

    /// Takes away all leftovers that there are, one at a time.
    pub(super) async fn clear_leftovers(&self, unused: Duration) -> Cleared {
        let (last, mut sum) = (self.leftover_last().await.unwrap(), Cleared::default());
        loop {
            let one = self.leftover_clear(last, unused, 1).await.unwrap().expect("nobody has them stay");
            if one.looked_at == 0 {
                return sum;
            }
            assert_eq!(one.looked_at, 1);
            sum.looked_at += 1;
            sum.files += one.files;
            sum.bytes += one.bytes;
        }
    }
}

/// Of each conversation, the entries before the first that is young enough go, for everybody.
pub async fn what_is_old_goes(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (direct, tea) = (world.direct(ann, bob).await, world.group(ann, &[bob]).await);
    for at in [10, 20, 30] {
        world.say_at(ann, direct, &format!("at {at}"), at).await;
    }
    world.say_at(bob, tea, "young", 30).await;
    assert_eq!(world.log_aged(Timestamp(10)).await.unwrap(), []);
    let aged = Aged { conversation: direct, until: seq(2), entries: 2 };
    assert_eq!(world.log_aged(Timestamp(30)).await.unwrap(), [aged]);
    assert_eq!(world.trim_all(30).await, 2);
    assert_eq!(world.log_aged(Timestamp(30)).await.unwrap(), []);
    for member in [ann, bob] {
        assert_eq!(seqs(&world.history(direct, member).await), [3]);
        let standings = world.watermark_list(member, "d").await.unwrap();
        assert_eq!(standings[0].position, seq(2), "a device begins behind what is gone");
    }
    assert_eq!(seqs(&world.history(tea, ann).await), [1]);
    assert_eq!(world.say(bob, direct, "next").await.place.seq, seq(4));
}

/// Who has cleared a conversation and heard something since has it on the list still when all of it goes; who has cleared all of it
/// has not.
pub async fn what_was_cleared_is_no_more_so_than_before(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    let listed = async |account| !world.membership_list(account).await.unwrap().is_empty();
    world.say_at(ann, direct, "one", 10).await;
    world.conversation_clear(direct, ann).await.unwrap();
    world.say_at(bob, direct, "two", 20).await;
    world.conversation_clear(direct, bob).await.unwrap();
    assert!(listed(ann).await && !listed(bob).await);
    assert_eq!(world.trim_all(30).await, 2);
    assert!(world.history(direct, ann).await.is_empty());
    assert!(listed(ann).await, "it was cleared once, and not since");
    assert!(!listed(bob).await);
    world.say_at(ann, direct, "three", 40).await;
    assert!(listed(ann).await && listed(bob).await);
}

/// A clock that was set back keeps what lies behind something younger.
pub async fn what_lies_behind_something_younger_stays(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    for at in [10, 40, 20] {
        world.say_at(ann, own, &format!("at {at}"), at).await;
    }
    assert_eq!(world.trim_all(30).await, 1);
    assert_eq!(seqs(&world.history(own, ann).await), [2, 3]);
}

/// When all of it goes, the next message has the next place nevertheless.
pub async fn the_last_place_stays_taken(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let direct = world.direct(ann, bob).await;
    world.say_at(ann, direct, "one", 10).await;
    world.say_at(bob, direct, "two", 20).await;
    assert_eq!(world.trim_all(30).await, 2);
    assert_eq!(world.trim_all(30).await, 0, "what only keeps its place taken is not found again");
    assert!(world.history(direct, ann).await.is_empty());
    assert!(world.message_find(&[]).await.unwrap().is_empty());
    let shelves = world.shelf_list(ann, None, 100).await.unwrap();
    assert_eq!((shelves[0].last_seq, shelves[0].last.as_ref(), shelves[0].unread), (seq(2), None, 0));
    world.say_at(ann, direct, "three", 40).await;
    assert_eq!(seqs(&world.history(direct, bob).await), [3]);
    assert_eq!(text(&world.history(direct, bob).await[0]), "three");
    // It goes with the next that are too old.
    assert_eq!(world.trim_all(50).await, 2);
    assert_eq!(world.say(ann, direct, "four").await.place.seq, seq(4));
}

/// A portion is a change of its own, and leaves everything in order.
pub async fn a_portion_is_taken_at_a_time(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    for at in 1..=5 {
        world.say_at(ann, own, "x", at).await;
    }
    for (trimmed, left) in [(2, vec![3, 4, 5]), (2, vec![5]), (0, vec![5])] {
        assert_eq!(world.log_trim(own, seq(4), 2).await.unwrap(), trimmed);
        assert_eq!(seqs(&world.history(own, ann).await), left);
    }
    let nowhere = ConversationId::new(99).unwrap();
    assert_eq!(world.log_trim(nowhere, seq(4), 2).await.unwrap(), 0);
}

/// What belongs to old messages goes with them: keys, wordings, reactions, attachments, words in the index.
pub async fn what_belongs_to_it_goes_too(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    let blob = world.blob_write(Bytes::from_static(b"tea")).await.unwrap();
    let media = Media { id: MediaId(7), blob, mime: "text/plain".into(), name: "list".into() };
    let parts = vec![Part::text("black tea"), Part::Media(media)];
    let append =
        Append { parts: parts.into(), key: Some("k".into()), at: Timestamp(1), ..words(ann, own, "") };
    world.message_append(append.clone()).await.unwrap();
    for deed in [Deed::Edited("green tea".into()), Deed::Reacted { emoji: "🍵".into(), on: true }] {
        let act = Act { target: seq(1), deed };
        let amend = Amend { actor: ann, conversation: own, act, key: None, at: Timestamp(2) };
        world.message_amend(amend).await.unwrap();
    }
    assert_eq!(world.found(ann, "green").await, [1]);
    world.say_at(ann, own, "tea again", 10).await;
    assert_eq!(world.trim_all(10).await, 3);
    assert_eq!(world.media_find(MediaId(7)).await.unwrap(), None);
    assert_eq!(world.found(ann, "green").await, [0; 0]);
    assert_eq!(world.found(ann, "tea").await, [4]);
    let member = world.member(own, ann).await;
    refused(world.message_versions(&member, seq(1)).await, Refusal::UnknownMessage);
    let again = world.message_append(Append { at: Timestamp(20), ..append }).await.unwrap();
    assert_eq!((again.place.seq, again.fresh), (seq(5), true), "its key is forgotten");
    assert_eq!(seqs(&world.message_page(&member, everything()).await.unwrap()), [4, 5]);
}

/// Media go when nothing names them any more and nobody has written them for a while.
pub async fn media_that_nothing_names_go(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    let write = |bytes: &'static [u8]| world.blob_write(Bytes::from_static(bytes));
    let (named, idle) = (write(b"named").await.unwrap(), write(b"idle").await.unwrap());
    let media = Media { id: MediaId(1), blob: named, mime: String::new(), name: String::new() };
    world
        .message_append(Append { parts: vec![Part::Media(media)].into(), ..words(ann, own, "") })
        .await
        .unwrap();
    let there = async |blob: Blob| world.blob_read(&blob).await.unwrap().is_some();

    let hour = Duration::from_secs(3600);
    assert_eq!(world.sweep(hour, false).await, Some(Swept::default()));
    let swept = Some(Swept { files: 1, bytes: 4 });
    assert_eq!(world.sweep(Duration::ZERO, true).await, swept);
    assert!(there(idle).await);
    assert_eq!(world.sweep(Duration::ZERO, false).await, swept);
    assert!(there(named).await && !there(idle).await);
    assert_eq!(write(b"idle").await.unwrap(), idle);
    assert!(there(idle).await);

    let act = Act { target: seq(1), deed: Deed::Deleted };
    let amend = Amend { actor: ann, conversation: own, act, key: None, at: NOW };
    world.message_amend(amend).await.unwrap();
    assert_eq!(world.sweep(Duration::ZERO, false).await, Some(Swept { files: 2, bytes: 9 }));
    assert!(!there(named).await && !there(idle).await);
    assert_eq!(world.upload_sweep().await.unwrap(), 0);
}

/// Whoever does not want to go on has what was done until then; whoever does hears at the end that all of it is done.
pub async fn a_sweep_goes_on_as_long_as_it_is_wanted(world: World) {
    const ALL: u64 = 40;
    let mut blobs = Vec::new();
    for number in 0..ALL {
        blobs.push(world.blob_write(Bytes::from(format!("idle {number}"))).await.unwrap());
    }
    let left = async || {
        let mut left = 0;
        for blob in &blobs {
            left += u64::from(world.blob_read(blob).await.unwrap().is_some());
        }
        left
    };
    let steps: Arc<Mutex<Vec<(u64, u64)>>> = Arc::default();
    let sweep = async |most: usize| {
        let told = steps.clone();
        told.lock().unwrap().clear();
        let pace = move |done, of| {
            let mut told = told.lock().unwrap();
            told.push((done, of));
            told.len() <= most
        };
        world
            .blob_sweep(Duration::ZERO, false, Arc::new(pace))
            .await
            .unwrap()
            .expect("nobody has them stay")
            .files
    };
    assert_eq!((sweep(0).await, left().await), (0, ALL));
    assert_eq!((sweep(3).await, left().await), (3, ALL - 3));
    assert_eq!((sweep(usize::MAX).await, left().await), (ALL - 3, 0));
    let steps = steps.lock().unwrap();
    assert!(steps.is_sorted() && steps.first().is_some_and(|(done, _)| done < &ALL), "{steps:?}");
    assert!(steps.last().is_some_and(|(done, of)| done == of), "{steps:?}");
}

/// What nothing names any more counts, and is there, until it is taken away; what somebody else names stays.
pub async fn leftovers_count_until_they_are_taken_away(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let own = world.direct(ann, bob).await;
    let write = async |bytes: &'static [u8]| world.blob_write(Bytes::from_static(bytes)).await.unwrap();
    let there = async |blob: Blob| world.blob_read(&blob).await.unwrap().is_some();
    let kept = async |who| world.media_kept(who).await.unwrap();
    let say = async |who, id, blob| {
        let media = Media { id: MediaId(id), blob, mime: String::new(), name: String::new() };
        world
            .message_append(Append { parts: vec![Part::Media(media)].into(), ..words(who, own, "") })
            .await
            .unwrap()
    };
    let (hers, both) = (write(b"hers").await, write(b"of both").await);
    let first = say(ann, 1, hers).await;
    let second = say(ann, 2, both).await;
    say(bob, 3, both).await;
    for place in [first.place, second.place] {
        let act = Act { target: place.seq, deed: Deed::Deleted };
        let amend = Amend { actor: ann, conversation: own, act, key: None, at: NOW };
        world.message_amend(amend).await.unwrap();
    }
    assert_eq!((kept(ann).await, kept(bob).await), (11, 7));
    let last = world.leftover_last().await.unwrap();
    // What is let go of later is not looked at yet.
    let refused = write(b"refused").await;
    world.leftover_add(ann, &[refused, hers]).await.unwrap();
    assert_eq!(kept(ann).await, 22);
    assert!(world.leftover_last().await.unwrap() > last);
    // What was written a moment ago may be named in the next one: it is looked at again later.
    let hour = Duration::from_secs(3600);
    let cleared = world.leftover_clear(last, hour, 100).await.unwrap().unwrap();
    assert_eq!(cleared, Cleared { looked_at: 2, files: 0, bytes: 0 });
    assert!(there(hers).await && there(both).await);
    assert_eq!((kept(ann).await, kept(bob).await), (15, 7), "what bob names is his alone now");
    assert_eq!(world.leftover_clear(last, Duration::ZERO, 100).await.unwrap(), Some(Cleared::default()));
    assert_eq!(world.clear_leftovers(Duration::ZERO).await, Cleared { looked_at: 3, files: 2, bytes: 11 });
    assert!(!there(hers).await && !there(refused).await && there(both).await);
    assert_eq!((kept(ann).await, kept(bob).await), (0, 7));
    // What has been taken away can be written and named again.
    assert_eq!(write(b"hers").await, hers);
    say(bob, 4, hers).await;
    assert!(there(hers).await);
    assert_eq!(world.clear_leftovers(Duration::ZERO).await, Cleared::default());
}
