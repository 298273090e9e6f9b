//! Every transcript of this dialect, against a whole server.

use koine_core::Surroundings;
use koine_core::surroundings::Maintenance;
use koine_dialect::Dialect;
use koine_testkit::World;
use koine_testkit::transcripts::{run, run_folder};
use std::path::Path;
use std::sync::Arc;

fn dialects() -> Vec<Arc<dyn Dialect>> {
    vec![Arc::new(koine_native::Native)]
}

#[test]
fn transcripts() {
    run(env!("CARGO_MANIFEST_DIR"), dialects());
}

struct Always;

impl Maintenance for Always {
    fn is_on(&self) -> bool {
        true
    }
}

#[test]
fn transcripts_under_maintenance() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/maintenance");
    run_folder(&folder, 1, async || {
        let surroundings = Surroundings { maintenance: Arc::new(Always), ..Surroundings::default() };
        World::start_within(dialects(), Default::default(), Default::default(), surroundings).await
    });
}
