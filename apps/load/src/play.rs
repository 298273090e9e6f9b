//! Which scene is played on which stage.

use crate::arguments::{Command, Floor, Setting};
use crate::bare::Keeper;
use crate::crowd::Sizes;
use crate::progress::Progress;
use crate::report::Outcome;
use crate::scene::{fanout, history, idle, login, missed, mixed, pairs, start};
use crate::server::Recipe;
use crate::stage::Stage;
use anyhow::{Context, bail, ensure};
use koine_dialect::client::Speaker;
use std::rc::Rc;

/// What was played.
pub(crate) struct Played {
    /// What it came to.
    pub(crate) outcomes: Vec<Outcome>,
    /// Whether the others are what the first is held against.
    pub(crate) ratio: bool,
}

/// Plays what a command asks for.
pub(crate) fn play(setting: &Setting, command: &Command, progress: &Rc<Progress>) -> anyhow::Result<Played> {
    let ground = Ground { setting, speaker: speaker(&setting.dialect)?, progress: progress.clone() };
    let subject = ground.speaker.name;
    let one = |outcome| Ok(Played { outcomes: vec![outcome], ratio: false });
    match command {
        Command::Pairs(flags) => one(pairs::play(&ground.stage(false)?, subject, flags)?.0),
        Command::Fanout(flags) => one(fanout::play(&ground.stage(false)?, subject, flags)?.0),
        Command::Idle(flags) => one(idle::play(&mut ground.stage(false)?, subject, flags)?),
        Command::Login(flags) => one(login::play(&ground.stage(!flags.cheap_passwords)?, subject, flags)?),
        Command::History(flags) => one(history::play(&ground.stage(false)?, subject, flags)?),
        Command::Mixed(flags) => one(mixed::play(&ground.stage(false)?, subject, flags)?),
        Command::Missed(flags) => one(missed::play(&ground.stage(false)?, subject, flags)?),
        Command::Start(flags) => one(start::play(&mut ground.stage(false)?, subject, flags)?),
        Command::Floor(floor) => {
            let play = |stage: &Stage, subject: &str| match floor {
                Floor::Pairs(flags) => pairs::play(stage, subject, flags),
                Floor::Fanout(flags) => fanout::play(stage, subject, flags),
            };
            let (server, sizes) = play(&ground.stage(false)?, subject)?;
            let mut outcomes = vec![server];
            for (keeper, subject) in FLOORS {
                outcomes.push(play(&ground.bare(keeper, sizes)?, subject)?.0);
            }
            Ok(Played { outcomes, ratio: true })
        }
        Command::Bench(_) | Command::Bare(_) => bail!("this is no scene"),
    }
}

/// What the bare loop is called beside the ways of speaking, by what keeps its messages.
const FLOORS: [(Keeper, &str); 2] = [(Keeper::File, "bare loop"), (Keeper::Sqlite, "bare loop on SQLite")];

/// What stages are built from.
struct Ground<'a> {
    setting: &'a Setting,
    speaker: Speaker,
    progress: Rc<Progress>,
}

impl Ground<'_> {
    fn stage(&self, real_passwords: bool) -> anyhow::Result<Stage> {
        let Setting { server, at, pid, tls, seed, folder, .. } = self.setting;
        let progress = self.progress.clone();
        if let Some(address) = at {
            return Ok(Stage::there(self.speaker, *address, *pid, *seed, progress));
        }
        let binary = server.canonicalize();
        let binary = binary.with_context(|| {
            format!(
                "there is no server at {}; cargo build --release --package koine builds it",
                server.display()
            )
        })?;
        let dialects = koine_registry::all().iter().map(|dialect| dialect.name()).collect();
        let recipe = Recipe { binary, folder: folder.clone(), dialects, real_passwords, tls: *tls };
        Stage::own(self.speaker, recipe, *seed, progress)
    }

    fn bare(&self, keeper: Keeper, sizes: Sizes) -> anyhow::Result<Stage> {
        let Setting { seed, folder, .. } = self.setting;
        Stage::bare(self.speaker, folder, (keeper, sizes), *seed, self.progress.clone())
    }
}

/// The way of speaking of this name, or the first one of the dialect of this name.
fn speaker(name: &str) -> anyhow::Result<Speaker> {
    let speakers = koine_registry::speakers();
    let found = speakers.iter().find(|it| it.name == name).or(speakers.iter().find(|it| it.dialect == name));
    let known: Vec<_> = speakers.iter().map(|it| it.name).collect();
    ensure!(found.is_some(), "nobody speaks {name:?} here; there are: {}", known.join(", "));
    found.copied().context("no way of speaking")
}
