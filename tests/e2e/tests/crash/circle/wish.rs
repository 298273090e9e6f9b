//! What somebody of a circle may do next: only what the server must not refuse.

use super::deed::Deed;
use super::fact::Fact;
use super::{Circle, STAYING};

/// How many tokens somebody has at most that are known: all of them are tried after each kill.
const TOKENS: usize = 2;
/// How many are kept out at the same time.
const KEPT_OUT: usize = 2;

impl Circle {
    /// What is done next: any of a kind that is possible now.
    pub(super) fn wish(&mut self) -> Option<Deed> {
        self.done += 1;
        let mut kinds =
            [self.between_two(), self.in_groups(), self.of_oneself(), self.with_tokens()].concat();
        // A command takes as long as ten requests, and each can be deleted once only.
        if self.chance.percent(40) {
            kinds.extend(self.by_operators());
        }
        kinds.retain(|deeds| !deeds.is_empty());
        if kinds.is_empty() {
            return None;
        }
        let kind = &kinds[self.chance.below(kinds.len())];
        Some(self.chance.pick(kind).clone())
    }

    fn is(&self, fact: Fact) -> bool {
        self.known.contains(&fact)
    }

    /// Those who may act and to whom something may be done.
    fn active(&self) -> Vec<String> {
        let is_active = |who: &&String| {
            !self.is(Fact::Disabled((*who).clone())) && !self.is(Fact::Deleted((*who).clone()))
        };
        self.people.iter().filter(is_active).cloned().collect()
    }

    /// Requests, answers, removals; blocks and what ends them: a list for each kind.
    fn between_two(&self) -> Vec<Vec<Deed>> {
        let mut kinds = vec![Vec::new(); 7];
        for who in self.active() {
            for peer in self.active().into_iter().filter(|peer| *peer != who) {
                let (me, them) = (|| who.clone(), || peer.clone());
                let (asks, asked) = (Fact::Asks(me(), them()), Fact::Asks(them(), me()));
                let has = self.is(Fact::Has(me(), them()));
                let blocks = self.is(Fact::Blocks(me(), them()));
                let is_free = !blocks && !self.is(Fact::Blocks(them(), me()));
                if is_free && !has && !self.is(asks.clone()) {
                    kinds[0].push(Deed::Request { who: me(), peer: them() });
                }
                if self.is(asked) {
                    let answer = |accept| Deed::Answer { who: me(), peer: them(), accept };
                    kinds[1].extend([answer(true), answer(true), answer(false)]);
                }
                if has || self.is(asks) {
                    kinds[2].push(Deed::Remove { who: me(), peer: them() });
                }
                if is_free && !has {
                    kinds[5].push(Deed::Keep { who: me(), peer: them() });
                }
                if has || self.is(Fact::Asks(me(), them())) {
                    kinds[6].push(Deed::Drop { who: me(), peer: them() });
                }
                if blocks {
                    kinds[3].push(Deed::Unblock { who: me(), peer: them() });
                } else {
                    // Rather those between whom there is something to be lost.
                    let times = if has { 10 } else { 1 };
                    kinds[4].extend(vec![Deed::Block { who: me(), peer: them() }; times]);
                }
            }
        }
        kinds
    }

    /// Comings and goings, and what leaders do.
    fn in_groups(&self) -> Vec<Vec<Deed>> {
        let mut kinds = vec![Vec::new(); 6];
        for group in self.groups.iter().copied() {
            let Ok(leader) = self.leader(group) else { continue };
            let leads = self.active().contains(&leader);
            for who in self.active().into_iter().filter(|who| *who != leader) {
                let is_member = self.is(Fact::Member(group, who.clone()));
                if is_member && who != self.founder() {
                    kinds[2].push(Deed::Leave { group, who: who.clone() });
                }
                if !leads {
                    continue;
                }
                if is_member && who != self.founder() {
                    kinds[1].push(Deed::Expel { group, who: who.clone() });
                }
                if is_member && self.people[..STAYING].contains(&who) {
                    kinds[3].push(Deed::Promote { group, who });
                } else if !is_member && !self.is(Fact::Blocks(who.clone(), leader.clone())) {
                    kinds[0].push(Deed::Add { group, who });
                }
            }
            if leads {
                kinds[4].push(Deed::Rename { group, name: format!("group {group}, {}", self.done) });
                kinds[5].push(Deed::Picture { group, word: self.picture(group.to_string()) });
            }
        }
        kinds
    }

    /// What one shows of oneself.
    fn of_oneself(&self) -> Vec<Vec<Deed>> {
        let mut kinds = vec![Vec::new(); 2];
        for who in self.active() {
            kinds[0].push(Deed::Portrait { who: who.clone(), word: self.picture(who.clone()) });
            let (nick, email) =
                (format!("nick {} of {who}", self.done), format!("{who}.{}@circle.example", self.done));
            kinds[1].push(Deed::Profile { who, nick, email });
        }
        kinds
    }

    /// A picture that nobody had before; now and then none.
    fn picture(&self, whose: String) -> Option<String> {
        (!self.done.is_multiple_of(5)).then(|| format!("{whose}, {}", self.done))
    }

    /// Passwords and tokens.
    fn with_tokens(&self) -> Vec<Vec<Deed>> {
        let mut kinds = vec![Vec::new(); 3];
        for who in self.active() {
            let own = self.voices.get(&who).map(|(_, token)| token);
            if let Some(own) = own {
                let new = format!("password {}", self.done);
                kinds[0].push(Deed::Password { who: who.clone(), new, keeps: own.clone() });
            }
            let tokens = self.known.iter().filter_map(|fact| match fact {
                Fact::SignsIn(of, token) if *of == who => Some(token),
                _ => None,
            });
            let tokens: Vec<_> = tokens.collect();
            if tokens.len() < TOKENS {
                kinds[1].push(Deed::SignIn { who: who.clone() });
            }
            let others = tokens.into_iter().filter(|token| Some(*token) != own);
            kinds[2].extend(others.map(|token| Deed::EndToken { who: who.clone(), token: token.clone() }));
        }
        kinds
    }

    /// What operators do, and what owners do to their accounts.
    fn by_operators(&self) -> Vec<Vec<Deed>> {
        let active = self.active();
        let kept_out = self.people.iter().filter(|who| self.is(Fact::Disabled((*who).clone())));
        let enable: Vec<_> = kept_out.map(|who| Deed::Enable { who: who.clone() }).collect();
        let others = || active.iter().filter(|who| *who != self.founder()).cloned();
        let disable = match enable.len() < KEPT_OUT {
            true => others().map(|who| Deed::Disable { who }).collect(),
            false => Vec::new(),
        };
        let mortal = others().filter(|who| self.people[STAYING..].contains(who));
        let delete = mortal
            .flat_map(|who| [true, false].map(|by_operator| Deed::Delete { who: who.clone(), by_operator }));
        vec![enable, disable, delete.collect()]
    }
}
