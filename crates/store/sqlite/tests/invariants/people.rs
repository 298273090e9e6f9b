//! Accounts, what they are called, who may sign in, and what they are to each other. Ann (1) has bob (2) as a contact and has blocked
//! cy (3), who has asked bob.

use super::Bench;

/// What a deletion does to cy, as far as he has anything.
const CY_IS_GONE: &str = "
    UPDATE account SET deleted = 1, nick = '', nick_key = '', email = '', email_key = '' WHERE id = 1000000003;
    DELETE FROM verifier WHERE account = 1000000003;
    DELETE FROM contact_request WHERE asker = 1000000003;
    DELETE FROM block WHERE peer = 1000000003;";

pub(super) fn damage(bench: &mut Bench) {
    names(bench);
    deleted(bench);
    sessions(bench);
    invites(bench);
    contacts(bench);
}

fn names(bench: &mut Bench) {
    let called = |what: &str| format!("account 1000000002 is not found by its {what}, but by another one");
    bench.finds("UPDATE account SET handle = 'Bo' WHERE id = 1000000002", &called("handle"));
    bench.finds(
        "UPDATE account SET handle = '' WHERE id = 1000000002",
        "account 1000000002 has a handle that is none",
    );
    bench.finds("UPDATE account SET nick_key = 'BOB' WHERE id = 1000000002", &called("nick"));
    bench.finds("UPDATE account SET email_key = '' WHERE id = 1000000002", &called("mail address"));
    bench.finds("UPDATE account SET email = 'Bo@Example.org' WHERE id = 1000000002", &called("mail address"));
    bench.finds("DELETE FROM handle", "account 1000000001: its handle is not among");
    bench.finds(
        "UPDATE handle SET account = 1000000003 WHERE handle_key = 'bob'",
        "account 1000000002: its handle is not among",
    );
    bench.finds(
        "DELETE FROM verifier; DELETE FROM account WHERE id = 1000000003",
        "refers to a row of account",
    );
    bench.finds(
        "UPDATE account SET avatar_size = NULL WHERE id = 1000000001",
        "account 1000000001 has a picture without a size",
    );
    bench.finds(
        "UPDATE account SET avatar_size = 9 WHERE id = 1000000002",
        "account 1000000002 has a picture without a size",
    );
}

fn deleted(bench: &mut Bench) {
    bench.is_sound(CY_IS_GONE);
    let mut finds = |statement: &str, expected: &str| {
        bench.finds(
            &format!("{CY_IS_GONE} {statement}"),
            &format!("account 1000000003 was deleted, and {expected}"),
        );
    };
    for column in ["nick", "email", "phone", "status"] {
        finds(
            &format!("UPDATE account SET {column} = 'x' WHERE id = 1000000003"),
            "its profile is there still",
        );
    }
    finds(
        "UPDATE account SET avatar_hash = zeroblob(32), avatar_size = 1 WHERE id = 1000000003",
        "its profile is there still",
    );
    finds("INSERT INTO verifier VALUES (1000000003, 0, 'x')", "can sign in still");
    finds("UPDATE token SET account = 1000000003", "can sign in still");
    for (table, one, other) in
        [("contact", "owner", "peer"), ("contact_request", "asker", "peer"), ("block", "owner", "peer")]
    {
        for (first, second) in [(one, other), (other, one)] {
            finds(
                &format!("INSERT INTO {table} ({first}, {second}, at) VALUES (1000000003, 1000000002, 5)"),
                "has contacts, requests or blocks still",
            );
        }
    }
    finds(
        "INSERT INTO member (conversation, account, since, at) VALUES (2, 1000000003, 0, 5)",
        "is in the group 2 still",
    );
    finds(
        "INSERT INTO invitation (conversation, account, at) VALUES (2, 1000000003, 5)",
        "is invited to the group 2 still",
    );
}

fn sessions(bench: &mut Bench) {
    bench.is_sound("UPDATE account SET disabled = 1 WHERE id = 1000000002");
    bench.finds("UPDATE account SET disabled = 1", "account 1000000001 is disabled, and has sessions still");
    bench.finds(
        "UPDATE token SET hash = zeroblob(31)",
        "the session 1 of account 1000000001 has a token that is none",
    );
}

fn invites(bench: &mut Bench) {
    let invite = |hash: &str, uses: i64, used: i64, until: i64| {
        format!(
            "INSERT INTO invite (hash, uses, used, created, until) VALUES ({hash}, {uses}, {used}, 5, {until})"
        )
    };
    bench.is_sound(&invite("zeroblob(32)", 2, 2, 9));
    bench.finds(&invite("zeroblob(32)", 1, 2, 9), "the invitation 1 was used more often than it may be");
    bench.finds(&invite("zeroblob(32)", 0, 0, 9), "the invitation 1 is for nobody");
    bench.finds(&invite("zeroblob(32)", 1, -1, 9), "the invitation 1 is for nobody");
    bench.finds(&invite("zeroblob(31)", 1, 0, 9), "the invitation 1 has a code that is none");
    bench.finds(&invite("zeroblob(32)", 1, 0, 4), "the invitation 1 ended before it was made");
    bench.finds(
        &format!("{}; DELETE FROM sqlite_sequence WHERE name = 'invite'", invite("zeroblob(32)", 1, 0, 9)),
        "the invitation 1 has a number that may be given out again",
    );
}

fn contacts(bench: &mut Bench) {
    bench.finds("UPDATE contact SET peer = owner WHERE number = 1", "has itself as a contact");
    for (owner, peer) in [(1_000_000_001, 1_000_000_003), (1_000_000_003, 1_000_000_001)] {
        bench.finds(
            &format!("INSERT INTO contact (owner, peer, at) VALUES ({owner}, {peer}, 5)"),
            &format!("account {owner} has account {peer} as a contact, and one has blocked the other"),
        );
        bench.finds(
            &format!("INSERT INTO contact_request (asker, peer, at) VALUES ({owner}, {peer}, 5)"),
            &format!("account {owner} has asked account {peer}, and one has blocked the other"),
        );
    }
}
