//! Another user of the machine: may neither ask a server nor touch its data, whatever the files allow. Only root can become somebody
//! else; where the tests run as another user, they say so, and look at what can be seen all the same.

use crate::koine::{Run, command_of, koine};
use koine_testkit::program::{Program, Signal};
use koine_testkit::{Ending, Server};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Whom nothing belongs to.
const NOBODY: u32 = 65_534;
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn another_user_may_not_ask_whatever_the_files_allow() {
    let mut stage = koine_e2e::stage().await;
    let data = stage.server().data();
    koine(&data, &["account", "list", "--json"]).well();
    let Some(house) = House::open_to_all(&data) else {
        // The owner is asked for all the same: by the mode of the socket.
        let mode = fs::metadata(data.join("control.sock")).expect("a socket").mode();
        assert_eq!(mode & 0o777, 0o600);
        stage.clear().stop().await;
        return;
    };
    // The folder keeps them out already; the kernel says who they are where it does not.
    fs::set_permissions(&data, Permissions::from_mode(0o700)).expect("a mode");
    let out = house.as_nobody(&data, &["account", "list"]);
    assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{}", out.stderr);
    fs::set_permissions(&data, Permissions::from_mode(0o777)).expect("a mode");
    house.as_nobody(&data, &["account", "list"]).failed(1, &["cannot be asked through", "Permission denied"]);
    fs::set_permissions(data.join("control.sock"), Permissions::from_mode(0o666)).expect("a mode");
    for arguments in [&["account", "list"][..], &["account", "delete", "ann", "--yes"], &["prune", "--media"]]
    {
        let refused = house.as_nobody(&data, arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{}", refused.stderr);
        assert!(refused.stderr.contains("commands of this user"), "{}", refused.stderr);
    }
    let log = stage.server().log();
    let refused = log.matches("an operator's command by another user was refused").count();
    assert!(refused == 3 && log.contains(&format!("user={NOBODY}")), "{log}");
    koine(&data, &["account", "list", "--json"]).well();
    // Nor where no server runs: what they made there could not be opened by it later.
    stage.server().end(Ending::InOrder).await;
    let into = house.folder.path().join("into").to_string_lossy().into_owned();
    for arguments in [&["account", "list"][..], &["fsck"], &["backup", &into], &["export", "ann", &into]] {
        house
            .as_nobody(&data, arguments)
            .failed(1, &["belongs to user", &format!("and this is user {NOBODY}")]);
    }
    stage.server().start_again().await;
    stage.clear().stop().await;
}

/// A server is its own user's, and root's.
#[tokio::test]
async fn root_may_ask_a_server_of_another_user() {
    let place = tempfile::tempdir().expect("a folder");
    let data = place.path().join("data");
    let Some(house) = House::open_to_all(place.path()) else { return };
    let mut recipe = koine_e2e::recipe();
    recipe.binary.clone_from(&house.binary);
    let mut server = Program::start(recipe.command(&data).uid(NOBODY).gid(NOBODY));
    server.page(1, PATIENCE).await;
    assert_eq!(koine(&data, &["account", "list", "--json"]).well(), "");
    assert_eq!(house.as_nobody(&data, &["account", "list", "--json"]).well(), "");
    server.signal(Signal::Terminate);
    assert_eq!(server.ended(PATIENCE).await.expect("an end").code(), Some(0));
    // Without it, what root would make there would be root's.
    koine(&data, &["account", "list"]).failed(1, &["belongs to user", "and this is user 0"]);
    assert_eq!(house.as_nobody(&data, &["account", "list", "--json"]).well(), "");
}

/// A copy of the program that everybody may run.
struct House {
    folder: tempfile::TempDir,
    binary: PathBuf,
}

impl House {
    /// Lets everybody into the folder and the one around it; `None` where nobody else can be had to try that.
    fn open_to_all(data: &Path) -> Option<Self> {
        let own = fs::metadata("/proc/self").expect("a process").uid();
        if own != 0 {
            eprintln!(
                "these tests run as user {own}, who cannot become another one: nothing is asked as another user"
            );
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let binary = folder.path().join("koine");
        fs::copy(koine_e2e::binary(), &binary).expect("a copy");
        let around = data.parent().filter(|around| *around != std::env::temp_dir());
        for path in [Some(folder.path()), Some(data), around].into_iter().flatten() {
            fs::set_permissions(path, Permissions::from_mode(0o777)).expect("a mode");
        }
        Some(Self { folder, binary })
    }

    fn as_nobody(&self, data: &Path, arguments: &[&str]) -> Run {
        let mut command = command_of(&self.binary, data, arguments);
        // A change of the user takes the groups away as well.
        command.uid(NOBODY).gid(NOBODY);
        Run::of(command.spawn().expect("a program that starts"))
    }
}
