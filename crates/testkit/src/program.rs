//! One running program: its output, signals to it, and its end.

use rustix::process::{Pid, kill_process};
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A program that was started by a test, and does not outlive it.
pub struct Program {
    child: Child,
    stdout: Captured,
    stderr: Captured,
}

/// What a program is told by the system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// End in order.
    Terminate,
    /// The same, as Ctrl-C says it.
    Interrupt,
    /// End at once; the program is not asked.
    Kill,
}

/// Output so far, and whether it has ended.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<(Vec<u8>, bool)>>);

/// How often it is looked whether something has happened.
const GLANCE: Duration = Duration::from_millis(4);

impl Program {
    /// Starts `command`, with nothing on its standard input.
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let stdout = Captured::of(child.stdout.take().expect("a pipe"));
        let stderr = Captured::of(child.stderr.take().expect("a pipe"));
        Self { child, stdout, stderr }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard output so far.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// Its standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Sends it a signal.
    pub fn signal(&mut self, signal: Signal) {
        // Whoever has been waited for has no process number any more, and another program may have it by now.
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        match signal {
            Signal::Kill => self.child.kill().expect("a signal that can be sent"),
            Signal::Terminate => self.send(rustix::process::Signal::TERM),
            Signal::Interrupt => self.send(rustix::process::Signal::INT),
        }
    }

    /// The standard library sends SIGKILL only.
    fn send(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(id.expect("a process number"), signal).expect("a signal that can be sent");
    }

    /// How it ended, once its output is complete; `None` when it still runs after `patience`.
    pub async fn ended(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            let status = self.child.try_wait().expect("a child that can be waited for");
            if let Some(status) = status.filter(|_| self.stdout.is_complete() && self.stderr.is_complete()) {
                return Some(status);
            }
            if Instant::now() >= deadline {
                return None;
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits until its standard output has `lines` lines; tells them, or fails with what it said instead.
    pub async fn page(&mut self, lines: usize, patience: Duration) -> Vec<String> {
        let deadline = Instant::now() + patience;
        loop {
            let said = self.stdout();
            if said.matches('\n').count() >= lines {
                return said.lines().map(str::to_owned).collect();
            }
            let over = self.child.try_wait().expect("a child that can be waited for");
            assert!(over.is_none(), "it ended with {over:?} and said:\n{}", self.stderr());
            assert!(
                Instant::now() < deadline,
                "it is not ready in time, and said:\n{said}\n{}",
                self.stderr()
            );
            tokio::time::sleep(GLANCE).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both may fail when it has ended by itself, which is just as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Captured {
    /// Collects all that `output` brings, on a thread that ends with it: a full pipe would stop the program.
    fn of(mut output: impl Read + Send + 'static) -> Self {
        let captured = Self::default();
        let kept = captured.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4 << 10];
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                kept.lock().0.extend_from_slice(&buffer[..read]);
            }
            kept.lock().1 = true;
        });
        captured
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().0).into_owned()
    }

    fn is_complete(&self) -> bool {
        self.lock().1
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (Vec<u8>, bool)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
