//! People who register with invitations, several at once, and an operator who makes those and takes one back meanwhile. Somebody who was let
//! in asks for something after each command of the operator's, so that it is known when that was done.

use crate::ledger::{Notes, Standing};
use crate::load::{Invitation, Talker};
use crate::operator::operate;
use futures_util::future::join_all;
use koine_testkit::chance::Chance;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;

/// How many invitations are made for each round, and for how many people each is good.
const INVITATIONS: usize = 3;
const USES: usize = 4;
/// How many come at once, and how often each of them tries in a round: together more often than the invitations are good for.
const AT_ONCE: usize = 4;
const TRIES: usize = 4;

/// Where they come in.
pub struct Gate {
    warden: Talker,
    native: SocketAddr,
    http: SocketAddr,
    data: PathBuf,
    chance: Chance,
    /// The number of the next one who connects.
    next: u64,
    /// Those that are good, as far as nobody has used them up.
    invitations: Vec<Invitation>,
    notes: Notes,
    /// How many were not let in.
    refused: usize,
}

impl Gate {
    /// Somebody is let in who asks after the operator has done something.
    pub async fn open(native: SocketAddr, http: SocketAddr, data: PathBuf, mut chance: Chance) -> Self {
        let first = invite(&data, 1).await;
        let mut warden = Talker::connect(1, native, http, chance.fork()).await;
        assert!(warden.enter(Some(&first)).await, "the first is let in");
        let mut notes = Notes::default();
        let answered = warden.last();
        notes.standing.push((answered, answered, Standing::Invitation { number: first.number, good: true }));
        Self { warden, native, http, data, chance, next: 2, invitations: Vec::new(), notes, refused: 0 }
    }

    /// People come with new invitations and with old ones, and one of those is taken back meanwhile.
    pub async fn round(&mut self) {
        for _ in 0..INVITATIONS {
            let before = self.warden.last();
            let made = invite(&self.data, USES).await;
            self.stands(before, made.number, true).await;
            self.invitations.push(made);
        }
        let first = self.next;
        let all = u64::try_from(AT_ONCE * TRIES).expect("a small number");
        self.next += all;
        let invitations = self.invitations.clone();
        let (native, http) = (self.native, self.http);
        let place = self.chance.below(self.invitations.len());
        let revoked = self.invitations.swap_remove(place);
        let come = (0..AT_ONCE).zip(first..).map(|(_, number)| {
            let mut chance = self.chance.fork();
            let invitations = &invitations;
            async move {
                let (mut notes, mut refused) = (Notes::default(), 0);
                for number in (number..first + all).step_by(AT_ONCE) {
                    let mut guest = Talker::connect(number, native, http, chance.fork()).await;
                    let is_in = guest.enter(Some(chance.pick(invitations))).await;
                    refused += usize::from(!is_in);
                    notes.join(guest.notes());
                }
                (notes, refused)
            }
        });
        let come = join_all(come.collect::<Vec<_>>());
        let (came, ()) = tokio::join!(come, self.revoke(revoked.number));
        for (notes, refused) in came {
            self.notes.join(notes);
            self.refused += refused;
        }
    }

    /// How many were not let in.
    pub fn refused(&self) -> usize {
        self.refused
    }

    /// What was noted.
    pub fn notes(mut self) -> Notes {
        self.notes.join(self.warden.notes());
        self.notes
    }

    async fn revoke(&mut self, number: u64) {
        let before = self.warden.last();
        operate(&self.data, &["invite", "revoke", &number.to_string()]).await;
        self.stands(before, number, false).await;
    }

    /// From the next answer on it is known whether an invitation is good.
    async fn stands(&mut self, before: u64, number: u64, good: bool) {
        self.warden.ask("sessions", json!({})).await;
        self.notes.standing.push((self.warden.last(), before, Standing::Invitation { number, good }));
    }
}

/// An operator makes an invitation.
async fn invite(data: &std::path::Path, uses: usize) -> Invitation {
    let made = operate(data, &["invite", "new", "--uses", &uses.to_string(), "--json"]).await;
    let made: Value = serde_json::from_str(&made).expect("JSON");
    let code = made["code"].as_str().expect("a code").to_owned();
    Invitation { number: made["number"].as_u64().expect("a number"), code }
}
