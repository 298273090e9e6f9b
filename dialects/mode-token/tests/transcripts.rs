//! Every transcript of this dialect, against a whole server.

use std::sync::Arc;

#[test]
fn transcripts() {
    koine_testkit::transcripts::run(env!("CARGO_MANIFEST_DIR"), vec![Arc::new(koine_mode_token::ModeToken)]);
}
