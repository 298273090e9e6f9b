//! Where a command takes a password from, and where it asks whether something is meant.
//!
//! From a terminal without showing it, twice; from anything else the first line of the standard input; or made by the command.

use super::wire::Hidden;
use anyhow::{Context, bail, ensure};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, BufRead, IsTerminal, Read, Write};

/// The longest password that is read, in bytes. The server says what is too long for it.
const LONGEST: u64 = 64 << 10;
/// How many characters a password has that is made here: 100 random bits.
const LENGTH: usize = 20;
/// What made passwords consist of: 32 characters that nobody mistakes for each other.
const CHARACTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";

/// A new password: made, or read.
pub(super) fn new_password(generate: bool) -> anyhow::Result<Hidden> {
    if generate {
        return made();
    }
    if !io::stdin().is_terminal() {
        return from_input();
    }
    let first = typed("new password: ")?;
    let second = typed("once more: ")?;
    ensure!(first == second, "the two passwords differ");
    Ok(Hidden(first))
}

/// Whether what cannot be taken back is meant.
pub(super) fn is_meant(question: &str) -> anyhow::Result<()> {
    ensure!(io::stdin().is_terminal(), "nobody can be asked whether this is meant: say so by --yes");
    ask(&format!("{question} [yes/no] "))?;
    let answer = line()?;
    ensure!(answer.trim() == "yes", "nothing was done");
    Ok(())
}

fn made() -> anyhow::Result<Hidden> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no password can be made: {error}"))?;
    let characters = bytes.map(|byte| char::from(CHARACTERS[usize::from(byte) % CHARACTERS.len()]));
    Ok(Hidden(characters.iter().collect()))
}

fn from_input() -> anyhow::Result<Hidden> {
    let password = line()?;
    if password.is_empty() {
        bail!("there is no password on the standard input (or let one be made by --generate)");
    }
    Ok(Hidden(password))
}

/// Asks on the terminal, which does not show what is typed.
fn typed(question: &str) -> anyhow::Result<String> {
    ask(question)?;
    let silence = Silence::begin().context("the terminal cannot be kept from showing the password")?;
    let answer = line();
    drop(silence);
    // What was typed has not moved the cursor.
    ask("\n")?;
    answer
}

fn ask(question: &str) -> anyhow::Result<()> {
    let mut stderr = io::stderr();
    stderr.write_all(question.as_bytes()).and_then(|()| stderr.flush()).context("nobody can be asked")
}

/// The next line of the standard input, without its end.
fn line() -> anyhow::Result<String> {
    let mut text = String::new();
    io::stdin().lock().take(LONGEST).read_line(&mut text).context("the standard input cannot be read")?;
    let end = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(end);
    Ok(text)
}

/// The terminal of the standard input shows nothing until this is dropped.
struct Silence(Termios);

impl Silence {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // It worked the other way a moment ago; should it not now, nothing else can be done about it.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_passwords_are_long_and_differ() {
        let (one, other) = (made().unwrap().0, made().unwrap().0);
        assert_eq!(one.len(), LENGTH);
        assert_ne!(one, other);
        assert!(one.bytes().all(|byte| CHARACTERS.contains(&byte)), "{one}");
    }
}
