//! What the people of a circle do, and what each deed makes of what is so between them.

use super::fact::{Fact, Facts};
use crate::ledger::mark;
use crate::upload::drawn;

/// What is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    /// Asks somebody to be friends, or says yes to somebody who has asked.
    Request {
        who: String,
        peer: String,
    },
    /// Answers somebody who has asked.
    Answer {
        who: String,
        peer: String,
        accept: bool,
    },
    /// Has nothing to do with somebody any more.
    Remove {
        who: String,
        peer: String,
    },
    /// Has somebody as a contact at once, and asks them for the same: where contacts are one's own affair.
    Keep {
        who: String,
        peer: String,
    },
    /// Takes somebody off one's own list, who goes on having one.
    Drop {
        who: String,
        peer: String,
    },
    Block {
        who: String,
        peer: String,
    },
    Unblock {
        who: String,
        peer: String,
    },
    /// The leader takes somebody into a group.
    Add {
        group: u64,
        who: String,
    },
    /// The leader sends somebody away from a group.
    Expel {
        group: u64,
        who: String,
    },
    Leave {
        group: u64,
        who: String,
    },
    /// The leader has somebody else lead.
    Promote {
        group: u64,
        who: String,
    },
    /// The leader gives a group another name.
    Rename {
        group: u64,
        name: String,
    },
    /// The leader gives a group another picture, drawn for this word, or none.
    Picture {
        group: u64,
        word: Option<String>,
    },
    /// Gives oneself another picture, drawn for this word, or none.
    Portrait {
        who: String,
        word: Option<String>,
    },
    /// Gives oneself another nick and another e-mail address.
    Profile {
        who: String,
        nick: String,
        email: String,
    },
    /// Gives oneself another password. The token `keeps` alone goes on signing in.
    Password {
        who: String,
        new: String,
        keeps: String,
    },
    /// Signs in once more, for a token that nobody knows before the answer.
    SignIn {
        who: String,
    },
    /// Ends one token of one's own.
    EndToken {
        who: String,
        token: String,
    },
    /// An operator keeps somebody out, which ends all of the tokens.
    Disable {
        who: String,
    },
    /// An operator lets somebody in again.
    Enable {
        who: String,
    },
    /// An account is deleted by its owner, or by an operator.
    Delete {
        who: String,
        by_operator: bool,
    },
}

/// All kinds of deeds, by [`Deed::name`].
pub(crate) const KINDS: [&str; 22] = [
    "request",
    "acceptance",
    "decline",
    "removal",
    "contact",
    "dropped contact",
    "block",
    "unblock",
    "addition",
    "expulsion",
    "leaving",
    "promotion",
    "group's name",
    "group's picture",
    "portrait",
    "profile",
    "password",
    "token",
    "ended token",
    "disabling",
    "enabling",
    "deletion",
];

impl Deed {
    /// What kind of deed it is.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Request { .. } => "request",
            Self::Answer { accept: true, .. } => "acceptance",
            Self::Answer { accept: false, .. } => "decline",
            Self::Remove { .. } => "removal",
            Self::Keep { .. } => "contact",
            Self::Drop { .. } => "dropped contact",
            Self::Block { .. } => "block",
            Self::Unblock { .. } => "unblock",
            Self::Add { .. } => "addition",
            Self::Expel { .. } => "expulsion",
            Self::Leave { .. } => "leaving",
            Self::Promote { .. } => "promotion",
            Self::Rename { .. } => "group's name",
            Self::Picture { .. } => "group's picture",
            Self::Portrait { .. } => "portrait",
            Self::Profile { .. } => "profile",
            Self::Password { .. } => "password",
            Self::SignIn { .. } => "token",
            Self::EndToken { .. } => "ended token",
            Self::Disable { .. } => "disabling",
            Self::Enable { .. } => "enabling",
            Self::Delete { .. } => "deletion",
        }
    }

    /// What is so once it has happened.
    pub(crate) fn after(&self, before: &Facts) -> Facts {
        let mut facts = before.clone();
        match self.clone() {
            Self::Request { who, peer } => ask(&mut facts, who, peer),
            Self::Answer { who, peer, accept: true } => befriend(&mut facts, who, peer),
            Self::Answer { who, peer, accept: false } => drop(facts.remove(&Fact::Asks(peer, who))),
            Self::Remove { who, peer } => part(&mut facts, &who, &peer),
            Self::Keep { who, peer } => {
                facts.insert(Fact::Has(who.clone(), peer.clone()));
                ask(&mut facts, who, peer);
            }
            Self::Drop { who, peer } => {
                facts.remove(&Fact::Has(who.clone(), peer.clone()));
                facts.remove(&Fact::Asks(who, peer));
            }
            Self::Block { who, peer } => {
                part(&mut facts, &who, &peer);
                facts.insert(Fact::Blocks(who, peer));
            }
            Self::Unblock { who, peer } => drop(facts.remove(&Fact::Blocks(who, peer))),
            Self::Add { group, who } => drop(facts.insert(Fact::Member(group, who))),
            Self::Expel { group, who } | Self::Leave { group, who } => {
                facts.remove(&Fact::Member(group, who));
            }
            Self::Promote { group, who } => {
                facts.retain(|fact| !matches!(fact, Fact::Leads(of, _) if *of == group));
                facts.insert(Fact::Leads(group, who));
            }
            Self::Rename { group, name } => {
                facts.retain(|fact| !matches!(fact, Fact::Named(of, _) if *of == group));
                facts.insert(Fact::Named(group, name));
            }
            Self::Picture { group, word } => {
                facts.retain(|fact| !matches!(fact, Fact::Pictured(of, _) if *of == group));
                facts.extend(word.map(|word| Fact::Pictured(group, mark(&drawn(&word)))));
            }
            Self::Portrait { who, word } => {
                facts.retain(|fact| !matches!(fact, Fact::Portrait(of, _) if *of == who));
                facts.extend(word.map(|word| Fact::Portrait(who, mark(&drawn(&word)))));
            }
            Self::Profile { who, nick, email } => {
                facts.retain(|fact| !matches!(fact, Fact::Nick(of, _) | Fact::Email(of, _) if *of == who));
                facts.extend([Fact::Nick(who.clone(), nick), Fact::Email(who, email)]);
            }
            Self::Password { who, new, keeps } => {
                facts.retain(|fact| match fact {
                    Fact::Password(of, _) => *of != who,
                    Fact::SignsIn(of, token) => *of != who || *token == keeps,
                    _ => true,
                });
                facts.insert(Fact::Password(who, new));
            }
            Self::SignIn { .. } => {}
            Self::EndToken { who, token } => drop(facts.remove(&Fact::SignsIn(who, token))),
            Self::Disable { who } => {
                facts.retain(|fact| !matches!(fact, Fact::SignsIn(of, _) if *of == who));
                facts.insert(Fact::Disabled(who));
            }
            Self::Enable { who } => drop(facts.remove(&Fact::Disabled(who))),
            Self::Delete { who, .. } => {
                facts.retain(|fact| !fact.is_about(&who));
                facts.insert(Fact::Deleted(who));
            }
        }
        facts
    }
}

/// Asks, unless the answer is known.
fn ask(facts: &mut Facts, who: String, peer: String) {
    let is_known = [Fact::Asks(peer.clone(), who.clone()), Fact::Has(peer.clone(), who.clone())];
    if is_known.iter().any(|fact| facts.contains(fact)) {
        befriend(facts, who, peer);
    } else {
        facts.insert(Fact::Asks(who, peer));
    }
}

pub(super) fn befriend(facts: &mut Facts, one: String, other: String) {
    part(facts, &one, &other);
    facts.extend([Fact::Has(one.clone(), other.clone()), Fact::Has(other, one)]);
}

/// Nothing is left between the two but blocks.
fn part(facts: &mut Facts, one: &str, other: &str) {
    facts.retain(|fact| match fact {
        Fact::Has(a, b) | Fact::Asks(a, b) => {
            ![(one, other), (other, one)].contains(&(a.as_str(), b.as_str()))
        }
        _ => true,
    });
}
