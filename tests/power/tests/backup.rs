//! A backup that has its name is whole, and one that was finished has it: whatever a power cut leaves of it. And a data folder into
//! which one is brought back is served only when all of it is there.

#![cfg(target_os = "linux")]

use bytes::Bytes;
use koine_model::account::Handle;
use koine_model::conversation::ConversationRef;
use koine_model::media::Media;
use koine_model::message::Part;
use koine_model::{AccountId, ConversationId, MediaId, Timestamp};
use koine_power::disk::{Disk, Lies, Luck};
use koine_power::recorder::Recorder;
use koine_power::trace::{Record, parse};
use koine_store::{Append, NewAccount, Store, WantedHandle};
use koine_store_sqlite::{
    Depth, Finding, OpenError, Options, Part as Work, SqliteStore, Verdict, Watch, check,
};
use koine_testkit::chance::{Chance, seed};
use koine_testkit::{Recipe, binary};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many contents are looked at for one moment: the first is nothing of what is uncertain, the others are any of it.
const KINDS: usize = 3;

/// A data folder that grows, and what is made of it by commands that are recorded.
struct Workshop {
    place: tempfile::TempDir,
    recorder: Recorder,
    seed: u64,
}

/// What is wrong with what is left at some moment.
type Complaint = String;

impl Workshop {
    async fn new() -> Self {
        let temporary = std::env::temp_dir().canonicalize().expect("a temporary folder");
        let place = tempfile::tempdir_in(temporary).expect("a temporary folder");
        let recorder = Recorder::compile(place.path());
        let workshop = Self { place, recorder, seed: seed("KOINE_POWER_SEED") };
        workshop.say(1).await;
        workshop
    }

    fn at(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Ten more messages, one of them with a file of its own.
    async fn say(&self, round: u64) {
        let store = SqliteStore::open(&self.at("data"), Options::default()).expect("a store");
        let own = if round == 1 { settle(&store).await } else { ConversationId::new(1).expect("a number") };
        for number in 0..10 {
            let text = format!("{round} {number} {}", "x".repeat(500));
            let blob = store.blob_write(Bytes::from(format!("a file of {round}"))).await.expect("a blob");
            let media =
                Media { id: MediaId(round.into()), blob, mime: "text/plain".into(), name: "file.txt".into() };
            let parts = match number {
                0 => vec![Part::text(text), Part::Media(media)],
                _ => vec![Part::text(text)],
            };
            let append = Append {
                sender: AccountId::FIRST,
                to: ConversationRef::Id(own),
                parts: parts.into(),
                key: None,
                at: Timestamp(1),
            };
            store.message_append(append).await.expect("a message");
        }
        store.close().await;
    }

    /// Runs a command of the binary, which must succeed, and writes down what it does to `root`.
    fn run(&self, command: &str, arguments: &[&str], data: &str, root: &str) {
        let recipe = Recipe {
            binary: binary().to_owned(),
            dialects: Vec::new(),
            environment: Vec::new(),
            authority: None,
        };
        let recorded = self.recorder.on(recipe, &self.at(root));
        let told = Command::new(binary())
            .arg(command)
            .args(arguments)
            .arg("--data")
            .arg(self.at(data))
            .env_clear()
            .envs(recorded.environment)
            .output()
            .expect("a command");
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }

    /// Looks at what the disk holds of `root` at each moment. Tells how often it looked, and the first complaint.
    fn cut(
        &self,
        root: &str,
        lies: Lies,
        look: impl Fn(&Path, bool) -> Result<(), Complaint>,
    ) -> (usize, Option<Complaint>) {
        let records = parse(&self.recorder.trace());
        let mut chance = Chance::of(self.seed);
        let (mut disk, mut looked) = (Disk::of(&self.at(root), lies), 0);
        for (number, record) in (1..).zip(&records) {
            disk.apply(record);
            if !record.touches_the_disk() {
                continue;
            }
            // A command has ended when everything was done.
            let is_last = records[number..].iter().all(|record| !record.touches_the_disk());
            for kind in 0..KINDS {
                let luck = if kind == 0 { Luck::Nothing } else { Luck::Any(chance.fork()) };
                let left =
                    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
                disk.left(&luck).write(left.path());
                looked += 1;
                if let Err(complaint) = look(left.path(), is_last) {
                    let last = format!("{record:?}").chars().take(150).collect::<String>();
                    return (
                        looked,
                        Some(format!("after {number} records, {last}, by {luck:?}: {complaint}")),
                    );
                }
            }
        }
        (looked, None)
    }
}

/// Whoever says everything, and their conversation with themselves.
async fn settle(store: &SqliteStore) -> ConversationId {
    let new = NewAccount {
        handle: WantedHandle::Exactly(Handle::parse("ann").expect("a handle")),
        nick: "ann".into(),
        nick_is_unique: false,
        email: String::new(),
        phone: String::new(),
        verifiers: Vec::new(),
        invitation: None,
        at: Timestamp(0),
    };
    let ann = store.account_create(new).await.expect("an account").id;
    store.direct_open(ann, ann, Timestamp(0)).await.expect("a conversation").0.id
}

/// The first thing that a check finds.
#[derive(Default)]
struct First(Option<String>);

impl Watch for First {
    fn progress(&mut self, _: Work, _: u64, _: u64) {}
    fn found(&mut self, finding: Finding) {
        self.0.get_or_insert(finding.text);
    }
}

/// How many messages there are in a folder where everything is as it must be.
fn sound(folder: &Path) -> Result<u64, Complaint> {
    let mut first = First::default();
    match check(folder, Depth::Bytes, &mut first) {
        Ok(Verdict { damages: 0, entries }) => Ok(entries),
        Ok(_) => Err(first.0.unwrap_or_default()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn a_backup_that_has_its_name_is_whole() {
    let workshop = Workshop::new().await;
    let into = workshop.at("backup");
    let into = into.to_str().expect("a path of text");
    workshop.run("backup", &[into], "data", "backup");
    let one = parse(&workshop.recorder.trace()).len();
    workshop.say(2).await;
    workshop.run("backup", &[into], "data", "backup");
    let records = parse(&workshop.recorder.trace());
    let is_sync = |record: &&Record| matches!(record, Record::Synced(_));
    eprintln!("{} records, {} of them syncs", records.len(), records.iter().filter(is_sync).count());
    assert!(one < records.len());
    let look = |left: &Path, is_last: bool| {
        let is_there = left.join("koine.db").is_file();
        match (is_there.then(|| sound(left)), is_last) {
            (Some(Ok(20)), _) | (None | Some(Ok(10)), false) => Ok(()),
            (None, true) => Err("it was finished, and is not there".to_owned()),
            (Some(Ok(entries)), _) => Err(format!("it has {entries} messages")),
            (Some(Err(complaint)), _) => Err(complaint),
        }
    };
    let (looked, complaint) = workshop.cut("backup", Lies::Never, look);
    assert_eq!(complaint, None);
    eprintln!("{looked} contents of the disk were looked at");
    for lies in [Lies::AboutTheDatabase, Lies::AboutMedia, Lies::AboutFolders] {
        let (looked, complaint) = workshop.cut("backup", lies, look);
        let complaint = complaint.unwrap_or_else(|| panic!("{lies:?} is not found out in {looked} cuts"));
        eprintln!("a disk that lies {lies:?} is found out after {looked}: {complaint}");
    }
}

#[tokio::test]
async fn a_restored_folder_is_served_when_all_of_it_is_there() {
    let workshop = Workshop::new().await;
    let backup = workshop.at("backup");
    let backup = backup.to_str().expect("a path of text");
    workshop.run("backup", &[backup], "data", "elsewhere");
    workshop.run("restore", &[backup], "restored", "restored");
    // The data that were backed up: what was said in them since could have been under the same numbers.
    let before = SqliteStore::open(&workshop.at("data"), Options::default()).expect("data").epoch();
    let look = |left: &Path, is_last: bool| match SqliteStore::open(left, Options::default()) {
        Ok(store) => {
            let epoch = store.epoch();
            drop(store);
            match (sound(left), is_last) {
                (Ok(_), _) if epoch == before => Err(format!("it is in the epoch {epoch} of before")),
                // Nothing was begun yet: an empty folder is a new one.
                (Ok(10), _) | (Ok(0), false) => Ok(()),
                (Ok(entries), _) => Err(format!("it has {entries} messages")),
                (Err(complaint), _) => Err(complaint),
            }
        }
        Err(OpenError::Unrestored { .. }) if !is_last => Ok(()),
        Err(error) => Err(error.to_string()),
    };
    let (looked, complaint) = workshop.cut("restored", Lies::Never, look);
    assert_eq!(complaint, None);
    eprintln!("{looked} contents of the disk were looked at");
    let (looked, complaint) = workshop.cut("restored", Lies::AboutTheDatabase, look);
    let complaint = complaint.unwrap_or_else(|| panic!("it is not found out in {looked} cuts"));
    eprintln!("a disk that lies is found out after {looked}: {complaint}");
}
