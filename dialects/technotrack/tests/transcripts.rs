//! Every transcript of this dialect, against a whole server.

use koine_dialect::Dialect;
use koine_testkit::transcripts::{run_beside, run_limited};
use std::sync::Arc;

fn dialects() -> Vec<Arc<dyn Dialect>> {
    vec![Arc::new(koine_technotrack::Technotrack)]
}

#[test]
fn transcripts() {
    run_beside(env!("CARGO_MANIFEST_DIR"), dialects(), &["limited"]);
}

#[test]
fn transcripts_where_little_is_allowed() {
    run_limited(env!("CARGO_MANIFEST_DIR"), dialects());
}
