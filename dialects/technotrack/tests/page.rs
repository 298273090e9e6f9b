//! The page for those who write a client: every conversation on it goes as it is written.

use std::sync::Arc;

#[test]
fn the_page_is_true() {
    koine_testkit::pages::run(Arc::new(koine_technotrack::Technotrack));
}
