//! What others' packages may be: of a licence that goes with ours, from the registry, and none that we decided against.

use koine_tidy::tree;
use koine_tidy::workspace::Workspace;
use spdx::{Expression, ParseMode};

/// Licences that ask for nothing but to be named.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages that we decided against, and what is there in their place.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "rustls: one binary, no library of the system"),
    ("aws-lc-rs", "ring: it builds without cmake"),
    ("aws-lc-sys", "ring: it builds without cmake"),
    ("native-tls", "rustls: one binary, no library of the system"),
    ("chrono", "time"),
    ("async-std", "tokio"),
];

#[test]
fn every_licence_goes_with_ours() {
    let mut offences = Vec::new();
    for package in &Workspace::read().metadata.packages {
        let expression = package.license.as_deref().unwrap_or_default();
        if !may_be_used(expression) {
            offences.push(format!("{} {}: {expression:?}", package.name, package.version));
        }
    }
    tree::assert_none(
        "Packages under these licences cannot be used, or the licence must be added here after reading it.",
        &offences,
    );
}

#[test]
fn packages_come_from_the_registry_or_from_here() {
    let workspace = Workspace::read();
    let foreign = workspace.metadata.packages.iter().filter(|package| {
        package
            .source
            .as_ref()
            .is_some_and(|source| source.repr != "registry+https://github.com/rust-lang/crates.io-index")
    });
    let offences: Vec<_> =
        foreign.map(|package| format!("{} from {:?}", package.name, package.source)).collect();
    tree::assert_none("Take a released version: a branch may be gone tomorrow.", &offences);
}

#[test]
fn nothing_is_used_that_was_decided_against() {
    let workspace = Workspace::read();
    let banned = workspace.metadata.packages.iter().filter_map(|package| {
        let (name, instead) = BANNED.iter().find(|(name, _)| package.name == *name)?;
        Some(format!("{name}: use {instead}"))
    });
    tree::assert_none("These packages are banned.", &banned.collect::<Vec<_>>());
}

#[test]
fn licence_expressions_are_understood() {
    let check =
        |expression: &str, expected: bool| assert_eq!(may_be_used(expression), expected, "{expression}");
    check("MIT OR Apache-2.0", true);
    check("MIT/Apache-2.0", true);
    check("(MIT OR GPL-3.0-only) AND Unicode-3.0", true);
    check("Apache-2.0 WITH LLVM-exception", true);
    check("GPL-3.0-only", false);
    check("MIT AND AGPL-3.0-only", false);
    check("", false);
}

/// Whoever runs cargo-deny is told the same as whoever runs the tests.
#[test]
fn deny_toml_says_the_same() {
    let path = tree::root().join("deny.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let deny: toml::Table = text.parse().expect("TOML");
    let allowed: Vec<&str> =
        deny["licenses"]["allow"].as_array().expect("a list").iter().filter_map(|it| it.as_str()).collect();
    assert_eq!(allowed, ALLOWED);
    let banned = deny["bans"]["deny"].as_array().expect("a list").iter();
    let banned: Vec<&str> = banned.filter_map(|ban| ban["crate"].as_str()).collect();
    assert_eq!(banned, BANNED.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    assert_eq!(deny["sources"]["unknown-registry"].as_str(), Some("deny"));
    assert_eq!(deny["sources"]["unknown-git"].as_str(), Some("deny"));
}

fn may_be_used(expression: &str) -> bool {
    let allowed =
        |licence: &spdx::LicenseReq| licence.license.id().is_some_and(|id| ALLOWED.contains(&id.name));
    Expression::parse_mode(expression, ParseMode::LAX).is_ok_and(|expression| expression.evaluate(allowed))
}
