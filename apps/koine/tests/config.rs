//! The real binary, asked to check configurations.

use std::path::Path;
use std::process::{Command, Output};

struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn koine(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_koine"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KOINE_")) {
        command.env_remove(name);
    }
    let Output { status, stdout, stderr } =
        command.current_dir(folder).envs(environment.iter().copied()).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

fn check_config(file: &str, environment: &[(&str, &str)], flags: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("koine.toml"), file).unwrap();
    koine(folder.path(), environment, &[&["check-config"], flags].concat())
}

fn effective(run: &Run) -> toml::Table {
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("the configuration is sound"), "{}", run.stdout);
    toml::from_str(&run.stdout).unwrap()
}

fn refused(run: &Run, beginning: &str) {
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.starts_with(beginning), "{}", run.stderr);
}

#[test]
fn a_good_file_is_sound() {
    let run = check_config("data = 'elsewhere'\n[http]\nlisten = '127.0.0.1:9'", &[], &[]);
    let effective = effective(&run);
    assert!(run.stdout.contains("(read from koine.toml)"), "{}", run.stdout);
    assert_eq!(effective["data"].as_str(), Some("elsewhere"));
    assert_eq!(effective["http"]["listen"][0].as_str(), Some("127.0.0.1:9"));
    assert_eq!(effective["http"]["public_url"].as_str(), Some("http://localhost:9"));
}

#[test]
fn no_file_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let run = koine(folder.path(), &[], &["check-config"]);
    assert_eq!(effective(&run)["data"].as_str(), Some("./data"));
}

#[test]
fn an_unknown_key_is_named_with_its_place() {
    let run = check_config("[http]\n\nlisen = '127.0.0.1:9'", &[], &[]);
    refused(&run, "koine: koine.toml:3:1: http.lisen: there is no key `lisen`");
}

#[test]
fn a_wrong_type_is_named_with_its_place() {
    let run = check_config("[limits]\nconnections = true", &[], &[]);
    refused(
        &run,
        "koine: koine.toml:2:15: limits.connections: expected a whole number, found boolean `true`",
    );
}

#[test]
fn a_bad_address_is_named_with_its_place() {
    let run = check_config("\n[http]\nlisten = \"abc\"", &[], &[]);
    refused(
        &run,
        "koine: koine.toml:3:10: http.listen: \"abc\" is not an address and port (such as \"127.0.0.1:8080\")",
    );
}

#[test]
fn an_unknown_dialect_is_named_with_its_place() {
    let run = check_config("[dialects.volapük]\n", &[], &[]);
    refused(&run, "koine: koine.toml:1:");
    let run = check_config("[dialects.esperanto]\n", &[], &[]);
    refused(&run, "koine: koine.toml:1:11: no dialect is called \"esperanto\" (known are: ");
}

#[test]
fn the_environment_wins_over_the_file() {
    let run = check_config("http.listen = '127.0.0.1:1'", &[("KOINE_HTTP__LISTEN", "127.0.0.1:2")], &[]);
    assert_eq!(effective(&run)["http"]["listen"][0].as_str(), Some("127.0.0.1:2"));
}

#[test]
fn a_flag_wins_over_the_environment() {
    let run = check_config("", &[("KOINE_HTTP__LISTEN", "127.0.0.1:2")], &["--http", "127.0.0.1:3"]);
    assert_eq!(effective(&run)["http"]["listen"][0].as_str(), Some("127.0.0.1:3"));
}

#[test]
fn a_bad_variable_is_named() {
    let run = check_config("", &[("KOINE_LIMITS__TEXT_BYTES", "much")], &[]);
    refused(&run, "koine: KOINE_LIMITS__TEXT_BYTES: expected a number of bytes or a size");
}

#[test]
fn a_bad_flag_is_named() {
    refused(&check_config("", &[], &["--log", "inof"]), "koine: --log: \"inof\" is no log level");
    refused(&check_config("", &[], &["--http", "a\nb"]), "koine: --http: \"a\\nb\" is not an address");
}

#[test]
fn a_missing_file_is_named() {
    refused(
        &check_config("", &[], &["--config", "none.toml"]),
        "koine: --config: there is no file none.toml",
    );
    let run = check_config("", &[("KOINE_CONFIG", "none.toml")], &[]);
    refused(&run, "koine: KOINE_CONFIG: there is no file none.toml");
}

#[test]
fn the_file_may_be_named_by_a_variable() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("other.toml"), "data = 'other'").unwrap();
    let run = koine(folder.path(), &[("KOINE_CONFIG", "other.toml")], &["check-config"]);
    assert_eq!(effective(&run)["data"].as_str(), Some("other"));
}

#[test]
fn serving_needs_a_sound_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let run = koine(folder.path(), &[], &["serve", "--http", "nowhere"]);
    refused(&run, "koine: --http: \"nowhere\" is not an address and port");
}

#[test]
fn the_command_line_explains_itself() {
    let folder = tempfile::tempdir().unwrap();
    let version = koine(folder.path(), &[], &["--version"]);
    assert_eq!((version.code, version.stdout.starts_with("koine ")), (Some(0), true));
    let help = koine(folder.path(), &[], &["--help"]);
    assert!(help.code == Some(0) && help.stdout.contains("Exit codes"), "{}", help.stdout);
    assert_eq!(koine(folder.path(), &[], &["dance"]).code, Some(2));
    assert_eq!(koine(folder.path(), &[], &[]).code, Some(2));
}

#[test]
fn a_bad_argument_steers_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [&["dance\u{7}\r\u{9b}1m\u{1b}[2J"][..], &["prune", "--older-than", "dance\u{7}\r\u{9b}1m\u{1b}[2J"]]
    {
        let run = koine(folder.path(), &[], arguments);
        assert!(run.code == Some(2) && run.stderr.starts_with("error: "), "{}", run.stderr);
        assert!(run.stderr.contains("'dance\\u{7}\\r\\u{9b}1m\\u{1b}[2J'"), "{}", run.stderr);
        assert!(!run.stderr.chars().any(|it| it != '\n' && it.is_control()), "{:?}", run.stderr);
    }
}

#[test]
fn mail_needs_a_sender_and_its_password_is_not_shown() {
    refused(
        &check_config("[smtp]\nhost = 'localhost'", &[], &[]),
        "koine: smtp.from: \"\" is not an address",
    );
    let file = "[smtp]\nhost = 'localhost'\nfrom = 'koine <k@h.example>'\nuser = 'k'";
    let run = check_config(file, &[("KOINE_SMTP__PASSWORD", "20242025")], &[]);
    assert_eq!(effective(&run)["smtp"]["password"].as_str(), Some("(hidden)"));
    assert!(!run.stdout.contains("20242025"));
}
