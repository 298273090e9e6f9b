//! The binary as a command.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

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
    let mut child = command(data, arguments).spawn().expect("a program that starts");
    // A command that does not read is no failure of the test's.
    let _ = child.stdin.take().expect("a pipe").write_all(given.as_bytes());
    Run::of(child)
}

/// The command, with pipes for everything.
pub(crate) fn command(data: &Path, arguments: &[&str]) -> Command {
    command_of(koine_e2e::binary(), data, arguments)
}

/// The same of another copy of the program.
pub(crate) fn command_of(binary: &Path, data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().current_dir(std::env::temp_dir());
    command.env("KOINE_PASSWORDS__MEMORY_KIB", "8").env("KOINE_PASSWORDS__ITERATIONS", "1");
    command.args(arguments).arg("--data").arg(data);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command whose files may have 2 MiB at most, as on a disk that is full by then.
pub(crate) fn koine_without_room(data: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new("/bin/sh");
    // Some shells count in blocks of 512 bytes, and some in twice as many. What is too long is an error then, and no signal.
    command.args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$@\"", "sh"]);
    command.env_clear().current_dir(std::env::temp_dir()).arg(koine_e2e::binary());
    command.args(arguments).arg("--data").arg(data);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Run::of(command.spawn().expect("a program that starts"))
}

impl Run {
    /// Waits for its end.
    pub(crate) fn of(child: Child) -> Self {
        let output = child.wait_with_output().expect("a program that ends");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

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
