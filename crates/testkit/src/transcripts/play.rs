//! Playing a transcript against a server.

use super::expect::Remembered;
use super::parse::{Line, Said, parse};
use crate::World;
use crate::peer::{Peer, Received};
use crate::value::Encoding;
use koine_dialect::Dialect;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a frame that is expected may take, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing is waited for.
const SILENCE: Duration = Duration::from_millis(120);

/// Plays every transcript of `crate_folder`'s `tests/transcripts`, each against a fresh server that speaks `dialects`.
///
/// With `UPDATE_EXPECT=1` the expectations of those that fail are rewritten.
pub fn run(crate_folder: &str, dialects: Vec<Arc<dyn Dialect>>) {
    let folder = Path::new(crate_folder).join("tests/transcripts");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder of transcripts")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no transcripts", folder.display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut failures = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("a transcript");
        if let Err(failure) = runtime.block_on(play_fresh(&text, dialects.clone())) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            failures.push(format!("{name}: {}", failure.message));
            if let (Ok(_), Some(rewritten)) = (std::env::var("UPDATE_EXPECT"), failure.rewritten) {
                std::fs::write(file, rewritten).expect("a transcript that can be written");
            }
        }
    }
    assert!(failures.is_empty(), "{} of {} transcripts failed:\n{}", failures.len(), files.len(), failures.join("\n"));
}

/// Why a transcript failed.
#[derive(Debug)]
pub struct Failure {
    /// What was not as expected, and on which line.
    pub message: String,
    /// The transcript with the expectation of that line as it would have to be.
    pub rewritten: Option<String>,
}

async fn play_fresh(text: &str, dialects: Vec<Arc<dyn Dialect>>) -> Result<(), Failure> {
    let mut world = World::start(dialects).await;
    let played = play(text, &mut world, &mut Remembered::default()).await;
    world.stop().await;
    played
}

/// Plays one transcript against `world`.
pub async fn play(text: &str, world: &mut World, remembered: &mut Remembered) -> Result<(), Failure> {
    let lines = parse(text).map_err(|message| Failure { message, rewritten: None })?;
    let mut peers: HashMap<String, Peer> = HashMap::new();
    for line in lines {
        let number = line.number;
        if let Err(wrong) = play_line(&line, world, &mut peers, remembered).await {
            let rewritten = wrong.instead.map(|frame| rewrite(text, number, &line.who, &frame));
            return Err(Failure { message: format!("line {number}: {}: {}", line.who, wrong.message), rewritten });
        }
    }
    Ok(())
}

struct Wrong {
    message: String,
    instead: Option<String>,
}

impl From<String> for Wrong {
    fn from(message: String) -> Self {
        Self { message, instead: None }
    }
}

async fn play_line(
    line: &Line,
    world: &mut World,
    peers: &mut HashMap<String, Peer>,
    remembered: &mut Remembered,
) -> Result<(), Wrong> {
    match &line.said {
        Said::Restart => {
            world.restart().await;
            return Ok(());
        }
        Said::Connect { dialect, messagepack } => {
            let encoding = if *messagepack { Encoding::MessagePack } else { Encoding::Json };
            let address = world.address(dialect);
            let peer = Peer::connect(world.dialect(dialect).as_ref(), address, encoding).await;
            peers.insert(line.who.clone(), peer);
            return Ok(());
        }
        Said::Closes => {
            let peer = peers.remove(&line.who).ok_or_else(|| "is not connected".to_owned())?;
            peer.close().await;
            return Ok(());
        }
        _ => {}
    }
    let peer = peers.get_mut(&line.who).ok_or_else(|| "is not connected".to_owned())?;
    match &line.said {
        Said::Sends(frame) => peer.send(&remembered.fill(frame)).await,
        Said::SendsBytes(bytes) => peer.send_bytes(bytes.clone()).await,
        Said::Hears(expected) => match peer.receive(PATIENCE).await {
            Some(Received::Frame(actual)) => {
                remembered.check(expected, &actual).map_err(|difference| Wrong {
                    message: format!("{difference}\n    got {actual}"),
                    instead: Some(Remembered::rewrite(expected, &actual).to_string()),
                })?;
            }
            other => return Err(format!("{} instead of {expected}", describe(other)).into()),
        },
        Said::HearsNothing => {
            if let Some(received) = peer.receive(SILENCE).await {
                return Err(format!("{} instead of nothing", describe(Some(received))).into());
            }
        }
        Said::HearsTheEnd => match peer.receive(PATIENCE).await {
            Some(Received::Closed) => {}
            other => return Err(format!("{} instead of the end", describe(other)).into()),
        },
        Said::Restart | Said::Connect { .. } | Said::Closes => {}
    }
    Ok(())
}

fn describe(received: Option<Received>) -> String {
    match received {
        Some(Received::Frame(frame)) => frame.to_string(),
        Some(Received::Garbage(why)) => format!("garbage ({why})"),
        Some(Received::Closed) => "the end".to_owned(),
        None => "nothing".to_owned(),
    }
}

/// `text` with the expectation that begins on line `number` replaced.
fn rewrite(text: &str, number: usize, who: &str, frame: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let begin = number - 1;
    let more = lines[begin + 1..].iter().take_while(|line| line.starts_with(char::is_whitespace)).count();
    let replaced = format!("{who}< {frame}");
    lines.splice(begin..=begin + more, [replaced.as_str()]);
    lines.join("\n") + "\n"
}
