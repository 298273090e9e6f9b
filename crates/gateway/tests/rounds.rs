//! A gateway wakes those who hear of one event a few at a time, so that others have their turn in between.

use koine_bus::{Bus, Envelope, LocalBus, Mailbox, Topic};
use koine_core::credentials::Cost;
use koine_core::{Core, Credentials, Limits, SystemClock};
use koine_gateway::{Gateway, Listen, Settings};
use koine_model::account::{Face, Handle};
use koine_model::presence::Presence;
use koine_model::{AccountId, Event};
use koine_store_sqlite::{Options, SqliteStore};
use std::future::poll_fn;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use tokio::task::{JoinSet, yield_now};

/// The turns that somebody else has had so far.
type Turns = Arc<AtomicUsize>;

/// After how many of them somebody was woken.
struct Bell {
    turns: Turns,
    woken: Mutex<Option<usize>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.woken.lock().unwrap() = Some(self.turns.load(Ordering::SeqCst));
    }
}

/// Has a turn whenever all others that are ready have had theirs.
async fn have_turns(turns: Turns) {
    poll_fn(|cx| {
        turns.fetch_add(1, Ordering::SeqCst);
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    })
    .await
}

fn event() -> Arc<Envelope> {
    let who =
        Arc::new(Face { id: AccountId::FIRST, handle: Handle::parse("ann").unwrap(), nick: String::new() });
    let presence = Presence::Online;
    Envelope::new(Event::Presence { who, presence, status: "".into(), signed_out: false })
}

#[tokio::test]
async fn many_who_listen_are_woken_in_rounds_while_the_gateway_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path(), Options::default()).unwrap());
    let credentials = Credentials::new(Cost { memory_kib: 8, iterations: 1 }, 2, 512).unwrap();
    let bus = Arc::new(LocalBus::default());
    let core = Core::new(store, bus.clone(), Arc::new(SystemClock), credentials, Limits::default());
    let anywhere = Listen::plain((Ipv4Addr::LOCALHOST, 0).into());
    let url = |port| format!("http://localhost:{port}");
    let gateway = Gateway::start(core, Settings::default(), &anywhere, url, Vec::new()).await.unwrap();

    const LISTENERS: usize = 300;
    let (topic, turns) = (Topic::Account(AccountId::FIRST), Turns::default());
    let mut others = JoinSet::new();
    others.spawn(have_turns(turns.clone()));
    let new =
        || (Arc::<Mailbox>::default(), Arc::new(Bell { turns: turns.clone(), woken: Mutex::default() }));
    let listeners: Vec<_> = (0..LISTENERS).map(|_| new()).collect();
    let wait = || {
        for (mailbox, bell) in &listeners {
            *bell.woken.lock().unwrap() = None;
            let waker = Waker::from(Arc::clone(bell));
            while mailbox.poll_post(&mut Context::from_waker(&waker), true).is_ready() {}
        }
    };
    let woken =
        || -> Vec<_> { listeners.iter().filter_map(|(_, bell)| *bell.woken.lock().unwrap()).collect() };
    for (mailbox, _) in &listeners {
        bus.subscribe(topic, mailbox);
    }
    wait();
    // Everything that the gateway has begun has run once.
    for _ in 0..100 {
        yield_now().await;
    }

    bus.publish(topic, &event());
    assert!(woken().is_empty());
    for _ in 0..1_000 {
        yield_now().await;
    }
    let woken_after = woken();
    assert_eq!(woken_after.len(), LISTENERS);
    let together = woken_after.chunk_by(|one, other| one == other).map(<[usize]>::len).max();
    assert!(together < Some(LISTENERS / 4), "the others had no turn while so many were woken: {together:?}");

    // Whoever is told something when it has ended is told at once.
    wait();
    others.shutdown().await;
    gateway.stop().await;
    bus.publish(topic, &event());
    assert_eq!(woken().len(), LISTENERS);
}
