//! What a message costs, in what can be counted: pieces of memory and calls of the system. Unlike times, the numbers are the same on every
//! machine, so that a test can hold them. They are printed with `--nocapture`.

mod instructions;

use koine_e2e::counts::{Counted, Counts};
use koine_e2e::matrix::{Flavour, Known, Person, Town, flavours};
use std::fmt;
use tempfile::TempDir;

/// Messages until everything that is made once is made, and messages that are counted.
const FIRST: usize = 60;
const COUNTED: usize = 100;

/// The most pieces of memory that a message may take, from the frame that says it to the frame that tells it, and the most calls that write
/// to a socket: a sixth more than were counted when this was written, and something for a ping a second.
const COSTS: [(&str, f64, f64); 7] = [
    ("minioicq msgpack", 68.0, 2.6),
    ("minioicq json", 61.0, 2.6),
    // The author's own message goes with the answer.
    ("native", 44.0, 2.6),
    ("ourchat", 49.0, 2.6),
    ("technotrack", 75.0, 3.6),
    ("type-payload raw", 175.0, 3.6),
    ("type-payload ws", 175.0, 3.6),
];

/// A server that is counted, and its folder.
async fn town() -> (Town, Counts, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let counts = Counts::compile(folder.path());
    // Nobody is held up who talks fast.
    let recipe = koine_e2e::recipe().with("KOINE_LIMITS__POSTS_PER_SECOND", "0");
    (Town::found_by(counts.on(recipe)).await, counts, folder)
}

fn flavour(name: &str) -> Flavour {
    flavours().into_iter().find(|flavour| flavour.name == name).expect("a flavour of this name")
}

/// How often something is done for one message or delivery.
struct Each {
    counted: Counted,
    number: usize,
}

impl Each {
    fn of(&self, what: impl Fn(&Counted) -> u64) -> f64 {
        what(&self.counted) as f64 / self.number as f64
    }

    fn is_at_most(&self, name: &str, what: impl Fn(&Counted) -> u64, most: f64) {
        let found = self.of(what);
        assert!(found <= most, "{name}: {found:.2} each, at most {most} are allowed; {self}");
    }
}

impl fmt::Display for Each {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        type Kind = (&'static str, fn(&Counted) -> u64);
        let kinds: [Kind; 9] = [
            ("allocations", |it| it.allocations),
            ("bytes", |it| it.bytes),
            ("received", |it| it.received),
            ("sent", |it| it.sent),
            ("read", |it| it.read),
            ("written", |it| it.written),
            ("synced", |it| it.synced),
            ("waited", |it| it.waited),
            ("woken", |it| it.woken),
        ];
        for (name, what) in kinds {
            write!(f, "{name} {:.2}  ", self.of(what))?;
        }
        Ok(())
    }
}

/// `speaker` says so many things to `listener`, each when the one before has been heard.
async fn talk(speaker: &mut Person, listener: &mut Person, from: usize, number: usize) {
    let (to, by) = (listener.known.clone(), speaker.known.clone());
    for message in from..from + number {
        let text = format!("What was said as number {message}, which is neither long nor short.");
        speaker.tells(&to, &text).await.expect("a message that is taken");
        listener.hears_from(&by, &text).await.expect("a message that is heard");
    }
}

#[tokio::test]
async fn a_message_between_two_costs_what_it_costs() {
    let mut all = Vec::new();
    for one in flavours() {
        let (mut town, counts, _folder) = town().await;
        let name = one.name;
        let mut speaker = town.welcome(flavour(name), "speaker".to_owned()).await;
        let mut listener = town.welcome(flavour(name), "listener".to_owned()).await;
        if listener.client.polls() {
            town.close().await;
            continue;
        }
        if speaker.client.makes_friends() {
            speaker.client.befriend(&listener.known).await.expect("friends");
            listener.client.befriend(&speaker.known).await.expect("friends");
        }
        talk(&mut speaker, &mut listener, 0, FIRST).await;
        let before = counts.now();
        talk(&mut speaker, &mut listener, FIRST, COUNTED).await;
        let each = Each { counted: counts.now() - before, number: COUNTED };
        eprintln!("{name:>20}: {each}");
        all.push((name, each));
        speaker.leaves().await;
        listener.leaves().await;
        town.close().await;
    }
    for (name, each) in &all {
        let (_, most, sent) = COSTS.iter().find(|(known, ..)| known == name).expect("bounds for each way");
        each.is_at_most(name, |it| it.allocations, *most);
        // One message is one sync; now and then one of what has arrived meanwhile.
        each.is_at_most(name, |it| it.synced, 1.5);
        each.is_at_most(name, |it| it.sent, *sent);
        each.is_at_most(name, |it| it.received, 3.0);
        each.is_at_most(name, |it| it.read, 1.0);
    }
    assert_eq!(all.len(), COSTS.len(), "ways of speaking that are told what is new");
}

#[tokio::test]
async fn a_message_to_many_costs_little_for_each_of_them() {
    // More than are told how far the others have come, so that nothing of that is counted.
    const MANY: usize = 80;
    const FEW: usize = 10;
    let (mut town, counts, _folder) = town().await;
    let mut speaker = town.welcome(flavour("native"), "speaker".to_owned()).await;
    let mut listeners = Vec::new();
    for number in 0..MANY {
        listeners.push(town.welcome(flavour("native"), format!("listener_{number}")).await);
    }
    let known: Vec<Known> = listeners.iter().map(|listener| listener.known.clone()).collect();
    let group = speaker.client.make_group("Everybody", &known).await.expect("a group");
    for listener in &mut listeners {
        listener.client.join("Everybody").await.expect("a place in it");
    }
    let mut say = async |from: usize, number: usize| {
        for message in from..from + number {
            let text = format!("What was said as number {message}, which is neither long nor short.");
            speaker.client.say(&group.room, &text).await.expect("a message that is taken");
            for listener in &mut listeners {
                listener.hears(&group.room, &speaker.known, &text).await.expect("a message that is heard");
            }
        }
    };
    say(0, FEW).await;
    // What has arrived is noted at each beat of the server's clock, once a second, and not for each message. So it is a few messages at a
    // time that are counted, and of these the middle: no beat falls into most of them, also on a slow machine.
    const TIMES: usize = 11;
    let (begin, mut counted) = (counts.now(), Vec::new());
    for few in 1..=TIMES {
        let before = counts.now();
        say(few * FEW, FEW).await;
        counted.push(counts.now() - before);
    }
    let each = Each { counted: counts.now() - begin, number: TIMES * FEW * MANY };
    counted.sort_by_key(|it| it.allocations);
    let middle = Each { counted: counted.swap_remove(TIMES / 2), number: FEW * MANY };
    eprintln!("to {MANY}: {each}; in the middle: {middle}");
    middle.is_at_most("allocations", |it| it.allocations, 3.0);
    each.is_at_most("calls that send", |it| it.sent, 1.3);
    each.is_at_most("syncs", |it| it.synced, 1.5 / MANY as f64);
}
