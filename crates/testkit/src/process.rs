//! A whole server as a program of its own: the real binary, on ports of the system's choice, in a folder of its own.

use crate::program::{Program, Signal};
use crate::server::{Ending, Server};
use crate::tls::Authority;
use koine_dialect::Dialect;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// How a server is started.
#[derive(Clone)]
pub struct Recipe {
    /// The program.
    pub binary: PathBuf,
    /// Every dialect that it speaks.
    pub dialects: Vec<Arc<dyn Dialect>>,
    /// Variables that it gets; nothing of the test's own environment reaches it.
    pub environment: Vec<(String, String)>,
    /// Who vouches for it: where there is somebody, everything is listened for with TLS as well, and transcripts are played that way.
    pub authority: Option<Authority>,
}

/// A running server.
pub struct Process {
    recipe: Recipe,
    folder: tempfile::TempDir,
    program: Program,
    listening: Vec<Listening>,
    /// What the programs before this one have logged.
    earlier: String,
}

/// What is listened for, where, and whether with TLS.
type Listening = (String, SocketAddr, bool);
/// How often things are done is what few tests are about; those set it themselves.
const UNLIMITED: [&str; 8] = [
    "REQUESTS_PER_SECOND",
    "HTTP_REQUESTS_PER_SECOND",
    "POSTS_PER_SECOND",
    "FAILED_LOGINS",
    "FAILED_LOGINS_PER_ADDRESS",
    "REGISTRATIONS_PER_ADDRESS",
    "MAILS_PER_ADDRESS",
    "MAILS_PER_RECIPIENT",
];

/// How long a start or an end may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);

impl Recipe {
    /// The same, with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, with TLS beside what it has.
    #[must_use]
    pub fn with_tls(mut self) -> Self {
        let authority = Authority::default();
        let files = [("CERTIFICATE", authority.certificate()), ("KEY", authority.key())];
        for (key, file) in files {
            self = self.with(&format!("KOINE_TLS__{key}"), &file.to_string_lossy());
        }
        let names: Vec<_> = self.dialects.iter().map(|dialect| dialect.name().to_uppercase()).collect();
        for name in names {
            let name = name.replace('-', "_");
            self = self.with(&format!("KOINE_DIALECTS__{name}__LISTEN_TLS"), "127.0.0.1:0");
        }
        self = self.with("KOINE_HTTP__LISTEN_TLS", "127.0.0.1:0");
        self.authority = Some(authority);
        self
    }

    /// The command that serves `data`, with free ports of loopback for everything.
    pub fn command(&self, data: &Path) -> Command {
        let mut command = self.bare_command(data);
        command.arg("--http").arg("127.0.0.1:0");
        for dialect in &self.dialects {
            command.arg("--listen").arg(format!("{}=127.0.0.1:0", dialect.name()));
        }
        command
    }

    /// The command that serves `data`; where it listens is still to be said.
    pub fn bare_command(&self, data: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear();
        // Argon2 at its least: what it costs is not what these tests are about.
        command.env("KOINE_PASSWORDS__MEMORY_KIB", "8").env("KOINE_PASSWORDS__ITERATIONS", "1");
        for limit in UNLIMITED {
            command.env(format!("KOINE_LIMITS__{limit}"), "0");
        }
        // Whoever looks at the numbers says where; servers of several tests run at once.
        command.env("KOINE_METRICS__LISTEN", "[]");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        // A koine.toml that lies where the tests run is none of theirs.
        command.current_dir(std::env::temp_dir()).arg("serve").arg("--data").arg(data);
        command
    }
}

impl Process {
    /// Starts a fresh server.
    pub async fn start(recipe: Recipe) -> Self {
        Self::start_in(recipe, tempfile::tempdir().expect("a temporary folder")).await
    }

    /// Starts a server whose data are in `data` of this folder, or will be.
    pub async fn start_in(recipe: Recipe, folder: tempfile::TempDir) -> Self {
        let (program, listening) = launch(&recipe, folder.path()).await;
        Self { recipe, folder, program, listening, earlier: String::new() }
    }

    /// The folder that holds its data.
    pub fn data(&self) -> PathBuf {
        data_of(self.folder.path())
    }

    /// The program that runs now.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// Starts it again on its data, after it has ended.
    pub async fn start_again(&mut self) {
        self.earlier.push_str(&self.program.stderr());
        (self.program, self.listening) = launch(&self.recipe, self.folder.path()).await;
    }

    /// Ends it, and waits until it has.
    pub async fn end(&mut self, ending: Ending) {
        self.program.signal(if ending == Ending::Killed { Signal::Kill } else { Signal::Terminate });
        self.wait_for(ending).await;
    }

    /// Waits until it has ended, after it was told to.
    pub async fn wait_for(&mut self, ending: Ending) {
        let status = self.program.ended(PATIENCE).await;
        let status = status.unwrap_or_else(|| panic!("it does not end; it said:\n{}", self.program.stderr()));
        if ending == Ending::InOrder {
            assert_eq!(status.code(), Some(0), "{status}; it said:\n{}", self.program.stderr());
        }
        assert!(!self.log().contains("panicked"), "it panicked:\n{}", self.log());
    }
}

impl Server for Process {
    fn address(&self, what: &str) -> SocketAddr {
        let found = self.listening.iter().find(|(name, _, tls)| name == what && !tls);
        found.unwrap_or_else(|| panic!("nobody listens for {what}")).1
    }

    fn secured(&self, what: &str) -> Option<(Authority, SocketAddr)> {
        let found = self.listening.iter().find(|(name, _, tls)| name == what && *tls);
        Some((self.recipe.authority.clone()?, found?.1))
    }

    fn dialects(&self) -> &[Arc<dyn Dialect>] {
        &self.recipe.dialects
    }

    async fn restart(&mut self, ending: Ending) {
        self.end(ending).await;
        self.start_again().await;
    }

    async fn stop(&mut self) {
        self.end(Ending::InOrder).await;
    }

    fn log(&self) -> String {
        format!("{}{}", self.earlier, self.program.stderr())
    }
}

async fn launch(recipe: &Recipe, folder: &Path) -> (Program, Vec<Listening>) {
    let mut program = Program::start(&mut recipe.command(&data_of(folder)));
    // One line says that it is ready, one where HTTP is, one where each dialect is, and one for the numbers.
    let metrics = recipe.environment.iter().filter(|(name, _)| name == "KOINE_METRICS__LISTEN").count();
    let page = program.page(2 + recipe.dialects.len() + metrics, PATIENCE).await;
    assert!(page[0].starts_with("koine ") && page[0].contains("is ready"), "{page:?}");
    // Addresses are set in; where the web client is stands below them, where there is one.
    let listening = page[1..].iter().filter(|line| line.starts_with(' ')).map(|line| {
        let (what, rest) = line.trim().split_once(char::is_whitespace).expect("a name and an address");
        let (address, tls) = match rest.strip_suffix(" (TLS)") {
            Some(address) => (address, true),
            None => (rest, false),
        };
        (what.to_owned(), address.trim().parse().expect("an address"), tls)
    });
    let listening = listening.collect();
    (program, listening)
}

fn data_of(folder: &Path) -> PathBuf {
    folder.join("data")
}
