//! Who may know whom, held against what cargo says.

use koine_tidy::workspace::Workspace;
use koine_tidy::{rules, tree};
use std::path::Path;
use std::process::Command;

#[test]
fn every_crate_knows_only_whom_it_may() {
    let workspace = Workspace::read();
    let mut offences = Vec::new();
    for (member, folder) in workspace.members() {
        if rules::rule(folder).is_none() {
            offences.push(format!("{folder} has no rule: say in tests/tidy/src/rules.rs whom it may know"));
        }
        offences.extend(workspace.knows(member).filter_map(|other| rules::complaint(folder, other)));
    }
    tree::assert_none("Arrows point inward.", &offences);
}

#[test]
fn nobody_reaches_what_its_layer_keeps_out() {
    let workspace = Workspace::read();
    let mut offences = Vec::new();
    for (member, folder) in workspace.members() {
        let Some(rule) = rules::rule(folder) else { continue };
        for way in workspace.ways(member) {
            let Some(end) = way.last() else { continue };
            let named = way.len() == 2 && rule.names_never.contains(end);
            if named || rule.reaches_never.contains(end) {
                offences.push(format!("{}: {}", way.join(" → "), rule.instead));
            }
        }
    }
    tree::assert_none("A layer keeps out what does not belong to it.", &offences);
}

#[test]
fn only_the_binary_names_a_backend_and_the_registry_together() {
    let workspace = Workspace::read();
    let is_backend = |folder: &str| folder.starts_with("crates/store/");
    let mut offences = Vec::new();
    for (member, folder) in workspace.members() {
        let both = workspace.knows(member).any(is_backend)
            && workspace.knows(member).any(|other| other == "dialects/registry");
        if both && folder != "apps/koine" && !folder.starts_with("tests/") {
            offences.push(folder.to_owned());
        }
    }
    tree::assert_none(
        "Only apps/koine puts a backend and the dialects together: take both as arguments (Arc<dyn Store>, Vec<Arc<dyn Dialect>>).",
        &offences,
    );
}

/// It is a workspace of its own, which no other test builds.
#[test]
fn the_lock_file_of_the_fuzz_targets_is_current() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--locked", "--format-version", "1", "--manifest-path"]).arg(manifest);
    let output = command.output().expect("cargo runs");
    assert!(
        output.status.success(),
        "fuzz/Cargo.lock is not current: cargo metadata --manifest-path fuzz/Cargo.toml writes it\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
