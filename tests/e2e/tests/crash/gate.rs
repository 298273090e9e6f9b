//! Invitations: whoever has registered with a code has used it up, whatever becomes of the server.
//!
//! Several register at once with the same few codes, an operator makes codes and takes some back, and the server is killed. Afterwards each
//! code has been used as often as there are accounts that it has let in: what was not answered has happened as a whole, or not at all. In the
//! end the codes let in whom they are still good for, and nobody else.

use crate::circle::operate;
use crate::voice::Voice;
use futures_util::future::{join, join_all};
use koine_testkit::chance::{Chance, seed};
use koine_testkit::program::Signal;
use koine_testkit::{Ending, Process, Server};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::sleep;

/// How often the server is killed.
const LIVES: usize = 4;
/// How many register at the same time.
const AT_ONCE: usize = 4;
/// How many codes are made for each life, and for how many people each is good.
const CODES: usize = 3;
const USES: u64 = 9;
/// How long a server lives at most, in milliseconds, once everybody has begun.
const LIFE: u64 = 200;

/// A code.
struct Code {
    number: u64,
    text: String,
    revoked: Revoked,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Revoked {
    No,
    Asked,
    Yes,
}

/// Somebody who has tried to register.
struct Guest {
    handle: String,
    /// With which code, by its number.
    code: u64,
    /// Whether the server has said that the account is there.
    answered: bool,
}

/// Everything that is known outside of the server.
struct Gate {
    native: SocketAddr,
    data: PathBuf,
    codes: RefCell<Vec<Code>>,
    guests: RefCell<Vec<Guest>>,
    killed: Cell<bool>,
}

#[tokio::test]
async fn a_use_of_an_invitation_outlives_a_kill() {
    let seed = seed("KOINE_GATE_SEED");
    eprintln!("KOINE_GATE_SEED={seed}");
    let mut chance = Chance::of(seed);
    let mut server = Process::start(koine_e2e::recipe().with("KOINE_REGISTRATION__MODE", "invitation")).await;
    let mut gate = Gate {
        native: server.address("native"),
        data: server.data(),
        codes: RefCell::default(),
        guests: RefCell::default(),
        killed: Cell::new(false),
    };
    for _ in 0..LIVES {
        for _ in 0..CODES {
            gate.invite().await.expect("an invitation is made");
        }
        gate.live(&mut server, &mut chance).await;
        server.start_again().await;
        gate.native = server.address("native");
        let used = gate.check().await.unwrap_or_else(|wrong| panic!("KOINE_GATE_SEED={seed}: {wrong}"));
        let guests = gate.guests.borrow();
        let answered = guests.iter().filter(|guest| guest.answered).count();
        eprintln!("{} have tried to register, {answered} were answered, {used} codes are good", guests.len());
    }
    let answered = gate.guests.borrow().iter().any(|guest| guest.answered);
    assert!(answered, "KOINE_GATE_SEED={seed}: nobody was let in before a kill");
    let let_in = gate.use_up().await.unwrap_or_else(|wrong| panic!("KOINE_GATE_SEED={seed}: {wrong}"));
    eprintln!("in the end {let_in} more were let in, and nobody else");
    gate.check().await.unwrap_or_else(|wrong| panic!("KOINE_GATE_SEED={seed}: {wrong}"));
    server.stop().await;
}

impl Gate {
    /// An operator makes a code.
    async fn invite(&self) -> Result<(), String> {
        let uses = USES.to_string();
        let made = operate(&self.data, &["invite", "new", "--uses", &uses, "--json"]).await?;
        let made: Value = serde_json::from_str(&made).map_err(|error| format!("{error}: {made}"))?;
        let number = made["number"].as_u64().ok_or("no number")?;
        let text = made["code"].as_str().ok_or("no code")?.to_owned();
        self.codes.borrow_mut().push(Code { number, text, revoked: Revoked::No });
        Ok(())
    }

    /// People register and an operator takes a code back, until the server is killed.
    async fn live(&self, server: &mut Process, chance: &mut Chance) {
        self.killed.set(false);
        let mut chances: Vec<_> = (0..AT_ONCE).map(|_| chance.fork()).collect();
        let coming = join_all(chances.iter_mut().map(|chance| self.come(chance)));
        let mut fate = chance.fork();
        let revoking = self.revoke(Duration::from_millis(fate.draw() % LIFE), fate.fork());
        let life = Duration::from_millis(20 + fate.draw() % LIFE);
        let killing = async {
            sleep(life).await;
            self.killed.set(true);
            server.program().signal(Signal::Kill);
        };
        join(killing, join(coming, revoking)).await;
        server.wait_for(Ending::Killed).await;
    }

    /// One after the other registers, with any code that was good once.
    async fn come(&self, chance: &mut Chance) {
        while !self.killed.get() {
            let (code, text) = {
                let codes = self.codes.borrow();
                let code = chance.pick(&codes);
                (code.number, code.text.clone())
            };
            let outcome = self.register(code, &text).await;
            if let Err(wrong) = outcome {
                assert!(
                    self.killed.get() || wrong.contains("\"bad_invitation\""),
                    "while the server lives: {wrong}"
                );
            }
        }
    }

    async fn register(&self, code: u64, text: &str) -> Result<(), String> {
        let mut voice = Voice::try_connect(self.native).await?;
        let place = {
            let mut guests = self.guests.borrow_mut();
            let handle = format!("guest{}", guests.len());
            guests.push(Guest { handle, code, answered: false });
            guests.len() - 1
        };
        let handle = self.guests.borrow()[place].handle.clone();
        let request = json!({"handle": handle, "nick": handle, "password": "secret", "device": "gate", "invitation": text});
        voice.ask("register", request).await?;
        self.guests.borrow_mut()[place].answered = true;
        voice.leave().await;
        Ok(())
    }

    /// An operator takes a code back.
    async fn revoke(&self, after: Duration, mut chance: Chance) {
        sleep(after).await;
        let good: Vec<_> = {
            let codes = self.codes.borrow();
            codes.iter().filter(|code| code.revoked == Revoked::No).map(|code| code.number).collect()
        };
        let number = *chance.pick(&good);
        self.note(number, Revoked::Asked);
        match operate(&self.data, &["invite", "revoke", &number.to_string()]).await {
            Ok(_) => self.note(number, Revoked::Yes),
            Err(wrong) => assert!(self.killed.get(), "while the server lives: {wrong}"),
        }
    }

    fn note(&self, number: u64, revoked: Revoked) {
        for code in self.codes.borrow_mut().iter_mut().filter(|code| code.number == number) {
            code.revoked = revoked;
        }
    }

    /// What the server that was started again has is what was acknowledged. Tells how many codes are good.
    async fn check(&self) -> Result<usize, String> {
        let mut let_in: BTreeMap<u64, u64> = BTreeMap::new();
        let tried = self.guests.borrow().len();
        for place in 0..tried {
            let (handle, code, answered) = {
                let guest = &self.guests.borrow()[place];
                (guest.handle.clone(), guest.code, guest.answered)
            };
            match (self.is_there(&handle).await?, answered) {
                (true, _) => *let_in.entry(code).or_default() += 1,
                (false, true) => return Err(format!("acknowledged and lost: {handle} has registered")),
                (false, false) => {}
            }
        }
        let listed = self.listed().await?;
        for code in self.codes.borrow_mut().iter_mut() {
            let times = let_in.get(&code.number).copied().unwrap_or(0);
            match (listed.get(&code.number), code.revoked) {
                (Some(used), Revoked::No | Revoked::Asked) if *used == times => code.revoked = Revoked::No,
                (Some(used), Revoked::No | Revoked::Asked) => {
                    let number = code.number;
                    return Err(format!("code {number} has let in {times}, and counts {used} uses"));
                }
                (None, Revoked::Yes | Revoked::Asked) => code.revoked = Revoked::Yes,
                (None, Revoked::No) => return Err(format!("acknowledged and lost: code {}", code.number)),
                (Some(_), Revoked::Yes) => {
                    return Err(format!("not so any more, and there: code {}", code.number));
                }
            }
            if times > USES {
                return Err(format!("code {} is for {USES}, and has let in {times}", code.number));
            }
        }
        Ok(listed.values().filter(|used| **used < USES).count())
    }

    /// As many register as the codes are still good for, and one more with each. Tells how many were let in.
    async fn use_up(&self) -> Result<u64, String> {
        let listed = self.listed().await?;
        let codes: Vec<_> = self.codes.borrow().iter().map(|code| (code.number, code.text.clone())).collect();
        let mut let_in = 0;
        for (number, text) in codes {
            let left = listed.get(&number).map_or(0, |used| USES - used);
            for _ in 0..left {
                self.register(number, &text).await?;
            }
            match self.register(number, &text).await {
                Err(wrong) if wrong.contains("\"bad_invitation\"") => {}
                other => return Err(format!("code {number} was used up, and: {other:?}")),
            }
            let_in += left;
        }
        Ok(let_in)
    }

    /// How often each code was used, by its number, as an operator is told.
    async fn listed(&self) -> Result<BTreeMap<u64, u64>, String> {
        let listed = operate(&self.data, &["invite", "list", "--json"]).await?;
        let mut codes = BTreeMap::new();
        for line in listed.lines() {
            let row: Value = serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
            let number = row["number"].as_u64().ok_or("no number")?;
            codes.insert(number, row["used"].as_u64().ok_or("no uses")?);
        }
        Ok(codes)
    }

    async fn is_there(&self, handle: &str) -> Result<bool, String> {
        let mut voice = Voice::connect(self.native).await;
        let request = json!({"who": handle, "password": "secret", "device": "gate"});
        let is_there = match voice.ask("login", request).await {
            Ok(_) => true,
            // Nobody is told which of the two was wrong, and the password is right.
            Err(wrong) if wrong.contains("\"wrong_password\"") => false,
            Err(wrong) => return Err(wrong),
        };
        voice.leave().await;
        Ok(is_there)
    }
}
