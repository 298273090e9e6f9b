//! What somebody sees who sits at a terminal: how far a long command is, and nothing of that when it has ended. Where there is no
//! terminal, there are lines, and few.

use crate::keeping::{file, two};
use crate::koine::{Run, command, koine};
use koine_e2e::faults::{Fault, Faults};
use koine_e2e::matrix::Town;
use koine_testkit::Ending;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

/// How many files there are to be copied.
const FILES: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn a_bar_goes_on_and_leaves_nothing() {
    let (mut town, place) = (Town::found().await, tempfile::tempdir().expect("a folder"));
    let data = town.server().data();
    let (mut ann, bob) = two(&mut town).await;
    let room = ann.room_with(&bob.known).await.expect("a conversation");
    for number in 0..FILES {
        let letter = file("letter.txt", format!("{number} {}", "x".repeat(5_000)).as_bytes());
        ann.client.send(&room, &letter).await.expect("a file that is taken");
    }
    let backup = place.path().join("backup").to_string_lossy().into_owned();
    let (run, seen) = at_a_terminal(&data, &["backup", &backup]);
    assert!(run.code == Some(0) && run.stdout.starts_with("the backup in "), "{run:?}");
    assert!(seen.lines.is_empty(), "what is left: {:?}", seen.lines);
    for part in
        ["copying the database", "checking the messages", "checking the database", "reading the media"]
    {
        assert!(seen.frames.iter().any(|frame| frame.contains(part)), "{part}: {:?}", seen.frames);
    }
    goes_on(&seen, "reading the media");
    assert!(seen.frames.iter().all(|frame| frame.chars().count() <= COLUMNS.into()), "{:?}", seen.frames);

    let (run, seen) = at_a_terminal(&data, &["fsck"]);
    assert!(run.code == Some(0) && run.stdout.contains(" is sound: "), "{run:?}");
    assert!(seen.lines.is_empty(), "what is left: {:?}", seen.lines);
    goes_on(&seen, "reading the media");
    goes_on(&seen, "checking the database");
    let export = place.path().join("export").to_string_lossy().into_owned();
    let (run, seen) = at_a_terminal(&data, &["export", "ann", &export]);
    assert!(run.code == Some(0) && run.stdout.starts_with(&format!("{FILES} messages")), "{run:?}");
    assert!(seen.lines.is_empty(), "what is left: {:?}", seen.lines);
    assert!(seen.frames.iter().any(|frame| frame.contains("reading the messages")), "{:?}", seen.frames);
    // Also where it fails: one line says why.
    let (run, seen) = at_a_terminal(&data, &["backup", &data.to_string_lossy()]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(seen.lines.len() <= 2 && seen.lines[0].starts_with("koine: "), "{:?}", seen.lines);

    // What a server does is shown like what the command does itself.
    for running in [false, true] {
        town.server_mut().end(Ending::InOrder).await;
        rusqlite::Connection::open(data.join("koine.db"))
            .and_then(|database| database.execute("UPDATE message SET at = 0", []))
            .expect("messages that are old");
        if running {
            town.server_mut().start_again().await;
        }
        let (run, seen) = at_a_terminal(&data, &["prune", "--older-than", "1h"]);
        assert_eq!(run.stdout, format!("{FILES} messages and acts of 1 conversations were taken away\n"));
        assert_eq!(run.code, Some(0));
        assert!(seen.frames.iter().any(|frame| frame.contains("taking away messages")), "{:?}", seen.frames);
        assert!(seen.lines.is_empty(), "what is left: {:?}", seen.lines);
        let (run, seen) = at_a_terminal(&data, &["prune", "--media", "--dry-run"]);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(0), "0 media files of 0 bytes would be taken away\n")
        );
        assert!(
            seen.frames.iter().any(|frame| frame.contains("looking through the media")),
            "{:?}",
            seen.frames
        );
        assert!(seen.lines.is_empty(), "what is left: {:?}", seen.lines);
        if !running {
            town.server_mut().start_again().await;
            town.sign_in(std::slice::from_mut(&mut ann)).await;
            // One that keeps its place stands there already.
            for number in 1..FILES {
                ann.tells(&bob.known, &number.to_string()).await.expect("a message that is taken");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_a_line_now_and_then_says_how_far_it_is() {
    let temporary = std::env::temp_dir().canonicalize().expect("a temporary folder");
    let place = tempfile::tempdir_in(&temporary).expect("a folder");
    let faults = Faults::compile(place.path());
    let mut town = Town::found().await;
    let data = town.server().data();
    let (mut ann, bob) = two(&mut town).await;
    let room = ann.room_with(&bob.known).await.expect("a conversation");
    for number in 0..20 {
        let letter = file("letter.txt", number.to_string().as_bytes());
        ann.client.send(&room, &letter).await.expect("a file that is taken");
    }
    let backup = place.path().join("backup");
    // Each file waits for the disk: that takes longer than what nothing is said of.
    faults.switch(Fault::Slow(400));
    let mut slow = command(&data, &["backup", &backup.to_string_lossy()]);
    let recipe = faults.on(koine_e2e::recipe(), &backup);
    slow.envs(recipe.environment.iter().map(|(name, value)| (name, value)));
    let run = Run::of(slow.spawn().expect("a program that starts"));
    assert!(run.code == Some(0) && run.stdout.starts_with("the backup in "), "{run:?}");
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert!((1..=5).contains(&lines.len()), "{lines:?}");
    for line in lines {
        let percent = line.strip_prefix("reading the media: ").and_then(|rest| rest.strip_suffix(" %"));
        let percent: u32 =
            percent.and_then(|percent| percent.parse().ok()).unwrap_or_else(|| panic!("{line:?}"));
        assert!((1..=100).contains(&percent), "{line}");
    }
    // What is quick says nothing.
    koine(&data, &["fsck", "--quick"]).well();
    town.close().await;
}

const ROWS: u16 = 24;
const COLUMNS: u16 = 80;

/// What was on a terminal.
struct Seen {
    /// What was drawn, one line after the other, as it was when the next one came.
    frames: Vec<String>,
    /// What is there at the end, without empty lines.
    lines: Vec<String>,
}

/// Runs a command whose standard error is a terminal.
fn at_a_terminal(data: &Path, arguments: &[&str]) -> (Run, Seen) {
    let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&main).and_then(|()| unlockpt(&main)).expect("a terminal of one's own");
    let size = Winsize { ws_row: ROWS, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&main, size).expect("a size");
    let end = ioctl_tiocgptpeer(&main, OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("its other end");
    let mut koine = command(data, arguments);
    koine.env("TERM", "xterm").stdin(Stdio::null()).stderr(end);
    let child = koine.spawn().expect("a program that starts");
    // This process has the terminal open as long as it has the command.
    drop(koine);
    let reading = std::thread::spawn(move || {
        let (mut shown, mut main) = (Vec::new(), File::from(main));
        // The end of a terminal is an error.
        let _ = main.read_to_end(&mut shown);
        String::from_utf8(shown).expect("text")
    });
    let run = Run::of(child);
    (run, play(&reading.join().expect("what was shown")))
}

/// What a terminal makes of such characters: lines, returns, and the sequences that move up and delete.
fn play(shown: &str) -> Seen {
    let mut screen = vec![Vec::new()];
    let (mut row, mut column) = (0_usize, 0_usize);
    let mut frames = Vec::new();
    let mut rest = shown.chars();
    while let Some(character) = rest.next() {
        match character {
            '\r' => column = 0,
            '\n' => {
                row += 1;
                screen.resize(screen.len().max(row + 1), Vec::new());
            }
            '\u{1b}' => {
                assert_eq!(rest.next(), Some('['), "{shown:?}");
                let mut sequence = String::new();
                while !sequence.ends_with(|last: char| last.is_ascii_alphabetic()) {
                    sequence.push(rest.next().expect("the end of a sequence"));
                }
                match sequence.as_str() {
                    "2K" | "K" => {
                        frames.push(screen[row].iter().collect::<String>());
                        screen[row].truncate(if sequence == "K" { column } else { 0 });
                    }
                    "J" | "0J" => screen.truncate(row + 1),
                    other if other.ends_with('m') => {}
                    other if other.ends_with('A') => {
                        row = row.saturating_sub(other.trim_end_matches('A').parse().unwrap_or(1));
                    }
                    other if other.ends_with('G') => column = 0,
                    other => panic!("{other:?} in {shown:?}"),
                }
            }
            character => {
                let line: &mut Vec<char> = &mut screen[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = character;
                column += 1;
            }
        }
    }
    let lines = screen.iter().map(|line| line.iter().collect::<String>().trim().to_owned());
    Seen { frames, lines: lines.filter(|line| !line.is_empty()).collect() }
}

/// A bar of this name has been drawn with several figures, none smaller than the one before.
fn goes_on(seen: &Seen, name: &str) {
    let percent = |frame: &String| {
        let (before, _) = frame.strip_prefix(name)?.split_once(" %")?;
        before.rsplit(' ').next()?.parse::<u32>().ok()
    };
    let mut figures: Vec<u32> = seen.frames.iter().filter_map(percent).collect();
    assert!(figures.is_sorted(), "{name}: {figures:?}");
    figures.dedup();
    assert!(figures.len() > 1, "{name}: {figures:?} in {:?}", seen.frames);
}
