//! The suite that every backend passes, on SQLite.

use koine_store::Store;
use koine_store_sqlite::{Options, SqliteStore};
use std::sync::Arc;
use tempfile::TempDir;

async fn make() -> (Arc<dyn Store>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(SqliteStore::open(folder.path(), Options::default()).unwrap()), folder)
}

koine_store::conformance_suite!(crate::make);
