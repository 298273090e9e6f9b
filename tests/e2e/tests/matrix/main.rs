//! Everyone can talk to everyone: each flavour of each dialect to each, on one server, whatever happens in between.
//!
//! What comes out are the tables in `docs/interop.md`, which `UPDATE_EXPECT=1` rewrites.

mod files;
mod groups;
mod links;
mod own;
mod passwords;
mod secure;
mod texts;

use koine_e2e::matrix::{Cell, Person, both, flavours};
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

/// What became of something that has come, if it has come so many times.
fn once(cell: Cell, times: usize) -> Cell {
    if times == 1 { cell } else { cell.and_then(|_| Err(format!("it came {times} times"))) }
}

/// What became of a question that was asked several times of each pair.
fn all(passes: Vec<Vec<Vec<Cell>>>) -> Vec<Vec<Cell>> {
    let together = |first: Vec<Vec<Cell>>, second: Vec<Vec<Cell>>| {
        let rows = first.into_iter().zip(second);
        rows.map(|(first, second)| {
            first.into_iter().zip(second).map(|(one, other)| both(one, other)).collect()
        })
        .collect()
    };
    passes.into_iter().reduce(together).unwrap_or_default()
}

/// Everybody has heard what was sent so far: what `closer` says now comes after it. Who asks for what is new asks for the chat with
/// them last, since it is their newest.
async fn everybody_has_all(
    closer: &mut Person,
    when: &str,
    speakers: &mut [Person],
    listeners: &mut [Person],
) {
    for person in speakers.iter_mut().chain(listeners) {
        let has_all = person.has_all(closer, when).await;
        has_all.unwrap_or_else(|wrong| panic!("{:?}: {wrong}", person.known));
    }
}
