//! A migration runs behind its copy, as a whole or not at all: whatever a power cut leaves of a start on an older data folder, the
//! old schema is there or the new one, with everything that was in it; and a migration that fails leaves what was there.

#![cfg(target_os = "linux")]

use koine_power::cuts::{Cuts, Time, Tried, quick_folder};
use koine_power::disk::{Disk, Lies};
use koine_power::examine::Complaint;
use koine_power::recorder::Recorder;
use koine_power::trace::parse;
use koine_store::Store;
use koine_store_sqlite::{Depth, Finding, OpenError, Options, Part, SqliteStore, Verdict, Watch, check};
use koine_testkit::chance::seed;
use koine_testkit::{Ending, Process, Recipe, binary};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Runtime;

/// For how long contents are tried at least, in seconds, unless `KOINE_POWER_SECONDS` says: of each start a part of that.
const SECONDS: u64 = 20;
const STARTS: u64 = 60;
/// For how long contents of one start are tried at most, so that each moment gets its turn.
const MOST: Duration = Duration::from_secs(60);
/// Between the schemas that are tried, unless `KOINE_POWER_SECONDS` gives time for all.
const STEP: usize = 4;
/// What share of the moments must have been tried, in percent: all, unless the machine is far too slow for it.
const SHARE: usize = 25;

/// A start of the server on a folder of an older schema, and what was and what will be in its database.
struct Start {
    cuts: Cuts,
    version: u32,
    old: Vec<String>,
    new: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_is_cut_off_leaves_the_old_schema_or_the_new_one() {
    let all = versions();
    let (_, older) = all.split_last().expect("fixtures");
    let step = if wanted().is_some() { 1 } else { STEP };
    for version in older.iter().step_by(step) {
        let start = start(*version, None).await;
        let look = |runtime: &Runtime, left: &Path, _| {
            start.is_old_or_new(left)?;
            start.becomes_new(runtime, left)
        };
        let tried = start.cuts.everywhere(Lies::Never, time(), |records| records, look);
        start.judge(tried);
        // The copy is synced before it has its name, and the log before the database.
        let found = start.cuts.everywhere(Lies::AboutTheDatabase, time(), |records| records, look);
        let complaint = found.complaint.unwrap_or_else(|| panic!("not found out in {} cuts", found.contents));
        eprintln!("a disk that lies is found out after {}: {complaint}", found.contents);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_and_is_cut_off_leaves_what_was_there() {
    // The first step that meets it fails; one to which other steps have led, and one that is the first of all.
    for (version, obstacle) in [(1, "CREATE TABLE words (x)"), (9, "CREATE TABLE leftover (x)")] {
        let start = start(version, Some(obstacle)).await;
        let look = |_: &Runtime, left: &Path, _| {
            let was = start.is_old_or_new(left)?;
            match SqliteStore::open(left, Options::default()) {
                Err(OpenError::Migrate { from, .. }) if from == version && was == version => {}
                other => return Err(format!("schema {was} opens as {:?}", other.map(drop))),
            }
            start.is_old_or_new(left).map(drop)
        };
        let tried = start.cuts.everywhere(Lies::Never, time(), |records| records, look);
        start.judge(tried);
    }
}

impl Start {
    /// The database has the old schema or the new one, and all that was in it; a copy that has its name is whole, and is there as soon as
    /// the schema is the new one. Tells which.
    fn is_old_or_new(&self, left: &Path) -> Result<u32, Complaint> {
        let place = quick_folder();
        let apart = place.path().join("data");
        // Whoever opens a database takes its log in: the store is to find it as it is.
        copy(left, &apart);
        let database = apart.join("koine.db");
        let version = version_of(&database)?;
        let now = dump(&database)?;
        if version == self.version {
            differ("the old schema", &self.old, &now)?;
        } else {
            differ(&format!("the new schema, {version}"), &self.new, &now)?;
        }
        let backup = apart.join(format!("koine.db.v{}.bak", self.version));
        if backup.is_file() {
            differ("the copy", &self.old, &dump(&backup)?)?;
        } else if version != self.version {
            return Err(format!("schema {version} is there, and no copy of the old one"));
        }
        Ok(version)
    }

    /// The store brings it to the new schema, from wherever it is.
    fn becomes_new(&self, runtime: &Runtime, left: &Path) -> Result<(), Complaint> {
        let store = SqliteStore::open(left, Options::default())
            .map_err(|error| format!("it does not open: {error:?}"))?;
        runtime.block_on(store.close());
        drop(store);
        let mut first = First::default();
        match check(left, Depth::Bytes, &mut first).map_err(|error| error.to_string())? {
            Verdict { damages: 0, .. } => {}
            Verdict { .. } => return Err(first.0.unwrap_or_default()),
        }
        match self.is_old_or_new(left)? {
            version if version == self.version => Err("it keeps the old schema".to_owned()),
            _ => Ok(()),
        }
    }

    /// Everything that was tried is as it must be, and it was not too little.
    fn judge(&self, tried: Tried) {
        let (share, told) = (tried.share(), tried.told());
        eprintln!("schema {}: {told}, drawn by KOINE_POWER_SEED={}", self.version, self.cuts.seed);
        assert_eq!(tried.complaint, None, "schema {}", self.version);
        assert!(share >= SHARE, "less than {SHARE} % of the moments: {told}");
    }
}

/// Has the server start on a folder as an older one has left it that was killed, with everything in its log. With an `obstacle` in the
/// database the start fails.
async fn start(version: u32, obstacle: Option<&str>) -> Start {
    let temporary = std::env::temp_dir().canonicalize().expect("a temporary folder");
    let tools = tempfile::tempdir_in(&temporary).expect("a temporary folder");
    let folder = tempfile::tempdir_in(&temporary).expect("a temporary folder");
    let root = folder.path().join("data");
    lived_in(version, obstacle.unwrap_or_default(), &tools.path().join("made"), &root);
    let before = Disk::of(&root, Lies::Never).holding(&root);
    let reference = tools.path().join("reference");
    copy(&root, &reference);
    let old = dump(&reference.join("koine.db")).expect("a database");
    let new = match SqliteStore::open(&reference, Options::default()) {
        Ok(store) => {
            store.close().await;
            dump(&reference.join("koine.db")).expect("a database")
        }
        // Nothing that is there can be like it.
        Err(error) => vec![format!("it must not become anything: {error}")],
    };
    let recorder = Recorder::compile(tools.path());
    let recipe = Recipe {
        binary: binary().to_owned(),
        dialects: koine_registry::all(),
        environment: Vec::new(),
        authority: None,
    };
    let recipe = recorder.on(recipe, &root);
    if obstacle.is_some() {
        let told = recipe.command(&root).output().expect("a command");
        let words = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(!told.status.success() && words.contains("and is as it was"), "{words}");
    } else {
        Process::start_in(recipe, folder).await.end(Ending::InOrder).await;
    }
    let records = parse(&recorder.trace());
    Start { cuts: Cuts { before, records, seed: seed("KOINE_POWER_SEED") }, version, old, new }
}

/// Makes the folder `data` of schema `version`: everything in the database is in its log still. `place` is for what is in between.
fn lived_in(version: u32, obstacle: &str, place: &Path, data: &Path) {
    for bytes in [&b"a picture"[..], b"a letter"] {
        let name: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = place.join("media").join(&name[..2]);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(name), bytes).expect("a file");
    }
    let connection = Connection::open(place.join("koine.db")).expect("a database");
    connection.pragma_update(None, "journal_mode", "WAL").expect("a log");
    connection.pragma_update(None, "wal_autocheckpoint", 0).expect("a log that grows");
    let content = fs::read_to_string(fixture(version)).expect("a fixture");
    let statements = format!("PRAGMA foreign_keys = OFF; BEGIN; {content} {obstacle}; COMMIT");
    connection.execute_batch(&statements).expect("a database");
    copy(place, data);
    assert!(data.join("koine.db-wal").metadata().expect("a log").len() > 10_000);
}

/// Copies a folder, without what SQLite makes anew.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (kind, name) = (entry.file_type().expect("a kind"), entry.file_name());
        if kind.is_dir() {
            copy(&entry.path(), &to.join(name));
        } else if kind.is_file() && !name.to_string_lossy().ends_with("-shm") {
            fs::copy(entry.path(), to.join(name)).expect("a copy");
        }
    }
}

fn time() -> Time {
    Time { least: Duration::from_secs(wanted().unwrap_or(SECONDS) / STARTS), most: MOST }
}

/// How long it is to take in all, in seconds, where somebody says.
fn wanted() -> Option<u64> {
    std::env::var("KOINE_POWER_SECONDS").ok().map(|seconds| seconds.parse().expect("seconds"))
}

fn fixture(version: u32) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/store/sqlite/fixtures");
    folder.join(format!("schema_{version}.sql"))
}

fn versions() -> Vec<u32> {
    (1..).take_while(|version| fixture(*version).is_file()).collect()
}

fn version_of(database: &Path) -> Result<u32, Complaint> {
    let connection = Connection::open(database).map_err(|error| error.to_string())?;
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| error.to_string())
}

/// All declarations and rows of a sound database. How often the disk was tried is left out, and so is the index of words, which is made of
/// the messages.
fn dump(database: &Path) -> Result<Vec<String>, Complaint> {
    read(database).map_err(|error| format!("{}: {error}", database.display()))
}

fn read(database: &Path) -> rusqlite::Result<Vec<String>> {
    let connection = Connection::open(database)?;
    let all = |query: &str| -> rusqlite::Result<Vec<(String, String)>> {
        let mut statement = connection.prepare(query)?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let mut lines: Vec<_> = all("SELECT 'integrity', integrity_check FROM pragma_integrity_check")?
        .into_iter()
        .map(|(what, found)| format!("{what}: {found}"))
        .collect();
    let declared = all("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name, type")?;
    for (name, sql) in declared {
        if sql.starts_with("CREATE TABLE") && !name.starts_with("words") && name != "meta" {
            let columns: String = connection.query_row(
                "SELECT group_concat('quote(' || name || ')', ' || '', '' || ') FROM pragma_table_info(?1)",
                [&name],
                |row| row.get(0),
            )?;
            let rows = all(&format!("SELECT '{name}', {columns} FROM {name} ORDER BY 1, 2"))?;
            lines.extend(rows.into_iter().map(|(table, row)| format!("{table}: {row}")));
        }
        lines.push(sql);
    }
    Ok(lines)
}

/// Tells the first line in which two databases differ.
fn differ(which: &str, wanted: &[String], found: &[String]) -> Result<(), Complaint> {
    if wanted == found {
        return Ok(());
    }
    let missing = wanted.iter().find(|line| !found.contains(line));
    let strange = found.iter().find(|line| !wanted.contains(line));
    Err(format!("{which} is not whole: {missing:?} is not there, and {strange:?} is"))
}

/// The first thing that a check finds.
#[derive(Default)]
struct First(Option<String>);

impl Watch for First {
    fn progress(&mut self, _: Part, _: u64, _: u64) {}
    fn found(&mut self, finding: Finding) {
        self.0.get_or_insert(finding.text);
    }
}
