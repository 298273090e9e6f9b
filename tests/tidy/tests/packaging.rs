//! What installs the server (`deploy/`) names what is there: files, packages, versions and ports.

use koine_tidy::tree::{assert_none, files, root};
use std::collections::BTreeSet;

const DOCKERFILE: &str = "deploy/Dockerfile";
/// The HTTP port, which is no dialect's.
const HTTP: u16 = 8080;

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_image_is_built_from_files_that_are_there() {
    let dockerfile = text(DOCKERFILE);
    let copies = dockerfile.lines().filter_map(|line| line.strip_prefix("COPY "));
    // What is taken from another stage is no file of the repository.
    let from_here: Vec<&str> = copies.filter(|rest| !rest.starts_with("--from=")).collect();
    assert!(from_here.len() >= 3, "{from_here:?}");
    let sources = from_here.iter().flat_map(|rest| {
        let words: Vec<&str> = rest.split_whitespace().collect();
        words[..words.len() - 1].to_vec()
    });
    let missing = sources.filter(|source| !root().join(source).exists());
    let missing: Vec<String> = missing.map(|source| format!("{DOCKERFILE}: {source}")).collect();
    assert_none("What the image is built from is in the repository.", &missing);
    let named = dockerfile.split_whitespace().skip_while(|word| *word != "--package").nth(1);
    assert_eq!(named, Some("koine"));
    assert!(root().join("apps/koine/Cargo.toml").is_file());
}

#[test]
fn the_image_opens_the_ports_that_the_server_listens_on() {
    let dockerfile = text(DOCKERFILE);
    let exposed = dockerfile.lines().find_map(|line| line.strip_prefix("EXPOSE ")).expect("ports");
    let exposed: BTreeSet<u16> = exposed.split(' ').map(|port| port.parse().expect("a port")).collect();
    let spoken: BTreeSet<u16> =
        koine_registry::all().iter().filter_map(|dialect| dialect.default_port()).chain([HTTP]).collect();
    assert_eq!(exposed, spoken);
}

#[test]
fn the_image_is_built_by_the_compiler_that_the_workspace_asks_for() {
    let workspace: toml::Table = toml::from_str(&text("Cargo.toml")).expect("TOML");
    let version = workspace["workspace"]["package"]["rust-version"].as_str().expect("a version").to_owned();
    assert!(text(DOCKERFILE).contains(&format!("FROM rust:{version}-bookworm")), "{version}");
}

#[test]
fn pages_name_files_of_the_folder_that_are_there() {
    let mut missing = Vec::new();
    for file in files().iter().filter(|file| file.path.ends_with(".md")) {
        let named = file.text.split(|it: char| it.is_whitespace() || "`()[]\"".contains(it));
        let named = named.filter(|word| word.starts_with("deploy/") && word.len() > "deploy/".len());
        missing.extend(
            named.filter(|word| !root().join(word).exists()).map(|word| format!("{}: {word}", file.path)),
        );
    }
    assert_none("What a page names of deploy/ is there.", &missing);
}
