//! Where the binary is.
//!
//! Cargo tells the tests of a package about the binaries of that package only. So the tests look where Cargo puts them,
//! after having it built, or take the one that `KOINE_BINARY` names.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The server's program, built from this workspace unless `KOINE_BINARY` names another one.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("KOINE_BINARY").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    // The test runs as target/PROFILE/deps/NAME.
    let test = std::env::current_exe().expect("the path of the test");
    let folder = test.ancestors().nth(2).expect("a folder of the profile");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => "dev",
        Some(other) => other,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "koine", "--bin", "koine", "--profile", profile]);
    command.arg("--target-dir").arg(folder.parent().expect("a target folder"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    // What Cargo tells a test about its package, the scripts of other packages would take for a change: ring's then has itself and all
    // that rests on it built again, each time.
    let of_the_test = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"];
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| of_the_test.iter().any(|start| name.starts_with(start))) {
            command.env_remove(name);
        }
    }
    let status = command.status().expect("cargo can be started");
    assert!(status.success(), "the server cannot be built: {command:?}");
    folder.join(format!("koine{}", std::env::consts::EXE_SUFFIX))
}
