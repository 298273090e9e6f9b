//! A server, and the people who come to it one after the other.

use super::{Flavour, Known, Person, flavours};
use koine_testkit::peer::Peer;
use koine_testkit::tls::Pipe;
use koine_testkit::{Ending, Process, Recipe, Server};
use tempfile::TempDir;

/// The number of whoever registers first; the others follow.
const FIRST: u64 = 1_000_000_001;

/// A fresh server.
pub struct Town {
    server: Process,
    next: u64,
}

impl Town {
    /// Starts the server.
    pub async fn found() -> Self {
        Self::found_by(crate::recipe()).await
    }

    /// Starts it as `recipe` says. People come by TLS where it has that.
    pub async fn found_by(recipe: Recipe) -> Self {
        Self { server: Process::start(recipe).await, next: FIRST }
    }

    /// The same, in a folder that is there already.
    pub async fn found_in(recipe: Recipe, folder: TempDir) -> Self {
        Self { server: Process::start_in(recipe, folder).await, next: FIRST }
    }

    /// The server.
    pub fn server(&self) -> &Process {
        &self.server
    }

    /// The server, to which something is done.
    pub fn server_mut(&mut self) -> &mut Process {
        &mut self.server
    }

    /// Whoever registers next gets this number: those who should have had it and those behind it have not registered.
    pub fn go_on_with(&mut self, id: u64) {
        self.next = id;
    }

    /// Somebody registers under this name.
    pub async fn welcome(&mut self, flavour: Flavour, handle: String) -> Person {
        let mut person = Person::new(flavour, self.next_known(handle));
        self.register(&mut person).await;
        person
    }

    /// Who the next one to register will be.
    pub fn next_known(&mut self, handle: String) -> Known {
        let id = self.next;
        self.next += 1;
        Known { handle, id }
    }

    /// Somebody registers who has got their number already.
    pub async fn register(&self, person: &mut Person) {
        self.connect(person).await;
        let registered = person.client.register().await;
        registered.unwrap_or_else(|wrong| panic!("{:?} cannot register: {wrong}", person.known));
    }

    /// One person of each flavour registers.
    pub async fn welcome_all(&mut self, role: &str) -> Vec<Person> {
        let mut people = Vec::new();
        for flavour in flavours() {
            let handle = format!("{role}_{}", flavour.name.replace([' ', '-'], "_"));
            people.push(self.welcome(flavour, handle).await);
        }
        people
    }

    /// Gives somebody a fresh connection.
    pub async fn connect(&self, person: &mut Person) {
        let flavour = &person.flavour;
        let pipe = match self.server.secured(flavour.dialect) {
            Some((authority, address)) => authority.connect(address).await,
            None => Pipe::open(self.server.address(flavour.dialect)).await,
        };
        let peer = match flavour.websocket {
            true => Peer::websocket_over(pipe, "/", flavour.encoding).await,
            false => Peer::stream_over(pipe),
        };
        person.client.finds_http(self.server.address("http"));
        person.client.line().open(peer);
    }

    /// Everybody comes back.
    pub async fn sign_in(&self, people: &mut [Person]) {
        for person in people {
            self.connect(person).await;
            let signed_in = person.signs_in().await;
            signed_in.unwrap_or_else(|wrong| panic!("{:?} cannot sign in: {wrong}", person.known));
        }
    }

    /// Ends the server in order, and starts it again.
    pub async fn restart(&mut self) {
        self.server.restart(Ending::InOrder).await;
    }

    /// The server, which goes on without the town.
    pub fn leave(self) -> Process {
        self.server
    }

    /// Ends the server in order, and tells what it has logged.
    pub async fn close(mut self) -> String {
        self.server.stop().await;
        self.server.log()
    }
}
