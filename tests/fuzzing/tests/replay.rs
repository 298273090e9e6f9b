//! Every seed and every past finding of every target, as an ordinary test.

use koine_fuzzing::TARGETS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn seeds_and_findings_show_no_mistake() {
    let mut played = 0;
    for target in TARGETS {
        for kind in ["seeds", "findings"] {
            for path in entries(&folder().join(kind).join(target.name)) {
                let input = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let outcome = std::panic::catch_unwind(|| (target.run)(&input));
                assert!(outcome.is_ok(), "{} is a finding of the target {}", path.display(), target.name);
                played += 1;
            }
        }
    }
    assert!(played >= TARGETS.len(), "only {played} inputs were played");
}

#[test]
fn every_target_has_a_binary_and_seeds() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    let names = |below: &str| -> BTreeSet<String> {
        let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        entries(&folder().join(below)).into_iter().filter_map(stem).collect()
    };
    assert_eq!(names("fuzz_targets"), targets, "one file in fuzz/fuzz_targets for each of TARGETS");
    assert_eq!(names("seeds"), targets, "one folder in fuzz/seeds for each of TARGETS");
    assert!(names("findings").is_subset(&targets), "a folder in fuzz/findings is named after its target");
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).expect("fuzz/Cargo.toml is read");
    for target in &targets {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")),
            "fuzz/Cargo.toml lacks {target}"
        );
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// What lies in `folder`, in order; nothing where there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
