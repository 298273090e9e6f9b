//! What a scene is played on: a server, or the bare loop; and who is there.

use crate::bare::{self, Bare, Keeper};
use crate::crowd::{Crowd, Destination, OwnAnswer, Sizes};
use crate::process::Process;
use crate::progress::Progress;
use crate::server::{Program, Recipe, Server};
use anyhow::{Context, bail};
use koine_dialect::Carriage;
use koine_dialect::client::{Ask, Known, Speaker};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "a password of the load";

/// Where a scene is played.
pub(crate) struct Stage {
    /// What is spoken.
    pub(crate) speaker: Speaker,
    /// What everything that is up to chance begins with.
    pub(crate) seed: u64,
    /// Where the bar is shown.
    pub(crate) progress: Rc<Progress>,
    ground: Ground,
}

enum Ground {
    /// A server that was started for this.
    Own(Box<Server>),
    /// One that runs already.
    There { address: SocketAddr, process: Option<Process> },
    /// The bare loop, and the folder of what it keeps.
    Bare(Program, #[expect(dead_code, reason = "the folder is there as long as this is")] tempfile::TempDir),
}

impl Stage {
    /// A server that is started for this.
    pub(crate) fn own(
        speaker: Speaker,
        recipe: Recipe,
        seed: u64,
        progress: Rc<Progress>,
    ) -> anyhow::Result<Self> {
        progress.say("starting the server");
        let ground = Ground::Own(Box::new(Server::start(recipe)?));
        Ok(Self { speaker, seed, progress, ground })
    }

    /// A server that runs already.
    pub(crate) fn there(
        speaker: Speaker,
        address: SocketAddr,
        process: Option<u32>,
        seed: u64,
        progress: Rc<Progress>,
    ) -> Self {
        let ground = Ground::There { address, process: process.map(Process) };
        Self { speaker, seed, progress, ground }
    }

    /// The bare loop on what keeps its messages; its frames are as long as those of the server were.
    pub(crate) fn bare(
        speaker: Speaker,
        folder: &Path,
        (keeper, sizes): (Keeper, Sizes),
        seed: u64,
        progress: Rc<Progress>,
    ) -> anyhow::Result<Self> {
        progress.say("starting the bare loop");
        let folder = tempfile::Builder::new().prefix("koine-bare-").tempdir_in(folder);
        let folder = folder.context("no folder can be made for the bare loop")?;
        let program = std::env::current_exe().context("this program does not know where it is")?;
        let mut command = Command::new(program);
        command.arg(bare::NAME).arg("--folder").arg(folder.path());
        let keeper = match keeper {
            Keeper::File => "file",
            Keeper::Sqlite => "sqlite",
        };
        command.args(["--keeper", keeper]);
        if sizes.answer() > 0 {
            command.arg("--answer-bytes").arg(sizes.answer().to_string());
            command.arg("--message-bytes").arg(sizes.message().to_string());
        }
        let ground = Ground::Bare(Program::start(&mut command, 2)?, folder);
        Ok(Self { speaker, seed, progress, ground })
    }

    /// Whether it is the bare loop, where nobody need register.
    pub(crate) fn is_bare(&self) -> bool {
        matches!(self.ground, Ground::Bare(..))
    }

    /// What the system knows of the server, where that is to be seen.
    pub(crate) fn process(&self) -> Option<Process> {
        match &self.ground {
            Ground::Own(server) => Some(server.program().process()),
            Ground::There { process, .. } => *process,
            Ground::Bare(program, _) => Some(program.process()),
        }
    }

    /// Ends the server in order and starts it again on its data; tells how long it took until it served. Nothing where it is
    /// not ours to end.
    pub(crate) fn restart(&mut self) -> anyhow::Result<Duration> {
        match &mut self.ground {
            Ground::Own(server) => server.restart(),
            Ground::There { .. } | Ground::Bare(..) => Ok(Duration::ZERO),
        }
    }

    /// The program of the server, where it was started for this.
    pub(crate) fn binary(&self) -> Option<&Path> {
        match &self.ground {
            Ground::Own(server) => Some(server.binary()),
            Ground::There { .. } | Ground::Bare(..) => None,
        }
    }

    /// How it is reached.
    pub(crate) fn destination(&self) -> anyhow::Result<Destination> {
        let make = self.speaker.client;
        let destination = match &self.ground {
            Ground::Own(server) => {
                let certificate = server.certificate();
                let address = server.program().address(self.speaker.dialect, certificate.is_some())?;
                let (carriage, path) = (self.speaker.carriage, "/".to_owned());
                let http = Some(server.program().address("http", false)?);
                Destination { address, carriage, path, certificate, http, client: Rc::new(make) }
            }
            Ground::There { address, .. } => {
                let (carriage, path) = (self.speaker.carriage, format!("/ws/{}", self.speaker.dialect));
                // WebSockets are on the HTTP port.
                let http = (carriage == Carriage::WebSocket).then_some(*address);
                let (address, client) = (*address, Rc::new(make));
                Destination { address, carriage, path, certificate: None, http, client }
            }
            Ground::Bare(program, _) => {
                let address = program.address(bare::NAME, false)?;
                let client = Rc::new(move || -> Box<dyn koine_dialect::client::Client> {
                    Box::new(Bare::new(make()))
                });
                let (carriage, path) = (Carriage::WebSocket, "/".to_owned());
                Destination { address, carriage, path, certificate: None, http: None, client }
            }
        };
        Ok(destination)
    }

    /// Nobody, who will come here.
    pub(crate) fn crowd(&self) -> anyhow::Result<Crowd> {
        Crowd::new(self.destination()?, self.seed)
    }

    /// Has people connect and make accounts. Their names are their own on this server, even if it has seen others.
    pub(crate) fn register(&self, crowd: &mut Crowd, people: Range<usize>) -> anyhow::Result<Vec<Known>> {
        self.progress.say("making accounts");
        self.progress.begin_count(people.len() as u64);
        let mut known = self.names(people.clone());
        crowd.connect_all(people.clone(), &|_| String::new())?;
        self.enter(crowd, people, &mut known, true)?;
        Ok(known)
    }

    /// Has people who are connected make their accounts, or sign in.
    pub(crate) fn enter(
        &self,
        crowd: &mut Crowd,
        people: Range<usize>,
        known: &mut [Known],
        register: bool,
    ) -> anyhow::Result<()> {
        const AT_ONCE: usize = 64;
        let start = people.start;
        let names = known.to_vec();
        let mut ask = |crowd: &mut Crowd, who: usize| {
            let me = &names[who - start];
            let password = PASSWORD;
            let sign_in = Ask::SignIn { me, password, rooms: &[] };
            crowd.ask(who, if register { Ask::Register { me, password } } else { sign_in })
        };
        crowd.each(people, AT_ONCE, &mut ask, &mut |_, who, answer| {
            let OwnAnswer::Entered(id) = answer else { bail!("{answer:?} instead of an account") };
            known[who - start].id = id;
            self.progress.step();
            Ok(())
        })
    }

    /// Has people make accounts and go again, some hundreds at a time.
    pub(crate) fn register_and_leave(
        &self,
        crowd: &mut Crowd,
        people: Range<usize>,
    ) -> anyhow::Result<Vec<Known>> {
        const SHIFT: usize = 500;
        let mut known = Vec::with_capacity(people.len());
        for begin in people.clone().step_by(SHIFT) {
            let shift = begin..people.end.min(begin + SHIFT);
            known.extend(self.register(crowd, shift.clone())?);
            shift.for_each(|who| crowd.hang_up(who));
        }
        Ok(known)
    }

    /// The names of people; nobody has a number yet.
    pub(crate) fn names(&self, people: Range<usize>) -> Vec<Known> {
        let seed = self.seed % 0xffff_ffff;
        people.map(|who| Known { handle: format!("l{seed:x}x{who}"), id: 0 }).collect()
    }

    /// Has people find the conversation with somebody, one for each of them; tells what the protocol calls it.
    pub(crate) fn meet(&self, crowd: &mut Crowd, pairs: &[(usize, &Known)]) -> anyhow::Result<Vec<String>> {
        const AT_ONCE: usize = 64;
        let mut rooms = vec![String::new(); pairs.len()];
        let places: HashMap<usize, usize> =
            pairs.iter().enumerate().map(|(place, (who, _))| (*who, place)).collect();
        let mut ask =
            |crowd: &mut Crowd, who: usize| crowd.ask(who, Ask::Meet { other: pairs[places[&who]].1 });
        crowd.each(pairs.iter().map(|(who, _)| *who), AT_ONCE, &mut ask, &mut |_, who, answer| {
            let OwnAnswer::Room(room) = answer else { bail!("{answer:?} instead of a conversation") };
            rooms[places[&who]] = room;
            Ok(())
        })?;
        Ok(rooms)
    }
}
