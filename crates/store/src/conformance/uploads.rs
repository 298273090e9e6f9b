//! Uploads: media that come in chunks.

use super::World;
use super::world::refused;
use crate::{NewUpload, Quota};
use bytes::Bytes;
use koine_model::Refusal;
use koine_model::refusal::Field;
use koine_model::upload::Progress;

const QUOTA: Quota = Quota { uploads: 100, bytes: 1 << 30, room: u64::MAX };

fn chunk(bytes: &'static [u8]) -> Bytes {
    Bytes::from_static(bytes)
}

/// What was sent in chunks is the blob that it would have been in one piece, and the upload is gone.
pub async fn chunks_become_a_blob(world: World) {
    let ann = world.person("ann").await;
    assert_eq!(world.upload_begin(ann, "a/../b", 6, QUOTA).await.unwrap(), Progress::default());
    world.upload_append(ann, "a/../b", 1, 2, chunk(b"abc")).await.unwrap();
    let progress = world.upload_append(ann, "a/../b", 2, 2, chunk(b"def")).await.unwrap();
    assert_eq!(progress, Progress { chunks: 2, bytes: 6, total: 2 });
    let blob = world.upload_finish(ann, "a/../b").await.unwrap();
    assert_eq!(world.blob_read(&blob).await.unwrap(), Some(chunk(b"abcdef")));
    assert_eq!(world.blob_write(chunk(b"abcdef")).await.unwrap(), blob);
    refused(world.upload_finish(ann, "a/../b").await, Refusal::NotThere);
    assert_eq!(world.upload_begin(ann, "a/../b", 6, QUOTA).await.unwrap(), Progress::default());
}

/// Whoever comes again goes on where they were; with something else, they begin anew.
pub async fn an_upload_is_taken_up_again(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.upload_begin(ann, "m", 6, QUOTA).await.unwrap();
    world.upload_append(ann, "m", 1, 3, chunk(b"ab")).await.unwrap();
    let one = Progress { chunks: 1, bytes: 2, total: 3 };
    assert_eq!(world.upload_begin(ann, "m", 6, QUOTA).await.unwrap(), one);
    assert_eq!(
        world.upload_begin(bob, "m", 6, QUOTA).await.unwrap(),
        Progress::default(),
        "names are the account's own"
    );
    assert_eq!(world.upload_begin(ann, "m", 7, QUOTA).await.unwrap(), Progress::default());
    world.upload_drop(ann, "m").await.unwrap();
    world.upload_drop(ann, "m").await.unwrap();
    refused(world.upload_append(ann, "m", 1, 1, chunk(b"a")).await, Refusal::NotThere);
}

/// A client that did not hear of an acknowledgement sends its chunk again.
pub async fn a_chunk_that_is_there_changes_nothing(world: World) {
    let ann = world.person("ann").await;
    world.upload_begin(ann, "m", 4, QUOTA).await.unwrap();
    world.upload_append(ann, "m", 1, 2, chunk(b"ab")).await.unwrap();
    let again = world.upload_append(ann, "m", 1, 2, chunk(b"xy")).await.unwrap();
    assert_eq!(again, Progress { chunks: 1, bytes: 2, total: 2 });
    world.upload_append(ann, "m", 2, 2, chunk(b"cd")).await.unwrap();
    let blob = world.upload_finish(ann, "m").await.unwrap();
    assert_eq!(world.blob_read(&blob).await.unwrap(), Some(chunk(b"abcd")));
}

/// Bytes are added where the upload ends; what it has become is told as often as it is asked.
pub async fn a_growing_upload_becomes_a_blob(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let new = NewUpload { size: 6, mime: "text/plain".into(), name: "a b.txt".into() };
    assert_eq!(world.upload_look(ann, "g").await.unwrap(), None);
    assert_eq!(world.upload_open(ann, "g", new.clone(), QUOTA).await.unwrap(), 0);
    assert_eq!(world.upload_extend(ann, "g", 0, chunk(b"abcd")).await.unwrap(), (4, 6));
    assert_eq!(world.upload_look(ann, "g").await.unwrap(), Some((4, new.clone())));
    assert_eq!(world.upload_look(bob, "g").await.unwrap(), None, "names are the account's own");
    assert_eq!(world.upload_open(ann, "g", new.clone(), QUOTA).await.unwrap(), 4);
    assert_eq!(world.upload_extend(ann, "g", 4, chunk(b"")).await.unwrap(), (4, 6));
    assert_eq!(world.upload_extend(ann, "g", 4, chunk(b"ef")).await.unwrap(), (6, 6));
    let (blob, about) = world.upload_take(ann, "g").await.unwrap();
    assert_eq!(about, new);
    assert_eq!(world.blob_read(&blob).await.unwrap(), Some(chunk(b"abcdef")));
    assert_eq!(world.upload_take(ann, "g").await.unwrap(), (blob, new.clone()));
    assert_eq!(world.upload_look(ann, "g").await.unwrap(), Some((6, new)));
    world.upload_drop(ann, "g").await.unwrap();
    refused(world.upload_take(ann, "g").await, Refusal::NotThere);
}

/// It is known what it will be, and it is still an upload of its account.
pub async fn a_weighed_upload_is_still_one(world: World) {
    let ann = world.person("ann").await;
    let quota = Quota { uploads: 1, bytes: 10, room: u64::MAX };
    let new = NewUpload { size: 3, mime: "a/b".into(), name: "c".into() };
    refused(world.upload_weigh(ann, "g").await, Refusal::NotThere);
    world.upload_open(ann, "g", new.clone(), quota).await.unwrap();
    refused(world.upload_weigh(ann, "g").await, Refusal::Unusable(Field::Message));
    world.upload_extend(ann, "g", 0, chunk(b"abc")).await.unwrap();
    let (blob, about) = world.upload_weigh(ann, "g").await.unwrap();
    assert_eq!(about, new);
    assert_eq!(world.blob_read(&blob).await.unwrap(), None, "it is no blob yet");
    refused(world.upload_open(ann, "h", new.clone(), quota).await, Refusal::Busy);
    assert_eq!(world.upload_look(ann, "g").await.unwrap(), Some((3, new.clone())));
    assert_eq!(world.upload_weigh(ann, "g").await.unwrap(), (blob, new.clone()));
    assert_eq!(world.upload_take(ann, "g").await.unwrap(), (blob, new.clone()));
    assert_eq!(world.blob_read(&blob).await.unwrap(), Some(chunk(b"abc")));
    assert_eq!(world.upload_weigh(ann, "g").await.unwrap(), (blob, new.clone()));
    // Of the same bytes there is a blob already: the upload is taken all the same.
    world.upload_open(ann, "h", new.clone(), quota).await.unwrap();
    world.upload_extend(ann, "h", 0, chunk(b"abc")).await.unwrap();
    assert_eq!(world.upload_weigh(ann, "h").await.unwrap().0, blob);
    refused(world.upload_open(ann, "i", new.clone(), quota).await, Refusal::Busy);
    assert_eq!(world.upload_take(ann, "h").await.unwrap(), (blob, new.clone()));
    world.upload_open(ann, "i", new, quota).await.unwrap();
}

/// Whatever is done to an upload after it was weighed, a blob holds what its hash says.
pub async fn a_weighed_upload_is_not_another(world: World) {
    let ann = world.person("ann").await;
    let new = |size| NewUpload { size, mime: String::new(), name: String::new() };
    world.upload_open(ann, "g", new(3), QUOTA).await.unwrap();
    world.upload_extend(ann, "g", 0, chunk(b"abc")).await.unwrap();
    let (blob, _) = world.upload_weigh(ann, "g").await.unwrap();
    refused(world.upload_extend(ann, "g", 3, chunk(b"d")).await, Refusal::Unusable(Field::Message));
    // Under the same name, in the other way, by way of another size.
    world.upload_begin(ann, "g", 4, QUOTA).await.unwrap();
    world.upload_append(ann, "g", 1, 2, chunk(b"xyz")).await.unwrap();
    refused(world.upload_take(ann, "g").await, Refusal::NotThere);
    world.upload_begin(ann, "g", 3, QUOTA).await.unwrap();
    world.upload_append(ann, "g", 1, 1, chunk(b"xyz")).await.unwrap();
    refused(world.upload_take(ann, "g").await, Refusal::NotThere);
    assert_ne!(world.upload_finish(ann, "g").await.unwrap(), blob);
    assert_eq!(world.blob_read(&blob).await.unwrap(), None);
    // Begun anew in the same way, it is what it is then.
    world.upload_open(ann, "h", new(3), QUOTA).await.unwrap();
    world.upload_extend(ann, "h", 0, chunk(b"abc")).await.unwrap();
    assert_eq!(world.upload_weigh(ann, "h").await.unwrap().0, blob);
    world.upload_open(ann, "h", new(4), QUOTA).await.unwrap();
    refused(world.upload_take(ann, "h").await, Refusal::Unusable(Field::Message));
    world.upload_extend(ann, "h", 0, chunk(b"wxyz")).await.unwrap();
    assert_ne!(world.upload_take(ann, "h").await.unwrap().0, blob);
}

/// What does not belong where the upload ends is not taken, and nothing incomplete is used.
pub async fn growing_uploads_refuse(world: World) {
    let ann = world.person("ann").await;
    let unusable = Refusal::Unusable(Field::Message);
    refused(world.upload_extend(ann, "g", 0, chunk(b"a")).await, Refusal::NotThere);
    refused(world.upload_take(ann, "g").await, Refusal::NotThere);
    let new = NewUpload { size: 3, mime: String::new(), name: String::new() };
    world.upload_open(ann, "g", new, QUOTA).await.unwrap();
    refused(world.upload_extend(ann, "g", 1, chunk(b"a")).await, unusable);
    refused(world.upload_extend(ann, "g", 0, chunk(b"abcd")).await, Refusal::TooLarge(Field::Message));
    world.upload_extend(ann, "g", 0, chunk(b"ab")).await.unwrap();
    refused(world.upload_take(ann, "g").await, unusable);
    // Of two at once, one is late.
    let (one, other) = tokio::join!(
        world.upload_extend(ann, "g", 2, chunk(b"c")),
        world.upload_extend(ann, "g", 2, chunk(b"x"))
    );
    assert_eq!([one.is_ok(), other.is_ok()].into_iter().filter(|took| *took).count(), 1);
    world.upload_take(ann, "g").await.unwrap();
    refused(world.upload_extend(ann, "g", 3, chunk(b"d")).await, unusable);
}

/// So many uploads, and so many bytes, may be begun by one account and not be finished.
pub async fn unfinished_uploads_are_bounded(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let quota = Quota { uploads: 2, bytes: 10, room: u64::MAX };
    let new = |size| NewUpload { size, mime: String::new(), name: String::new() };
    world.upload_open(ann, "a", new(5), quota).await.unwrap();
    refused(world.upload_open(ann, "b", new(6), quota).await, Refusal::Busy);
    world.upload_open(ann, "a", new(5), quota).await.unwrap();
    world.upload_begin(ann, "b", 5, quota).await.unwrap();
    refused(world.upload_begin(ann, "c", 0, quota).await, Refusal::Busy);
    world.upload_open(bob, "c", new(10), quota).await.unwrap();
    world.upload_extend(ann, "a", 0, chunk(b"abcde")).await.unwrap();
    refused(world.upload_open(ann, "c", new(1), quota).await, Refusal::Busy);
    world.upload_take(ann, "a").await.unwrap();
    world.upload_open(ann, "c", new(5), quota).await.unwrap();
    // Room is for the unfinished ones together, and one that is gone on with needs no more than it has.
    let narrow = |room| Quota { uploads: 9, bytes: 100, room };
    refused(world.upload_open(ann, "d", new(3), narrow(12)).await, Refusal::Quota);
    refused(world.upload_begin(ann, "d", 3, narrow(12)).await, Refusal::Quota);
    world.upload_open(ann, "c", new(5), narrow(10)).await.unwrap();
    world.upload_open(ann, "d", new(3), narrow(13)).await.unwrap();
}

/// Chunks come in their order, and are not more than was said.
pub async fn uploads_refuse(world: World) {
    let ann = world.person("ann").await;
    refused(world.upload_finish(ann, "m").await, Refusal::NotThere);
    world.upload_begin(ann, "m", 4, QUOTA).await.unwrap();
    let unusable = Refusal::Unusable(Field::Message);
    refused(world.upload_append(ann, "m", 0, 2, chunk(b"a")).await, unusable);
    refused(world.upload_append(ann, "m", 2, 2, chunk(b"a")).await, unusable);
    refused(world.upload_append(ann, "m", 1, 2, chunk(b"abcde")).await, Refusal::TooLarge(Field::Message));
    world.upload_append(ann, "m", 1, 2, chunk(b"ab")).await.unwrap();
    refused(world.upload_append(ann, "m", 2, 3, chunk(b"cd")).await, unusable);
    refused(world.upload_finish(ann, "m").await, unusable);
}

/// A part ends where the blob does.
pub async fn a_part_of_a_blob_is_read(world: World) {
    let blob = world.blob_write(chunk(b"abcdef")).await.unwrap();
    let check = async |offset, length, expected: &'static [u8]| {
        assert_eq!(world.blob_read_range(&blob, offset, length).await.unwrap(), Some(chunk(expected)));
    };
    check(0, 2, b"ab").await;
    check(4, 9, b"ef").await;
    check(6, 9, b"").await;
    check(99, 9, b"").await;
    let unknown = koine_model::media::Blob { hash: [3; 32], size: 3 };
    assert_eq!(world.blob_read_range(&unknown, 0, 3).await.unwrap(), None);
}
