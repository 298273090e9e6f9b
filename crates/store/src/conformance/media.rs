//! Media: bytes, and the ids under which they were posted.

use super::World;
use super::world::words;
use crate::{Amend, Append, Change, Cleared, Quota};
use bytes::Bytes;
use koine_model::MediaId;
use koine_model::media::{Blob, Media};
use koine_model::message::{Act, Deed, Part};
use std::time::Duration;
use tokio::task::JoinSet;

/// Bytes come back as they were, named by their SHA-256.
pub async fn bytes_are_kept(world: World) {
    let blob = world.blob_write(Bytes::from_static(b"abc")).await.unwrap();
    assert_eq!(blob.size, 3);
    assert_eq!(blob.hash[..4], [0xba, 0x78, 0x16, 0xbf]);
    assert_eq!(world.blob_read(&blob).await.unwrap(), Some(Bytes::from_static(b"abc")));
    assert_eq!(world.blob_write(Bytes::from_static(b"abc")).await.unwrap(), blob);
    let large = Bytes::from(vec![7; 3 << 20]);
    let blob = world.blob_write(large.clone()).await.unwrap();
    assert_eq!(world.blob_read(&blob).await.unwrap(), Some(large));
    let nothing = world.blob_write(Bytes::new()).await.unwrap();
    assert_eq!(world.blob_read(&nothing).await.unwrap(), Some(Bytes::new()));
}

/// What was never written is not there, and that is no failure.
pub async fn unknown_bytes_are_none(world: World) {
    assert_eq!(world.blob_read(&Blob { hash: [3; 32], size: 3 }).await.unwrap(), None);
    assert_eq!(world.media_find(MediaId(3)).await.unwrap(), None);
}

/// Writers of the same bytes do not get in each other's way.
pub async fn equal_bytes_at_once_are_one_blob(world: World) {
    let mut tasks = JoinSet::new();
    for task in 0..32_u8 {
        let world = world.clone();
        tasks.spawn(async move {
            let bytes = Bytes::from(vec![task % 4; 50_000]);
            let blob = world.blob_write(bytes.clone()).await.unwrap();
            assert_eq!(world.blob_read(&blob).await.unwrap(), Some(bytes));
            blob
        });
    }
    let mut blobs = tasks.join_all().await;
    blobs.sort_unstable();
    blobs.dedup();
    assert_eq!(blobs.len(), 4);
}

fn picture(id: u128, name: &str) -> Media {
    Media {
        id: MediaId(id),
        blob: Blob { hash: [1; 32], size: 1 },
        mime: "image/gif".into(),
        name: name.into(),
    }
}

/// Once posted, every attachment is found; one that a later message repeats stays what it was.
pub async fn media_are_found_by_their_id(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    let (one, two) = (picture(1, "one"), picture(u128::MAX, "two"));
    let parts = vec![Part::text("look"), Part::Media(one.clone()), Part::Media(two.clone())];
    world.message_append(Append { parts: parts.into(), ..words(ann, own, "") }).await.unwrap();
    assert_eq!(world.media_find(one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(world.media_find(two.id).await.unwrap(), Some(two));
    let parts = vec![Part::Media(picture(1, "other"))];
    world.message_append(Append { parts: parts.into(), ..words(ann, own, "") }).await.unwrap();
    assert_eq!(world.media_find(one.id).await.unwrap(), Some(one));
}

/// What an account has sent is counted once, for whoever sent it first, until it is gone.
pub async fn media_count_for_their_sender(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (tea, own) = (world.group(ann, &[]).await, world.direct(ann, bob).await);
    let of_size = |id, size| {
        let blob = Blob { hash: [9; 32], size };
        Part::Media(Media { blob, ..picture(id, "") })
    };
    let say = async |who, room, parts| {
        world.message_append(Append { parts, ..words(who, room, "") }).await.unwrap()
    };
    let kept = async |who| world.media_kept(who).await.unwrap();
    assert_eq!((kept(ann).await, world.upload_bytes(ann)), (0, 0));
    say(ann, own, vec![Part::text("hi")].into()).await;
    let first = say(ann, own, vec![of_size(1, 500), of_size(2, 30)].into()).await;
    say(ann, tea, vec![of_size(3, 1)].into()).await;
    say(bob, own, vec![of_size(1, 500), of_size(4, 7000)].into()).await;
    assert_eq!((kept(ann).await, kept(bob).await), (531, 7000));
    let act = Act { target: first.place.seq, deed: Deed::Deleted };
    let gone = Amend { actor: ann, conversation: own, act, key: None, at: first.at };
    world.message_amend(gone).await.unwrap();
    world.group_dissolve(tea, ann).await.unwrap();
    assert_eq!((kept(ann).await, kept(bob).await), (531, 7000), "the bytes are on the disk still");
    world.clear_leftovers(Duration::ZERO).await;
    // All of these are the same file, which bob has sent, too.
    assert_eq!((kept(ann).await, kept(bob).await), (0, 7000));
    let quota = Quota { uploads: 2, bytes: 90, room: 90 };
    world.upload_begin(ann, "u", 80, quota).await.unwrap();
    assert_eq!((kept(ann).await, world.upload_bytes(ann)), (0, 80));
    assert_eq!(world.upload_size(ann, "u").await.unwrap(), Some(80));
    assert_eq!(world.upload_size(bob, "u").await.unwrap(), None);
    world.upload_drop(ann, "u").await.unwrap();
    assert_eq!((kept(ann).await, world.upload_bytes(ann)), (0, 0));
}

/// What was posted in a group is not found when the group is gone.
pub async fn media_go_with_their_group(world: World) {
    let ann = world.person("ann").await;
    let (tea, own) = (world.group(ann, &[]).await, world.direct(ann, ann).await);
    for (room, media) in [(tea, picture(1, "tea")), (own, picture(2, "own"))] {
        world
            .message_append(Append { parts: vec![Part::Media(media)].into(), ..words(ann, room, "") })
            .await
            .unwrap();
    }
    world.group_dissolve(tea, ann).await.unwrap();
    assert_eq!(world.media_find(MediaId(1)).await.unwrap(), None);
    assert!(world.media_find(MediaId(2)).await.unwrap().is_some());
}

/// Pictures count for who has given them, the present ones and those that are not taken away yet.
pub async fn pictures_count_for_whoever_gave_them(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    let kept = async |who| world.media_kept(who).await.unwrap();
    let write = async |bytes: &'static [u8]| world.blob_write(Bytes::from_static(bytes)).await.unwrap();
    let (face, cup, pot) = (write(b"face").await, write(b"a cup").await, write(b"the pot").await);
    let wears = async |who, avatar| {
        world.account_change(who, Change { avatar: Some(avatar), ..Change::default() }).await.unwrap();
    };
    wears(ann, Some(face)).await;
    wears(ann, Some(face)).await;
    world.group_picture(tea, ann, Some(cup)).await.unwrap();
    assert_eq!((kept(ann).await, kept(bob).await), (9, 0));
    world.group_promote(tea, ann, bob).await.unwrap();
    world.group_rename(tea, bob, "coffee".into()).await.unwrap();
    assert_eq!((kept(ann).await, kept(bob).await), (9, 0), "whoever leads has not given it");
    world.group_picture(tea, bob, Some(pot)).await.unwrap();
    assert_eq!((kept(ann).await, kept(bob).await), (9, 7));
    assert_eq!(world.clear_leftovers(Duration::ZERO).await, Cleared { looked_at: 1, files: 1, bytes: 5 });
    assert_eq!((kept(ann).await, kept(bob).await), (4, 7));
    // The picture of the one is the other's, too.
    wears(bob, Some(face)).await;
    wears(ann, None).await;
    world.group_picture(tea, bob, None).await.unwrap();
    assert_eq!((kept(ann).await, kept(bob).await), (4, 11));
    assert_eq!(world.clear_leftovers(Duration::ZERO).await, Cleared { looked_at: 2, files: 1, bytes: 7 });
    assert_eq!((kept(ann).await, kept(bob).await), (0, 4));
    assert_eq!(world.blob_read(&face).await.unwrap(), Some(Bytes::from_static(b"face")));
    world.group_picture(tea, bob, Some(face)).await.unwrap();
    world.account_delete(bob, super::world::NOW).await.unwrap();
    world.group_dissolve(tea, ann).await.unwrap();
    assert_eq!((kept(ann).await, kept(bob).await), (0, 8));
    assert_eq!(world.clear_leftovers(Duration::ZERO).await, Cleared { looked_at: 2, files: 1, bytes: 4 });
    assert_eq!(kept(bob).await, 0);
}
