//! Everyone can talk to everyone: each flavour of each dialect to each, on one server, whatever happens in between.
//!
//! What comes out are the tables in `docs/interop.md`, which `UPDATE_EXPECT=1` rewrites.

mod files;
mod groups;
mod own;
mod passwords;
mod texts;

use koine_e2e::matrix::flavours;
use std::collections::BTreeSet;

/// A sixth dialect cannot be forgotten.
#[test]
fn every_dialect_of_the_registry_takes_part() {
    let spoken: BTreeSet<String> =
        koine_registry::all().iter().map(|dialect| dialect.name().to_string()).collect();
    let here: BTreeSet<String> = flavours().iter().map(|flavour| flavour.dialect.to_owned()).collect();
    let missing: Vec<_> = spoken.symmetric_difference(&here).collect();
    assert!(
        missing.is_empty(),
        "{missing:?} is in the registry without a client in tests/e2e/src/matrix, or there without being spoken: \
         write the client (two hundred lines, like the others) and add it to `flavours`"
    );
}

/// The names of all flavours, as the columns of a table.
fn names() -> Vec<String> {
    flavours().iter().map(|flavour| flavour.name.to_owned()).collect()
}
