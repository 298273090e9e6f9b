//! People of different dialects meet on the real binary: what one says, the other hears, whatever happens in between.

mod answers;
mod bounds;
mod delivery;
mod durability;
mod kept;
mod limits;
mod media;
mod operator;
mod pages;
mod pictures;
mod pieces;
mod privacy;
mod rates;
mod renewed;
mod secure;
mod stalled;

/// The scenes that transcripts can tell.
#[test]
fn scenes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes");
    koine_testkit::transcripts::run_folder(&folder, 4, async || {
        koine_testkit::Process::start(koine_e2e::recipe()).await
    });
}
