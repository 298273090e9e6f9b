//! What is so between the people of a circle.
//!
//! A deed that was acknowledged has happened as a whole. One that was under way when the server died has happened as a whole, or not at all.

use super::deed::Deed;
use std::collections::BTreeSet;
use std::fmt;

/// Something that is so. People are named by their handles, groups by their numbers, pictures by their marks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Fact {
    /// The first has the second as a contact.
    Has(String, String),
    /// The first has asked the second to be friends.
    Asks(String, String),
    /// The first has blocked the second.
    Blocks(String, String),
    /// Somebody is in a group.
    Member(u64, String),
    /// Somebody leads a group.
    Leads(u64, String),
    /// A group has this name.
    Named(u64, String),
    /// A group has this picture.
    Pictured(u64, String),
    /// Somebody has this picture.
    Portrait(String, String),
    /// Somebody has this nick.
    Nick(String, String),
    /// Somebody has this e-mail address.
    Email(String, String),
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

impl Fact {
    /// Whether it goes with this person.
    pub(super) fn is_about(&self, who: &str) -> bool {
        match self {
            Self::Has(one, other) | Self::Asks(one, other) | Self::Blocks(one, other) => {
                one == who || other == who
            }
            Self::Member(_, one)
            | Self::Portrait(one, _)
            | Self::Nick(one, _)
            | Self::Email(one, _)
            | Self::Password(one, _)
            | Self::SignsIn(one, _)
            | Self::Disabled(one)
            | Self::Deleted(one) => one == who,
            // Who leads a group is not deleted here.
            Self::Leads(..) | Self::Named(..) | Self::Pictured(..) => false,
        }
    }
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
            Self::Leads(group, one) => write!(f, "{one} leads group {group}"),
            Self::Named(group, name) => write!(f, "group {group} is called {name}"),
            Self::Pictured(group, mark) => write!(f, "the picture of group {group} is {mark}"),
            Self::Portrait(one, mark) => write!(f, "the picture of {one} is {mark}"),
            Self::Nick(one, nick) => write!(f, "the nick of {one} is {nick}"),
            Self::Email(one, email) => write!(f, "the e-mail address of {one} is {email}"),
            Self::Password(one, password) => write!(f, "the password of {one} is {password}"),
            Self::SignsIn(one, token) => write!(f, "a token of {one} signs in: {token}"),
            Self::Disabled(one) => write!(f, "{one} is disabled"),
            Self::Deleted(one) => write!(f, "the account of {one} is deleted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::deed::befriend;
    use super::*;

    /// Two friends, somebody who is asked, and a group.
    fn known() -> Facts {
        let text = str::to_owned;
        let mut known = Facts::from([
            Fact::Asks(text("ann"), text("eve")),
            Fact::Member(1, text("ann")),
            Fact::Member(1, text("bob")),
            Fact::Leads(1, text("ann")),
            Fact::Named(1, text("tea")),
            Fact::Pictured(1, text("file 1")),
            Fact::Portrait(text("ann"), text("file 2")),
            Fact::Nick(text("ann"), text("Ann")),
            Fact::Email(text("ann"), text("ann@example.org")),
            Fact::Password(text("ann"), text("old")),
            Fact::SignsIn(text("ann"), text("one")),
            Fact::SignsIn(text("ann"), text("other")),
            Fact::Disabled(text("eve")),
            Fact::Deleted(text("gone")),
        ]);
        befriend(&mut known, text("ann"), text("bob"));
        known
    }

    #[test]
    fn whatever_is_lost_or_comes_back_is_noticed() {
        let known = known();
        assert_eq!(compare(&known, None, &known), Ok(()));
        for fact in known.clone() {
            let mut less = known.clone();
            less.remove(&fact);
            assert_eq!(compare(&known, None, &less), Err(format!("acknowledged and lost: {fact}")));
            let there = format!("not so any more, or never, and there: {fact}");
            assert_eq!(compare(&less, None, &known), Err(there));
        }
    }

    #[test]
    fn a_deed_that_was_under_way_is_whole_or_not_there() {
        let (known, text) = (known(), str::to_owned);
        let [ann, bob, eve] = ["ann", "bob", "eve"].map(text);
        let deeds = [
            Deed::Block { who: ann.clone(), peer: bob.clone() },
            Deed::Password { who: ann.clone(), new: text("new"), keeps: text("one") },
            Deed::Disable { who: ann.clone() },
            Deed::Delete { who: ann.clone(), by_operator: false },
            Deed::Answer { who: eve.clone(), peer: ann.clone(), accept: true },
            Deed::Keep { who: eve.clone(), peer: bob.clone() },
            Deed::Request { who: eve, peer: ann.clone() },
            Deed::Promote { group: 1, who: bob },
            Deed::Rename { group: 1, name: text("coffee") },
            Deed::Picture { group: 1, word: Some(text("a pot")) },
            Deed::Portrait { who: ann.clone(), word: Some(text("a hat")) },
            Deed::Profile { who: ann, nick: text("Anna"), email: text("anna@example.org") },
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

    #[test]
    fn who_has_somebody_alone_is_a_friend_once_the_other_asks() {
        let [ann, bob] = ["ann", "bob"].map(str::to_owned);
        let keeps = Deed::Keep { who: ann.clone(), peer: bob.clone() };
        let known = keeps.after(&Facts::new());
        let has = Fact::Has(ann.clone(), bob.clone());
        assert_eq!(known, Facts::from([has.clone(), Fact::Asks(ann.clone(), bob.clone())]));
        let refused = Deed::Answer { who: bob.clone(), peer: ann.clone(), accept: false }.after(&known);
        assert_eq!(refused, Facts::from([has.clone()]));
        let friends = Deed::Request { who: bob.clone(), peer: ann.clone() }.after(&refused);
        assert_eq!(friends, Facts::from([has.clone(), Fact::Has(bob.clone(), ann.clone())]));
        assert_eq!(Deed::Drop { who: bob, peer: ann }.after(&friends), Facts::from([has]));
    }
}
