//! What somebody has missed, over many conversations.

use super::World;
use super::world::{NOW, seq, words};
use crate::{Append, Caught, Missed};
use koine_model::message::Message;
use koine_model::{AccountId, ConversationId, Seq, Timestamp};

/// Where each entry stands: which conversation of `of`, and its number there.
fn places(messages: &[Message], of: &[ConversationId]) -> Vec<(usize, u32)> {
    let index = |id| of.iter().position(|other| *other == id).expect("a conversation of these");
    messages.iter().map(|message| (index(message.place.conversation), message.place.seq.number())).collect()
}

fn all_of(conversations: &[ConversationId]) -> Vec<Missed> {
    conversations.iter().map(|id| Missed::new(*id, Seq::ZERO, Seq::LAST)).collect()
}

/// Reads to the end, `limit` entries at a time.
async fn read(
    world: &World,
    who: AccountId,
    mut missed: Vec<Missed>,
    limit: usize,
    ahead: usize,
) -> Vec<Message> {
    let mut messages = Vec::new();
    for _ in 0..100 {
        let caught = world.message_missed(who, missed, limit, ahead).await.unwrap();
        assert!(caught.messages.len() <= limit);
        assert!(caught.messages.len() == limit || caught.missed.is_empty(), "there was more");
        let held: usize = caught.missed.iter().map(|log| log.ahead.len()).sum();
        assert!(held <= ahead.max(caught.missed.len()), "{held} are read ahead");
        messages.extend(caught.messages);
        missed = caught.missed;
        if missed.is_empty() {
            return messages;
        }
    }
    panic!("there is no end");
}

/// The oldest comes first, whichever conversation it is of; of one conversation, in its order, also where a clock went back.
pub async fn what_was_missed_comes_oldest_first(world: World) {
    let [ann, bob, cy] = world.people(["ann", "bob", "cy"]).await;
    let tea = world.group(ann, &[bob]).await;
    let with_bob = world.direct(ann, bob).await;
    let with_cy = world.direct(ann, cy).await;
    let silent = world.group(ann, &[cy]).await;
    for (sender, to, at) in [
        (ann, tea, 10),
        (bob, with_bob, 20),
        (bob, tea, 30),
        (cy, with_cy, 5),
        (bob, with_bob, 40),
        (ann, tea, 15),
        (cy, with_cy, 50),
    ] {
        world.message_append(Append { at: Timestamp(at), ..words(sender, to, "x") }).await.unwrap();
    }
    let of = [tea, with_bob, with_cy, silent];
    let expected = [(2, 1), (0, 1), (1, 1), (0, 2), (0, 3), (1, 2), (2, 2)];
    for (limit, ahead) in [(1, 1), (2, 1), (3, 100), (7, 4), (8, 100), (100, 100)] {
        let messages = read(&world, ann, all_of(&of), limit, ahead).await;
        assert_eq!(places(&messages, &of), expected, "{limit} {ahead}");
    }
    let history = world.history(tea, ann).await;
    let messages = read(&world, ann, all_of(&[tea]), 100, 100).await;
    assert_eq!(messages, history, "entries are whole");
}

/// Nothing comes from before or behind what was missed, nor from before the account came.
pub async fn what_was_missed_has_its_bounds(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    let own = world.direct(ann, ann).await;
    world.say(ann, tea, "before bob").await;
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    for _ in 0..4 {
        world.say(ann, tea, "x").await;
    }
    world.say(ann, own, "not for bob").await;
    let missed = vec![
        Missed::new(tea, Seq::ZERO, seq(4)),
        Missed::new(own, Seq::ZERO, Seq::LAST),
        Missed::new(tea, seq(5), seq(5)),
    ];
    let caught = world.message_missed(bob, missed, 2, 100).await.unwrap();
    assert_eq!(places(&caught.messages, &[tea]), [(0, 2), (0, 3)]);
    assert_eq!(caught.since, [(tea, seq(1)), (tea, seq(1))], "also where nothing was missed");
    assert_eq!(caught.gone, [own]);
    // It is told once.
    let rest = world.message_missed(bob, caught.missed, 100, 100).await.unwrap();
    assert_eq!(places(&rest.messages, &[tea]), [(0, 4)]);
    assert_eq!(rest, Caught { messages: rest.messages.clone(), ..Caught::default() });
}

/// Who has left while reading gets no more than what was read ahead.
pub async fn who_has_left_reads_no_further(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    for _ in 0..9 {
        world.say(ann, tea, "x").await;
    }
    let caught = world.message_missed(bob, all_of(&[tea]), 2, 4).await.unwrap();
    assert_eq!(places(&caught.messages, &[tea]), [(0, 1), (0, 2)]);
    world.member_leave(tea, bob).await.unwrap();
    let rest = world.message_missed(bob, caught.missed, 100, 4).await.unwrap();
    assert!(rest.messages.len() <= 2, "{:?}", places(&rest.messages, &[tea]));
    assert!(rest.missed.is_empty());
}
