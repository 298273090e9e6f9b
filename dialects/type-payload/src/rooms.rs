//! The groups that a client knows, by the names under which it knows them.
//!
//! The protocol has nothing but names. Where two groups of one person have the same, the second one is shown as `NAME (id)`;
//! that form names any group, also one that is shown by its bare name.

use koine_model::conversation::Conversation;
use koine_model::{AccountId, ConversationId};

/// The groups of one person.
#[derive(Default, Debug)]
pub(crate) struct Rooms(Vec<Room>);

/// One group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Room {
    /// Its number.
    pub(crate) id: ConversationId,
    /// Its name, as it is.
    pub(crate) name: String,
    /// Its name, as this client knows it.
    pub(crate) shown: String,
    /// Who leads it.
    pub(crate) leader: AccountId,
    /// What the client is in it, and knows of it.
    pub(crate) footing: Footing,
}

/// What somebody is to a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Footing {
    /// Asked to be a member.
    Invited,
    /// A member, as the server says; whether the client knows is to be seen.
    Listed,
    /// A member, which the client was told or has itself caused.
    Member,
}

impl Rooms {
    /// Adds a group, or changes what is known of it. Tells the name under which it is shown.
    pub(crate) fn enter(&mut self, group: &Conversation, footing: Footing) -> &str {
        let id = group.id;
        let shown = self.free_name(&group.name, id);
        let index = self.0.iter().position(|room| room.id == id).unwrap_or(self.0.len());
        let room = Room { id, name: group.name.clone(), shown, leader: group.leader, footing };
        match self.0.get_mut(index) {
            Some(known) => *known = room,
            None => self.0.push(room),
        }
        self.0.get(index).map_or("", |room| &room.shown)
    }

    /// The group of this number.
    pub(crate) fn find(&self, id: ConversationId) -> Option<&Room> {
        self.0.iter().find(|room| room.id == id)
    }

    /// The group that a client means by `name`.
    pub(crate) fn named(&self, name: &str) -> Option<&Room> {
        let name = name.trim();
        let by_number = || {
            let (bare, number) = name.strip_suffix(')')?.rsplit_once(" (")?;
            let id = ConversationId::parse(number)?;
            self.find(id).filter(|room| room.name == bare)
        };
        self.0.iter().find(|room| room.shown == name).or_else(by_number)
    }

    /// The group that a client who is a member of it means by `name`.
    pub(crate) fn joined(&self, name: &str) -> Option<&Room> {
        self.named(name).filter(|room| room.footing != Footing::Invited)
    }

    /// Forgets a group; tells what was known of it.
    pub(crate) fn leave(&mut self, id: ConversationId) -> Option<Room> {
        let index = self.0.iter().position(|room| room.id == id)?;
        Some(self.0.remove(index))
    }

    /// Notes who leads; tells whether that is new.
    pub(crate) fn lead(&mut self, id: ConversationId, leader: AccountId) -> bool {
        match self.0.iter_mut().find(|room| room.id == id) {
            Some(room) if room.leader != leader => {
                room.leader = leader;
                true
            }
            _ => false,
        }
    }

    /// Notes a new name; tells how the group is shown from now on, if that is otherwise than before.
    pub(crate) fn rename(&mut self, id: ConversationId, name: &str) -> Option<String> {
        let shown = self.free_name(name, id);
        let room = self.0.iter_mut().find(|room| room.id == id)?;
        if room.name == name {
            return None;
        }
        name.clone_into(&mut room.name);
        room.shown.clone_from(&shown);
        Some(shown)
    }

    fn free_name(&self, name: &str, id: ConversationId) -> String {
        let taken = self.0.iter().any(|room| room.shown == name && room.id != id);
        if taken { format!("{name} ({id})") } else { name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::conversation;

    #[test]
    fn the_second_group_of_a_name_is_shown_with_its_number() {
        let mut rooms = Rooms::default();
        assert_eq!(rooms.enter(&conversation(7, "tea"), Footing::Member), "tea");
        assert_eq!(rooms.enter(&conversation(9, "tea"), Footing::Invited), "tea (9)");
        assert_eq!(rooms.enter(&conversation(9, "tea"), Footing::Member), "tea (9)");
        let check = |name: &str, expected: Option<u32>| {
            assert_eq!(rooms.named(name).map(|room| room.id.number()), expected, "{name}");
        };
        check("tea", Some(7));
        check("tea (7)", Some(7));
        check("tea (9)", Some(9));
        check("coffee (9)", None);
        check("tea (8)", None);
        assert_eq!(rooms.leave(conversation(7, "").id).map(|room| room.shown).as_deref(), Some("tea"));
        assert_eq!(rooms.named("tea"), None);
    }

    #[test]
    fn a_new_name_is_told_once() {
        let mut rooms = Rooms::default();
        let tea = conversation(7, "tea");
        rooms.enter(&tea, Footing::Member);
        assert_eq!(rooms.rename(tea.id, "coffee").as_deref(), Some("coffee"));
        assert_eq!(rooms.rename(tea.id, "coffee"), None);
        assert!(rooms.named("coffee").is_some() && rooms.named("tea").is_none());
    }
}
