//! Uploads: media that come in chunks.

use super::World;
use super::world::refused;
use bytes::Bytes;
use koine_model::Refusal;
use koine_model::refusal::Field;
use koine_model::upload::Progress;

fn chunk(bytes: &'static [u8]) -> Bytes {
    Bytes::from_static(bytes)
}

/// What was sent in chunks is the blob that it would have been in one piece, and the upload is gone.
pub async fn chunks_become_a_blob(world: World) {
    let ann = world.person("ann").await;
    assert_eq!(world.upload_begin(ann, "a/../b", 6).await.unwrap(), Progress::default());
    world.upload_append(ann, "a/../b", 1, 2, chunk(b"abc")).await.unwrap();
    let progress = world.upload_append(ann, "a/../b", 2, 2, chunk(b"def")).await.unwrap();
    assert_eq!(progress, Progress { chunks: 2, bytes: 6, total: 2 });
    let blob = world.upload_finish(ann, "a/../b").await.unwrap();
    assert_eq!(world.blob_read(&blob).await.unwrap(), Some(chunk(b"abcdef")));
    assert_eq!(world.blob_write(chunk(b"abcdef")).await.unwrap(), blob);
    refused(world.upload_finish(ann, "a/../b").await, Refusal::NotThere);
    assert_eq!(world.upload_begin(ann, "a/../b", 6).await.unwrap(), Progress::default());
}

/// Whoever comes again goes on where they were; with something else, they begin anew.
pub async fn an_upload_is_taken_up_again(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.upload_begin(ann, "m", 6).await.unwrap();
    world.upload_append(ann, "m", 1, 3, chunk(b"ab")).await.unwrap();
    let one = Progress { chunks: 1, bytes: 2, total: 3 };
    assert_eq!(world.upload_begin(ann, "m", 6).await.unwrap(), one);
    assert_eq!(
        world.upload_begin(bob, "m", 6).await.unwrap(),
        Progress::default(),
        "names are the account's own"
    );
    assert_eq!(world.upload_begin(ann, "m", 7).await.unwrap(), Progress::default());
    world.upload_drop(ann, "m").await.unwrap();
    world.upload_drop(ann, "m").await.unwrap();
    refused(world.upload_append(ann, "m", 1, 1, chunk(b"a")).await, Refusal::NotThere);
}

/// A client that did not hear of an acknowledgement sends its chunk again.
pub async fn a_chunk_that_is_there_changes_nothing(world: World) {
    let ann = world.person("ann").await;
    world.upload_begin(ann, "m", 4).await.unwrap();
    world.upload_append(ann, "m", 1, 2, chunk(b"ab")).await.unwrap();
    let again = world.upload_append(ann, "m", 1, 2, chunk(b"xy")).await.unwrap();
    assert_eq!(again, Progress { chunks: 1, bytes: 2, total: 2 });
    world.upload_append(ann, "m", 2, 2, chunk(b"cd")).await.unwrap();
    let blob = world.upload_finish(ann, "m").await.unwrap();
    assert_eq!(world.blob_read(&blob).await.unwrap(), Some(chunk(b"abcd")));
}

/// Chunks come in their order, and are not more than was said.
pub async fn uploads_refuse(world: World) {
    let ann = world.person("ann").await;
    refused(world.upload_finish(ann, "m").await, Refusal::NotThere);
    world.upload_begin(ann, "m", 4).await.unwrap();
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
