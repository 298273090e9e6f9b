//! Who may know whom: one rule for each folder that holds a crate.
//!
//! Arrows point inward. What a crate uses only in its own tests is free.

/// What one crate, or each crate of a folder, may depend on.
#[derive(Debug)]
pub struct Rule {
    /// The folder of the crate, from the root; `*` stands for one folder of any name.
    pub who: &'static str,
    /// The folders of the crates of ours that it may name.
    pub knows: &'static [&'static str],
    /// Packages of others that it may not name itself.
    pub names_never: &'static [&'static str],
    /// Packages of others that it may not reach by any way.
    pub reaches_never: &'static [&'static str],
    /// Why, and what to do instead.
    pub instead: &'static str,
}

/// What waits: runtimes, sockets, databases, the bus of many machines.
const WAITS: &[&str] = &[
    "tokio",
    "mio",
    "async-std",
    "smol",
    "hyper",
    "axum",
    "reqwest",
    "rusqlite",
    "libsqlite3-sys",
    "sqlx",
    "tokio-postgres",
    "async-nats",
];
/// Databases, which only the backends of the store know.
const DATABASES: &[&str] = &["rusqlite", "libsqlite3-sys", "sqlx", "tokio-postgres"];
/// What makes types serialisable.
const SERIALIZES: &[&str] = &["serde", "serde_json", "rmp-serde"];

/// The rules; the first that fits holds.
pub const RULES: &[Rule] = &[
    Rule {
        who: "crates/model",
        knows: &[],
        names_never: SERIALIZES,
        reaches_never: WAITS,
        instead: "the vocabulary knows nobody, does no I/O and is not serialisable: move what needs more to the crate that needs it, \
                  and write the conversion there by hand",
    },
    Rule {
        who: "crates/dialect",
        knows: &["crates/model"],
        names_never: &[],
        reaches_never: WAITS,
        instead: "the seam is a pure function of bytes: what waits belongs to crates/gateway, a domain type to crates/model",
    },
    Rule {
        who: "dialects/registry",
        knows: &["crates/dialect", "dialects/*"],
        names_never: &[],
        reaches_never: WAITS,
        instead: "the registry is a list of dialects and nothing else: wiring belongs to apps/koine",
    },
    Rule {
        who: "dialects/*",
        knows: &["crates/model", "crates/dialect"],
        names_never: &[],
        reaches_never: WAITS,
        instead: "a dialect is a pure session over koine-model and koine-dialect: ask the core by a Command in the Outbox, leave sockets \
                  and time to the gateway, and move what two dialects share to koine_dialect::toolbox",
    },
    Rule {
        who: "crates/store",
        knows: &["crates/model"],
        names_never: &[],
        reaches_never: DATABASES,
        instead: "the store's contract names no database: a backend is a crate of its own under crates/store",
    },
    Rule {
        who: "crates/store/*",
        knows: &["crates/model", "crates/store", "crates/metrics"],
        names_never: &[],
        reaches_never: &[],
        instead: "a backend knows the contract that it fulfils and nobody else: decisions belong to crates/core",
    },
    Rule {
        who: "crates/bus",
        knows: &["crates/model", "crates/metrics"],
        names_never: &[],
        reaches_never: DATABASES,
        instead: "the bus carries events and decides nothing: decisions belong to crates/core",
    },
    Rule {
        who: "crates/core",
        knows: &["crates/model", "crates/store", "crates/bus", "crates/metrics"],
        names_never: SERIALIZES,
        reaches_never: DATABASES,
        instead: "the core speaks to traits: frames belong to dialects, sockets to crates/gateway, rows to a backend under crates/store",
    },
    Rule {
        who: "crates/kernel",
        knows: &[],
        names_never: SERIALIZES,
        reaches_never: DATABASES,
        instead: "here is asked of the system what no library asks, and nothing else: whoever makes something of the answer does so at home",
    },
    Rule {
        who: "crates/gateway",
        // Mailboxes, in which the events for a connection wait, are the bus's.
        knows: &[
            "crates/model",
            "crates/dialect",
            "crates/core",
            "crates/bus",
            "crates/metrics",
            "crates/kernel",
        ],
        names_never: &["libc"],
        reaches_never: DATABASES,
        instead: "the gateway moves frames and events and knows no dialect and no backend: apps/koine hands them in",
    },
    Rule {
        who: "crates/metrics",
        knows: &[],
        names_never: SERIALIZES,
        reaches_never: WAITS,
        instead: "what is counted is numbers and names of the program's own: whoever counts something says it in the catalogue, and hands in no type",
    },
    Rule {
        who: "crates/mail",
        knows: &["crates/core"],
        names_never: &[],
        reaches_never: DATABASES,
        instead: "mail is one of the core's surroundings: whom to write to and why, the core decides",
    },
    Rule {
        who: "crates/testkit",
        knows: &["crates/*", "crates/store/*"],
        names_never: &[],
        reaches_never: &[],
        instead: "the server in a box is told its dialects by the test that starts it",
    },
    Rule {
        who: "apps/koine",
        knows: &[
            "crates/model",
            "crates/dialect",
            "crates/core",
            "crates/bus",
            "crates/store",
            "crates/store/*",
            "crates/gateway",
            "crates/kernel",
            "crates/mail",
            "crates/metrics",
            "dialects/registry",
        ],
        names_never: DATABASES,
        reaches_never: &[],
        instead: "the binary wires: single dialects are the registry's, a database is its backend's, the testkit is for tests",
    },
    Rule {
        who: "apps/load",
        knows: &["crates/model", "crates/dialect", "dialects/*"],
        names_never: &[],
        // What the bare loop writes to SQLite is its own, to be held against what the server does.
        reaches_never: &["sqlx", "tokio-postgres"],
        instead: "the load generator is a client: it speaks dialects and sees nothing of the server",
    },
    Rule {
        who: "tests/*",
        knows: &["crates/*", "crates/store/*", "dialects/*", "apps/*"],
        names_never: &[],
        reaches_never: &[],
        instead: "one test folder does not use another: what they share belongs to crates/testkit",
    },
];

/// The rule of the crate in `folder`.
pub fn rule(folder: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| fits(rule.who, folder))
}

/// Why the crate in `folder` may not depend on the one in `other`; `None` when it may.
pub fn complaint(folder: &str, other: &str) -> Option<String> {
    let Some(rule) = rule(folder) else {
        return Some(format!("{folder} has no rule: say in tests/tidy/src/rules.rs whom it may know"));
    };
    if rule.knows.iter().any(|pattern| fits(pattern, other)) {
        return None;
    }
    let knows = if rule.knows.is_empty() { "nobody of ours".to_owned() } else { rule.knows.join(", ") };
    Some(format!("{folder} must not depend on {other}: {}; it may know {knows}", rule.instead))
}

fn fits(pattern: &str, folder: &str) -> bool {
    let (wanted, found) = (pattern.split('/'), folder.split('/'));
    wanted.clone().count() == found.clone().count()
        && wanted.zip(found).all(|(wanted, found)| wanted == "*" || wanted == found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_inward() {
        let check = |folder: &str, other: &str, may: bool| {
            assert_eq!(complaint(folder, other).is_none(), may, "{folder} to {other}");
        };
        check("crates/model", "crates/dialect", false);
        check("dialects/parrot", "crates/dialect", true);
        check("dialects/parrot", "crates/core", false);
        check("dialects/parrot", "dialects/owl", false);
        check("dialects/registry", "dialects/owl", true);
        check("crates/store", "crates/store/sqlite", false);
        check("crates/core", "crates/store", true);
        check("crates/core", "crates/store/sqlite", false);
        check("crates/gateway", "crates/store", false);
        check("crates/gateway", "dialects/registry", false);
        check("crates/testkit", "crates/store/sqlite", true);
        check("crates/testkit", "dialects/registry", false);
        check("apps/koine", "dialects/registry", true);
        check("apps/koine", "dialects/parrot", false);
        check("crates/parrot", "crates/model", false);
    }

    #[test]
    fn a_complaint_says_what_to_do() {
        let complaint = complaint("dialects/parrot", "crates/core").unwrap();
        assert!(complaint.contains("must not depend on crates/core"), "{complaint}");
        assert!(complaint.contains("Command in the Outbox"), "{complaint}");
    }
}
