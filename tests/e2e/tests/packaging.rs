//! The real binary as `deploy/` installs it: what it needs beside itself, and how a service manager starts it.

use koine_testkit::program::{Program, Signal};
use koine_testkit::tls::Authority;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
const UNIT: &str = include_str!("../../../deploy/koine.service");

/// What the image of `deploy/Dockerfile` has: the C library, and what the compiler's own code needs.
const LIBRARIES: [&str; 5] = ["linux-vdso.so", "libgcc_s.so", "libm.so", "libc.so", "ld-linux"];

#[test]
fn it_needs_no_libraries_but_those_of_the_image() {
    let output = Command::new("ldd").arg(koine_e2e::binary()).output().expect("ldd runs");
    let needed = String::from_utf8_lossy(&output.stdout);
    assert!(needed.contains("libc.so"), "{needed}");
    let name = |line: &str| {
        let path = line.split_whitespace().next().unwrap_or_default().to_owned();
        path.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let strange: Vec<String> =
        needed.lines().map(name).filter(|name| !LIBRARIES.iter().any(|it| name.starts_with(it))).collect();
    assert!(strange.is_empty(), "the image has no {strange:?}");
}

fn setting(key: &str) -> &'static str {
    let found = UNIT.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("the unit says nothing of {key}"))
}

/// The arguments of the unit, with its folder and its configuration in `folder`.
fn arguments(folder: &Path) -> Vec<String> {
    let state = format!("/var/lib/{}", setting("StateDirectory"));
    let words: Vec<&str> = setting("ExecStart").split(' ').collect();
    assert_eq!(words[0], "/usr/local/bin/koine");
    assert!(words.contains(&state.as_str()), "the data are not in the unit's folder: {words:?}");
    let here = |word: &&str| match *word {
        "/etc/koine/koine.toml" => folder.join("koine.toml").display().to_string(),
        word if word == state => folder.join("data").display().to_string(),
        word => word.to_owned(),
    };
    words[1..].iter().map(here).collect()
}

fn configuration() -> String {
    let dialects = koine_registry::all();
    let ports =
        dialects.iter().map(|dialect| format!("[dialects.{}]\nlisten = \"127.0.0.1:0\"\n", dialect.name()));
    let ports: String = ports.collect();
    format!("[http]\nlisten = \"127.0.0.1:0\"\n[metrics]\nlisten = []\n{ports}")
}

/// What `systemd-analyze` says of this unit, whose program is the real binary; nothing where that tool is not there.
///
/// A key or a value that it does not know is a warning to it, and no failure: words of the unit's file are all that counts.
fn verified(unit: &str) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("koine.service");
    let program = koine_e2e::binary().display().to_string();
    std::fs::write(&file, unit.replace("/usr/local/bin/koine", &program)).unwrap();
    let mut command = Command::new("systemd-analyze");
    let output = match command.args(["verify", "--man=no"]).arg(&file).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => panic!("systemd-analyze: {error}"),
    };
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    // Other units of the machine, which are looked at along with it, are none of ours.
    let of_it = |line: &&str| line.contains("koine.service");
    let told: Vec<String> = words.lines().filter(of_it).map(str::to_owned).collect();
    assert!(output.status.success() || !told.is_empty(), "systemd-analyze cannot tell: {words}");
    Some(told)
}

#[test]
fn systemd_knows_every_key_of_the_unit() {
    let Some(told) = verified(UNIT) else {
        eprintln!("there is no systemd-analyze here: the unit is not looked at");
        return;
    };
    assert_eq!(told, Vec::<String>::new());
    // It would tell.
    for (sound, wrong) in [
        ("ProtectClock=yes", "ProtectClocks=yes"),
        ("RestartSec=2", "RestartSec=two"),
        ("ExecStart=/", "ExecStart="),
    ] {
        assert!(UNIT.contains(sound));
        let told = verified(&UNIT.replace(sound, wrong)).expect("it was there a moment ago");
        assert!(!told.is_empty(), "nothing is told of {wrong}");
    }
}

#[tokio::test]
async fn it_tells_the_service_manager_how_far_it_is() {
    assert_eq!(setting("Type"), "notify");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("koine.toml"), configuration()).unwrap();
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = Command::new(koine_e2e::binary());
    command.env_clear().env("NOTIFY_SOCKET", &socket).args(arguments(folder.path()));
    let mut program = Program::start(&mut command);
    assert_eq!(told(&manager), "READY=1\n");
    let page = program.page(1, PATIENCE).await;
    assert!(page[0].contains("is ready"), "{page:?}");
    program.signal(Signal::Terminate);
    assert_eq!(told(&manager), "STOPPING=1\n");
    let status = program.ended(PATIENCE).await.expect("an end");
    assert_eq!(status.code(), Some(0), "{}", program.stderr());
}

fn told(manager: &UnixDatagram) -> String {
    let mut buffer = [0; 256];
    let length = manager.recv(&mut buffer).expect("the server tells something");
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[tokio::test]
async fn an_unsound_configuration_is_not_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("koine.toml"), "[http]\nlisten = \"nowhere\"\n").unwrap();
    let mut command = Command::new(koine_e2e::binary());
    let mut program = Program::start(command.env_clear().args(arguments(folder.path())));
    let status = program.ended(PATIENCE).await.expect("an end");
    assert_eq!(
        status.code().map(|code| code.to_string()).as_deref(),
        Some(setting("RestartPreventExitStatus"))
    );
}

const PAGE: &str = include_str!("../../../docs/operating.md");

/// The blocks of the page that begin with this word.
fn blocks(kind: &str) -> Vec<String> {
    let fence = format!("```{kind}\n");
    let blocks = PAGE.split(fence.as_str()).skip(1);
    blocks.map(|rest| rest.split("\n```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_configurations_of_the_page_are_sound() {
    let authority = Authority::default();
    let blocks = blocks("toml");
    assert!(blocks.len() >= 3, "{blocks:?}");
    for block in blocks {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("koine.toml");
        let block = block
            .replace("/etc/koine/fullchain.pem", &authority.certificate().to_string_lossy())
            .replace("/etc/koine/privkey.pem", &authority.key().to_string_lossy());
        std::fs::write(&file, &block).unwrap();
        let mut command = Command::new(koine_e2e::binary());
        let output = command.env_clear().args(["check-config", "--config"]).arg(&file).output().unwrap();
        assert!(output.status.success(), "{block}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_commands_of_the_page_are_there() {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    // In the text they stand between backticks; what a dash stands before is no name of a command any more.
    let spoken = PAGE.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).map(words);
    let mut named: Vec<String> = Vec::new();
    for command in spoken.chain(blocks("sh").iter().flat_map(|block| block.lines()).map(words)) {
        let of_koine = command.iter().position(|word| word == "koine").and_then(|at| command.get(at + 1));
        let is_name = |word: &&String| {
            word.chars().all(|it| it.is_ascii_lowercase() || it == '-') && !word.starts_with('-')
        };
        named.extend(of_koine.filter(is_name).filter(|word| *word != "koine").cloned());
    }
    named.sort();
    named.dedup();
    assert!(named.len() >= 5, "{named:?}");
    for name in named {
        let output = Command::new(koine_e2e::binary()).args([&name, "--help"]).output().unwrap();
        assert!(output.status.success(), "there is no koine {name}");
    }
}
