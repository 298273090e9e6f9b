//! The page for those who write a client: every conversation on it goes as it is written.

use koine_core::Surroundings;
use koine_testkit::{Pigeons, pages};
use std::sync::Arc;

#[test]
fn the_page_is_true() {
    let mailer: Arc<Pigeons> = Arc::default();
    let mailing = Surroundings { mailer: Some(mailer), ..Surroundings::default() };
    let kinds = [(pages::EXAMPLE, Surroundings::default()), ("transcript mailing", mailing)];
    pages::run_kinds(Arc::new(koine_mode_token::ModeToken), &kinds);
}
