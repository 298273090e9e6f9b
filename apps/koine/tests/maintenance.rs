//! The real binary's `koine maintenance`, without a server; what it does to one is in tests/e2e.

use std::path::Path;
use std::process::Command;

fn maintenance(data: &Path, switch: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_koine"));
    command
        .env_clear()
        .current_dir(std::env::temp_dir())
        .arg("maintenance")
        .args(switch)
        .arg("--data")
        .arg(data);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn it_is_switched_on_and_off_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let check = |switch: &[&str], expected: &str| {
        let (code, said, complained) = maintenance(folder.path(), switch);
        assert_eq!((code, complained.as_str()), (Some(0), ""));
        assert!(said.starts_with(&format!("maintenance is {expected}: ")), "{said}");
    };
    check(&[], "off");
    check(&["on"], "on");
    check(&["on"], "on");
    check(&[], "on");
    check(&["off"], "off");
    check(&["off"], "off");
}

#[test]
fn what_cannot_be_done_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said, complained) = maintenance(&folder.path().join("nothing"), &["on"]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(complained.contains("there is no data folder"), "{complained}");
    assert_eq!(maintenance(folder.path(), &["perhaps"]).0, Some(2));
}
