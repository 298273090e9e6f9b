//! Every transcript of this dialect, against a whole server.

use koine_core::Surroundings;
use koine_core::surroundings::Maintenance;
use koine_dialect::Dialect;
use koine_model::server::Registration;
use koine_testkit::transcripts::{run_beside, run_folder, run_limited};
use koine_testkit::{Pigeons, World};
use std::path::Path;
use std::sync::Arc;

fn dialects() -> Vec<Arc<dyn Dialect>> {
    vec![Arc::new(koine_native::Native)]
}

#[test]
fn transcripts() {
    let others = ["limited", "mail", "maintenance", "invitation", "closed"];
    run_beside(env!("CARGO_MANIFEST_DIR"), dialects(), &others);
}

struct Always;

impl Maintenance for Always {
    fn is_on(&self) -> bool {
        true
    }
}

/// Plays the transcripts of a folder below that of the others in surroundings of their own.
fn run_within(folder: &str, surroundings: &Surroundings) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(folder);
    run_folder(&folder, 1, async || {
        World::start_within(dialects(), Default::default(), Default::default(), surroundings.clone()).await
    });
}

#[test]
fn transcripts_under_maintenance() {
    run_within("maintenance", &Surroundings { maintenance: Arc::new(Always), ..Surroundings::default() });
}

#[test]
fn transcripts_by_invitation() {
    run_within(
        "invitation",
        &Surroundings { registration: Registration::Invitation, ..Surroundings::default() },
    );
}

#[test]
fn transcripts_of_closed_registration() {
    run_within("closed", &Surroundings { registration: Registration::Closed, ..Surroundings::default() });
}

#[test]
fn transcripts_with_mail() {
    let mailer: Arc<Pigeons> = Arc::default();
    run_within("mail", &Surroundings { mailer: Some(mailer), ..Surroundings::default() });
}

#[test]
fn transcripts_where_little_is_allowed() {
    run_limited(env!("CARGO_MANIFEST_DIR"), dialects());
}
