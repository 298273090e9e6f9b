//! Who has which place, who waits, and who is next.

use super::Tenant;
use crate::rates::Peer;
use koine_model::AccountId;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::task::Waker;

/// An account, or those without one at an address, have at most one of so many parts.
const OF_ACCOUNT: usize = 4;
/// An address has at most one of so many parts: behind it may be many accounts of one person, or a school.
const OF_ADDRESS: usize = 2;

/// All places, and all that wait for one.
pub(super) struct State {
    most: usize,
    all: Level,
    addresses: HashMap<Peer, Level>,
    owners: HashMap<Owner, Level>,
    entries: HashMap<u64, Entry>,
    /// Those that have something and wait for more.
    growing: BTreeSet<u64>,
    /// Those that have nothing and wait.
    coming: BTreeSet<u64>,
    held_up: HeldUp,
    next: u64,
}

/// One place.
struct Entry {
    tenant: Tenant,
    held: usize,
    /// What of that counts for the shares of its account and its address.
    shared: usize,
    /// What was asked for last.
    wanted: usize,
    /// What it may come to.
    most: usize,
    /// What of it counts for shares at most.
    lasting: usize,
    waker: Option<Waker>,
}

/// What is taken of one share, or of the whole.
#[derive(Default)]
struct Level {
    held: usize,
    /// The places that may still grow, and those that have grown as far as they may and are not given up yet: until then, what they have
    /// is not there for the next one, who is not the first before.
    growing: BTreeMap<u64, Growth>,
}

/// How far a place has grown, in bytes.
#[derive(Clone, Copy)]
struct Growth {
    held: usize,
    /// What it may still need.
    need: usize,
}

/// What a place has, wants and may come to, as one share or the whole counts it.
struct Sizes {
    held: usize,
    wanted: usize,
    most: usize,
}

/// Whom an account's share is for: people who are nobody have one by their address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Owner {
    Account(AccountId),
    Nobody(Peer),
}

/// Whom those that wait hold up: all that come behind them and are of these.
#[derive(Default)]
struct HeldUp {
    all: bool,
    addresses: HashSet<Peer>,
    owners: HashSet<Owner>,
}

/// Of what there is too little.
enum Short {
    Owner(Owner),
    Address(Peer),
    Whole,
}

impl State {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            all: Level::default(),
            addresses: HashMap::new(),
            owners: HashMap::new(),
            entries: HashMap::new(),
            growing: BTreeSet::new(),
            coming: BTreeSet::new(),
            held_up: HeldUp::default(),
            next: 0,
        }
    }

    /// Notes somebody new, who has what they want if that may be. No more than `lasting` bytes of that count for shares. Gives their number.
    pub(super) fn ask(&mut self, tenant: Tenant, bytes: usize, most: usize, lasting: usize) -> u64 {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        let entry =
            Entry { tenant, held: 0, shared: 0, wanted: bytes, most: most.max(bytes), lasting, waker: None };
        self.entries.insert(number, entry);
        if self.held_up.concerns(tenant) || !self.serve(number) {
            self.coming.insert(number);
        }
        number
    }

    /// Notes that somebody wants more, who has it if that may be.
    pub(super) fn grow(&mut self, number: u64, bytes: usize, most: usize) -> bool {
        let Some(entry) = self.entries.get_mut(&number) else { return false };
        entry.wanted = bytes.max(entry.held);
        entry.most = most.max(entry.wanted);
        let held = entry.held;
        self.put(number, held);
        if held == 0 {
            // It waits for its first bytes already.
            return !self.coming.contains(&number);
        }
        let has_grown = self.serve(number);
        if !has_grown {
            self.growing.insert(number);
        }
        has_grown
    }

    /// Gives somebody so many bytes, of which no more than `lasting` count for shares, if that may be now; otherwise they keep what they have.
    pub(super) fn extend(&mut self, number: u64, bytes: usize, lasting: usize) -> bool {
        let Some(entry) = self.entries.get_mut(&number) else { return false };
        let (held, lasted) = (entry.held, entry.lasting);
        (entry.wanted, entry.most) = (bytes.max(held), bytes.max(held));
        entry.lasting = lasting;
        let has_room = self.short_of(number).is_none();
        if has_room {
            self.resize(number, bytes.max(held), lasting);
        } else {
            self.resize(number, held, lasted);
        }
        has_room
    }

    /// Somebody has so many bytes now, of which no more than `lasting` count for shares, and wants no more.
    pub(super) fn resize(&mut self, number: u64, bytes: usize, lasting: usize) {
        let Some(entry) = self.entries.get_mut(&number) else { return };
        (entry.wanted, entry.most, entry.lasting) = (bytes, bytes, lasting);
        self.put(number, bytes);
        self.settle_growth(number);
        self.growing.remove(&number);
        self.coming.remove(&number);
    }

    pub(super) fn give_up(&mut self, number: u64) {
        self.resize(number, 0, 0);
        self.entries.remove(&number);
        if self.entries.is_empty() {
            *self = Self { next: self.next, ..Self::new(self.most) };
        }
    }

    pub(super) fn is_waiting(&self, number: u64) -> bool {
        self.growing.contains(&number) || self.coming.contains(&number)
    }

    /// Whether it waits; then this one is woken when it does no more.
    pub(super) fn waits(&mut self, number: u64, waker: &Waker) -> bool {
        let is_waiting = self.is_waiting(number);
        if let Some(entry) = self.entries.get_mut(&number).filter(|_| is_waiting)
            && !entry.waker.as_ref().is_some_and(|known| known.will_wake(waker))
        {
            entry.waker = Some(waker.clone());
        }
        is_waiting
    }

    /// Something was given up: serves whoever may be served now, in their order. Gives those who are to be told.
    pub(super) fn settle(&mut self) -> Vec<Waker> {
        let mut woken = Vec::new();
        self.held_up = HeldUp::default();
        let mut from = 0;
        while let Some(number) = self.growing.range(from..).next().copied() {
            from = number.saturating_add(1);
            if self.serve(number) {
                self.growing.remove(&number);
                woken.extend(self.waker(number));
            }
        }
        let mut from = 0;
        while let Some(number) = self.coming.range(from..).next().copied().filter(|_| !self.held_up.all) {
            from = number.saturating_add(1);
            let is_held_up = self.tenant(number).is_none_or(|tenant| self.held_up.concerns(tenant));
            if !is_held_up && self.serve(number) {
                self.coming.remove(&number);
                woken.extend(self.waker(number));
            }
        }
        woken
    }

    /// Gives somebody what they want, if that may be. If not, whoever comes behind may have to wait with them.
    fn serve(&mut self, number: u64) -> bool {
        match self.short_of(number) {
            None => {
                let wanted = self.entries.get(&number).map_or(0, |entry| entry.wanted);
                self.put(number, wanted);
                return true;
            }
            Some(Short::Owner(owner)) => drop(self.held_up.owners.insert(owner)),
            Some(Short::Address(peer)) => drop(self.held_up.addresses.insert(peer)),
            Some(Short::Whole) => self.held_up.all = true,
        }
        false
    }

    /// Of what there is too little to give somebody what they want.
    fn short_of(&self, number: u64) -> Option<Short> {
        let entry = self.entries.get(&number)?;
        if self.all.first() == Some(number) {
            // As much was kept free for it; and if it was not, nobody else could end what it waits for.
            return None;
        }
        let (owner, peer) = (Owner::of(entry.tenant), entry.tenant.peer);
        let lacks = |level: Option<&Level>, parts: usize| {
            let share = self.most.checked_div(parts).unwrap_or(0);
            level.is_some_and(|level| !level.has_room(number, &entry.in_share(), share))
        };
        if lacks(self.owners.get(&owner), OF_ACCOUNT) {
            Some(Short::Owner(owner))
        } else if lacks(self.addresses.get(&peer), OF_ADDRESS) {
            Some(Short::Address(peer))
        } else {
            (!self.all.has_room(number, &entry.in_all(), self.most)).then_some(Short::Whole)
        }
    }

    /// Notes everywhere that somebody has so many bytes now.
    fn put(&mut self, number: u64, bytes: usize) {
        let Some(entry) = self.entries.get_mut(&number) else { return };
        let before = std::mem::replace(&mut entry.held, bytes);
        self.all.put(number, before, entry.in_all().growth());
        let before = std::mem::replace(&mut entry.shared, bytes.min(entry.lasting));
        let growth = entry.in_share().growth();
        let (owner, peer) = (Owner::of(entry.tenant), entry.tenant.peer);
        let level = self.addresses.entry(peer).or_default();
        level.put(number, before, growth);
        if level.held == 0 {
            self.addresses.remove(&peer);
        }
        let level = self.owners.entry(owner).or_default();
        level.put(number, before, growth);
        if level.held == 0 {
            self.owners.remove(&owner);
        }
    }

    /// Notes everywhere that a place grows no further, whatever it has.
    fn settle_growth(&mut self, number: u64) {
        let Some(tenant) = self.tenant(number) else { return };
        self.all.growing.remove(&number);
        let levels = [self.addresses.get_mut(&tenant.peer), self.owners.get_mut(&Owner::of(tenant))];
        for level in levels.into_iter().flatten() {
            level.growing.remove(&number);
        }
    }

    fn tenant(&self, number: u64) -> Option<Tenant> {
        self.entries.get(&number).map(|entry| entry.tenant)
    }

    fn waker(&mut self, number: u64) -> Option<Waker> {
        self.entries.get_mut(&number).and_then(|entry| entry.waker.take())
    }

    /// How many bytes are taken.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.all.held
    }

    /// How much memory it has for its lists, in entries.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.entries.capacity() + self.addresses.capacity() + self.owners.capacity()
    }
}

impl Entry {
    /// As the whole counts it.
    fn in_all(&self) -> Sizes {
        Sizes { held: self.held, wanted: self.wanted, most: self.most }
    }

    /// As a share counts it.
    fn in_share(&self) -> Sizes {
        let lasting = self.lasting;
        Sizes { held: self.shared, wanted: self.wanted.min(lasting), most: self.most.min(lasting) }
    }
}

impl Sizes {
    /// How far it has grown by now.
    fn growth(&self) -> Growth {
        let need = if self.held == 0 { 0 } else { self.most.saturating_sub(self.held) };
        Growth { held: self.held, need }
    }
}

impl Level {
    fn put(&mut self, number: u64, before: usize, growth: Growth) {
        self.held = self.held.saturating_sub(before).saturating_add(growth.held);
        if growth.need > 0 || self.growing.contains_key(&number) {
            self.growing.insert(number, growth);
        }
    }

    /// Which of those that grow was the first.
    fn first(&self) -> Option<u64> {
        self.growing.first_key_value().map(|(number, _)| *number)
    }

    /// Whether this place may have what it wants of a share of so many bytes: all that may still grow could then come to their end, one
    /// after the other.
    fn has_room(&self, number: u64, place: &Sizes, share: usize) -> bool {
        let others = self.held.saturating_sub(place.held);
        if others == 0 {
            return true;
        }
        let Some(mut free) = share.checked_sub(others.saturating_add(place.wanted)) else { return false };
        let own = Growth { held: place.wanted, need: place.most.saturating_sub(place.wanted) };
        let before = self.growing.range(..number);
        let behind = self.growing.range(number..).filter(|(other, _)| **other != number);
        let in_order =
            before.map(|(_, growth)| *growth).chain([own]).chain(behind.map(|(_, growth)| *growth));
        for growth in in_order.filter(|growth| growth.need > 0) {
            if growth.need > free {
                return false;
            }
            free = free.saturating_add(growth.held);
        }
        true
    }
}

impl Owner {
    fn of(tenant: Tenant) -> Self {
        tenant.account.map_or(Self::Nobody(tenant.peer), Self::Account)
    }
}

impl HeldUp {
    fn concerns(&self, tenant: Tenant) -> bool {
        self.all || self.addresses.contains(&tenant.peer) || self.owners.contains(&Owner::of(tenant))
    }
}
