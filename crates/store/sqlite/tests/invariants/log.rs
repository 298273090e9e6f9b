//! What was said, what was done to it, its attachments, and the index of its words.

use super::Bench;
use koine_model::Seq;
use koine_model::message::{Act, Deed, Part};
use koine_store_sqlite::body;

pub(super) fn damage(bench: &mut Bench) {
    gaps(bench);
    entries(bench);
    deeds(bench);
    media(bench);
    leftovers(bench);
    index(bench);
}

fn gaps(bench: &mut Bench) {
    let forget = |seqs: &str| format!("DELETE FROM message WHERE place - (1 << 32) {seqs}");
    bench.finds(&forget("= 2"), "conversation 1: message 2 is missing");
    bench.finds(&forget("IN (2, 3)"), "conversation 1: the messages 2 to 3 are missing");
    bench.finds(&forget("BETWEEN 11 AND 15"), "conversation 1: the messages 11 to 15 are missing");
    bench.finds(&forget("= 1"), "conversation 1 begins with message 2, and account 1000000001");
    bench.finds(
        "UPDATE message SET place = 1 << 32 WHERE place = (1 << 32) + 1",
        "conversation 1, message 0: no message has this number",
    );
}

fn entries(bench: &mut Bench) {
    let mut first = |set: &str, expected: &str| {
        let statement = format!("UPDATE message SET {set} WHERE place = (1 << 32) + 1");
        bench.finds(&statement, &format!("conversation 1, message 1: {expected}"));
    };
    let body = |parts: &[Part]| {
        let bytes: String = body::encode(parts).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("body = x'{bytes}'")
    };
    let act = |target: u32| {
        let act = Act { target: Seq::new(target), deed: Deed::Deleted };
        format!("{}, flags = 1", body(&[Part::Act(act)]))
    };
    first("body = x'01'", "what it says cannot be read");
    first(&body(&[]), "it says nothing");
    first("flags = flags | 1", "it is counted among the acts, or among the messages");
    first(&act(1), "what it was done to comes later");
    first(&act(2), "what it was done to comes later");
    first(&body(&[Part::Reply { to: Seq::new(1) }, Part::text("no")]), "what it answers to comes later");
    first("sender = 1000000009", "its sender, account 1000000009, is not there");
    bench.finds("UPDATE message SET flags = 0 WHERE flags = 1", "it is counted among the acts");
    bench.finds("DELETE FROM message_key", "its key is not known to be its");
    bench.finds("UPDATE message SET key = NULL", "a key of it is known, and it has none");
    bench.finds("UPDATE message_key SET sender = 1000000003", "a key of it is known, and it has none");
}

fn deeds(bench: &mut Bench) {
    bench.finds("DELETE FROM version", "counts as edited, and has one wording");
    bench.finds("DELETE FROM version WHERE act = 0", "counts as edited, and has one wording");
    bench.finds("DELETE FROM reaction", "counts as one with reactions, and has none");
    bench.finds("UPDATE message SET flags = flags & ~2", "it has wordings, and does not count as edited");
    bench.finds(
        "UPDATE message SET flags = flags & ~4",
        "conversation 1, message 3: it has reactions, and does not count as one with them",
    );
    bench.finds(
        "UPDATE reaction SET account = 1000000009",
        "conversation 1, message 3: account 1000000009, who reacted to it, is not there",
    );
    bench.finds(
        "INSERT INTO original VALUES ((1 << 32) + 999, zeroblob(32))",
        "conversation 1, message 999: its first words are remembered, and it is not there",
    );
    bench.finds("DELETE FROM act_run", "it is an act, and in no run of acts");
    bench.finds(
        "UPDATE act_run SET first = first - 1",
        "a run of acts begins there, in which there is something else",
    );
}

fn media(bench: &mut Bench) {
    let unknown = "an attachment of it is not known to be its";
    bench.finds("DELETE FROM media", unknown);
    bench.finds("UPDATE media SET hash = zeroblob(32)", unknown);
    bench.finds("UPDATE media SET size = size + 1", unknown);
    bench.finds("UPDATE media SET place = place - 1", unknown);
    bench.finds(
        "UPDATE media SET place = (1 << 32) + 999",
        "an attachment of it is known, and it is not there",
    );
    bench.finds(
        "UPDATE media SET owner = 1000000001",
        "an attachment of it is counted as account 1000000001's, and is of another",
    );
    bench.finds("DELETE FROM media_use", "account 1000000002 has media, and none are counted");
}

fn leftovers(bench: &mut Bench) {
    let leftover = |owner: i64, hash: &str, size: i64| {
        format!("INSERT INTO leftover (owner, hash, size) VALUES ({owner}, {hash}, {size})")
    };
    bench.is_sound(&leftover(1_000_000_001, "zeroblob(32)", 1));
    bench.finds(
        &leftover(1_000_000_009, "zeroblob(32)", 1),
        "the leftover 1 is account 1000000009's, which is not there",
    );
    bench.finds(&leftover(1_000_000_001, "zeroblob(31)", 1), "of account 1000000001 is no file that can be");
    bench.finds(&leftover(1_000_000_001, "zeroblob(32)", -1), "of account 1000000001 is no file that can be");
    bench.finds(
        "INSERT INTO leftover (owner, hash, size) SELECT owner, hash, size + 1 FROM media",
        "has 9 bytes, and an attachment of the same ones has 8",
    );
    bench.finds(
        &format!(
            "{}; DELETE FROM sqlite_sequence WHERE name = 'leftover'",
            leftover(1_000_000_001, "zeroblob(32)", 1)
        ),
        "of account 1000000001 has a number that may be given out again",
    );
    bench.finds(
        &format!("{}; UPDATE media_use SET bytes = 1", leftover(1_000_000_001, "zeroblob(32)", 1)),
        "account 1000000001 has media of 10 bytes, and 1 are counted",
    );
}

fn index(bench: &mut Bench) {
    bench.finds("UPDATE indexed SET seq = 999", "is indexed up to message 999");
    let unfound = "DELETE FROM words WHERE rowid = (1 << 32) + 2";
    bench.finds(unfound, "message 2: it is not in the index of words");
    bench.is_sound(&format!("{unfound}; INSERT INTO reindex VALUES ((1 << 32) + 2)"));
    bench.finds(
        "INSERT INTO words (rowid, exact, stem) VALUES ((1 << 32) + 999, '1:x', '')",
        "in the index of words, and not there",
    );
    let early = "conversation 1, message 2: it is in the index of words before its turn";
    bench.finds("UPDATE indexed SET seq = 1; DELETE FROM words WHERE rowid > (1 << 32) + 9", early);
    bench.finds("DELETE FROM indexed; DELETE FROM words WHERE rowid > (1 << 32) + 9", early);
    bench.finds(
        "INSERT INTO reindex VALUES ((1 << 32) + 999)",
        "conversation 1, message 999: it is to be indexed again, and not there",
    );
    bench.finds(
        "INSERT INTO belated VALUES ((1 << 32) + 999, 5000)",
        "a moment is known of it, and it is not there",
    );
    bench.finds(
        "INSERT INTO belated VALUES ((1 << 32) + 1, 1)",
        "it counts as later than it is, and is no earlier",
    );
}
