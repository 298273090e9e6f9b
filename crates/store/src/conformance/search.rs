//! Looking for words: what is found, by whom, and in which order.

use super::World;
use super::world::{NOW, refused, seqs};
use crate::words::Query;
use crate::{Append, Found, Wanted};
use koine_model::conversation::ConversationRef;
use koine_model::media::{Blob, Media};
use koine_model::message::{Markup, Part};
use koine_model::{AccountId, ConversationId, MediaId, Place, Refusal, Timestamp};

fn wanted(account: AccountId, query: &str) -> Wanted {
    Wanted { account, query: Query::parse(query), of: None, before: None, limit: 10 }
}

impl World {
    pub(super) async fn found(&self, account: AccountId, query: &str) -> Vec<u32> {
        seqs(&self.message_search(wanted(account, query)).await.unwrap().messages)
    }

    async fn say_parts(&self, sender: AccountId, to: ConversationId, parts: Vec<Part>, at: i64) {
        let append =
            Append { sender, to: ConversationRef::Id(to), parts: parts.into(), key: None, at: Timestamp(at) };
        self.message_append(append).await.unwrap();
    }
}

/// Letter case, diacritics and `ё` do not count; all words must be there, in any order.
pub async fn a_word_is_found_by_its_beginning(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    for text in ["Green tea", "black Teapot, green", "Ёлка и café"] {
        world.say(ann, own, text).await;
    }
    assert_eq!(world.found(ann, "tea").await, [2, 1]);
    assert_eq!(world.found(ann, "GREEN teap").await, [2]);
    assert_eq!(world.found(ann, "елк CAFE").await, [3]);
    assert_eq!(world.found(ann, "een").await, [] as [u32; 0]);
    assert_eq!(world.found(ann, "green coffee").await, [] as [u32; 0]);
}

/// Russian and English words are found in all their endings.
pub async fn endings_do_not_count(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    for text in ["Новое сообщение", "много сообщений", "one message", "two messages", "messy"]
    {
        world.say(ann, own, text).await;
    }
    assert_eq!(world.found(ann, "сообщения").await, [2, 1]);
    assert_eq!(world.found(ann, "messages").await, [4, 3]);
    assert_eq!(world.found(ann, "mess").await, [5, 4, 3]);
}

/// A run of characters is found wherever it stands, and nothing else is.
pub async fn chinese_is_found_by_its_characters(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    for text in ["我的消息来了", "消失的信息", "ニュースが届いた", "새 메시지가 왔다"]
    {
        world.say(ann, own, text).await;
    }
    assert_eq!(world.found(ann, "消息").await, [1]);
    assert_eq!(world.found(ann, "信息 消失").await, [2]);
    assert_eq!(world.found(ann, "ニュース").await, [3]);
    assert_eq!(world.found(ann, "메시지").await, [4]);
    assert_eq!(world.found(ann, "消").await, [2, 1]);
}

/// A single letter is a word, and not the beginning of others.
pub async fn a_letter_is_a_whole_word(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    for text in ["a cup of tea", "and again", "Я пью чай", "яблоко", "room 7", "room 77"] {
        world.say(ann, own, text).await;
    }
    assert_eq!(world.found(ann, "A").await, [1]);
    assert_eq!(world.found(ann, "an").await, [2]);
    assert_eq!(world.found(ann, "я").await, [3]);
    assert_eq!(world.found(ann, "room 7").await, [5]);
}

/// Words in quotes stand one after the other, in this form.
pub async fn phrases_stand_as_they_are(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    for text in ["a cup of tea", "tea of a cup", "cups of tea"] {
        world.say(ann, own, text).await;
    }
    assert_eq!(world.found(ann, "\"cup of tea\"").await, [1]);
    assert_eq!(world.found(ann, "cup of tea").await, [3, 2, 1]);
    assert_eq!(world.found(ann, "\"cup of\" tea").await, [1]);
    assert_eq!(world.found(ann, "\"te\"").await, [] as [u32; 0]);
}

/// The words of every part are found; those of tags and of what was done to messages are not.
pub async fn file_names_and_html_are_found(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    let blob = Blob { hash: [1; 32], size: 1 };
    let media =
        Media {
            id: MediaId(1), blob, mime: "application/pdf".into(), name: "Договор_аренды.pdf".into()
        };
    world.say_parts(ann, own, vec![Part::text("see"), Part::Media(media)], NOW.0).await;
    let html =
        Part::Text { text: "<p class=\"green\">Hot &amp; so<b>up</b></p>".into(), markup: Markup::Html };
    world.say_parts(ann, own, vec![html], NOW.0).await;
    let foreign = Part::Foreign { dialect: "x".into(), payload: vec![1].into(), text: "a sticker".into() };
    world.say_parts(ann, own, vec![foreign], NOW.0).await;
    world.say_parts(ann, own, vec![Part::Removed], NOW.0).await;
    assert_eq!(world.found(ann, "договор").await, [1]);
    assert_eq!(world.found(ann, "see pdf").await, [1]);
    assert_eq!(world.found(ann, "soup").await, [2]);
    assert_eq!(world.found(ann, "green").await, [] as [u32; 0]);
    assert_eq!(world.found(ann, "stickers").await, [3]);
}

/// Nobody finds anything in conversations of others, also in one that they name.
pub async fn strangers_find_nothing(world: World) {
    let [ann, bob, eve] = world.people(["ann", "bob", "eve"]).await;
    let direct = world.direct(ann, bob).await;
    let other = world.direct(bob, eve).await;
    world.say(ann, direct, "secret").await;
    world.say(bob, other, "secret too").await;
    assert_eq!(world.found(bob, "secret").await, [1, 1]);
    let Found { messages, .. } = world.message_search(wanted(eve, "secret")).await.unwrap();
    assert_eq!(messages.iter().map(|hit| hit.place.conversation).collect::<Vec<_>>(), [other]);
    let named = Wanted { of: Some(direct), ..wanted(eve, "secret") };
    refused(world.message_search(named).await, Refusal::UnknownConversation);
    let named = Wanted { of: Some(direct), ..wanted(bob, "secret") };
    assert_eq!(world.message_search(named).await.unwrap().messages[0].place.conversation, direct);
}

/// What was said before somebody came, or before they cleared it, is not found by them.
pub async fn a_member_finds_what_they_may_see(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[]).await;
    world.say(ann, tea, "tea one").await;
    world.member_add(tea, ann, bob, false, NOW).await.unwrap();
    world.say(ann, tea, "tea two").await;
    assert_eq!(world.found(bob, "tea").await, [2]);
    assert_eq!(world.found(ann, "tea").await, [2, 1]);
    world.conversation_clear(tea, ann).await.unwrap();
    assert_eq!(world.found(ann, "tea").await, [] as [u32; 0]);
    world.member_leave(tea, bob).await.unwrap();
    assert_eq!(world.found(bob, "tea").await, [] as [u32; 0]);
}

/// Over all conversations, each hit once, whatever the size of a page.
pub async fn hits_come_newest_first_in_pages(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let rooms = [world.direct(ann, ann).await, world.direct(ann, bob).await, world.group(ann, &[bob]).await];
    let mut expected = Vec::new();
    for number in 0..20_i64 {
        let room = rooms[usize::try_from(number * 7 % 3).unwrap()];
        // Some at the same moment.
        let at = NOW.0 + number / 2;
        world.say_parts(ann, room, vec![Part::text(format!("tea {number}"))], at).await;
        world.say_parts(ann, room, vec![Part::text("water")], at).await;
        let last = world.history(room, ann).await;
        expected.push((Timestamp(at), last[last.len() - 2].place));
    }
    expected.sort_unstable();
    expected.reverse();
    for limit in [1, 3, 20, 50] {
        let mut seen: Vec<(Timestamp, Place)> = Vec::new();
        for _ in 0..=20 {
            let next = Wanted { before: seen.last().copied(), limit, ..wanted(ann, "tea") };
            let Found { messages, more } = world.message_search(next).await.unwrap();
            seen.extend(messages.iter().map(|hit| (hit.at, hit.place)));
            assert_eq!(more, seen.len() < expected.len(), "{limit}");
            if !more {
                break;
            }
        }
        assert_eq!(seen, expected, "{limit}");
    }
}

/// Each hit once, in the same order whatever the size of a page, and in a conversation always the later one first.
pub async fn hits_are_told_once_where_the_clock_was_set_back(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let rooms = [world.direct(ann, ann).await, world.direct(ann, bob).await, world.group(ann, &[bob]).await];
    let mut expected = Vec::new();
    for number in 0..30_i64 {
        let room = rooms[usize::try_from(number % 3).unwrap()];
        // Back and forth, and for the last ones far back for good.
        let at = if number < 20 { NOW.0 + number * 7 % 11 } else { NOW.0 - 1000 + number };
        world.say_parts(ann, room, vec![Part::text(format!("tea {number}"))], at).await;
        expected.push(world.history(room, ann).await.pop().unwrap().place);
        if number % 8 == 0 {
            // Not all of it is indexed at once.
            world.found(ann, "tea").await;
        }
    }
    expected.sort_unstable();
    let mut orders: Vec<Vec<Place>> = Vec::new();
    for limit in [50, 1, 2, 7] {
        let mut seen: Vec<(Timestamp, Place)> = Vec::new();
        for _ in 0..=30 {
            let next = Wanted { before: seen.last().copied(), limit, ..wanted(ann, "tea") };
            let Found { messages, more } = world.message_search(next).await.unwrap();
            seen.extend(messages.iter().map(|hit| (hit.at, hit.place)));
            if !more {
                break;
            }
        }
        let order: Vec<Place> = seen.into_iter().map(|(_, place)| place).collect();
        let mut places = order.clone();
        places.sort_unstable();
        assert_eq!(places, expected, "{limit}");
        orders.push(order);
    }
    assert!(orders.iter().all(|order| *order == orders[0]));
    for room in rooms {
        let seqs = orders[0].iter().filter(|place| place.conversation == room).map(|place| place.seq);
        assert!(seqs.is_sorted_by(|newer, older| newer > older));
    }
}

/// A message is found as soon as it was answered, by searches at the same time, too.
pub async fn what_was_just_said_is_found(world: World) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let tea = world.group(ann, &[bob]).await;
    for number in 1..=1200_u32 {
        if number % 100 > 2 {
            // Most are said before anybody looks.
            world.say(ann, tea, "filler").await;
            continue;
        }
        world.say(ann, tea, &format!("needle{number}")).await;
        let query = format!("needle{number}");
        let (one, other) = tokio::join!(world.found(ann, &query), world.found(bob, &query));
        assert_eq!((one, other), (vec![number], vec![number]));
    }
}

/// Nothing is left of a group that is gone.
pub async fn a_dissolved_group_is_not_found(world: World) {
    let ann = world.person("ann").await;
    let tea = world.group(ann, &[]).await;
    world.say(ann, tea, "tea").await;
    assert_eq!(world.found(ann, "tea").await, [1]);
    world.group_dissolve(tea, ann).await.unwrap();
    assert_eq!(world.found(ann, "tea").await, [] as [u32; 0]);
    let next = world.group(ann, &[]).await;
    assert_eq!(world.found(ann, "tea").await, [] as [u32; 0]);
    world.say(ann, next, "tea").await;
    assert_eq!(world.found(ann, "tea").await, [1]);
}

/// Whatever somebody types is looked for, or is nothing to look for.
pub async fn nothing_typed_is_an_error(world: World) {
    let ann = world.person("ann").await;
    let own = world.direct(ann, ann).await;
    world.say(ann, own, "tea AND OR NOT NEAR(a b) exact:x * ^ col").await;
    for query in ["", "\"", "\"\"", "…", "*"] {
        assert_eq!(world.found(ann, query).await, [] as [u32; 0], "{query:?}");
    }
    let syntax = [
        "tea",
        "AND",
        "OR",
        "NOT",
        "NEAR(a b)",
        "exact:x",
        "te*",
        "^tea",
        "{exact}:tea",
        "tea + a",
        "(tea",
        "tea)",
        "-tea",
        "tea'",
        "tea\0",
        "\"tea AND",
        "1:tea",
        "col : *",
    ];
    for query in syntax {
        world.message_search(wanted(ann, query)).await.unwrap();
    }
    assert_eq!(world.found(ann, "\"or not near\" ^TE*").await, [1]);
    let long = "x ".repeat(10_000) + &"\"y ".repeat(100) + &"語".repeat(1000);
    world.message_search(wanted(ann, &long)).await.unwrap();
    // All that can be typed, and all that may mean something to whoever reads it.
    let alphabet: Vec<char> = "\"'*^:(){}+-, \t\0%_;aAЯ語é\u{301}👍\u{10ffff}".chars().collect();
    let mut state = 1_u64;
    for length in 0..200 {
        let typed: String = (0..length % 24)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                alphabet[usize::try_from(state >> 33).unwrap() % alphabet.len()]
            })
            .collect();
        world.message_search(wanted(ann, &typed)).await.unwrap();
    }
}
