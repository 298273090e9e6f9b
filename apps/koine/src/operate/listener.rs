//! The running server's end of the socket.
//!
//! Whoever connects must be the user as whom the server runs, or root; the kernel says who it is. One connection asks one thing. What
//! is one change is carried out to its end, whether or not whoever asked waits for it; what is many (`prune`) stops behind the one that
//! is under way when whoever asked closes their end.

use super::address::Address;
use super::carry_out::{WAITING, carry_out};
use super::wire::{Asked, Line, Request, VERSION, read_line, write_line};
use anyhow::Context;
use koine_core::Core;
use std::fs::{Permissions, remove_file, rename, set_permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How many commands may be under way at once.
const MOST: usize = 16;
/// How long whoever has connected may take to ask.
const ASKING: Duration = Duration::from_secs(10);
/// How long whoever asked may leave a line of the answer unread: somebody may look at a long list page by page.
const READING: Duration = Duration::from_secs(600);
/// How long what was begun may take when the server stops.
const FINISHING: Duration = Duration::from_secs(5);

/// Listens for operators' commands.
pub(crate) struct Listener {
    /// Nothing where the socket could not be made: the server serves people all the same.
    socket: Option<(UnixListener, Address)>,
    core: Arc<Core>,
    /// The user as whom this process runs.
    own: u32,
    tasks: TaskTracker,
    places: Arc<Semaphore>,
    /// What can stop half-way does so when the server does.
    stop: CancellationToken,
}

impl Listener {
    /// Makes the socket in the data folder, which must be this process's: a socket that is there is a dead server's.
    pub(crate) fn open(data: &Path, core: Arc<Core>) -> anyhow::Result<Self> {
        let address = Address::of(data);
        let socket = match bind(&address) {
            Ok(listener) => Some((listener, address)),
            Err(error) => {
                let socket = address.path().display();
                tracing::error!(%socket, %error, "the socket for operators' commands cannot be made: koine account, koine sessions and the like will not work");
                None
            }
        };
        let own = own_user().context("the system does not say as whom koine runs")?;
        let places = Arc::new(Semaphore::new(MOST));
        Ok(Self { socket, core, own, tasks: TaskTracker::new(), places, stop: CancellationToken::new() })
    }

    /// Takes commands for ever.
    pub(crate) async fn serve(&self) {
        let Some((listener, _)) = &self.socket else { return std::future::pending().await };
        loop {
            match listener.accept().await {
                Ok((stream, _)) => self.receive(stream),
                Err(error) => {
                    tracing::warn!(%error, "an operator's command was not accepted");
                    // No files are left, most likely: somebody must close one first.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Takes no more commands, and waits a little for those under way.
    pub(crate) async fn stop(self) {
        if let Some((listener, address)) = self.socket {
            drop(listener);
            if let Err(error) = remove_file(address.path()) {
                tracing::warn!(%error, "the socket for operators' commands was not removed");
            }
        }
        self.stop.cancel();
        self.tasks.close();
        if timeout(FINISHING, self.tasks.wait()).await.is_err() {
            tracing::warn!(commands = self.tasks.len(), "operators' commands are broken off");
        }
    }

    fn receive(&self, stream: UnixStream) {
        let asker = match stream.peer_cred() {
            Ok(asker) if may_ask(asker.uid(), self.own) => asker,
            Ok(asker) => {
                tracing::warn!(user = asker.uid(), "an operator's command by another user was refused");
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "an operator's command was refused: the system does not say by whom it is");
                return;
            }
        };
        let (core, places, stop) = (self.core.clone(), self.places.clone(), self.stop.child_token());
        self.tasks.spawn(async move {
            let (reading, mut writing) = stream.into_split();
            let mut reader = BufReader::new(reading);
            let request = match timeout(ASKING, ask(&mut reader)).await {
                Ok(Ok(request)) => request,
                Ok(Err(line)) => return answer(&mut writing, &line).await,
                Err(_) => {
                    return answer(&mut writing, &Line::Failed("nothing was asked in time".into())).await;
                }
            };
            let Ok(_place) = places.try_acquire_owned() else {
                let why = "too many commands are under way, try again later";
                return answer(&mut writing, &Line::Failed(why.into())).await;
            };
            tracing::info!(
                command = request.name(),
                user = asker.uid(),
                process = asker.pid(),
                "an operator's command"
            );
            let (lines, waiting) = mpsc::channel(WAITING);
            let work = carry_out(&core, request, lines, stop.clone());
            tokio::select! {
                _ = async { tokio::join!(work, tell(writing, waiting)) } => {}
                () = heed(&mut reader, &stop) => {}
            }
        });
    }
}

/// Has the work stop when whoever asked closes their end, or is gone. Never ends by itself.
async fn heed(reader: &mut (impl AsyncRead + Unpin), stop: &CancellationToken) {
    // They have nothing more to say.
    let _ = reader.read(&mut [0]).await;
    stop.cancel();
    std::future::pending().await
}

/// Tells whoever asked what is found, as long as they read it. Letting go of what waits tells the work that nobody does any more.
async fn tell(mut writing: impl AsyncWrite + Unpin, mut waiting: mpsc::Receiver<Line>) {
    while let Some(line) = waiting.recv().await {
        if !matches!(timeout(READING, write_line(&mut writing, &line)).await, Ok(Ok(()))) {
            return;
        }
    }
    let _ = writing.shutdown().await;
}

/// What is asked, or what is said instead of an answer.
async fn ask(reader: &mut BufReader<impl AsyncRead + Unpin>) -> Result<Request, Line> {
    let senseless = |error: &dyn std::error::Error| Line::Failed(format!("that is no request: {error}"));
    let asked: Option<Asked> = read_line(reader).await.map_err(|error| senseless(&error))?;
    let Some(Asked { version, request }) = asked else {
        return Err(Line::Failed("nothing was asked".into()));
    };
    if version != VERSION {
        return Err(Line::OtherVersion(VERSION.into()));
    }
    serde_json::from_value(request).map_err(|error| senseless(&error))
}

async fn answer(writer: &mut (impl AsyncWrite + Unpin), line: &Line) {
    // Whoever has gone away does not want to know.
    let _ = timeout(ASKING, write_line(writer, line)).await;
}

/// Makes the socket under another name, and gives it its own when nobody else can use it: whoever finds it finds it whole.
fn bind(address: &Address) -> io::Result<UnixListener> {
    let unfinished = address.unfinished();
    match remove_file(unfinished.path()) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(unfinished.reach()?.path())?;
    set_permissions(unfinished.path(), Permissions::from_mode(0o600))?;
    rename(unfinished.path(), address.path())?;
    Ok(listener)
}

/// The user as whom this process runs, as the kernel tells it to the other end of a socket.
fn own_user() -> io::Result<u32> {
    let (end, _other) = UnixStream::pair()?;
    Ok(end.peer_cred()?.uid())
}

fn may_ask(user: u32, own: u32) -> bool {
    const ROOT: u32 = 0;
    user == own || user == ROOT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_user_and_root_may_ask() {
        assert!(may_ask(1000, 1000) && may_ask(0, 1000) && may_ask(0, 0));
        assert!(!may_ask(1001, 1000) && !may_ask(1000, 0));
    }

    #[tokio::test]
    async fn the_work_hears_that_whoever_asked_has_gone() {
        let (asker, writing) = tokio::io::duplex(64);
        let (lines, waiting) = mpsc::channel(1);
        // The work goes on for as long as somebody takes what it finds.
        let working = async { while lines.send(Line::Failed("more".into())).await.is_ok() {} };
        let leaving = async {
            let mut reader = BufReader::new(asker);
            assert!(matches!(read_line(&mut reader).await, Ok(Some(Line::Failed(_)))));
        };
        let all = async { tokio::join!(working, tell(writing, waiting), leaving) };
        timeout(Duration::from_secs(10), all).await.expect("an end");
    }
}
