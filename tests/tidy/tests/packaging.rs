//! What installs the server (`deploy/`) names what is there: files, packages, versions and ports.

use koine_tidy::tree::{assert_none, files, root};
use std::collections::BTreeSet;

const DOCKERFILE: &str = "deploy/Dockerfile";

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
    // The example has the defaults, of which another test takes care. The HTTP port is no dialect's.
    let example = text("koine.example.toml");
    let section = example.lines().skip_while(|line| *line != "[http]");
    let listen = section.filter_map(|line| line.strip_prefix("# listen = ")).next().expect("the HTTP port");
    let http = listen.trim_matches('"').rsplit(':').next().and_then(|port| port.parse().ok());
    let http = http.unwrap_or_else(|| panic!("{listen} has no port"));
    let dialects = koine_registry::all();
    let spoken: BTreeSet<u16> =
        dialects.iter().filter_map(|dialect| dialect.default_port()).chain([http]).collect();
    assert_eq!(exposed, spoken);
}

#[test]
fn the_image_runs_as_one_user_who_is_not_root_and_owns_the_data() {
    let dockerfile = text(DOCKERFILE);
    let after = |start: &str| {
        let mut found = dockerfile.lines().filter_map(|line| line.strip_prefix(start));
        let rest = found.next().unwrap_or_else(|| panic!("{DOCKERFILE}: no line begins with {start:?}"));
        assert_eq!(found.next(), None, "{DOCKERFILE}: a second line begins with {start:?}");
        rest.trim()
    };
    let (user, group) = after("USER ").split_once(':').expect("a user and a group");
    let [user, group] = [user, group].map(|number| number.parse::<u32>().expect("a number"));
    assert!(user != 0 && group != 0, "the image runs as root");
    let data = after("ENV KOINE_DATA=");
    assert_eq!(after("VOLUME "), data);
    let owned = after(&format!("COPY --from=server --chown={user}:{group} "));
    assert_eq!(owned.split_whitespace().last(), Some(data));
    let page = text("docs/operating.md");
    assert!(page.contains(&format!("runs as user {user}.")), "the page names another user than {user}");
    assert!(page.contains(&format!("--volume koine:{data} ")), "the page names another folder than {data}");
}

#[test]
fn the_image_takes_from_its_stages_what_they_have() {
    let dockerfile = text(DOCKERFILE);
    let stages: BTreeSet<&str> = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("FROM ")?.split_once(" AS "))
        .map(|(_, name)| name)
        .collect();
    let taken: Vec<&str> = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY --from="))
        .filter_map(|rest| rest.split_whitespace().next())
        .collect();
    assert!(taken.len() >= 3, "{taken:?}");
    let missing = taken.iter().filter(|stage| !stages.contains(*stage));
    let missing: Vec<String> = missing.map(|stage| format!("{DOCKERFILE}: {stage}")).collect();
    assert_none("What is copied from a stage is copied from one that is there.", &missing);
    // What is not sent to the builder cannot be copied: none of it is in the repository, but for what is built anew.
    let left_out = text("deploy/Dockerfile.dockerignore");
    let left_out: Vec<&str> =
        left_out.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let lost = files().into_iter().filter(|file| {
        left_out.iter().any(|pattern| file.path == **pattern || file.path.starts_with(&format!("{pattern}/")))
    });
    let lost: Vec<String> = lost.map(|file| file.path.clone()).collect();
    assert_none("What the image is not built from is not in the repository.", &lost);
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
