//! The server that is measured: one that is started for it, in a folder of its own, or one that runs already.

use crate::clock;
use crate::process::Process;
use crate::socket::Certificate;
use anyhow::{Context, bail};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

/// A program that was started here, and does not outlive this one.
pub(crate) struct Program {
    child: Child,
    /// What it listens for, and where, and whether with TLS.
    listening: Vec<(String, SocketAddr, bool)>,
}

impl Program {
    /// Starts a program that says where it listens, as the server does: `lines` lines, of which the first only says that it is ready.
    pub(crate) fn start(command: &mut Command, lines: usize) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{command:?} cannot be started"))?;
        let output = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut program = Self { child, listening: Vec::new() };
        let mut page = output.lines();
        for index in 0..lines {
            let Some(line) = page.next() else {
                bail!("it ended with {} before it was ready: {command:?}", program.child.wait()?)
            };
            let line = line.context("what it says cannot be read")?;
            if index > 0 {
                program.listening.push(listening(&line).with_context(|| format!("it says {line:?}"))?);
            }
        }
        // It is never to wait for somebody who reads what it says later.
        let mut rest = page;
        std::thread::spawn(move || while rest.next().is_some_and(|line| line.is_ok()) {});
        Ok(program)
    }

    /// Where it listens for this.
    pub(crate) fn address(&self, what: &str, tls: bool) -> anyhow::Result<SocketAddr> {
        let found = self.listening.iter().find(|(name, _, secret)| name == what && *secret == tls);
        Ok(found.with_context(|| format!("nobody listens for {what}"))?.1)
    }

    /// What the system knows of it.
    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// Ends it in order, and waits until it has ended.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.context("a process number")?, rustix::process::Signal::TERM)
            .context("it cannot be told to end")?;
        let status = self.child.wait().context("it cannot be waited for")?;
        if !status.success() {
            bail!("it ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both may fail when it has ended by itself, which is just as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A line of the page: a name, an address, and perhaps that it is TLS.
fn listening(line: &str) -> Option<(String, SocketAddr, bool)> {
    let (what, rest) = line.trim().split_once(char::is_whitespace)?;
    let (address, tls) = rest.strip_suffix(" (TLS)").map_or((rest, false), |address| (address, true));
    Some((what.to_owned(), address.trim().parse().ok()?, tls))
}

/// How a server is started for a measurement.
pub(crate) struct Recipe {
    /// The program.
    pub(crate) binary: PathBuf,
    /// Where its folder is made.
    pub(crate) folder: PathBuf,
    /// The dialects that are spoken.
    pub(crate) dialects: Vec<&'static str>,
    /// What passwords cost, where it is not the least that Argon2 has.
    pub(crate) real_passwords: bool,
    /// Whether it listens with TLS.
    pub(crate) tls: bool,
}

/// A server that was started for a measurement, and its folder.
pub(crate) struct Server {
    recipe: Recipe,
    // Before the folder, so that it is gone when that is taken away.
    program: Program,
    folder: tempfile::TempDir,
    certificate: Option<Rc<Certificate>>,
}

/// How often things may be done is not what is measured.
const UNLIMITED: [&str; 9] = [
    "REQUESTS_PER_SECOND",
    "ACCOUNT_REQUESTS_PER_SECOND",
    "HTTP_REQUESTS_PER_SECOND",
    "POSTS_PER_SECOND",
    "FAILED_LOGINS",
    "FAILED_LOGINS_PER_ADDRESS",
    "REGISTRATIONS_PER_ADDRESS",
    "MAILS_PER_ADDRESS",
    "MAILS_PER_RECIPIENT",
];

impl Server {
    /// Starts a fresh server.
    pub(crate) fn start(recipe: Recipe) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("koine-load-").tempdir_in(&recipe.folder);
        let folder =
            folder.with_context(|| format!("no folder can be made in {}", recipe.folder.display()))?;
        let certificate = match recipe.tls {
            true => Some(Rc::new(Certificate::make(folder.path())?)),
            false => None,
        };
        let program = launch(&recipe, folder.path(), certificate.as_deref())?;
        Ok(Self { recipe, program, folder, certificate })
    }

    /// Ends it in order, and starts it again on its data; tells how long it took until it served.
    pub(crate) fn restart(&mut self) -> anyhow::Result<Duration> {
        self.program.stop()?;
        let begin = clock::now();
        self.program = launch(&self.recipe, self.folder.path(), self.certificate.as_deref())?;
        Ok(clock::now() - begin)
    }

    /// Its program.
    pub(crate) fn binary(&self) -> &Path {
        &self.recipe.binary
    }

    /// The running program.
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// Whom its clients trust, where there is TLS.
    pub(crate) fn certificate(&self) -> Option<Rc<Certificate>> {
        self.certificate.clone()
    }
}

fn launch(recipe: &Recipe, folder: &Path, certificate: Option<&Certificate>) -> anyhow::Result<Program> {
    let mut command = Command::new(&recipe.binary);
    command.env_clear().current_dir(folder);
    if !recipe.real_passwords {
        command.env("KOINE_PASSWORDS__MEMORY_KIB", "8").env("KOINE_PASSWORDS__ITERATIONS", "1");
    }
    command.env("KOINE_PASSWORDS__WAITING", "1000000").env("KOINE_PASSWORDS__WAITING_PER_ADDRESS", "0");
    for limit in UNLIMITED {
        command.env(format!("KOINE_LIMITS__{limit}"), "0");
    }
    for limit in ["CONNECTIONS", "CONNECTIONS_PER_ADDRESS", "GROUP_MEMBERS"] {
        command.env(format!("KOINE_LIMITS__{limit}"), "1000000");
    }
    command.env("KOINE_METRICS__LISTEN", "[]").env("KOINE_LOG__LEVEL", "error");
    command.arg("serve").arg("--data").arg(folder.join("data")).args(["--http", "127.0.0.1:0"]);
    for dialect in &recipe.dialects {
        command.arg("--listen").arg(format!("{dialect}=127.0.0.1:0"));
    }
    // One line says that it is ready, one where HTTP is, one where each dialect is.
    let mut lines = 2 + recipe.dialects.len();
    if let Some(certificate) = certificate {
        command.env("KOINE_TLS__CERTIFICATE", &certificate.certificate);
        command.env("KOINE_TLS__KEY", &certificate.key);
        for dialect in &recipe.dialects {
            let name = dialect.to_uppercase().replace('-', "_");
            command.env(format!("KOINE_DIALECTS__{name}__LISTEN_TLS"), "127.0.0.1:0");
        }
        lines += recipe.dialects.len();
    }
    Program::start(&mut command, lines)
}

#[cfg(test)]
mod tests {
    use super::UNLIMITED;

    #[test]
    fn no_rate_that_there_is_holds_the_load_back() {
        let settings = include_str!("../../../koine.example.toml");
        let keys = settings.lines().filter_map(|line| line.strip_prefix("# ")?.split_once(" = "));
        let rates: Vec<String> =
            keys.map(|(key, _)| key.to_uppercase()).filter(|key| key.ends_with("_PER_SECOND")).collect();
        assert!(rates.len() > 2, "{rates:?}");
        for rate in rates {
            assert!(UNLIMITED.contains(&rate.as_str()), "{rate} is in force");
        }
    }
}
