//! Every transcript of this dialect, against a whole server, by both of its carriages.

use koine_testkit::World;
use koine_testkit::transcripts::{run_beside, run_folder, run_limited};
use koine_type_payload::TypePayload;
use std::path::Path;
use std::sync::Arc;

#[test]
fn transcripts() {
    run_beside(env!("CARGO_MANIFEST_DIR"), vec![Arc::new(TypePayload)], &["limited"]);
}

/// The same conversations, but for those about the carriages themselves, when everybody comes by WebSocket.
#[test]
fn transcripts_by_websocket() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let theirs = tempfile::tempdir().unwrap();
    let entries = std::fs::read_dir(ours).unwrap().map(|entry| entry.unwrap().path());
    for file in entries.filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(&file).unwrap();
        if !text.contains(">> ") {
            let text = text.replace(": type-payload\n", ": type-payload ws\n");
            std::fs::write(theirs.path().join(file.file_name().unwrap()), text).unwrap();
        }
    }
    run_folder(theirs.path(), 4, async || World::start(vec![Arc::new(TypePayload)]).await);
}

#[test]
fn transcripts_where_little_is_allowed() {
    run_limited(env!("CARGO_MANIFEST_DIR"), vec![Arc::new(TypePayload)]);
}
