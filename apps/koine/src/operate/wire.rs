//! What goes through the socket: one line of JSON asks, lines of JSON answer, and the last of them says how it ended.
//!
//! The types are the binary's own: the core knows nothing of JSON. Both ends are the same program, so nothing here is kept for
//! older ones but [`Asked::version`] and the two ends that tell of a failure.

use super::{accounts, invites, prune, sessions};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, ErrorKind};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The version that both ends must have.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The longest line, without its end.
const LONGEST: usize = 256 << 10;

/// What is asked, and by which version. The request is read only where the version is the same.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Asked {
    pub(super) version: String,
    pub(super) request: serde_json::Value,
}

/// What can be asked.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    Account(accounts::Request),
    Prune(prune::Request),
    Sessions(sessions::Request),
    Invite(invites::Request),
}

impl Request {
    /// What it is called, for the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Account(request) => request.name(),
            Self::Prune(_) => "prune",
            Self::Sessions(request) => request.name(),
            Self::Invite(request) => request.name(),
        }
    }

    /// Whether it takes its time, and can be stopped half-way with something done.
    pub(super) fn can_stop(&self) -> bool {
        matches!(self, Self::Prune(_))
    }
}

/// One line of an answer.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// Something that was found or done.
    Item(Item),
    /// How far a long command has come.
    Progress(Progress),
    /// The end: all of it was done.
    Done,
    /// The end: it was not done, and why, in a sentence.
    Failed(String),
    /// The end: it was to stop, and has. What was not done, in a sentence.
    Stopped(String),
    /// The end: the server has this version, and asks of another one are not understood.
    OtherVersion(String),
}

/// What answers consist of.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Item {
    Account(Box<accounts::Row>),
    Pruned(prune::Pruned),
    Session(Box<sessions::Row>),
    Ended(usize),
    Invite(invites::Row),
}

/// How far a long command has come.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub(super) struct Progress {
    /// What is done, such as "taking away messages".
    pub(super) what: String,
    /// How many there were so far.
    pub(super) done: u64,
    /// How many there will be.
    pub(super) of: u64,
}

/// A text that is no business of a log's, such as a password.
#[derive(Serialize, Deserialize, Clone)]
#[serde(transparent)]
pub(super) struct Hidden(pub(super) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// Writes a line.
pub(super) async fn write_line(
    writer: &mut (impl AsyncWrite + Unpin),
    line: &impl Serialize,
) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    if text.len() > LONGEST {
        return Err(too_long());
    }
    text.push(b'\n');
    writer.write_all(&text).await
}

/// Reads a line; `None` at the end. A line that breaks off is an error.
pub(super) async fn read_line<T: for<'de> Deserialize<'de>>(
    reader: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<T>> {
    let mut text = Vec::new();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(most).read_until(b'\n', &mut text).await?;
    match text.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(serde_json::from_slice(&text)?)),
        Some(_) if text.len() >= LONGEST => Err(too_long()),
        Some(_) => Err(ErrorKind::UnexpectedEof.into()),
    }
}

fn too_long() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("a line of more than {LONGEST} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_read_as_they_are_written() {
        let mut text = Vec::new();
        write_line(&mut text, &Line::Failed("a\nb".into())).await.unwrap();
        write_line(&mut text, &Line::Done).await.unwrap();
        let mut rest = text.as_slice();
        assert!(matches!(read_line(&mut rest).await.unwrap(), Some(Line::Failed(why)) if why == "a\nb"));
        assert!(matches!(read_line(&mut rest).await.unwrap(), Some(Line::Done)));
        assert!(read_line::<Line>(&mut rest).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_is_no_whole_line_is_refused() {
        let kind =
            async |text: &[u8]| read_line::<Line>(&mut &*text).await.map_err(|error| error.kind()).err();
        assert_eq!(kind(b"\"done\"").await, Some(ErrorKind::UnexpectedEof));
        assert!(kind(b"{\n").await.is_some());
        assert_eq!(kind(&vec![b'x'; LONGEST + 2]).await, Some(ErrorKind::InvalidData));
        let longest = format!("{{\"failed\":\"{}\"}}\n", "x".repeat(LONGEST - 13));
        assert_eq!(longest.len(), LONGEST + 1);
        assert!(matches!(read_line(&mut longest.as_bytes()).await.unwrap(), Some(Line::Failed(_))));
    }

    #[test]
    fn a_password_does_not_show_itself() {
        assert_eq!(format!("{:?}", Hidden("hunter2".into())), "Hidden(…)");
    }
}
