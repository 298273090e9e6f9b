//! What an operator does: commands of the binary, each a program of its own, beside the server.

use koine_testkit::binary;
use std::path::Path;
use std::process::{Command, Stdio};

/// Gives a command, which must succeed. Tells what it has printed.
pub(crate) async fn operate(data: &Path, command: &[&str]) -> String {
    let mut operator = Command::new(binary());
    operator.env_clear().current_dir(std::env::temp_dir()).stdin(Stdio::null());
    operator.args(command).arg("--data").arg(data);
    let output = tokio::task::spawn_blocking(move || operator.output()).await.expect("no panic");
    let output = output.expect("a program that can be run");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
    String::from_utf8(output.stdout).expect("a text")
}
