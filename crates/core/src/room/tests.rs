//! Who has a place and who waits, for places of fixed sizes and for those that grow; wakers, and orders at random.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

fn tenant(address: u8, account: u32) -> Tenant {
    let account = AccountId::new(AccountId::FIRST.number() + account).unwrap();
    Tenant { peer: Peer::V4([192, 0, 2, address]), account: Some(account) }
}

/// A place of a fixed size, if there is one now.
fn take(room: &Arc<Room>, tenant: Tenant, bytes: usize) -> Option<Place> {
    let place = room.ask(tenant, bytes, bytes);
    place.is_there().then_some(place)
}

fn fill(room: &Arc<Room>, tenant: Tenant, bytes: usize) -> Vec<Place> {
    std::iter::from_fn(|| take(room, tenant, bytes)).take(100).collect()
}

fn there(places: &[&Place]) -> Vec<bool> {
    places.iter().map(|place| place.is_there()).collect()
}

#[test]
fn an_account_and_an_address_have_their_share_and_the_rest_is_for_others() {
    let room = Room::new(80);
    let first = fill(&room, tenant(1, 1), 5);
    assert_eq!(first.len(), 4);
    // The same account from elsewhere, and others from the same place.
    assert_eq!(fill(&room, tenant(2, 1), 5).len(), 0);
    let second = fill(&room, tenant(1, 2), 5);
    assert_eq!(second.len(), 4);
    assert_eq!(fill(&room, tenant(1, 4), 6).len(), 0);
    let mut third = fill(&room, tenant(3, 4), 5);
    third.extend(fill(&room, tenant(4, 5), 5));
    assert_eq!(third.len(), 8);
    assert!(take(&room, tenant(5, 6), 1).is_none());
    drop(first);
    assert!(take(&room, tenant(5, 6), 1).is_some());
    drop((second, third));
    let state = room.lock();
    assert_eq!((state.held(), state.capacity()), (0, 0));
}

#[test]
fn who_is_nobody_counts_by_address() {
    let room = Room::new(80);
    let nobody = |address| Tenant { account: None, ..tenant(address, 1) };
    let places = fill(&room, nobody(1), 5);
    assert_eq!(places.len(), 4);
    assert_eq!(fill(&room, nobody(2), 5).len(), 4);
}

#[test]
fn what_is_larger_than_all_there_is_comes_in_alone() {
    let room = Room::new(80);
    let alone = take(&room, tenant(1, 1), 100).expect("an empty room");
    assert!(take(&room, tenant(2, 2), 1).is_none());
    drop(alone);
    let small = take(&room, tenant(2, 2), 1);
    assert!(small.is_some() && take(&room, tenant(1, 1), 100).is_none());
}

#[test]
fn who_comes_first_is_served_first_and_a_large_one_does_not_starve() {
    let room = Room::new(80);
    let mut small: Vec<Place> =
        (1..=8).flat_map(|number| fill(&room, tenant(number, u32::from(number)), 10)).take(8).collect();
    assert_eq!(room.lock().held(), 80);
    let large = room.ask(tenant(11, 11), 20, 20);
    // More small ones come all the time, each as soon as one has gone.
    let later: Vec<Place> =
        (12..17).map(|number| room.ask(tenant(number, u32::from(number)), 10, 10)).collect();
    small.pop();
    assert!(!large.is_there() && later.iter().all(|place| !place.is_there()));
    small.pop();
    assert!(large.is_there() && later.iter().all(|place| !place.is_there()));
    small.pop();
    assert_eq!(later.iter().map(Place::is_there).collect::<Vec<_>>(), [true, false, false, false, false]);
}

#[test]
fn who_is_over_a_share_holds_up_nobody_but_those_of_the_same() {
    let room = Room::new(80);
    let held = fill(&room, tenant(1, 1), 20);
    let over_account = room.ask(tenant(1, 1), 5, 5);
    // Behind it: a smaller one of the same account, another account there, and others elsewhere.
    let (same, neighbour) = (room.ask(tenant(2, 1), 1, 1), room.ask(tenant(1, 2), 20, 20));
    let over_address = room.ask(tenant(1, 3), 5, 5);
    let elsewhere = room.ask(tenant(3, 3), 5, 5);
    let waiting = [&over_account, &same, &neighbour, &over_address, &elsewhere];
    assert_eq!(there(&waiting), [false, false, true, false, true]);
    drop(held);
    assert_eq!(there(&waiting), [true; 5]);
}

#[test]
fn who_gives_up_waiting_lets_others_go_on() {
    let room = Room::new(80);
    let held: Vec<Place> =
        (1..=2).flat_map(|number| fill(&room, tenant(number, u32::from(number)), 20)).collect();
    let (large, small) = (room.ask(tenant(3, 3), 60, 60), room.ask(tenant(4, 4), 10, 10));
    assert_eq!(there(&[&large, &small]), [false, false]);
    drop(large);
    assert!(small.is_there());
    drop(held);
}

#[test]
fn what_is_smaller_than_was_thought_gives_the_rest_back() {
    let room = Room::new(80);
    let mut place = take(&room, tenant(1, 1), 20).unwrap();
    let other = room.ask(tenant(1, 1), 10, 10);
    place.resize(15);
    assert!(!other.is_there());
    place.resize(10);
    assert!(other.is_there());
    // It may grow again, where there is room for it at once.
    assert!(!place.try_grow(11, 11) && place.is_there());
    assert_eq!(room.lock().held(), 20);
    drop(other);
    assert!(place.try_grow(20, 20));
    // It has become more than there is room for: others wait for that.
    place.resize(90);
    assert_eq!(room.lock().held(), 90);
    assert!(take(&room, tenant(2, 2), 1).is_none());
}

#[test]
fn what_is_given_back_bit_by_bit_goes_to_those_who_wait_in_their_order() {
    let room = Room::new(80);
    let mut slow = take(&room, tenant(1, 1), 20).unwrap();
    let (large, small) = (room.ask(tenant(1, 1), 12, 12), room.ask(tenant(1, 1), 4, 4));
    let mut is_there = Vec::new();
    for left in (1..20).rev() {
        slow.resize(left);
        is_there.push((left, large.is_there(), small.is_there()));
        assert!(room.lock().held() <= 20);
    }
    // The one that is smaller does not go before the one that came before it.
    let first = is_there.iter().find(|(_, large, _)| *large);
    let second = is_there.iter().find(|(_, _, small)| *small);
    assert_eq!((first, second), (Some(&(8, true, false)), Some(&(4, true, true))));
    // What is given up then is what is left, and nothing twice.
    assert_eq!(room.lock().held(), 17);
    drop(slow);
    assert_eq!(room.lock().held(), 16);
    drop((large, small));
    assert_eq!(room.lock().held(), 0);
}

#[test]
fn of_what_is_being_made_a_share_counts_what_will_be_left_and_the_whole_everything() {
    let room = Room::new(80);
    let mut first = room.ask_to_make(tenant(1, 1), 20, 15);
    // The two of them would have more than a share.
    let second = room.ask_to_make(tenant(1, 1), 20, 15);
    assert_eq!(there(&[&first, &second]), [true, false]);
    first.resize(6);
    assert!(!second.is_there());
    first.resize(5);
    assert!(second.is_there());
    assert_eq!(room.lock().held(), 25);
    // Others have what is left of the whole, and no more.
    let others = [(2, 20), (3, 20), (4, 15)];
    let held = others.map(|(number, bytes)| take(&room, tenant(number, u32::from(number)), bytes));
    assert!(held.iter().all(Option::is_some));
    assert!(take(&room, tenant(5, 5), 1).is_none());
    drop((first, second, held));
    assert_eq!(room.lock().held(), 0);
}

#[test]
fn what_is_being_made_grows_as_far_as_the_whole_and_its_shares_go() {
    let room = Room::new(80);
    let mut place = room.ask_to_make(tenant(1, 1), 8, 6);
    let mut other = room.ask_to_make(tenant(1, 1), 8, 6);
    assert_eq!(there(&[&place, &other]), [true, true]);
    // Of the share of 20 are eight left.
    assert!(place.try_grow(18, 14) && !place.try_grow(19, 15));
    assert!(!other.try_grow(9, 7));
    assert_eq!(room.lock().held(), 26);
    place.resize(10);
    assert!(other.try_grow(13, 10) && !other.try_grow(14, 11));
    let rest = [take(&room, tenant(2, 2), 20), take(&room, tenant(3, 3), 20), take(&room, tenant(4, 4), 17)];
    assert!(rest.iter().all(Option::is_some));
    // Its share would have more room, and the whole has none.
    place.resize(9);
    assert!(!other.try_grow(15, 11) && other.try_grow(14, 11));
    drop((place, other, rest));
    assert_eq!(room.lock().held(), 0);
}

/// Counts how often it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn who_waits_is_woken_once_it_is_there_and_not_before() {
    let room = Room::new(80);
    let held = [take(&room, tenant(1, 1), 10), take(&room, tenant(1, 1), 10)];
    let waiting = room.ask(tenant(1, 1), 20, 20);
    let bell = Arc::new(Bell::default());
    let waker = bell.clone().into();
    let cx = Context::from_waker(&waker);
    assert!(waiting.poll_there(&cx).is_pending());
    let [first, second] = held;
    drop(first);
    assert_eq!(bell.0.load(Ordering::Relaxed), 0);
    assert!(waiting.poll_there(&cx).is_pending());
    drop(second);
    assert_eq!(bell.0.load(Ordering::Relaxed), 1);
    assert!(waiting.poll_there(&cx).is_ready());
}

#[test]
fn a_growing_one_leaves_room_for_the_first_to_come_to_its_end() {
    let room = Room::new(800);
    let owner = |number: u8| tenant(number, u32::from(number));
    let mut first = room.ask(owner(1), 10, 160);
    // Each of them begins small: many more of them than six that are as large as they may be.
    let mut later: Vec<Place> = (2..40).map(|number| room.ask(owner(number), 10, 160)).collect();
    assert!(first.is_there() && later.iter().all(Place::is_there));
    // They grow in turn, until there is only the room that the first may need.
    let mut sizes = vec![10; later.len()];
    let mut waiting = 0;
    while waiting < later.len() {
        waiting = 0;
        for (place, size) in later.iter_mut().zip(&mut sizes) {
            if place.is_there() && *size < 160 {
                *size += 10;
                place.grow(*size, 160);
            }
            waiting += usize::from(!place.is_there() || *size == 160);
        }
    }
    assert_eq!(room.lock().held(), 650);
    // Somebody new has to wait, and the first never does.
    assert!(take(&room, owner(50), 10).is_none());
    for size in (20..=160).step_by(10) {
        assert!(first.grow(size, 160));
    }
    assert_eq!(room.lock().held(), 800);
    // Then the next one is the first, and all come to their end.
    drop(first);
    while !later.is_empty() {
        let index = later.iter().position(Place::is_there).expect("one that goes on");
        sizes[index] += 10;
        if sizes[index] > 160 {
            sizes.remove(index);
            drop(later.remove(index));
        } else {
            later[index].grow(sizes[index], 160);
        }
        assert!(room.lock().held() <= 800);
    }
}

#[test]
fn who_has_grown_as_far_as_may_be_is_the_first_until_they_are_done() {
    let room = Room::new(800);
    let owner = |number: u8| tenant(number, u32::from(number));
    let mut places: Vec<Place> = (1..40).map(|number| room.ask(owner(number), 10, 160)).collect();
    // One after the other grows as far as it is let, and none is given up: no frame is handled before it is whole.
    let mut whole = 0;
    for place in &mut places {
        let grown = (20..=160).step_by(10).all(|size| place.grow(size, 160));
        whole += usize::from(grown);
        assert!(room.lock().held() <= 800, "{whole} are whole");
    }
    assert!(whole > 0 && whole < 5, "{whole}");
    // Whoever is done lets the next one come to its end.
    while !places.is_empty() {
        places.remove(0);
        let Some(next) = places.first_mut() else { break };
        while !next.is_there() || !next.grow(160, 160) {
            assert!(next.is_there(), "the first one never waits");
        }
        assert!(room.lock().held() <= 800);
    }
    assert_eq!(room.lock().held(), 0);
}

#[test]
fn growing_goes_before_coming_in() {
    let room = Room::new(80);
    let mut growing = room.ask(tenant(1, 1), 10, 20);
    let second = room.ask(tenant(2, 2), 10, 20);
    let sizes = [(3, 20), (4, 20), (6, 10)];
    let fixed = sizes.map(|(number, bytes)| take(&room, tenant(number, u32::from(number)), bytes));
    assert!(growing.is_there() && second.is_there() && fixed.iter().all(Option::is_some));
    // Ten are left, and kept free for the first.
    let coming = room.ask(tenant(5, 5), 10, 10);
    assert!(!coming.is_there());
    assert!(growing.grow(20, 20));
    drop(second);
    assert!(coming.is_there(), "the first needs nothing any more");
}

/// Frames of all sizes come from a few accounts at a few addresses and grow as they come in, in an order that is different each time.
#[test]
fn whatever_comes_in_whatever_order_all_come_to_their_end() {
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % 1_000_003).unwrap() % below
    };
    for _ in 0..200 {
        let room = Room::new(100);
        // The place, how large it is or will be once it is there, and what it comes to in the end.
        let mut frames: Vec<(Place, usize, usize)> = Vec::new();
        let (mut left, mut steps) = (60, 0);
        while left > 0 || !frames.is_empty() {
            steps += 1;
            assert!(steps < 100_000, "{} wait for each other", frames.len());
            if left > 0 && next(3) == 0 {
                left -= 1;
                let (address, account) = (next(3) + 1, next(5) + 1);
                let tenant = tenant(u8::try_from(address).unwrap(), u32::try_from(account).unwrap());
                let end = next(25) + 1;
                // Of some is known how large they will be, of others the most.
                let most = if next(2) == 0 { end } else { 25 };
                let begin = 5.min(most);
                frames.push((room.ask(tenant, begin, most), begin, end));
                continue;
            }
            let ready: Vec<usize> = (0..frames.len()).filter(|index| frames[*index].0.is_there()).collect();
            if ready.is_empty() {
                assert!(frames.is_empty(), "{} wait for each other", frames.len());
                continue;
            }
            let index = ready[next(ready.len())];
            let (place, size, end) = &mut frames[index];
            if *size >= *end {
                drop(frames.swap_remove(index));
            } else {
                *size = (*size + 5).min(25);
                let (size, most) = (*size, if next(2) == 0 { 25 } else { *end.max(size) });
                place.grow(size, most);
            }
        }
        assert_eq!(room.lock().held(), 0);
    }
}
