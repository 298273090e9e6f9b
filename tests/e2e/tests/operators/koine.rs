//! The binary as a command.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Run {
    /// Its exit code.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it complained of.
    pub(crate) stderr: String,
}

/// Runs `koine`, with `data` for its folder and nothing on its standard input.
pub(crate) fn koine(data: &Path, arguments: &[&str]) -> Run {
    koine_given(data, arguments, "")
}

/// Runs `koine`, with `data` for its folder and a text on its standard input.
pub(crate) fn koine_given(data: &Path, arguments: &[&str], given: &str) -> Run {
    let mut command = Command::new(koine_e2e::binary());
    command.env_clear().current_dir(std::env::temp_dir());
    command.env("KOINE_PASSWORDS__MEMORY_KIB", "8").env("KOINE_PASSWORDS__ITERATIONS", "1");
    command.args(arguments).arg("--data").arg(data);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a program that starts");
    // A command that does not read is no failure of the test's.
    let _ = child.stdin.take().expect("a pipe").write_all(given.as_bytes());
    let output = child.wait_with_output().expect("a program that ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Run {
    /// What it printed, when all went well.
    pub(crate) fn well(&self) -> &str {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{}", self.stdout);
        &self.stdout
    }

    /// It failed with `code`, after one sentence with these words.
    pub(crate) fn failed(&self, code: i32, words: &[&str]) {
        assert_eq!(self.stdout, "", "{}", self.stderr);
        self.failed_showing(code, words);
    }

    /// The same, after it has printed something.
    pub(crate) fn failed_showing(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "{word} is not in: {}", self.stderr);
        }
        assert!(self.stderr.ends_with('\n') && !self.stderr.contains("panicked"), "{}", self.stderr);
    }
}
