//! Every transcript of this dialect, against a whole server; those in `mailing` against one that sends mail.

use koine_core::Surroundings;
use koine_dialect::Dialect;
use koine_testkit::transcripts::{run_beside, run_folder, run_limited};
use koine_testkit::{Pigeons, World};
use std::path::Path;
use std::sync::Arc;

fn dialects() -> Vec<Arc<dyn Dialect>> {
    vec![Arc::new(koine_mode_token::ModeToken)]
}

#[test]
fn transcripts() {
    run_beside(env!("CARGO_MANIFEST_DIR"), dialects(), &["limited", "mailing"]);
}

#[test]
fn transcripts_where_mail_is_sent() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/mailing");
    let mailing = || Surroundings { mailer: Some(Arc::new(Pigeons::default())), ..Surroundings::default() };
    run_folder(&folder, 1, async || {
        World::start_within(dialects(), Default::default(), Default::default(), mailing()).await
    });
}

#[test]
fn transcripts_where_little_is_allowed() {
    run_limited(env!("CARGO_MANIFEST_DIR"), dialects());
}
