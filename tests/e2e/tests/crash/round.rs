//! One round: people come, everything happens at once, the server is killed and started again, and everything is compared.

use crate::actor::Actor;
use crate::audit::Truth;
use crate::author::Author;
use crate::check;
use crate::circle::Circle;
use crate::ledger::{Ledger, Room};
use crate::plan::{Moment, Plan};
use crate::ports::Ports;
use crate::tally::{self, Tally};
use futures_util::future::{join, join_all};
use koine_e2e::matrix::{Known, Person, Town, flavours};
use koine_testkit::chance::Chance;
use koine_testkit::program::Signal;
use koine_testkit::{Ending, Process, Server};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// How many people there are of each flavour.
const OF_EACH: usize = 2;
/// How many people register while others talk.
const NEWCOMERS: usize = 12;
/// How long a server lives at most, once everybody has begun.
const LIFE: Duration = Duration::from_secs(3);
/// How many circles of people there are who block and part and change passwords.
const CIRCLES: usize = 2;
/// The group of everybody.
const EVERYBODY: &str = "everybody";

/// A server, everybody on it, and the ledger.
pub(crate) struct Round {
    plan: Plan,
    town: Town,
    ledger: Ledger,
    actors: Vec<Actor>,
    authors: Vec<Author>,
    circles: Vec<Circle>,
    /// Whoever says at the end that this was all.
    closer: Person,
    /// Those who have registered while others talked.
    settled: Vec<Person>,
}

impl Round {
    /// Starts the server, and has people come to it.
    pub(crate) async fn begin(mut plan: Plan) -> Self {
        let mut town = Town::found().await;
        let ledger = Ledger::default();
        let mut actors = Vec::new();
        for number in 0..OF_EACH {
            for person in town.welcome_all(&format!("actor{number}")).await {
                actors.push(Actor::new(person, plan.chance.fork()));
            }
        }
        let (native, http) = (town.server().address("native"), town.server().address("http"));
        let mut authors = Vec::new();
        for handle in ["author_one", "author_two"] {
            let known = town.next_known(handle.to_owned());
            let author = Author::register(known, native, http, plan.chance.fork()).await;
            authors.push(author.expect("an author registers"));
        }
        let mut circles = Vec::new();
        for circle in 0..CIRCLES {
            let handles = Circle::handles(circle);
            let people: Vec<_> = handles.into_iter().map(|handle| town.next_known(handle).handle).collect();
            let (ports, data) = (Ports::of(town.server()), town.server().data());
            let circle = Circle::gather(people, ports, data, plan.chance.fork()).await;
            circles.push(circle.expect("a circle gathers"));
        }
        let closer = town.welcome(flavours()[0], "closer".to_owned()).await;
        let mut round = Self { plan, town, ledger, actors, authors, circles, closer, settled: Vec::new() };
        round.gather().await.expect("everybody meets");
        round
    }

    /// Makes the group of everybody, and tells the authors where they talk.
    async fn gather(&mut self) -> Result<(), String> {
        let known = self.everybody();
        for person in &known {
            self.ledger.number(person);
        }
        let native = self.actors.iter().position(|actor| actor.person.flavour.name == "native");
        let founder = &mut self.actors[native.ok_or("nobody speaks native")?].person;
        let others: Vec<_> = known.iter().filter(|known| known.id != founder.known.id).cloned().collect();
        let group = founder.client.make_group(EVERYBODY, &others).await?;
        let number = group.room.parse().map_err(|_| format!("{} is no number", group.room))?;
        let founder = founder.known.id;
        self.ledger.group(EVERYBODY, known.iter().map(|known| known.handle.clone()), true);
        for actor in &mut self.actors {
            let room = match actor.person.known.id == founder {
                true => group.room.clone(),
                false => actor.person.client.join(EVERYBODY).await?,
            };
            actor.groups.insert(EVERYBODY.to_owned(), room);
        }
        let [one, two] = [&self.authors[0], &self.authors[1]].map(|author| author.known.clone());
        for (author, other) in self.authors.iter_mut().zip([two, one]) {
            author.meet(&other).await?;
            author.join(number, EVERYBODY);
        }
        Ok(())
    }

    fn everybody(&self) -> Vec<Known> {
        let known = self.actors.iter().map(|actor| actor.person.known.clone());
        known
            .chain(self.authors.iter().map(|author| author.known.clone()))
            .chain([self.closer.known.clone()])
            .collect()
    }

    /// Lets the server live and die as planned. Tells what has been seen, and what was acknowledged.
    pub(crate) async fn play(mut self) -> (String, Tally) {
        for (life, moment) in self.plan.kills.clone().into_iter().enumerate() {
            let lived = self.live(life, moment).await;
            let back = Instant::now();
            self.return_all(life).await;
            let heard = back.elapsed();
            self.check().await;
            let (lived, heard, all) = (lived.as_millis(), heard.as_millis(), back.elapsed().as_millis());
            eprintln!("  killed after {lived} ms; everybody back after {heard} ms, compared after {all} ms");
        }
        for actor in &mut self.actors {
            actor.person.leaves().await;
        }
        self.closer.leaves().await;
        for author in &mut self.authors {
            author.leave().await;
        }
        for circle in &mut self.circles {
            circle.leave().await;
        }
        let (acknowledged, all) = self.ledger.messages();
        let tally = self.ledger.tally.take();
        eprintln!("  {tally:?}");
        let (others, settled) = (self.ledger.acknowledged.get(), self.settled.len());
        self.town.close().await;
        let told = format!(
            "{acknowledged} of {all} messages, {others} things in all and {settled} accounts were acknowledged, and all are there"
        );
        (told, tally)
    }

    /// Everybody does what they do, until the server is killed.
    async fn live(&mut self, life: usize, moment: Moment) -> Duration {
        let mut newcomers = self.newcomers(life).await;
        let others: Vec<_> = self.actors.iter().map(|actor| actor.person.known.clone()).collect();
        let before = self.ledger.acknowledged.get();
        self.ledger.killed.set(false);
        let (bursts, seen) = watch::channel(0);
        let (ledger, chance) = (&self.ledger, self.plan.chance.fork());
        let acting = join_all(self.actors.iter_mut().map(|actor| actor.act(ledger, &others, seen.clone())));
        let writing = join_all(self.authors.iter_mut().map(|author| author.act(ledger, seen.clone())));
        let turning = join_all(self.circles.iter_mut().map(|circle| circle.act(ledger, seen.clone())));
        let registering = register(&mut newcomers, ledger, seen.clone());
        let killing = kill(self.town.server_mut(), ledger, moment, before, bursts, chance);
        let (lived, (_, (_, (_, registered)))) =
            join(killing, join(acting, join(writing, join(turning, registering)))).await;
        self.town.server_mut().wait_for(Ending::Killed).await;
        for actor in &mut self.actors {
            actor.hear_the_rest().await;
        }
        self.closer.client.line().vanish();
        for person in &mut self.settled {
            person.client.line().vanish();
        }
        self.town.server_mut().start_again().await;
        self.settle(newcomers, registered).await;
        lived
    }

    /// People who are connected and have not registered yet.
    async fn newcomers(&mut self, life: usize) -> Vec<Person> {
        let mut newcomers = Vec::new();
        for number in 0..NEWCOMERS {
            let flavour = *self.plan.chance.pick(&flavours());
            let known = self.town.next_known(format!("newcomer{life}_{number}"));
            let mut person = Person::new(flavour, known);
            self.town.connect(&mut person).await;
            newcomers.push(person);
        }
        newcomers
    }

    /// Everybody who has registered can sign in; of the one who was not answered, nobody knows.
    async fn settle(&mut self, newcomers: Vec<Person>, registered: usize) {
        for (number, mut person) in newcomers.into_iter().enumerate() {
            person.client.line().vanish();
            self.town.connect(&mut person).await;
            let back = person.signs_in().await;
            if number < registered {
                back.unwrap_or_else(|wrong| panic!("{:?} was registered: {wrong}", person.known));
            } else if back.is_err() {
                // This number is still to be had, and those behind it.
                self.town.go_on_with(person.known.id);
                return;
            }
            self.ledger.number(&person.known);
            self.settled.push(person);
        }
    }

    /// Everybody comes back, and hears what there is to be heard.
    async fn return_all(&mut self, life: usize) {
        let (native, http) = (self.town.server().address("native"), self.town.server().address("http"));
        for actor in &mut self.actors {
            actor.person.client.finds_http(http);
            actor.remember_the_rest().await;
        }
        for author in &mut self.authors {
            let back = author.return_to(&self.ledger, native, http).await;
            back.unwrap_or_else(|wrong| panic!("{}: {wrong}", author.known.handle));
        }
        self.town.sign_in(std::slice::from_mut(&mut self.closer)).await;
        for actor in &mut self.actors {
            self.town.sign_in(std::slice::from_mut(&mut actor.person)).await;
        }
        for actor in &mut self.actors {
            // Whoever asks for what is new has asked for everything when the second one has come.
            for time in ["first", "second"] {
                let text = format!("that is all, {} {life} {time}", actor.person.known.handle);
                let room = Room::of(&self.closer.known.handle, &actor.person.known.handle);
                let word = self.ledger.begin(&self.closer.known, room, &text);
                self.closer.tells(&actor.person.known, &text).await.expect("the closer speaks");
                self.ledger.acknowledge(word);
                self.ledger.count("the closer", tally::TEXT);
                let heard = actor.hear_until(&text).await;
                heard.unwrap_or_else(|wrong| panic!("{}: {wrong}", actor.person.known.handle));
            }
        }
    }

    async fn check(&mut self) {
        let (native, http) = (self.town.server().address("native"), self.town.server().address("http"));
        for circle in &mut self.circles {
            circle
                .check(&self.ledger, Ports::of(self.town.server()))
                .await
                .unwrap_or_else(|wrong| panic!("{wrong}"));
        }
        let settled = self.settled.iter().map(|person| person.known.handle.clone());
        let handles: Vec<_> = self.everybody().into_iter().map(|known| known.handle).chain(settled).collect();
        let mut truth = Truth::told_to(&handles, native, http).await;
        check::words(&self.ledger, &truth);
        check::groups(&self.ledger, &truth);
        check::friends(&self.ledger, &truth);
        for author in &self.authors {
            author.check(&truth);
        }
        for actor in &mut self.actors {
            check::heard(actor, &self.ledger, &mut truth, http).await;
        }
    }
}

/// Has newcomers register one after the other. Tells how many were answered.
async fn register(newcomers: &mut [Person], ledger: &Ledger, mut bursts: watch::Receiver<u32>) -> usize {
    let mut registered = 0;
    for person in newcomers {
        if bursts.changed().await.is_err() {
            break;
        }
        if let Err(wrong) = person.client.register().await {
            assert!(ledger.killed.get(), "{:?} cannot register: {wrong}", person.known);
            break;
        }
        registered += 1;
        ledger.count(person.flavour.name, tally::ACCOUNT);
    }
    registered
}

/// Begins one burst after the other, and kills the server when it is time.
async fn kill(
    server: &mut Process,
    ledger: &Ledger,
    moment: Moment,
    before: usize,
    bursts: watch::Sender<u32>,
    mut chance: Chance,
) -> Duration {
    let begun = Instant::now();
    let conduct = async {
        for burst in 1.. {
            bursts.send_replace(burst);
            if let Moment::IntoBurst(fatal, delay) = moment
                && fatal == burst
            {
                sleep(delay).await;
                return;
            }
            sleep(Duration::from_millis(40 + chance.draw() % 160)).await;
        }
    };
    let watch = async {
        match moment {
            Moment::After(delay) => sleep(delay).await,
            Moment::Acknowledged(most, delay) => {
                while ledger.acknowledged.get() < before + most {
                    tokio::task::yield_now().await;
                }
                sleep(delay).await;
            }
            Moment::IntoBurst(..) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = conduct => {}
        () = watch => {}
        () = sleep(LIFE) => {}
    }
    ledger.killed.set(true);
    server.program().signal(Signal::Kill);
    begun.elapsed()
}
