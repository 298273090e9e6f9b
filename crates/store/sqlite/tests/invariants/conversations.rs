//! Conversations, who is in them, and how far those have come. 1 is ann's and bob's, 2 a group of the same two that bob leads.

use super::Bench;

pub(super) fn damage(bench: &mut Bench) {
    bench.finds("DELETE FROM meta WHERE name = 'checks'", "table meta that every check changes is not there");
    let epoch = "table meta that tells the epoch is not there, or tells none";
    bench.finds("DELETE FROM meta WHERE name = 'epoch'", epoch);
    bench.finds("UPDATE meta SET value = 0 WHERE name = 'epoch'", epoch);
    themselves(bench);
    members(bench);
    progress(bench);
}

fn themselves(bench: &mut Bench) {
    bench
        .finds("UPDATE conversation SET kind = 2 WHERE id = 2", "conversation 2 is of no kind that there is");
    bench.finds(
        "UPDATE sqlite_sequence SET seq = 0",
        "conversation 1 has a number that may be given out again",
    );
    let pictured = "UPDATE conversation SET avatar_hash = zeroblob(32), avatar_size = 9, pictured = 1000000002 WHERE id = 2;";
    bench.is_sound(pictured);
    bench.finds(
        &format!("{pictured} UPDATE conversation SET avatar_size = NULL"),
        "conversation 2 has a picture without a size",
    );
    bench.finds(
        "UPDATE conversation SET avatar_size = 9 WHERE id = 1",
        "conversation 1 has a picture without a size",
    );
    bench.finds(
        &format!("{pictured} UPDATE conversation SET pictured = 1000000009"),
        "the picture of conversation 2 is account 1000000009's, which is not there",
    );
    bench.finds("DELETE FROM direct", "conversation 1 is a direct one, and nobody's");
    let should_not =
        |low: i64, high: i64| format!("a direct one of the accounts {low} and {high}, and should not be");
    bench.finds("UPDATE conversation SET kind = 1 WHERE id = 1", &should_not(1_000_000_001, 1_000_000_002));
    bench.finds("UPDATE direct SET low = high, high = low", &should_not(1_000_000_002, 1_000_000_001));
    bench.finds(
        "DELETE FROM conversation WHERE id = 2",
        "conversation 2 is not there, and something was said in it",
    );
}

fn members(bench: &mut Bench) {
    for damage in ["DELETE FROM member", "UPDATE member SET account = 1000000003"] {
        bench.finds(
            &format!("{damage} WHERE conversation = 1 AND account = 1000000002"),
            "conversation 1 is a direct one of the accounts 1000000001 and 1000000002, and has other members",
        );
    }
    bench.finds("UPDATE conversation SET leader = 1000000003 WHERE kind = 1", "is led by account 1000000003");
    let invited = |conversation: i64, account: i64| {
        format!("INSERT INTO invitation (conversation, account, at) VALUES ({conversation}, {account}, 5)")
    };
    bench.is_sound(&invited(2, 1_000_000_003));
    bench.finds(&invited(2, 1_000_000_001), "account 1000000001 is invited to conversation 2, and a member");
    bench.finds(
        &invited(1, 1_000_000_003),
        "account 1000000003 is invited to conversation 1, which is no group",
    );
}

fn progress(bench: &mut Bench) {
    bench.finds(
        "UPDATE member SET since = 999 WHERE conversation = 1",
        "at message 999, which is not there yet",
    );
    bench.finds("UPDATE watermark SET seq = 999", "has got message 999");
    bench.finds(
        "UPDATE watermark SET account = 1000000003",
        "device \"phone\" of account 1000000003 has come far in conversation 1, of which it is no member",
    );
    bench.finds("UPDATE read_mark SET seq = 999", "has read message 999");
    bench.finds(
        "UPDATE read_mark SET account = 1000000003",
        "account 1000000003 has read in conversation 1, of which it is no member",
    );
}
