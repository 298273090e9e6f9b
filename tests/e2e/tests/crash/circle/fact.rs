//! What is so between the people of a circle, and what each deed makes of it.
//!
//! A deed that was acknowledged has happened as a whole. One that was under way when the server died has happened as a whole, or not at all.

use std::collections::BTreeSet;
use std::fmt;

/// Something that is so. People are named by their handles.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Fact {
    /// The first has the second as a contact.
    Has(String, String),
    /// The first has asked the second to be friends.
    Asks(String, String),
    /// The first has blocked the second.
    Blocks(String, String),
    /// Somebody is in the group of this number.
    Member(u64, String),
    /// This is somebody's password.
    Password(String, String),
    /// This token of somebody's signs in.
    SignsIn(String, String),
    /// An operator keeps somebody out.
    Disabled(String),
    /// Somebody's account is deleted.
    Deleted(String),
}

/// Everything that is so.
pub(crate) type Facts = BTreeSet<Fact>;

/// What is done to it.
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

impl Fact {
    /// Whether it is about this person.
    fn is_about(&self, who: &str) -> bool {
        match self {
            Self::Has(one, other) | Self::Asks(one, other) | Self::Blocks(one, other) => {
                one == who || other == who
            }
            Self::Member(_, one)
            | Self::Password(one, _)
            | Self::SignsIn(one, _)
            | Self::Disabled(one)
            | Self::Deleted(one) => one == who,
        }
    }
}

impl Deed {
    /// What kind of deed it is.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Request { .. } => "request",
            Self::Answer { accept: true, .. } => "acceptance",
            Self::Answer { accept: false, .. } => "decline",
            Self::Remove { .. } => "removal",
            Self::Block { .. } => "block",
            Self::Unblock { .. } => "unblock",
            Self::Add { .. } => "addition",
            Self::Expel { .. } => "expulsion",
            Self::Leave { .. } => "leaving",
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
            Self::Request { who, peer } if before.contains(&Fact::Asks(peer.clone(), who.clone())) => {
                befriend(&mut facts, who, peer);
            }
            Self::Request { who, peer } => drop(facts.insert(Fact::Asks(who, peer))),
            Self::Answer { who, peer, accept: true } => befriend(&mut facts, who, peer),
            Self::Answer { who, peer, accept: false } => drop(facts.remove(&Fact::Asks(peer, who))),
            Self::Remove { who, peer } => part(&mut facts, &who, &peer),
            Self::Block { who, peer } => {
                part(&mut facts, &who, &peer);
                facts.insert(Fact::Blocks(who, peer));
            }
            Self::Unblock { who, peer } => drop(facts.remove(&Fact::Blocks(who, peer))),
            Self::Add { group, who } => drop(facts.insert(Fact::Member(group, who))),
            Self::Expel { group, who } | Self::Leave { group, who } => {
                facts.remove(&Fact::Member(group, who));
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

fn befriend(facts: &mut Facts, one: String, other: String) {
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

/// Holds what was found against what was acknowledged; `under_way` is what was asked and not answered. Tells what is wrong.
pub(crate) fn compare(known: &Facts, under_way: Option<&Deed>, found: &Facts) -> Result<(), String> {
    let after = under_way.map(|deed| deed.after(known));
    if found == known || after.as_ref() == Some(found) {
        return Ok(());
    }
    // The one of the two that it is more like.
    let apart = |facts: &Facts| facts.symmetric_difference(found).count();
    let nearer = after.as_ref().filter(|after| apart(after) < apart(known)).unwrap_or(known);
    let lost = nearer.difference(found).map(|fact| format!("acknowledged and lost: {fact}"));
    let back = found.difference(nearer).map(|fact| format!("not so any more, or never, and there: {fact}"));
    let mut wrong: Vec<_> = lost.chain(back).collect();
    wrong.extend(under_way.map(|deed| format!("({deed:?} was under way)")));
    Err(wrong.join("\n"))
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Has(one, other) => write!(f, "{one} has {other} as a contact"),
            Self::Asks(one, other) => write!(f, "{one} has asked {other} to be friends"),
            Self::Blocks(one, other) => write!(f, "{one} has blocked {other}"),
            Self::Member(group, one) => write!(f, "{one} is in group {group}"),
            Self::Password(one, password) => write!(f, "the password of {one} is {password}"),
            Self::SignsIn(one, token) => write!(f, "a token of {one} signs in: {token}"),
            Self::Disabled(one) => write!(f, "{one} is disabled"),
            Self::Deleted(one) => write!(f, "the account of {one} is deleted"),
        }
    }
}

#[test]
fn whatever_is_lost_or_comes_back_is_noticed() {
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(str::to_owned);
    let both = |one: &String, other: &String| (one.clone(), other.clone());
    let mut known = Facts::from([
        Fact::Asks(ann.clone(), eve.clone()),
        Fact::Member(1, ann.clone()),
        Fact::Password(ann.clone(), "old".to_owned()),
        Fact::SignsIn(ann.clone(), "one".to_owned()),
        Fact::SignsIn(ann.clone(), "other".to_owned()),
        Fact::Disabled(eve.clone()),
        Fact::Deleted("gone".to_owned()),
    ]);
    befriend(&mut known, ann.clone(), bob.clone());
    assert_eq!(compare(&known, None, &known), Ok(()));
    for fact in known.clone() {
        let mut less = known.clone();
        less.remove(&fact);
        assert_eq!(compare(&known, None, &less), Err(format!("acknowledged and lost: {fact}")));
        let there = format!("not so any more, or never, and there: {fact}");
        assert_eq!(compare(&less, None, &known), Err(there));
    }
    // A deed that was under way is whole, or not there: nothing between.
    let (who, peer) = both(&ann, &bob);
    let deeds = [
        Deed::Block { who, peer },
        Deed::Password { who: ann.clone(), new: "new".to_owned(), keeps: "one".to_owned() },
        Deed::Disable { who: ann.clone() },
        Deed::Delete { who: ann.clone(), by_operator: false },
        Deed::Answer { who: eve, peer: ann, accept: true },
    ];
    for deed in deeds {
        let after = deed.after(&known);
        assert_eq!(compare(&known, Some(&deed), &known), Ok(()), "{deed:?}");
        assert_eq!(compare(&known, Some(&deed), &after), Ok(()), "{deed:?}");
        assert!(compare(&known, None, &after).is_err(), "{deed:?} was not asked for");
        let changed: Vec<_> = after.symmetric_difference(&known).cloned().collect();
        assert!(changed.len() > 1, "{deed:?} has no halves");
        for fact in changed {
            let mut half = after.clone();
            if !half.remove(&fact) {
                half.insert(fact);
            }
            assert!(compare(&known, Some(&deed), &half).is_err(), "half of {deed:?}: {half:?}");
        }
    }
}
