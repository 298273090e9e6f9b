//! Events, as the frames in which a client is told of them.

use crate::op::Asked;
use crate::outgoing;
use crate::refusal::{DONE, INVITATION_REJECTED, REJECTED};
use crate::render::{self, FLAVOUR};
use crate::rooms::{Footing, Room};
use crate::session::{Conversing, say};
use koine_dialect::{Notice, Origin, Outbox};
use koine_model::account::Face;
use koine_model::conversation::{self, Conversation, Happening, Kind, Overview};
use koine_model::message::{Letter, Part};
use koine_model::presence::Presence;
use koine_model::{AccountId, ConversationId, Event, contact};
use serde::Serialize;
use serde_json::json;

/// A `USER_STATUS_UPDATE`.
#[derive(Serialize)]
pub(crate) struct Status<'a> {
    pub(crate) username: &'a str,
    pub(crate) status: &'a str,
}

/// How somebody is, in a word: what they say of it, if they are there.
pub(crate) fn status(online: bool, line: &str) -> &str {
    match (online, line) {
        (false, _) => "offline",
        (true, "") => "online",
        (true, line) => line,
    }
}

/// Tells the client what happened.
pub(crate) fn tell(notice: Notice<'_>, session: &mut Conversing, out: &mut Outbox) {
    match notice.event.event() {
        Event::Message(letter) => message(notice, letter, session, out),
        Event::Appeared(overview) => appeared(overview, session, out),
        Event::Group { conversation, name, happening, whom, by } => {
            group(*conversation, name, happening, whom, by, session, out);
        }
        Event::Contact { happening, by } => contact(*happening, by, session, out),
        Event::Presence { who, presence, status: line, signed_out } => {
            let username = who.handle.as_str();
            if *signed_out {
                say("USER_LOGOUT", json!({"username": username}), out);
            } else {
                let status = status(*presence == Presence::Online, line);
                say("USER_STATUS_UPDATE", Status { username, status }, out);
            }
        }
        // The protocol has no words for these.
        Event::Contacts | Event::Marks { .. } | Event::Typing { .. } | Event::Setting { .. } => {}
    }
}

/// Somebody asks to be friends.
pub(crate) fn request(asker: AccountId, name: &str, session: &mut Conversing, out: &mut Outbox) {
    if !session.asking.contains(&asker) {
        session.asking.push(asker);
        say("FRIEND_REQUEST", json!({"sender": name, "receiver": session.my_name()}), out);
    }
}

/// Somebody invites to a group.
pub(crate) fn invitation(group: &Conversation, by: &str, session: &mut Conversing, out: &mut Outbox) {
    if session.rooms.find(group.id).is_none() {
        let shown = session.rooms.enter(group, Footing::Invited).to_owned();
        invite(by, &shown, session, out);
    }
}

fn invite(by: &str, group: &str, session: &Conversing, out: &mut Outbox) {
    say("GROUP_INVITE", json!({"sender": by, "receiver": session.my_name(), "group": group}), out);
}

/// What was said here needs not be repeated; except to oneself, where sender and receiver are the same client.
fn message(notice: Notice<'_>, letter: &Letter, session: &mut Conversing, out: &mut Outbox) {
    let to_myself = letter.conversation.kind == Kind::Direct && letter.pair.len() == 1;
    if notice.origin == Origin::Here && !to_myself {
        return;
    }
    let Some(me) = session.me.as_ref().map(|me| me.id) else { return };
    let room = session.rooms.find(letter.conversation.id);
    let receiver = render::receiver(letter, me, room.map(|room| room.shown.as_str()));
    if letter.message.parts.iter().any(|part| matches!(part, Part::Media(_))) {
        return outgoing::bring(letter, &receiver, session, out);
    }
    let plain = letter.conversation.kind == Kind::Direct || receiver == letter.conversation.name;
    let texts = || render::texts(letter, &receiver, &session.links);
    // All but those who know the group by another name get the same bytes. Of a direct message both get the same, too: who
    // is not its sender is its receiver.
    if plain {
        notice.event.frames(FLAVOUR, texts).iter().for_each(|frame| out.send(frame.clone()));
    } else {
        texts().into_iter().for_each(|frame| out.send(frame));
    }
}

/// Whoever was put into a group is told so like one who is asked: the group may be left.
fn appeared(overview: &Overview, session: &mut Conversing, out: &mut Outbox) {
    let group = &overview.conversation;
    let known = session.rooms.find(group.id).map(|room| room.footing);
    if group.kind != Kind::Group || known == Some(Footing::Member) {
        return;
    }
    let shown = session.rooms.enter(group, Footing::Member).to_owned();
    if session.is_me(group.leader) {
        return;
    }
    let leader = overview.members.iter().find(|person| person.profile.id == group.leader);
    let by = leader.or(overview.members.first()).map_or("", |person| person.profile.handle.as_str());
    invite(by, &shown, session, out);
}

fn group(
    id: ConversationId,
    name: &str,
    happening: &Happening,
    whom: &Face,
    by: &Face,
    session: &mut Conversing,
    out: &mut Outbox,
) {
    if *happening == Happening::Invited {
        if session.answered.groups.contains(&id) {
            session.answered.groups.retain(|group| *group != id);
            session.ask(Asked::Invitations, conversation::Command::Invitations, out);
        } else if session.is_me(whom.id) {
            let group = Conversation {
                id,
                kind: Kind::Group,
                name: name.to_owned(),
                avatar: None,
                leader: by.id,
                created: out.now(),
            };
            invitation(&group, by.handle.as_str(), session, out);
        }
        return;
    }
    // What this client has done itself it has had as an answer, and the group is as it knows by then.
    let Some(room) = session.rooms.find(id).cloned() else { return };
    let (who, doer) = (whom.handle.as_str(), by.handle.as_str());
    match happening {
        Happening::Invited | Happening::Pictured => {}
        Happening::Joined => answered(&room, whom.id, who, DONE, session, out),
        Happening::Declined => answered(&room, whom.id, who, INVITATION_REJECTED, session, out),
        Happening::Left => {
            say("GROUP_LEAVE", json!({"sender": who, "group": room.shown}), out);
            if session.is_me(whom.id) {
                session.rooms.leave(id);
            }
        }
        Happening::Expelled if session.is_me(whom.id) => {
            say("GROUP_REMOVE", json!({"sender": doer, "group": room.shown}), out);
            session.rooms.leave(id);
        }
        Happening::Expelled => say("GROUP_LEAVE", json!({"sender": who, "group": room.shown}), out),
        Happening::Leads => {
            if session.rooms.lead(id, whom.id) {
                let change = json!({"sender": doer, "group": room.shown, "newLeader": who});
                say("GROUP_LEADER_CHANGE", change, out);
            }
        }
        Happening::Renamed => {
            // There are no words for it. A group of another name is another group to the client, which is asked into it.
            if let Some(shown) = session.rooms.rename(id, name) {
                invite(doer, &shown, session, out);
            }
        }
        Happening::Dissolved => {
            say("GROUP_REMOVE", json!({"sender": doer, "group": room.shown}), out);
            session.rooms.leave(id);
        }
    }
}

/// The client has made a group. Who is in it already has accepted.
pub(crate) fn made(group: &Overview, session: &Conversing, out: &mut Outbox) {
    let Some(room) = session.rooms.find(group.conversation.id) else { return };
    for person in &group.members {
        answered(room, person.profile.id, person.profile.handle.as_str(), DONE, session, out);
    }
}

/// Whoever leads the group answers for its invitations, and is told what was said to them.
fn answered(room: &Room, id: AccountId, who: &str, code: u32, session: &Conversing, out: &mut Outbox) {
    if session.is_me(room.leader) && !session.is_me(id) {
        let answer = json!({"sender": session.my_name(), "receiver": who, "group": room.shown, "code": code});
        say("GROUP_INVITE_RESPONSE", answer, out);
    }
}

fn contact(happening: contact::Happening, by: &Face, session: &mut Conversing, out: &mut Outbox) {
    let other = by.handle.as_str();
    if happening != contact::Happening::Requested {
        session.asking.retain(|asker| *asker != by.id);
    }
    let me = session.my_name();
    let response = |code: u32| json!({"sender": me, "receiver": other, "code": code});
    match happening {
        contact::Happening::Requested if session.answered.askers.contains(&by.id) => {
            session.answered.askers.retain(|asker| *asker != by.id);
            session.ask(Asked::Requests, contact::Command::List, out);
        }
        contact::Happening::Requested => request(by.id, other, session, out),
        contact::Happening::Accepted => say("FRIEND_REQUEST_RESPONSE", response(DONE), out),
        contact::Happening::Declined => say("FRIEND_REQUEST_RESPONSE", response(REJECTED), out),
        contact::Happening::Removed => say("FRIEND_REMOVE", json!({"sender": other, "receiver": me}), out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{Stage, ann, bob, conversation, eve, face, frames, letter};
    use koine_model::message::Markup;
    use std::sync::Arc;

    fn group_event(number: u32, happening: Happening, whom: Face, by: Face) -> Event {
        let conversation = conversation(number, "tea");
        let name = "tea".into();
        Event::Group {
            conversation: conversation.id,
            name,
            happening,
            whom: Arc::new(whom),
            by: Arc::new(by),
        }
    }

    #[test]
    fn groups_are_known_by_their_names() {
        let mut stage = Stage::signed_in(&ann());
        let invited = |number| group_event(number, Happening::Invited, face(&ann()), face(&bob()));
        let said = frames(&stage.hears(invited(7), Origin::Elsewhere));
        assert_eq!(said[0]["payload"], json!({"sender": "bob", "receiver": "ann", "group": "tea"}));
        assert_eq!(stage.hears(invited(7), Origin::Elsewhere), [], "it was shown before");
        let said = frames(&stage.hears(invited(9), Origin::Elsewhere));
        assert_eq!(said[0]["payload"]["group"], "tea (9)");
    }

    #[test]
    fn what_happens_to_a_group_is_told_in_the_documents_words() {
        let mut stage = Stage::signed_in(&ann());
        let overview =
            Overview { conversation: conversation(7, "tea"), members: vec![bob(), ann()], member_count: 2 };
        let said = frames(&stage.hears(Event::Appeared(Arc::new(overview.clone())), Origin::Elsewhere));
        assert_eq!(
            (&said[0]["type"], &said[0]["payload"]["sender"]),
            (&json!("GROUP_INVITE"), &json!("bob"))
        );
        assert_eq!(stage.hears(Event::Appeared(Arc::new(overview)), Origin::Elsewhere), []);
        let mut check = |happening, whom: &_, by: &_, kind: &str, payload| {
            let event = group_event(7, happening, face(whom), face(by));
            let said = frames(&stage.hears(event, Origin::Elsewhere));
            assert_eq!((&said[0]["type"], &said[0]["payload"]), (&json!(kind), &payload));
        };
        check(Happening::Left, &eve(), &eve(), "GROUP_LEAVE", json!({"sender": "eve", "group": "tea"}));
        check(Happening::Expelled, &eve(), &bob(), "GROUP_LEAVE", json!({"sender": "eve", "group": "tea"}));
        let change = json!({"sender": "bob", "group": "tea", "newLeader": "ann"});
        check(Happening::Leads, &ann(), &bob(), "GROUP_LEADER_CHANGE", change);
        let accepted = json!({"sender": "ann", "receiver": "eve", "group": "tea", "code": 0});
        check(Happening::Joined, &eve(), &eve(), "GROUP_INVITE_RESPONSE", accepted);
        let declined = json!({"sender": "ann", "receiver": "eve", "group": "tea", "code": 5001});
        check(Happening::Declined, &eve(), &eve(), "GROUP_INVITE_RESPONSE", declined);
        check(Happening::Expelled, &ann(), &bob(), "GROUP_REMOVE", json!({"sender": "bob", "group": "tea"}));
        assert_eq!(
            stage.hears(group_event(7, Happening::Dissolved, face(&bob()), face(&bob())), Origin::Elsewhere),
            []
        );
    }

    #[test]
    fn own_messages_are_shown_where_they_were_not_said() {
        let (ann, bob) = (&ann(), &bob());
        let check = |from, to: &[_], origin, shown: usize| {
            let event = Event::Message(Arc::new(letter(from, to, vec![Part::text("hi")])));
            assert_eq!(Stage::signed_in(ann).hears(event, origin).len(), shown, "{origin:?}");
        };
        check(bob, &[ann, bob], Origin::Elsewhere, 1);
        check(ann, &[ann, bob], Origin::Here, 0);
        check(ann, &[ann, bob], Origin::Elsewhere, 1);
        check(ann, &[ann], Origin::Here, 1);
        check(ann, &[], Origin::Here, 0);
    }

    #[test]
    fn a_message_names_the_two_or_the_group() {
        let check = |letter: Letter, receiver: &str| {
            let said =
                frames(&Stage::signed_in(&bob()).hears(Event::Message(Arc::new(letter)), Origin::Elsewhere));
            let expected = json!({"type": "TEXT_MESSAGE", "timestamp": 12, "payload": {"sender": "ann", "receiver": receiver, "content": "hi"}});
            assert_eq!(said, [expected]);
        };
        let html = || vec![Part::Text { text: "<b>hi</b>".into(), markup: Markup::Html }];
        check(letter(&ann(), &[&ann(), &bob()], html()), "bob");
        check(letter(&ann(), &[], html()), "tea");
    }
}
